# SPDX-License-Identifier: Apache-2.0
"""The tables that are written in sets, and the walls of all of them."""

from django.db import migrations

from entrepot.people.walls import WallOff

PURCHASES = """
CREATE TABLE logistics_purchaseline (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    purchase_id uuid NOT NULL,
    line_no integer NOT NULL CHECK (line_no >= 0),
    sku text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    net_amount bigint CHECK (net_amount >= 0), -- fen without VAT; null: no invoice yet
    vat_rate integer CHECK (vat_rate >= 0), -- ten-thousandths
    received bigint NOT NULL DEFAULT 0 CHECK (received >= 0),
    short bigint NOT NULL DEFAULT 0 CHECK (short >= 0),
    linked bigint NOT NULL DEFAULT 0 CHECK (linked BETWEEN 0 AND quantity),
    open bigint GENERATED ALWAYS AS (greatest(quantity - received - short, 0)) STORED,
    PRIMARY KEY (enterprise_id, purchase_id, line_no, sku),
    FOREIGN KEY (enterprise_id, purchase_id) REFERENCES logistics_purchase (enterprise_id, id),
    FOREIGN KEY (enterprise_id, sku) REFERENCES ledger_item (enterprise_id, code)
) WITH (fillfactor = 80);
CREATE INDEX logistics_purchaseline_sku
    ON logistics_purchaseline (enterprise_id, sku, purchase_id, line_no);
-- What is still to come.
CREATE INDEX logistics_purchaseline_open
    ON logistics_purchaseline (enterprise_id, sku, purchase_id, line_no) WHERE open > 0;
CREATE TABLE logistics_homereceiptline (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    receipt_id uuid NOT NULL,
    line integer NOT NULL,
    line_no integer NOT NULL,
    sku text COLLATE "C" NOT NULL,
    lot text COLLATE "C" NOT NULL,
    place text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    over bigint NOT NULL CHECK (over BETWEEN 0 AND quantity),
    PRIMARY KEY (enterprise_id, receipt_id, line),
    FOREIGN KEY (enterprise_id, receipt_id)
        REFERENCES logistics_homereceipt (enterprise_id, id)
);
"""

DECLARATIONS = """
CREATE TABLE logistics_declarationline (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    declaration_id uuid NOT NULL,
    declaration_no text COLLATE "C" NOT NULL,
    item_no integer NOT NULL CHECK (item_no >= 0),
    sku text COLLATE "C" NOT NULL,
    mode text NOT NULL,
    exported_on date NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    fob_amount bigint NOT NULL CHECK (fob_amount >= 0),
    fob_currency text NOT NULL,
    destination text NOT NULL,
    warehouse text COLLATE "C" NOT NULL,
    sold_at_export boolean,
    statistics_flag text NOT NULL,
    channel text COLLATE "C" NOT NULL,
    order_no text COLLATE "C" NOT NULL,
    sent bigint NOT NULL DEFAULT 0 CHECK (sent BETWEEN 0 AND quantity),
    linked bigint NOT NULL DEFAULT 0 CHECK (linked BETWEEN 0 AND quantity),
    PRIMARY KEY (enterprise_id, declaration_no, item_no, sku),
    FOREIGN KEY (enterprise_id, declaration_id)
        REFERENCES logistics_declaration (enterprise_id, id),
    FOREIGN KEY (enterprise_id, sku) REFERENCES ledger_item (enterprise_id, code)
) WITH (fillfactor = 80);
CREATE INDEX logistics_declarationline_of
    ON logistics_declarationline (enterprise_id, declaration_id);
CREATE INDEX logistics_declarationline_sku
    ON logistics_declarationline (enterprise_id, sku, declaration_no, item_no);
CREATE INDEX logistics_declarationline_to
    ON logistics_declarationline (enterprise_id, warehouse, declaration_no, item_no, sku);
CREATE TABLE logistics_invoicelink (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    declaration_no text COLLATE "C" NOT NULL,
    item_no integer NOT NULL,
    purchase_id uuid NOT NULL,
    line_no integer NOT NULL,
    sku text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (enterprise_id, declaration_no, item_no, purchase_id, line_no, sku),
    FOREIGN KEY (enterprise_id, declaration_no, item_no, sku)
        REFERENCES logistics_declarationline (enterprise_id, declaration_no, item_no, sku),
    FOREIGN KEY (enterprise_id, purchase_id, line_no, sku)
        REFERENCES logistics_purchaseline (enterprise_id, purchase_id, line_no, sku)
);
CREATE INDEX logistics_invoicelink_purchase
    ON logistics_invoicelink (enterprise_id, purchase_id, line_no, sku);
"""

