# SPDX-License-Identifier: Apache-2.0
"""Mark the account of the demo, whose password everybody knows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0003_audit_indexes")]

    operations = [
        migrations.AddField("user", "is_demo", models.BooleanField(default=False, editable=False)),
    ]
