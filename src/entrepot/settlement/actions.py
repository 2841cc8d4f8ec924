# SPDX-License-Identifier: Apache-2.0
"""Read settlement reports: take, judge, merge, foot, and only then write."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast
from zoneinfo import available_timezones

import duckdb

from entrepot.engine.duck import Duck
from entrepot.engine.mistakes import Mistake, refusal
from entrepot.errors import Misused
from entrepot.packs.read import read
from entrepot.settlement import (
    amazon_finances,
    amazon_flat,
    outputs,
    shopify,
    steps,
    stripe,
    table,
)
from entrepot.settlement import mapping as mappings
from entrepot.settlement.checking import check_cells
from entrepot.settlement.decoding import Text, as_text
from entrepot.settlement.footing import foot
from entrepot.settlement.merging import Given, merge
from entrepot.settlement.mistakes import LinesLost, UnreadableReport
from entrepot.settlement.reporting import report_of
from entrepot.settlement.steps import Ways, make_lines
from entrepot.settlement.store import open_store, put

#: Files of a folder that are read at once.
MOST_FILES = 10_000
_TEXTS = (".txt", ".tsv", ".csv")
_JSON = (".json",)

Reader = Callable[[duckdb.DuckDBPyConnection, Text, int], int]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of report: whose labels it has, how its files end, and what reads them.

    `is_flat`: a file holds whole settlements; otherwise entries with numbers of their own, which
    may come in overlapping files. `decimal`: its decimal mark, where all files have the same.
    `columns`: what it calls a column of ours, for messages.
    """

    system: str
    endings: tuple[str, ...]
    read: Reader
    is_flat: bool
    decimal: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


_AMAZON = {
    "settlement": "settlement-id",
    "posted": "posted-date-time",
    "quantity": "quantity-purchased",
    "begins": "settlement-start-date",
    "ends": "settlement-end-date",
    "deposited": "deposit-date",
    "total": "total-amount",
}
_FINANCES = {
    "posted": "PostedDate",
    "begins": "FinancialEventGroupStart",
    "ends": "FinancialEventGroupEnd",
    "deposited": "FundTransferDate",
    "total": "OriginalTotal",
    "converted total": "ConvertedTotal",
    "net": "total of the event",
}
_SHOPIFY = {"posted": "processed_at", "deposited": "date", "total": "amount"}
_STRIPE = {"posted": "created_utc", "deposited": "automatic_payout_effective_at_utc"}

FORMATS = {
    "amazon-v2": Format(amazon_flat.SYSTEM, _TEXTS, amazon_flat.read_v2, True, "", _AMAZON),
    "amazon-v1": Format(amazon_flat.SYSTEM, _TEXTS, amazon_flat.read_v1, True, "", _AMAZON),
    "amazon-finances": Format(
        amazon_flat.SYSTEM, _JSON, amazon_finances.read, False, "point", _FINANCES
    ),
    "shopify": Format(shopify.SYSTEM, _JSON, shopify.read, False, "point", _SHOPIFY),
    "stripe": Format(stripe.SYSTEM, (".csv",), stripe.read, False, "", _STRIPE),
}
TABLE = "table"


@dataclass(frozen=True, slots=True)
class Asked:
    """How to read and what to write.

    `form`: one of FORMATS, or TABLE with a `mapping`. `encoding`, `decimal`, `dates`, `times_in`:
    empty: to be found out. `out`: a folder for the tables; None: only report. `memory`: DuckDB's
    budget, such as "2GB".
    """

    form: str
    mapping: Path | None = None
    encoding: str = ""
    decimal: str = ""
    dates: str = ""
    times_in: str = ""
    out: Path | None = None
    file_format: str = "parquet"
    memory: str = ""


def read_settlements(path: Path, asked: Asked) -> dict[str, Any]:
    """Read a report, or all reports of a folder, and foot every settlement.

    Returns:
        what `read.json` says: inputs, settlements with their accounts, exceptions.

    Holds:
        every amount of the reports is one line, but for what is given twice; per settlement,
        lines + residual = payout.

    Raises:
        Misused: there is no such path, or options that do not go together.
        UnreadableReport, BadMapping: with every mistake.
        Contradicting: reports of one settlement that differ.
        NotOurs: `out` holds something else; nothing is read or written.
    """
    mapping = _mapping(asked)
    form = _form(asked, mapping)
    ways = _ways(asked, form, mapping)
    encoding = asked.encoding or (mapping.encoding if mapping else "")
    files, ignored = _files(path, form)
    with ExitStack() as stack:
        made = stack.enter_context(outputs.replacing(asked.out)) if asked.out else None
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="entrepot-settle-")))
        duck = Duck(work, asked.memory)
        stack.callback(duck.close)
        given = _make(duck.connection, files, form, ways, work, encoding)
        report = {
            "version": version("entrepot"),
            "format": asked.form,
            "packs": {name: dict(read(name).sha256) for name in steps.packs()},
            "ignored": ignored,
            "given_twice": given,
            **report_of(duck.connection),
        }
        if made:
            report["outputs"] = outputs.write(duck.connection, made, asked.file_format)
            outputs.finish(made, report)
    return report


