# SPDX-License-Identifier: Apache-2.0
"""Wall the masters off, and make the index of words."""

from django.db import migrations

from entrepot.people.walls import WallOff

# No reference to the masters: a word is only ever read together with the master it finds.
WORDS = """
CREATE TABLE catalog_word (
    enterprise_id uuid NOT NULL DEFAULT entrepot_enterprise(),
    about text COLLATE "C" NOT NULL,
    word text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    PRIMARY KEY (enterprise_id, about, word, code)
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_imports"),
        ("ledger", "0002_book"),
        ("people", "0002_walls"),
    ]

    operations = [
        migrations.RunSQL(WORDS),
        WallOff("catalog_product"),
        WallOff("catalog_photo", {"product_id": "catalog_product"}),
        WallOff("catalog_partner"),
        WallOff("catalog_warehouse", {"operator_id": "catalog_partner"}),
        WallOff("catalog_zone", {"warehouse_id": "catalog_warehouse"}),
        WallOff("catalog_bin", {"warehouse_id": "catalog_warehouse", "zone_id": "catalog_zone"}),
        WallOff("catalog_word", key=()),
        WallOff("catalog_import"),
        WallOff("catalog_importedrow", {"source_id": "catalog_import"}),
    ]
