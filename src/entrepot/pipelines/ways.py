# SPDX-License-Identifier: Apache-2.0
"""Ways to declare, and the monthly merge, over a table or messages: read, decide, then write."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from importlib.metadata import version
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import narwhals as nw

from entrepot.customs.messages.files import found, read_file
from entrepot.customs.ways.lists import MESSAGE, rows_of
from entrepot.customs.ways.merging import Merged, form_rows, item_rows, merge, place_rows
from entrepot.customs.ways.rules import LIMITS, PACKS, Judged, Ticket, judge, list_limit
from entrepot.customs.ways.tables import (
    FLAGS,
    GOODS,
    HEAD_KEY,
    LISTS,
    MERGED,
    MERGED_ITEMS,
    MERGED_LISTS,
    WAYS,
)
from entrepot.customs.ways.telling import LANGUAGES, reason
from entrepot.engine.faults import ROW
from entrepot.engine.folder import replacing
from entrepot.engine.relations import Rule
from entrepot.engine.schema import Table
from entrepot.engine.write import write_table
from entrepot.errors import Misused
from entrepot.packs.read import read
from entrepot.pipelines.one_table import batches, opened, refusal

WAYS_REPORT, MERGE_REPORT = "ways.json", "merge.json"
#: Tickets or forms that a report tells; the tables hold all of them.
LISTED = 1_000

Report = dict[str, Any]


def judge_ways(
    path: Path, out: Path | None = None, file_format: str = "csv", limits: str = LIMITS
) -> Report:
    """Judge for every ticket of a table which ways to declare it are open.

    Args:
        limits: the pack with the list limit, the published one or the firm's own.

    Returns:
        what `ways.json` says: counts, and each ticket with every way, its verdict and why.

    Raises:
        FaultyTable: with every fault. Misused: there is no such file. UnknownPack: no such pack.
    """
    read(limits)
    with ExitStack() as stack:
        new = stack.enter_context(replacing(out, marker=WAYS_REPORT))[0] if out else None
        rows = stack.enter_context(opened(GOODS, path, (_of_one_kind("ticket", ("on", "buyer")),)))
        judged = _judged(_tickets(rows), limits)
        counts = {"open": 0, "ask": 0, "refused": 0}
        told: list[Report] = []

        def counted() -> Iterator[dict[str, Any]]:
            for ticket, lines in groupby(judged, key=lambda line: line["ticket"]):
                ways = list(lines)
                verdicts = {each["verdict"] for each in ways}
                counts[next((v for v in counts if v in verdicts), "refused")] += 1
                if len(told) < LISTED:
                    told.append({"ticket": ticket, "ways": [_plain_way(each) for each in ways]})
                yield from ways

        outputs = _written([(WAYS, counted())], new, file_format)
        return _reported(
            new,
            WAYS_REPORT,
            {
                "version": version("entrepot"),
                "packs": {
                    name: dict(read(name).sha256) for name in dict.fromkeys((*PACKS, limits))
                },
                "counts": counts,
                "tickets": told,
                **outputs,
            },
        )


def _tickets(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[str, Ticket]]:
    """Lines as tickets: values add up, and a flag holds where it holds for one of the lines."""
    for name, group in groupby(rows, key=lambda row: row["ticket"]):
        lines = list(group)
        flags: dict[str, bool | None] = {}
        for flag in FLAGS:
            said = {line[flag] for line in lines}
            flags[flag] = True if True in said else None if None in said else False
        value = sum(line["value"] for line in lines)
        yield name, Ticket(lines[0]["on"], lines[0]["buyer"], value, **flags)


def _judged(tickets: Iterable[tuple[str, Ticket]], limits: str) -> Iterator[dict[str, Any]]:
    limit_on: dict[date, int | None] = {}
    for name, ticket in tickets:
        if ticket.on not in limit_on:
            limit_on[ticket.on] = list_limit(ticket.on, limits)
        for each in judge(ticket, limit_on[ticket.on]):
            yield _row(name, ticket, each, limit_on[ticket.on])


def _row(name: str, ticket: Ticket, judged: Judged, limit: int | None) -> dict[str, Any]:
    way = judged.way
    copied = ("way", "mode", "form", "flag", "sent_zh", "sent_en", "then_zh", "then_en")
    return {
        "ticket": name,
        **{column: way[column] for column in copied},
        "name_zh": way["zh"],
        "name_en": way["en"],
        "on": ticket.on,
        "buyer": ticket.buyer,
        "value": ticket.value,
        "verdict": judged.verdict,
        "confidence": judged.confidence,
        **{f"reason_{each}": reason(judged, ticket, limit, each) for each in LANGUAGES},
        "source": "; ".join(dict.fromkeys(each.source for each in judged.findings)),
    }


def _plain_way(row: dict[str, Any]) -> Report:
    return {**row, "on": str(row["on"]), "value": f"{row['value'] // 100}.{row['value'] % 100:02d}"}


def merge_lists(
    paths: Sequence[Path],
    closed_on: date | None = None,
    out: Path | None = None,
    file_format: str = "csv",
) -> Report:
    """Merge lists of 9610 into forms, by month, each with the day by which it is due.

    Args:
        paths: one table of lists, or messages 603, files or folders.
        closed_on: the day customs closed the lists of the messages; only with messages.

    Returns:
        what `merge.json` says: counts, forms with their items, items whose units differ.

    Raises:
        FaultyTable: with every fault. Misused: a path or day that does not fit.
    """
    is_table = len(paths) == 1 and paths[0].is_file() and paths[0].suffix.lower() != ".xml"
    if is_table == (closed_on is not None):
        raise Misused(
            "Cannot merge these lists.",
            "A table says itself when customs closed a list; messages do not.",
            "Say --closed-on DAY with messages, and leave it out with a table.",
        )
    with ExitStack() as stack:
        new = stack.enter_context(replacing(out, marker=MERGE_REPORT))[0] if out else None
        if closed_on is None:
            rule = _of_one_kind("list_no", ("closed_on", "flag", *HEAD_KEY))
            merged = merge(stack.enter_context(opened(LISTS, paths[0], (rule,))))
        else:
            merged = merge(_of_messages(found(paths), closed_on))
        tables = [
            (MERGED, form_rows(merged)),
            (MERGED_ITEMS, item_rows(merged)),
            (MERGED_LISTS, place_rows(merged)),
        ]
        outputs = _written(tables, new, file_format)
        return _reported(new, MERGE_REPORT, {**_merge_facts(merged), **outputs})


def _of_messages(files: Sequence[Path], closed_on: date) -> list[dict[str, Any]]:
    """Items of all messages 603; a message with faults, another one or a list twice is refused."""
    faults, rows, seen = [], [], dict[tuple[str, int], Path]()
    for path in files:
        reading = read_file(path)
        if reading.fault_count:
            faults.append(f"{path}: {reading.faults[0]}")
        elif reading.message != MESSAGE:
            faults.append(f"{path}: {reading.message}, not {MESSAGE}.")
        else:
            for row in rows_of(reading, closed_on):
                at = (row["list_no"], row["item_no"])
                if at in seen:
                    faults.append(f"{path}: list {at[0]}, item {at[1]}, is in {seen[at]} as well.")
                seen[at] = path
                rows.append(row)
    if faults:
        raise refusal("Cannot merge these lists.", faults, len(faults))
    return rows


def _merge_facts(merged: Merged) -> Report:
    forms = islice(form_rows(merged), LISTED)
    told: list[Report] = [{**each, "due_on": str(each["due_on"]), "items": []} for each in forms]
    for item in item_rows(merged):
        if item["form_no"] > len(told):
            break
        told[item["form_no"] - 1]["items"].append(item)
    left = {list_no for (list_no, _), place in merged.placed.items() if place is None}
    return {
        "version": version("entrepot"),
        "packs": {LIMITS: dict(read(LIMITS).sha256)},
        "counts": {
            "lists": len({list_no for list_no, _ in merged.placed}),
            "forms": len(merged.forms),
            "not_merged": len(left),
        },
        "forms": told,
        "units_differ": [list(each) for each in merged.units_differ[:LISTED]],
    }


def _of_one_kind(key: str, columns: tuple[str, ...]) -> Rule:
    """The rule that all lines of one thing say the same of it."""
    table = GOODS if key == "ticket" else LISTS

    def differing(rows: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
        several = rows.group_by(key).agg(
            *(nw.col(name).min().alias(f"{name}_least") for name in columns),
            *(nw.col(name).max().alias(f"{name}_most") for name in columns),
        )
        is_other = [nw.col(f"{name}_least") != nw.col(f"{name}_most") for name in columns]
        return rows.join(several.filter(nw.any_horizontal(*is_other, ignore_nulls=True)), on=key)

    return Rule(
        code=f"{key}.differs",
        column=key,
        reads={table.name: (key, *columns)},
        rows=lambda rows: differing(rows.select(ROW, key, *columns)),
        found=lambda row: f"{row[key]} with different values",
        expected=lambda _: f"the same {', '.join(columns)} in all of its lines",
        remedy="Correct the line that differs.",
    )


def _written(
    tables: Sequence[tuple[Table, Iterator[dict[str, Any]]]], new: Path | None, form: str
) -> Report:
    """Write tables, or only run through their rows where there is no folder."""
    written = {}
    for table, rows in tables:
        if new is None:
            for _ in rows:
                pass
            continue
        one = write_table(table, batches(table, rows), new, form)
        written[one.file] = {"rows": one.rows, "digest": one.digest}
    return {"outputs": written} if new is not None else {}


def _reported(new: Path | None, name: str, report: Report) -> Report:
    if new is not None:
        text = json.dumps(report, indent=2, ensure_ascii=False)
        (new / name).write_text(text + "\n", "utf-8")
    return report
