# SPDX-License-Identifier: Apache-2.0
"""Tables of a season that the desk has no documents for yet: they are sent as CSV, and kept."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import Final

from django.utils import timezone

from entrepot.closing.models import KeptTable
from entrepot.engine.schema import Table
from entrepot.errors import Misused, Refused
from entrepot.people.audit import record
from entrepot.people.tenancy import acting
from entrepot.pipelines.season import PRODUCING, SEASON, tables_of

#: Settlements and payouts are read on the desk, too; what was sent completes them (`settled`).
#: Their names: what was claimed, which rates hold, what a currency is worth, what was settled,
#: what goods and sales cost beside their price, what foreign exchange came beside payouts, and what
#: a producing firm enters in a period.
KEPT: Final = (
    "refund_claims",
    "refund_rates",
    "fx_rates",
    "settlements",
    "payouts",
    "costs",
    "cost_shares",
    "bank",
    "collections",
    "collection_terms",
    *(table.name for table in PRODUCING),
)
_TABLES: Final = {table.name: table for table in (*SEASON, *PRODUCING) if table.name in KEPT}


class NotKept(Misused):
    """A table that is not sent, since the desk knows it."""

    code = "closing.not_kept"


class UnfitTable(Refused):
    """A file that is no such table: the head of its columns says so."""

    code = "closing.unfit_table"


def header(table: Table) -> str:
    """The first line of a table without rows."""
    return ",".join(column.name for column in table.columns) + "\n"


def asked_of(kind: str) -> tuple[str, ...]:
    """Those that the season of a firm of that kind takes: trading or producing."""
    return tuple(table.name for table in tables_of(kind) if table.name in KEPT)


def columns(name: str) -> tuple[str, ...]:
    """The columns of a table that is sent, in the order of its first line."""
    return tuple(column.name for column in _TABLES[name].columns)


def keep(name: str, content: bytes) -> KeptTable:
    """Keep a table as CSV in UTF-8, in the place of what was sent before.

    Its rows are checked by the close, which names file, row and column of every mistake.

    Raises:
        NotKept: the desk has documents for this table.
        UnfitTable: it is no CSV, or columns are missing or unknown; every one is listed.
    """
    table = _TABLES.get(name)
    if table is None:
        raise NotKept(
            f"Cannot keep a table {name}.",
            f"Those that are sent are {', '.join(KEPT)}.",
            "Enter what the others hold where it belongs: purchases, declarations, orders.",
        )
    _check(table, content)
    kept, _ = KeptTable.objects.update_or_create(
        name=name,
        defaults={
            "content": content,
            "sha256": hashlib.sha256(content).digest(),
            "sent_at": timezone.now(),
            "sent_by": acting().actor,
        },
    )
    record("closing.table_kept", f"{name}, {len(content):,} bytes")
    return kept


def _check(table: Table, content: bytes) -> None:
    asked = f"Cannot keep this file as {table.name}."
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        found = next(rows, [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnfitTable(
            asked, f"It is no CSV in UTF-8: {error}.", "Save it as CSV in UTF-8 and send it again."
        ) from error
    wanted = [column.name for column in table.columns]
    missing = [c.name for c in table.columns if c.name not in found and not c.absent]
    unknown = [name for name in found if name not in wanted]
    if missing or unknown or len(set(found)) < len(found):
        said = [f"no column {name}" for name in missing] + [
            f"a column {name[:60]!r}" for name in unknown
        ]
        raise UnfitTable(
            asked,
            f"Its first line has {', '.join(said) or 'a column twice'}.",
            f"Its columns are {', '.join(wanted)}.",
            missing=missing,
            unknown=unknown[:100],
        )
