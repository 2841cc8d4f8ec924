# SPDX-License-Identifier: Apache-2.0
"""Open the tables that a firm's file names, and say everything that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

import narwhals as nw

from entrepot.destination.firm import Firm
from entrepot.destination.tables import EXCHANGE_RATES, OWN_RATES
from entrepot.engine.check import Checked, check_table, empty_frame
from entrepot.engine.delimited import reader
from entrepot.engine.duck import Duck
from entrepot.engine.faults import Fault, total
from entrepot.engine.relations import Rule, check_rule
from entrepot.engine.source import digest, open_source
from entrepot.errors import Refused

_SHOWN = 20
#: A million for one in millionths; above it, products of whole numbers could overflow.
_LARGEST_RATE = 10**12


class FaultyTables(Refused):
    """Tables that do not have the form they should have; no return was made out."""

    code: ClassVar[str] = "vat.faulty_tables"


def open_given(duck: Duck, firm: Firm, work: Path) -> list[dict[str, Any]]:
    """Make own_rates and exchange_rates of the engine, empty where the firm names none.

    Returns:
        what was read: table, file, sha256, rows.

    Raises:
        FaultyTables: with every fault: file, row, column, what to do.
    """
    named = {OWN_RATES: firm.own_rates, EXCHANGE_RATES: firm.exchange_rates}
    paths = {table.name: path for table, path in named.items() if path is not None}
    sums = digest(paths)
    csv_reader = reader(work, duck.budget)
    checked: dict[str, Checked] = {}
    faults: list[Fault] = []
    for table, path in named.items():
        if path is not None:
            source = open_source(table, path, work, csv_reader=csv_reader)
            checked[table.name] = check_table(duck, source)
            faults += checked[table.name].faults
    csv_reader.close()
    for rule in _RULES:
        faults += check_rule(duck, rule, checked)
    if faults:
        raise _refusal(firm, faults)
    for table in named:
        found = checked.get(table.name)
        duck.keep(found.typed if found else empty_frame(duck, table), table.name)
    return [
        {"table": name, "file": one.source.file, "sha256": sums[name].result(), "rows": one.rows}
        for name, one in checked.items()
    ]


_RULES = (
    Rule(
        code="rate.large",
        column="units",
        reads={"exchange_rates": ("units",)},
        rows=lambda rows: rows.filter(nw.col("units") > _LARGEST_RATE),
        found=lambda _: "more than 1,000,000",
        expected=lambda _: "at most a million",
        remedy="Give the rate the other way round.",
    ),
    Rule(
        code="period.ends",
        column="valid_to",
        reads={"own_rates": ("valid_from", "valid_to")},
        rows=lambda rows: rows.filter(nw.col("valid_to") <= nw.col("valid_from")),
        found=lambda row: f'"{row["valid_to"]}"',
        expected=lambda row: f"a day after {row['valid_from']}",
        remedy="valid_to is the first day no longer in force.",
    ),
)


def _refusal(firm: Firm, faults: Sequence[Fault]) -> FaultyTables:
    count = total(faults)
    found = [f"{count:,} {'fault' if count == 1 else 'faults'}:"]
    found += [f"  {fault.text}" for fault in faults[:_SHOWN]]
    if count > _SHOWN:
        found.append(f"  and {count - _SHOWN:,} more.")
    return FaultyTables(
        f"Cannot use the tables that {firm.file} names.",
        "\n".join(found),
        "Mend them and ask again.",
        count=count,
        faults=[asdict(fault) for fault in faults],
    )
