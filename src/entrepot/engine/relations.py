# SPDX-License-Identifier: Apache-2.0
"""Checks what holds between tables: that what one names is in another, and rules across rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.engine.check import Checked, listed, shown
from entrepot.engine.faults import LIMIT, ROW, Fault
from entrepot.engine.schema import Reference

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule across rows or tables that a season's tables must keep.

    `reads`: the tables that `rows` takes, in order, with the columns it needs; it is not asked
    where one of them is missing. `rows` takes typed frames, the first with `ROW`, which counts its
    rows from 0, and returns the faulty rows of the first, with `ROW` and what the texts show.
    `column`: what the fault is named by. `found`, `expected`: texts for one faulty row.
    """

    code: str
    column: str
    reads: Mapping[str, tuple[str, ...]]
    rows: Callable[..., Frame]
    found: Callable[[Row], str]
    expected: Callable[[Row], str]
    remedy: str

    @property
    def table(self) -> str:
        """The table whose rows the rule is about."""
        return next(iter(self.reads))


def check_references(
    engine: Engine, tables: Mapping[str, Checked], limit: int = LIMIT
) -> list[Fault]:
    """Check that what one table names is in the other, where both could be read whole."""
    faults = []
    for checked in tables.values():
        for target in dict.fromkeys(ref.table for ref in checked.source.table.references):
            if target in tables:
                faults += _reference_faults(engine, checked, tables[target], tables, limit)
    return faults


def check_rule(
    engine: Engine, rule: Rule, tables: Mapping[str, Checked], limit: int = LIMIT
) -> list[Fault]:
    """The faults that one rule finds; none where a table or column it reads is missing."""
    for name, columns in rule.reads.items():
        if name not in tables or not tables[name].has(columns):
            return []
        # A row left out of another table would make rows here look wrong that are right.
        if name != rule.table and not tables[name].source.whole:
            return []
    first, *others = rule.reads.items()
    checked = tables[first[0]]
    faulty = rule.rows(
        checked.numbered.select(ROW, *first[1]),
        *(tables[name].as_target().select(*columns) for name, columns in others),
    )
    return [
        checked.source.fault(
            rule.code,
            rule.found(row),
            rule.expected(row),
            rule.remedy,
            at=row[ROW],
            column=rule.column,
            count=count,
        )
        for row, count in listed(engine, faulty, limit)
    ]


def _reference_faults(
    engine: Engine,
    checked: Checked,
    target: Checked,
    tables: Mapping[str, Checked],
    limit: int,
) -> list[Fault]:
    """Rows that name what the target does not have.

    A reference that widens another (declaration, item and SKU; declaration and item) is asked
    first: where it holds, so does the narrower. Where it does not, a row that already fails the
    narrower one, or names an unknown SKU, is reported for that alone.
    """
    ours = sorted(
        (ref for ref in checked.source.table.references if ref.table == target.source.table.name),
        key=lambda ref: -len(ref.columns),
    )
    faults: list[Fault] = []
    holds: list[Reference] = []
    for ref in ours:
        if not _can_ask(ref, checked, target):
            continue
        if any(set(ref.columns) < set(wide.columns) for wide in holds):
            continue
        missing = _missing(checked.typed, ref, target)
        if not engine.rows(missing.select(n=nw.len()))[0]["n"]:
            if not checked.flawed.intersection(ref.columns):
                holds.append(ref)
            continue
        rows = _missing(checked.numbered, ref, target)
        narrower = [
            other
            for other in checked.source.table.references
            if set(other.columns) < set(ref.columns)
            and other.table in tables
            and _can_ask(other, checked, tables[other.table])
        ]
        for other in narrower:
            rows = _joined(rows, other, tables[other.table], "semi")
        faults += _missing_faults(engine, checked, ref, rows, bool(narrower), limit)
    return faults


def _can_ask(ref: Reference, checked: Checked, target: Checked) -> bool:
    return checked.has(ref.columns) and target.has(ref.to_columns) and target.source.whole


def _missing(rows: Frame, ref: Reference, target: Checked) -> Frame:
    filled = rows.filter(reduce(and_, (~nw.col(name).is_null() for name in ref.columns)))
    return _joined(filled, ref, target, "anti")


def _joined(rows: Frame, ref: Reference, target: Checked, how: Any) -> Frame:
    there = target.as_target().select(*ref.to_columns)
    return rows.join(there, left_on=list(ref.columns), right_on=list(ref.to_columns), how=how)


def _missing_faults(
    engine: Engine, checked: Checked, ref: Reference, rows: Frame, is_wide: bool, limit: int
) -> list[Fault]:
    source = checked.source
    what = " and ".join(ref.to_columns)
    if is_wide:
        code = "reference.other"
        *known, last = ref.columns
        expected = f"a {last} that {ref.table} has for this " + " and ".join(known)
        remedy = f"Correct the {last}, or the " + " and ".join(known) + "."
    else:
        code = "reference.missing"
        expected = f"a {what} that is in {ref.table}"
        remedy = f"Correct it, or add the row to {ref.table}."
    return [
        source.fault(
            code,
            ", ".join(shown(row[name]) for name in ref.columns),
            expected,
            remedy,
            at=row[ROW],
            column=", ".join(ref.columns),
            count=count,
        )
        for row, count in listed(engine, rows.select(ROW, *ref.columns), limit)
    ]
