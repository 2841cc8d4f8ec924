# SPDX-License-Identifier: Apache-2.0
"""List the audit log from its end, however long it is."""

from django.db import migrations, models


def _index(name: str, *fields: str) -> migrations.AddIndex:
    index = models.Index(fields=["enterprise", *fields, "at", "id"], name=name)
    return migrations.AddIndex("auditentry", index)


class Migration(migrations.Migration):
    dependencies = [("people", "0002_walls")]

    operations = [
        _index("people_audit_at"),
        _index("people_audit_actor", "actor"),
        _index("people_audit_action", "action"),
    ]
