# SPDX-License-Identifier: Apache-2.0
"""Wall enterprises off from each other, and let the audit log only grow."""

from django.db import migrations

from entrepot.people.walls import APPEND_ONLY, WallOff

#: The person whose memberships are asked for, before they have chosen an enterprise.
CURRENT_USER = """
CREATE FUNCTION entrepot_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(current_setting('entrepot.user', true), '')::uuid
"""

#: The names of the enterprises that a person works in, to choose from.
WORKS_THERE = """
enterprise_id IN (
    SELECT m.enterprise_id FROM people_membership m WHERE m.user_id = (SELECT entrepot_user())
)
"""
#: Django's cache, which counts attempts to sign in: one for all processes, lost with a crash.
CACHE = """
CREATE UNLOGGED TABLE people_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX people_cache_expires ON people_cache (expires)
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.RunSQL(APPEND_ONLY),
        migrations.RunSQL(CURRENT_USER),
        migrations.RunSQL(CACHE),
        WallOff("people_profile", also=WORKS_THERE),
        WallOff("people_membership", also="user_id = (SELECT entrepot_user())"),
        WallOff("people_invitation"),
        WallOff("people_apitoken"),
        WallOff("people_auditentry", may=("SELECT", "INSERT")),
    ]