def _make(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    form: Format,
    ways: Ways,
    work: Path,
    encoding: str,
) -> list[Given]:
    """From files to `lines`, `settlements` and `exceptions`; what was given twice."""
    open_store(connection)
    given = _take(connection, files, form, work, encoding)
    if form.read is amazon_finances.read:
        amazon_finances.name_groups(connection)
    make_lines(connection, ways)
    check_cells(connection, ways, is_flat=form.is_flat, columns=form.columns)
    _check_whole(connection)
    given += merge(connection, is_flat=form.is_flat)
    foot(connection)
    return given


def _take(
    connection: duckdb.DuckDBPyConnection,
    files: Sequence[Path],
    form: Format,
    work: Path,
    encoding: str,
) -> list[Given]:
    """Put what the files say into the store; mistakes of all of them are told together."""
    names: dict[str, str] = {}
    given: list[Given] = []
    refused: list[UnreadableReport] = []
    for number, path in enumerate(files):
        try:
            source = as_text(path, work, encoding)
            if source.sha256 in names:
                given.append({"kept": names[source.sha256], "left": path.name})
                continue
            names[source.sha256] = path.name
            row = {
                "file": number,
                "name": source.name,
                "sha256": source.sha256,
                "encoding": source.encoding,
                "bytes": source.bytes,
            }
            put(connection, "files", [row])
            rows = form.read(connection, source, number)
            connection.execute("UPDATE files SET rows = ? WHERE file = ?", [rows, number])
        except UnreadableReport as error:
            refused.append(error)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        told = [each.facts for each in refused]
        mistakes = [one for each in told for one in cast("list[dict[str, Any]]", each["mistakes"])]
        count = sum(cast("int", each["count"]) for each in told)
        raise refusal(
            UnreadableReport,
            f"Cannot read {len(refused)} of {len(files)} reports.",
            [Mistake(**each) for each in mistakes],
            "Correct or take away what is no such report.",
            count=count,
        )
    return given


def _check_whole(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse unless every entry became one line; anything else is a mistake of the program."""
    ((entries, lines),) = connection.execute(
        "SELECT (SELECT count(*) FROM entries), (SELECT count(*) FROM lines)"
    ).fetchall()
    if entries != lines:
        raise LinesLost(
            "Cannot finish reading: what came out is not what went in.",
            f"{entries} amounts went in, {lines} came out.",
            "This is a mistake of the program: report it. Nothing was written.",
            entries=entries,
            lines=lines,
        )


def _mapping(asked: Asked) -> mappings.Mapping | None:
    if (asked.form == TABLE) != (asked.mapping is not None):
        found = "A table is read by a mapping." if asked.form == TABLE else "The format is known."
        raise Misused(
            f"Cannot read as {asked.form}.",
            found,
            "Give --mapping with --format table, and with no other format.",
        )
    return mappings.read_mapping(asked.mapping) if asked.mapping else None


def _form(asked: Asked, mapping: mappings.Mapping | None) -> Format:
    if mapping is None:
        return FORMATS[asked.form]
    is_flat = "entry_no" not in mapping.columns
    columns = mapping.columns | {
        ours: mapping.columns[name]
        for ours, name in (("posted", "posted_at"), ("deposited", "deposited_on"))
        if name in mapping.columns
    }
    reader = partial(table.read, mapping=mapping)
    return Format(mapping.system, _TEXTS, reader, is_flat, "", columns)


def _ways(asked: Asked, form: Format, mapping: mappings.Mapping | None) -> Ways:
    times_in = asked.times_in or (mapping.times_in if mapping else "UTC")
    if times_in not in available_timezones():
        raise Misused(
            f"Cannot read times of {times_in}.",
            "No such time zone is known.",
            "Say for example Europe/Berlin, or UTC.",
        )
    if mapping is None:
        return Ways(form.system, form.decimal or asked.decimal, asked.dates, times_in)
    return Ways(
        form.system,
        asked.decimal or mapping.decimal,
        asked.dates or mapping.dates,
        times_in,
        mapping.accounts,
        mapping.events,
    )


def _files(path: Path, form: Format) -> tuple[list[Path], list[str]]:
    """The reports to read, in order of their names, and what else lies in the folder."""
    if path.is_file():
        return [path], []
    asked = f"Cannot read settlements of {path}."
    if not path.is_dir():
        raise Misused(asked, "There is no such file or folder.", "Give the path of a report.")
    inside = sorted(each for each in path.iterdir() if not each.name.startswith("."))
    wanted = [each for each in inside if each.is_file() and _ending(each) in form.endings]
    if not wanted or len(wanted) > MOST_FILES:
        found = f"{len(wanted):,} files there end in {' or '.join(form.endings)}."
        remedy = f"Give a folder with 1 to {MOST_FILES:,} reports, or one report."
        raise Misused(asked, found, remedy)
    return wanted, [each.name for each in inside if each not in wanted]


def _ending(path: Path) -> str:
    return Path(path.name.lower().removesuffix(".gz")).suffix
