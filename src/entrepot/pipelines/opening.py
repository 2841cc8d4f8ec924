# SPDX-License-Identifier: Apache-2.0
"""Open a season: find its files, read them, and say everything that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import narwhals as nw

from entrepot.engine.base import Engine, Frame
from entrepot.engine.check import Checked, check_table, empty_frame
from entrepot.engine.delimited import reader
from entrepot.engine.distinct import distinct
from entrepot.engine.faults import LIMIT, ROW, Fault
from entrepot.engine.opened import Source
from entrepot.engine.relations import Rule, check_references, check_rule
from entrepot.engine.source import damage, digest, find, open_source
from entrepot.finance import rules_bank, rules_collection
from entrepot.finance import rules_season as finance
from entrepot.pipelines.about import About, read_about
from entrepot.pipelines.season import PRODUCING, SEASON, is_newer
from entrepot.taxrefund import rules_season as taxrefund
from entrepot.taxrefund.producing import rules_season as producing
from entrepot.taxrefund.producing.tables import VAT_PERIODS
from entrepot.warehouse import rules_season as warehouse

#: Tables whose rows are of a row of `vat_periods`.
_OF_PERIODS = {"vat_exports", "input_invoices"}


_RULES = (
    *warehouse.RULES,
    *taxrefund.RULES,
    *finance.RULES,
    *rules_bank.RULES,
    *rules_collection.RULES,
)


@dataclass(frozen=True, slots=True)
class Input:
    """One file of a season: its table, its name, its sha256, how many rows were read."""

    table: str
    file: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class OpenSeason:
    """A season, opened.

    `about`: None where season.toml has faults. `version`: that of its tables; None where
    season.toml cannot tell. Of a season newer than the program only season.toml is read.
    `tables`: one typed frame per table of a season of its kind, every column present; empty where
    the file is missing or unreadable. `unknown`: by table, the columns that its version does not
    know yet. They are null in every row, which there means not recorded rather than empty.
    `faults`: structural ones in the order of tables, columns and rows; with any of them the tables
    are not to be used.
    """

    about: About | None
    version: int | None
    tables: dict[str, Frame]
    unknown: dict[str, tuple[str, ...]]
    inputs: list[Input]
    faults: list[Fault]


def open_season(
    engine: Engine, folder: Path, work: Path, as_of: date | None = None, limit: int = LIMIT
) -> OpenSeason:
    """Open the season in `folder` and check all of it.

    Args:
        engine: what the tables are read with.
        folder: season.toml and one file per table; nothing is written there.
        work: an existing folder for what is made of CSV and Excel; the tables read from it.
        as_of: the day to close for, in place of the one in season.toml.
        limit: how many rows of one table, column and code are listed; all are counted.
    """
    read = read_about(folder, as_of)
    faults = list(read.faults)
    if is_newer(read.version):
        empty = {table.name: empty_frame(engine, table) for table in SEASON}
        return OpenSeason(None, read.version, empty, {}, [], faults)
    is_producing = read.about is not None and read.about.kind == "producing"
    season = (*SEASON, *PRODUCING) if is_producing else SEASON
    paths, missing = find(folder, season, read.version)
    faults += missing
    if paths.keys() & _OF_PERIODS and VAT_PERIODS.name not in paths:
        faults += find(folder, [replace(VAT_PERIODS, optional=False)])[1]
    sums = digest(paths)
    csv_reader = reader(work, engine.budget)
    checked: dict[str, Checked] = {}
    for table in season:
        if table.name in paths:
            source = open_source(table, paths[table.name], work, limit, csv_reader)
            checked[table.name] = _check(engine, source, limit, read.version)
            faults += checked[table.name].faults
    csv_reader.close()
    beside = _with_fewer_sales(engine, checked)
    faults += check_references(engine, beside, limit)
    rules = [*_RULES, *_uscc_rules(engine, beside)]
    if season is not SEASON:
        rules += producing.RULES
    for rule in rules:
        faults += check_rule(engine, rule, beside, limit)
    return OpenSeason(
        read.about,
        read.version,
        {
            table.name: checked[table.name].typed
            if table.name in checked
            else empty_frame(engine, table)
            for table in season
        },
        {table.name: tuple(later) for table in season if (later := table.later(read.version))},
        [
            Input(name, one.source.file, sums[name].result(), one.rows)
            for name, one in checked.items()
        ],
        _in_order(_explained(faults)),
    )


def _check(engine: Engine, source: Source, limit: int, version: int | None) -> Checked:
    """Check one table; a file that breaks off while it is read becomes a fault of its own."""
    if version is not None and source.table.since > version:
        version = None  # `find` has said that the table came later; its columns need not as well
    try:
        return check_table(engine, source, limit, version)
    except Exception:
        # Each engine has errors of its own for a damaged page. The file itself says whether it
        # is damaged; if it is not, the error is ours.
        fault = damage(source) if source.file.endswith(".parquet") and source.data else None
        if fault is None:
            raise
        source.data, source.whole, source.columns = None, False, []
        source.faults.append(fault)
        return check_table(engine, source, limit, version)


def _with_fewer_sales(engine: Engine, checked: dict[str, Checked]) -> dict[str, Checked]:
    """The same tables, with only those sales as targets that some return names.

    Few order lines come back: what is asked of them is asked of a table a tenth as large, and
    the sales are searched once.
    """
    key = ["channel", "order_no", "line_no"]
    sales, returns = checked.get("sales"), checked.get("returns")
    if sales is None or returns is None or not sales.has(key):
        return checked
    named = distinct(returns.typed.select("channel", "order_no", line_no="order_line_no"), *key)
    fewer = engine.keep(sales.typed.join(named, on=key, how="semi"), "sales returned")
    return {**checked, "sales": replace(sales, target=fewer)}


def _uscc_rules(engine: Engine, checked: dict[str, Checked]) -> list[Rule]:
    """The rule that suppliers' codes have the right check digits, where some do not."""
    purchases = checked.get("purchases")
    if purchases is None or not purchases.has(["supplier_uscc"]):
        return []
    suppliers = distinct(purchases.typed, "supplier_uscc")
    codes = (row["supplier_uscc"] for row in engine.rows(suppliers))
    wrong = taxrefund.wrong_usccs(code for code in codes if code is not None)
    if not wrong:
        return []
    return [
        Rule(
            code="uscc.check_digit",
            column="supplier_uscc",
            reads={"purchases": ("supplier_uscc",)},
            rows=lambda rows: rows.filter(nw.col("supplier_uscc").is_in(wrong)).select(
                ROW, "supplier_uscc"
            ),
            found=lambda row: f'"{row["supplier_uscc"]}"',
            expected=lambda _: "18 characters whose last one is the check digit of the others",
            remedy="Copy the code from the invoice again.",
        )
    ]


def _explained(faults: Iterable[Fault]) -> list[Fault]:
    """Tell why a negative invoice line is refused: it is no mistake, only not yet possible."""
    expected, remedy = taxrefund.RED_LETTER
    return [
        replace(fault, expected=expected, remedy=remedy)
        if fault.table == "purchases"
        and fault.code == "cell.negative"
        and fault.column in {"quantity", "net_amount"}
        else fault
        for fault in faults
    ]


def _in_order(faults: list[Fault]) -> list[Fault]:
    """Sort by table and column as a season lists them, then by row."""
    tables = {table.name: at for at, table in enumerate((*SEASON, *PRODUCING))}
    names = {table.name: table.names for table in (*SEASON, *PRODUCING)}

    def place(fault: Fault) -> tuple[int, int, str, str, str, int]:
        if fault.table not in tables:
            return (-1, 0, "", "", "", fault.row or 0)
        columns = names[fault.table]
        first = fault.column.split(", ")[0]
        at = columns.index(first) if first in columns else len(columns) if first else -1
        return (tables[fault.table], at, fault.column, fault.code, fault.file, fault.row or 0)

    return sorted(faults, key=place)
