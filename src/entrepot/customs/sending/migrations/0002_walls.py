# SPDX-License-Identifier: Apache-2.0
"""The walls of all tables, and the indexes that only SQL can say."""

from django.db import migrations

from entrepot.people.walls import WallOff

CHANGED = ("SELECT", "INSERT", "UPDATE")
ADDED = ("SELECT", "INSERT")

SQL = """
-- A receipt of no document has no reference yet, and is matched by what it says.
CREATE INDEX customs_document_latest ON customs_document (enterprise_id, kind, own_no, version)
    WHERE is_latest;
-- Cancellations (605) of a list, by the number that customs gave it; what it says of merges (792).
CREATE INDEX customs_document_cancels ON customs_document (enterprise_id, (data ->> 'invtNo'))
    WHERE kind = 'CEB605Message';
CREATE INDEX customs_file_results ON customs_file (enterprise_id, id)
    WHERE answer = 'CEB792Message';
CREATE INDEX customs_file_received ON customs_file (enterprise_id, received_at, id);
-- What customs sends is XML, which is packed by the column.
ALTER TABLE customs_receipt SET (fillfactor = 90);
ALTER TABLE customs_document SET (fillfactor = 70); -- changed whenever a receipt comes
"""


class Migration(migrations.Migration):
    dependencies = [("customs", "0001_initial")]

    operations = [
        WallOff("customs_setup", may=CHANGED),
        WallOff("customs_message", may=CHANGED),
        WallOff("customs_sending", {"message_id": "customs_message"}, may=ADDED),
        WallOff("customs_document", {"message_id": "customs_message"}, may=CHANGED),
        WallOff("customs_file", may=CHANGED),
        WallOff(
            "customs_receipt",
            {
                "file_id": "customs_file",
                "document_id": "customs_document",
                "message_id": "customs_message",
            },
            may=CHANGED,
        ),
        migrations.RunSQL(SQL),
    ]
