# SPDX-License-Identifier: Apache-2.0
"""The walls of all tables of the declaring."""

from django.db import migrations

from entrepot.people.walls import WallOff

CHANGED = ("SELECT", "INSERT", "UPDATE")
ADDED = ("SELECT", "INSERT")


#: Parcels that leave home, among those of all warehouses overseas.
HOME = """
CREATE INDEX declaring_home_parcel ON warehouse_parcel (enterprise_id, id)
    WHERE warehouse LIKE 'home/%';
CREATE INDEX declaring_home_consignment ON logistics_consignment (enterprise_id, id)
    WHERE from_place LIKE 'home/%' AND to_place LIKE 'warehouse/%';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("declaring", "0001_initial"),
        ("customs", "0002_walls"),
        ("warehouse", "0007_buyers"),
        ("logistics", "0003_walls"),
    ]

    operations = [
        WallOff("declaring_setup", may=CHANGED),
        WallOff("declaring_code"),
        WallOff("declaring_flow", may=CHANGED),
        WallOff("declaring_ticket", {"flow_id": "declaring_flow"}, may=CHANGED),
        WallOff("declaring_result", {"file_id": "customs_file"}, may=ADDED),
        WallOff("declaring_booking", {"document_id": "customs_document"}, may=CHANGED),
        WallOff("declaring_merge", may=ADDED),
        WallOff("declaring_merging", {"merge_id": "declaring_merge"}),
        migrations.RunSQL(HOME),
    ]
