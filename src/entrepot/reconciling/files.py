# SPDX-License-Identifier: Apache-2.0
"""Take files of money in: keep one as it came, read it, store what it says, match what is sure.

A file is read by a job of one transaction: all of it, or nothing, with every mistake of it.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from psycopg import Cursor

from entrepot.bank.actions import FORMATS as BANK_FORMATS
from entrepot.bank.actions import read_bank
from entrepot.bank.reporting import read_report
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.models import Profile
from entrepot.people.tenancy import acting
from entrepot.reconciling import banking, keeping, settling
from entrepot.reconciling.following import follow
from entrepot.reconciling.matching import match_all
from entrepot.reconciling.models import BANK, READ, SENT, SETTLEMENT, MoneyFile, MoneyMapping
from entrepot.reconciling.refusals import NoSuchFormat, NoSuchMapping, ReadAlready
from entrepot.reconciling.storing import alone
from entrepot.settlement.actions import FORMATS as SETTLEMENT_FORMATS
from entrepot.settlement.actions import TABLE, Asked, read_settlements

#: By the kind of a file, the formats that are read of it.
FORMATS: Final = {SETTLEMENT: (*SETTLEMENT_FORMATS, TABLE), BANK: (*BANK_FORMATS,)}
#: Findings that are kept with a file; all are counted.
MOST_FINDINGS: Final = 200
#: What DuckDB may take beside the desk.
MEMORY: Final = "320MB"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that was sent; `is_new` is false where the same one was sent before."""

    source: MoneyFile
    is_new: bool


def upload(
    kind: str, format: str, file: str, sent: keeping.Readable, channel: str = "", mapping: str = ""
) -> Sent:
    """Keep a file; nothing is read of it yet. The same file of a channel is one, however often.

    Args:
        kind: SETTLEMENT or BANK.
        format: one of FORMATS of the kind.
        channel: of a settlement, the channel of its orders.
        mapping: the name of a mapping, where the format is "table".

    Raises:
        NoSuchFormat, NoSuchMapping: there is none of this name for this kind.
        TooLargeReport: it is larger than what is read.
    """
    _check(kind, format, channel)
    toml = _toml(kind, format, mapping)
    name = "".join(c for c in file if c.isprintable())[-200:] or "the file"
    made = MoneyFile(
        kind=kind, format=format, file=name, channel=channel, mapping=mapping, toml=toml, bytes=0,
        sha256=b"", uploaded_by=acting().actor,
    )  # fmt: skip
    with raw_cursor() as cursor:
        alone(cursor)
        with transaction.atomic():
            made.save()
            made.bytes, made.sha256 = keeping.keep(cursor, made.id, sent, name)
            there = MoneyFile.objects.filter(kind=kind, channel=channel, sha256=made.sha256).first()
            if there is None:
                made.save(update_fields=["bytes", "sha256"])
                return Sent(made, is_new=True)
            _drop(cursor, made)
        if there.state == SENT:
            # It was never read, perhaps for it was sent as another format.
            there.format, there.mapping, there.toml, there.file = format, mapping, toml, name
            there.save(update_fields=["format", "mapping", "toml", "file"])
    return Sent(there, is_new=False)


def _drop(cursor: Cursor[Any], made: MoneyFile) -> None:
    keeping.drop(cursor, made.id)
    made.delete()


def _check(kind: str, format: str, channel: str) -> None:
    if format not in FORMATS[kind]:
        raise NoSuchFormat(
            f"Cannot read a {kind} as {format}.",
            f"Its formats are {', '.join(FORMATS[kind])}.",
            "Choose the one that the file has.",
        )
    if (kind == SETTLEMENT) != bool(channel):
        found = "No channel is named." if kind == SETTLEMENT else "A bank has no channel."
        raise NoSuchFormat(
            f"Cannot read a {kind} of this channel.",
            found,
            "Name the channel of the orders for a settlement, and none for a bank.",
        )


def _toml(kind: str, format: str, mapping: str) -> str:
    if not mapping and format != TABLE:
        return ""
    found = MoneyMapping.objects.filter(kind=kind, name=mapping).first()
    if found is None or format != TABLE:
        raise NoSuchMapping(
            f"Cannot read a file as {format} by the mapping {mapping or '(none)'}.",
            "A table is read by a mapping that is kept here, and no other format is.",
            "Name one of the mappings, or add it first.",
        )
    return found.content


def read(id: UUID) -> MoneyFile:
    """Read a file and store what it says; then match what is sure.

    Raises:
        MoneyFile.DoesNotExist: there is none.
        ReadAlready: it was read before.
        what `settlement.actions.read_settlements` or `bank.actions.read_bank` raise, and
        `settling.take` or `banking.take`: with every mistake; nothing is stored.
    """
    with raw_cursor() as cursor:
        alone(cursor)
        source = MoneyFile.objects.select_for_update().get(id=id)
        if source.state != SENT:
            raise ReadAlready(
                f"Cannot read {source.file}.",
                "It was read already.",
                "Look at what was read of it.",
            )
        on = today()
        with tempfile.TemporaryDirectory(prefix="entrepot-money-") as work:
            path, mapping = _put_out(cursor, source, Path(work))
            if source.kind == SETTLEMENT:
                report = _settlement(cursor, source, path, mapping, on)
            else:
                report = _bank(cursor, source, path, mapping, on)
    follow(on)
    done = match_all()
    source.report = report | {"matched": done.matched, "proposed": done.proposed}
    source.state, source.read_at = READ, timezone.now()
    source.save(update_fields=["report", "state", "read_at"])
    record("money.file_read", source.file, source=str(id), **report["counts"])
    return source


def today() -> date:
    """The day where the firm is."""
    return timezone.localdate(timezone=ZoneInfo(Profile.objects.get().time_zone))


def _put_out(cursor: Cursor[Any], source: MoneyFile, work: Path) -> tuple[Path, Path | None]:
    """The file under a name that messages may show, and its mapping."""
    inside = work / "sent"
    inside.mkdir()
    name = re.sub(r"[^\w .()+-]", "_", source.file).strip(" .")[-100:] or "file"
    path = inside / name
    keeping.write_out(cursor, source.id, path)
    if not source.toml:
        return path, None
    mapping = work / "mapping.toml"
    mapping.write_text(source.toml, "utf-8")
    return path, mapping


def _settlement(
    cursor: Cursor[Any], source: MoneyFile, path: Path, mapping: Path | None, on: date
) -> dict[str, Any]:
    out = path.parent.parent / "read"
    asked = Asked(source.format, mapping, out=out, file_format="csv", memory=MEMORY)
    said = read_settlements(path, asked)
    counts = settling.take(cursor, source, out, on)
    findings = said["exceptions"]
    return {"counts": counts, "findings": findings["counts"],
            "listed": findings["listed"][:MOST_FINDINGS]}  # fmt: skip


def _bank(
    cursor: Cursor[Any], source: MoneyFile, path: Path, mapping: Path | None, on: date
) -> dict[str, Any]:
    found = read_bank(path, source.format, mapping)
    counts = banking.take(cursor, source, found, on)
    findings = read_report([], found.findings)["exceptions"]
    return {"counts": counts, "findings": findings["counts"],
            "listed": findings["listed"][:MOST_FINDINGS]}  # fmt: skip
