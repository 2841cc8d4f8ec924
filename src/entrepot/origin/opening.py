# SPDX-License-Identifier: Apache-2.0
"""Open a folder of products, materials and rules, and say everything that is wrong at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import narwhals as nw

from entrepot.engine.check import Checked, check_table, empty_frame
from entrepot.engine.delimited import reader
from entrepot.engine.duck import Duck
from entrepot.engine.faults import Fault, total
from entrepot.engine.relations import Rule, check_references, check_rule
from entrepot.engine.source import digest, find, open_source
from entrepot.errors import Misused, Refused
from entrepot.origin.tables import GIVEN

#: Faults that a message spells out; `facts` hold all that were listed.
_SHOWN = 20


class FaultyTables(Refused):
    """Tables that do not have the form they should have; nothing was judged."""

    code: ClassVar[str] = "origin.faulty_tables"


class NoFolder(Misused):
    """There is no such folder."""

    code: ClassVar[str] = "origin.no_folder"


def open_folder(duck: Duck, folder: Path, work: Path) -> list[dict[str, Any]]:
    """Make one table of the engine per table given, checked whole.

    Returns:
        what was read: table, file, sha256, rows.

    Raises:
        NoFolder: `folder` is not one.
        FaultyTables: with every fault: file, row, column, what to do.
    """
    if not folder.is_dir():
        raise NoFolder(
            f"Cannot judge {folder}.",
            "There is no such folder.",
            "Name a folder with products, materials and rules.",
        )
    paths, faults = find(folder, GIVEN)
    sums = digest(paths)
    csv_reader = reader(work, duck.budget)
    checked: dict[str, Checked] = {}
    for table in GIVEN:
        if table.name in paths:
            source = open_source(table, paths[table.name], work, csv_reader=csv_reader)
            checked[table.name] = check_table(duck, source)
            faults += checked[table.name].faults
    csv_reader.close()
    faults += check_references(duck, checked)
    for rule in _RULES:
        faults += check_rule(duck, rule, checked)
    if faults:
        raise _refusal(folder, faults)
    for table in GIVEN:
        found = checked.get(table.name)
        duck.keep(found.typed if found else empty_frame(duck, table), table.name)
    return [
        {"table": name, "file": one.source.file, "sha256": sums[name].result(), "rows": one.rows}
        for name, one in checked.items()
    ]


#: A million CNY in millionths; above it, products of whole numbers could overflow.
_LARGEST_RATE = 10**12

_RULES = (
    Rule(
        code="rate.large",
        column="cny_per_unit",
        reads={"fx_rates": ("cny_per_unit",)},
        rows=lambda rows: rows.filter(nw.col("cny_per_unit") > _LARGEST_RATE),
        found=lambda _: "more than 1,000,000",
        expected=lambda _: "at most a million CNY for one unit",
        remedy="Give CNY for one unit of the currency.",
    ),
    Rule(
        code="fob.zero",
        column="fob",
        reads={"products": ("fob",)},
        rows=lambda rows: rows.filter(nw.col("fob") == 0),
        found=lambda _: "0.00",
        expected=lambda _: "a value above 0",
        remedy="Give the FOB value: every share is a share of it.",
    ),
    Rule(
        code="period.ends",
        column="valid_to",
        reads={"rules": ("valid_from", "valid_to")},
        rows=lambda rows: rows.filter(nw.col("valid_to") <= nw.col("valid_from")),
        found=lambda row: f'"{row["valid_to"]}"',
        expected=lambda row: f"a day after {row['valid_from']}",
        remedy="valid_to is the first day no longer in force.",
    ),
)


def _refusal(folder: Path, faults: Sequence[Fault]) -> FaultyTables:
    count = total(faults)
    found = [f"{count:,} {'fault' if count == 1 else 'faults'}:"]
    found += [f"  {fault.text}" for fault in faults[:_SHOWN]]
    if count > _SHOWN:
        found.append(f"  and {count - _SHOWN:,} more.")
    return FaultyTables(
        f"Cannot judge {folder}.",
        "\n".join(found),
        "Mend them and judge again.",
        count=count,
        faults=[asdict(fault) for fault in faults],
    )
