# SPDX-License-Identifier: Apache-2.0
"""The tables that are written in sets, and the walls of all of them."""

from django.db import migrations

from entrepot.people.walls import WallOff

#: References that few rows have, or that nobody follows backwards: no index of their own.
RARE = """
ALTER TABLE warehouse_order ADD CONSTRAINT warehouse_order_split_from_id_fk
    FOREIGN KEY (enterprise_id, split_from_id) REFERENCES warehouse_order (enterprise_id, id);
CREATE INDEX warehouse_order_split_from_id ON warehouse_order (enterprise_id, split_from_id)
    WHERE split_from_id IS NOT NULL;
ALTER TABLE warehouse_parcel ADD CONSTRAINT warehouse_parcel_document_id_fk
    FOREIGN KEY (enterprise_id, document_id) REFERENCES ledger_document (enterprise_id, id);
"""

RECIPIENTS = """
CREATE TABLE warehouse_recipient (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    order_id uuid NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (enterprise_id, order_id),
    FOREIGN KEY (enterprise_id, order_id) REFERENCES warehouse_order (enterprise_id, id)
);
"""

LINES = """
CREATE TABLE warehouse_orderline (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    order_id uuid NOT NULL,
    line_no integer NOT NULL CHECK (line_no >= 0),
    sku text COLLATE "C" NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    amount bigint NOT NULL CHECK (amount >= 0),
    cancelled integer NOT NULL DEFAULT 0 CHECK (cancelled >= 0),
    allocated integer NOT NULL DEFAULT 0 CHECK (allocated >= 0),
    shipped integer NOT NULL DEFAULT 0 CHECK (shipped >= 0),
    open integer GENERATED ALWAYS AS (quantity - cancelled - allocated - shipped) STORED
        CHECK (open >= 0),
    PRIMARY KEY (enterprise_id, order_id, line_no),
    FOREIGN KEY (enterprise_id, order_id) REFERENCES warehouse_order (enterprise_id, id),
    FOREIGN KEY (enterprise_id, sku) REFERENCES ledger_item (enterprise_id, code)
) WITH (fillfactor = 80); -- each is changed two or three times
-- What waits for goods, by what it waits for.
CREATE INDEX warehouse_orderline_open ON warehouse_orderline (enterprise_id, sku, order_id)
    WHERE open > 0;
"""

ALLOCATIONS = """
CREATE TABLE warehouse_allocation (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    id uuid NOT NULL,
    order_id uuid NOT NULL,
    line_no integer NOT NULL,
    warehouse text COLLATE "C" NOT NULL,
    place text COLLATE "C" NOT NULL,
    sku text COLLATE "C" NOT NULL,
    lot text COLLATE "C" NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    picked_from text COLLATE "C" NOT NULL DEFAULT '',
    wave_id uuid,
    parcel_id uuid,
    PRIMARY KEY (enterprise_id, id),
    FOREIGN KEY (enterprise_id, order_id, line_no)
        REFERENCES warehouse_orderline (enterprise_id, order_id, line_no),
    FOREIGN KEY (enterprise_id, wave_id) REFERENCES warehouse_wave (enterprise_id, id),
    FOREIGN KEY (enterprise_id, parcel_id) REFERENCES warehouse_parcel (enterprise_id, id)
) WITH (fillfactor = 70); -- each is changed three times, and then gone
CREATE INDEX warehouse_allocation_order ON warehouse_allocation (enterprise_id, order_id);
CREATE INDEX warehouse_allocation_place ON warehouse_allocation (enterprise_id, place, sku, lot);
CREATE INDEX warehouse_allocation_wave ON warehouse_allocation (enterprise_id, wave_id)
    WHERE wave_id IS NOT NULL;
CREATE INDEX warehouse_allocation_parcel ON warehouse_allocation (enterprise_id, parcel_id)
    WHERE parcel_id IS NOT NULL;
"""

SHIPPED = """
CREATE TABLE warehouse_shippedline (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    document_id uuid NOT NULL,
    line integer NOT NULL,
    parcel_id uuid NOT NULL,
    order_id uuid NOT NULL,
    line_no integer NOT NULL,
    sku text COLLATE "C" NOT NULL,
    lot text COLLATE "C" NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    returned integer NOT NULL DEFAULT 0 CHECK (returned BETWEEN 0 AND quantity),
    PRIMARY KEY (enterprise_id, document_id, line),
    FOREIGN KEY (enterprise_id, document_id) REFERENCES ledger_document (enterprise_id, id),
    FOREIGN KEY (enterprise_id, parcel_id) REFERENCES warehouse_parcel (enterprise_id, id),
    FOREIGN KEY (enterprise_id, order_id, line_no)
        REFERENCES warehouse_orderline (enterprise_id, order_id, line_no)
);
CREATE INDEX warehouse_shippedline_order
    ON warehouse_shippedline (enterprise_id, order_id, line_no);
CREATE INDEX warehouse_shippedline_parcel ON warehouse_shippedline (enterprise_id, parcel_id);
"""

COUNTERS = """
CREATE TABLE warehouse_counter (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    kind text COLLATE "C" NOT NULL,
    value bigint NOT NULL,
    PRIMARY KEY (enterprise_id, kind)
);
"""


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0001_initial"), ("catalog", "0003_walls")]

    operations = [
        WallOff("warehouse_order"),
        WallOff("warehouse_wave"),
        WallOff("warehouse_parcel", {"order_id": "warehouse_order"}),
        WallOff("warehouse_route"),
        WallOff("warehouse_policy"),
        migrations.RunSQL(RARE + RECIPIENTS + LINES + ALLOCATIONS + SHIPPED + COUNTERS),
        WallOff("warehouse_recipient", key=()),
        WallOff("warehouse_orderline", key=(), may=("SELECT", "INSERT", "UPDATE")),
        WallOff("warehouse_allocation", key=()),
        WallOff("warehouse_shippedline", key=(), may=("SELECT", "INSERT", "UPDATE")),
        WallOff("warehouse_counter", key=(), may=("SELECT", "INSERT", "UPDATE")),
    ]