CONSIGNMENTS = """
CREATE TABLE logistics_consignmentline (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    consignment_id uuid NOT NULL,
    line_no integer NOT NULL CHECK (line_no >= 0),
    sku text COLLATE "C" NOT NULL,
    lot text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    from_place text COLLATE "C" NOT NULL,
    declaration_no text COLLATE "C",
    item_no integer,
    received bigint NOT NULL DEFAULT 0 CHECK (received >= 0),
    damaged bigint NOT NULL DEFAULT 0 CHECK (damaged BETWEEN 0 AND received),
    short bigint NOT NULL DEFAULT 0 CHECK (short >= 0),
    covered bigint NOT NULL DEFAULT 0 CHECK (covered >= 0),
    open bigint GENERATED ALWAYS AS (quantity - received - short - covered) STORED
        CHECK (open >= 0),
    CHECK ((declaration_no IS NULL) = (item_no IS NULL)),
    PRIMARY KEY (enterprise_id, consignment_id, line_no),
    FOREIGN KEY (enterprise_id, consignment_id)
        REFERENCES logistics_consignment (enterprise_id, id),
    FOREIGN KEY (enterprise_id, sku) REFERENCES ledger_item (enterprise_id, code),
    FOREIGN KEY (enterprise_id, declaration_no, item_no, sku)
        REFERENCES logistics_declarationline (enterprise_id, declaration_no, item_no, sku)
) WITH (fillfactor = 70); -- each is changed whenever something of it is received
CREATE INDEX logistics_consignmentline_sku
    ON logistics_consignmentline (enterprise_id, consignment_id, sku, line_no);
CREATE INDEX logistics_consignmentline_with
    ON logistics_consignmentline (enterprise_id, sku, consignment_id);
CREATE INDEX logistics_consignmentline_declared
    ON logistics_consignmentline (enterprise_id, declaration_no, item_no, sku)
    WHERE declaration_no IS NOT NULL;
"""

# No reference to the line of the consignment: checked row by row it took most of the time of a
# receipt of 10,000 lines. Lines go from drafts only, and of a draft nothing is received.
RECEIPTS = """
CREATE TABLE logistics_receiptline (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    receipt_no text COLLATE "C" NOT NULL,
    line_no integer NOT NULL,
    scan_id uuid NOT NULL,
    received_on date NOT NULL,
    warehouse text COLLATE "C" NOT NULL,
    declaration_no text COLLATE "C",
    item_no integer,
    sku text COLLATE "C" NOT NULL,
    lot text COLLATE "C" NOT NULL,
    quantity bigint NOT NULL CHECK (quantity > 0),
    condition text NOT NULL,
    is_over boolean NOT NULL,
    consignment_id uuid,
    consignment_line integer,
    document_id uuid NOT NULL,
    PRIMARY KEY (enterprise_id, receipt_no, line_no),
    FOREIGN KEY (enterprise_id, scan_id) REFERENCES logistics_scan (enterprise_id, id),
    FOREIGN KEY (enterprise_id, declaration_no, item_no, sku)
        REFERENCES logistics_declarationline (enterprise_id, declaration_no, item_no, sku),
    FOREIGN KEY (enterprise_id, document_id) REFERENCES ledger_document (enterprise_id, id)
);
CREATE INDEX logistics_receiptline_scan ON logistics_receiptline (enterprise_id, scan_id);
CREATE INDEX logistics_receiptline_consignment
    ON logistics_receiptline (enterprise_id, consignment_id, sku) WHERE consignment_id IS NOT NULL;
CREATE INDEX logistics_receiptline_declared
    ON logistics_receiptline (enterprise_id, declaration_no, item_no, sku)
    WHERE declaration_no IS NOT NULL;
CREATE INDEX logistics_receiptline_sku
    ON logistics_receiptline (enterprise_id, sku, receipt_no, line_no);
CREATE INDEX logistics_receiptline_warehouse
    ON logistics_receiptline (enterprise_id, warehouse, receipt_no, line_no);
"""

#: References that few rows have, or that nobody follows backwards: no index of their own.
RARE = """
ALTER TABLE logistics_homereceipt ADD CONSTRAINT logistics_homereceipt_document_id_fk
    FOREIGN KEY (enterprise_id, document_id) REFERENCES ledger_document (enterprise_id, id);
ALTER TABLE logistics_consignment ADD CONSTRAINT logistics_consignment_document_id_fk
    FOREIGN KEY (enterprise_id, document_id) REFERENCES ledger_document (enterprise_id, id);
ALTER TABLE logistics_scan ADD CONSTRAINT logistics_scan_document_id_fk
    FOREIGN KEY (enterprise_id, document_id) REFERENCES ledger_document (enterprise_id, id);
"""

CHANGED = ("SELECT", "INSERT", "UPDATE")


class Migration(migrations.Migration):
    dependencies = [
        ("logistics", "0002_consignments"),
        ("catalog", "0003_walls"),
        ("ledger", "0002_book"),
    ]

    operations = [
        WallOff("logistics_purchase", may=CHANGED),
        WallOff("logistics_homereceipt", {"purchase_id": "logistics_purchase"}, may=CHANGED),
        WallOff("logistics_declaration", may=CHANGED),
        WallOff("logistics_consignment", may=CHANGED),
        WallOff("logistics_scan", {"consignment_id": "logistics_consignment"}, may=CHANGED),
        WallOff("logistics_claim", {"consignment_id": "logistics_consignment"}, may=CHANGED),
        WallOff("logistics_claimterm"),
        migrations.RunSQL(RARE + PURCHASES + DECLARATIONS + CONSIGNMENTS + RECEIPTS),
        WallOff("logistics_purchaseline", key=(), may=CHANGED),
        WallOff("logistics_homereceiptline", key=(), may=("SELECT", "INSERT")),
        WallOff("logistics_declarationline", key=()),
        WallOff("logistics_invoicelink", key=()),
        WallOff("logistics_consignmentline", key=()),
        WallOff("logistics_receiptline", key=()),
    ]
