# SPDX-License-Identifier: Apache-2.0
"""The tables of files that are written in sets, the walls, and the indexes of lists of orders."""

from django.db import migrations

from entrepot.people.walls import APP_ROLE, WallOff

TABLES = """
CREATE TABLE warehouse_orderfilepart (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    source_id uuid NOT NULL,
    at integer NOT NULL CHECK (at >= 0),
    content bytea NOT NULL,
    PRIMARY KEY (enterprise_id, source_id, at),
    FOREIGN KEY (enterprise_id, source_id) REFERENCES warehouse_orderfile (enterprise_id, id)
);
-- Encrypted, which nothing makes smaller.
ALTER TABLE warehouse_orderfilepart ALTER COLUMN content SET STORAGE EXTERNAL;
-- No reference to the orders: they are deleted only where their file is taken back, and a million
-- checks would be for nothing.
CREATE TABLE warehouse_takenorder (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    source_id uuid NOT NULL,
    at integer NOT NULL CHECK (at >= 0),
    order_id uuid NOT NULL,
    PRIMARY KEY (enterprise_id, source_id, at),
    FOREIGN KEY (enterprise_id, source_id) REFERENCES warehouse_orderfile (enterprise_id, id)
);
"""

#: A list of orders by SKU, and one of those that wait for goods.
LISTS = """
CREATE INDEX warehouse_orderline_sku ON warehouse_orderline (enterprise_id, sku, order_id);
CREATE INDEX warehouse_orderline_waiting ON warehouse_orderline (enterprise_id, order_id)
    WHERE open > 0;
"""

#: Lines go where an order is split, or its file taken back.
MAY_GO = f"GRANT DELETE ON warehouse_orderline TO {APP_ROLE};"

RARE = """
ALTER TABLE warehouse_shoporder ADD CONSTRAINT warehouse_shoporder_order_id_fk
    FOREIGN KEY (enterprise_id, order_id) REFERENCES warehouse_order (enterprise_id, id);
CREATE INDEX warehouse_shoporder_order_id ON warehouse_shoporder (enterprise_id, order_id)
    WHERE order_id IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0005_shops_and_files")]

    operations = [
        WallOff("warehouse_ordermapping"),
        WallOff("warehouse_orderfile"),
        WallOff("warehouse_gs1prefix"),
        WallOff("warehouse_shop"),
        WallOff("warehouse_shoporder", {"shop_id": "warehouse_shop"}),
        WallOff("warehouse_shopevent", {"shop_id": "warehouse_shop"}),
        migrations.RunSQL(TABLES + LISTS + MAY_GO + RARE),
        WallOff("warehouse_orderfilepart", key=(), may=("SELECT", "INSERT", "DELETE")),
        WallOff("warehouse_takenorder", key=(), may=("SELECT", "INSERT", "DELETE")),
    ]
