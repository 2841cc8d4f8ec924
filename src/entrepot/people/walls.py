# SPDX-License-Identifier: Apache-2.0
"""The walls between enterprises, in the database itself.

A walled table carries the enterprise in its primary key, in every unique key and in every
reference, and row-level security shows and takes rows of the one enterprise only that the
transaction is set to (`people.tenancy.within`); where none is set, there are no rows. Reference
checks bypass row security, so a reference without the enterprise would be a hole in the wall.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

#: The role that the program connects with: it owns nothing and bypasses nothing.
APP_ROLE = "entrepot_app"

#: Reads whose rows the transaction sees. A scalar sub-select of it is read once a statement.
CURRENT_ENTERPRISE = """
CREATE FUNCTION entrepot_enterprise() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(current_setting('entrepot.enterprise', true), '')::uuid
"""

#: Refuses to change or delete a row, whoever asks.
APPEND_ONLY = """
CREATE FUNCTION entrepot_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are added only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$
"""

#: What the role may do with a walled table, unless the table says otherwise.
_ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")


class WallOff(Operation):
    """Wall a table off: keys and references with the enterprise, row-level security, grants.

    Args:
        table: its name in the database.
        references: for each of its columns that names a row of another walled table, that table.
        key: the columns of its primary key after the enterprise; none where it has one already.
        may: what the program may do with it; where it may only read and add, nobody changes a row.
        also: a condition under which rows are shown, though not taken, without their enterprise.
    """

    reversible = False
    reduces_to_sql = True

    def __init__(
        self,
        table: str,
        references: Mapping[str, str] | None = None,
        key: tuple[str, ...] = ("id",),
        may: tuple[str, ...] = _ALL,
        also: str = "",
    ) -> None:
        self.table, self.references, self.key = table, dict(references or {}), key
        self.may, self.also = may, also

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """What Django believes of the table stays the same."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for statement in self.statements():
            schema_editor.execute(statement)

    def describe(self) -> str:
        return f"Wall off {self.table}"

    def statements(self) -> list[str]:
        """The SQL, in order."""
        table, key = f'"{self.table}"', ", ".join(f'"{name}"' for name in self.key)
        is_own = "enterprise_id = (SELECT entrepot_enterprise())"
        done = []
        if self.key:
            done += [
                f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {self.table}_pkey",
                f"ALTER TABLE {table} ADD PRIMARY KEY (enterprise_id, {key})",
            ]
        for column, other in self.references.items():
            done.append(
                f'ALTER TABLE {table} ADD CONSTRAINT "{self.table}_{column}_fk"'
                f' FOREIGN KEY (enterprise_id, "{column}") REFERENCES "{other}" (enterprise_id, id)'
            )
            if self.key:
                done.append(
                    f'CREATE INDEX "{self.table}_{column}" ON {table} (enterprise_id, "{column}")'
                )
        done += [
            # With statistics, an enterprise that opened after they were made is guessed to have
            # one row, and then any index that begins with the enterprise looks as good as another.
            f"ALTER TABLE {table} ALTER COLUMN enterprise_id SET STATISTICS 0",
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY wall ON {table} USING ({is_own}) WITH CHECK ({is_own})",
            f"GRANT {', '.join(self.may)} ON {table} TO {APP_ROLE}",
        ]
        if not {"UPDATE", "DELETE"} & set(self.may):
            done.append(
                f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " EXECUTE FUNCTION entrepot_append_only()"
            )
        if self.also:
            done.append(f"CREATE POLICY also ON {table} FOR SELECT USING ({self.also})")
        return done
