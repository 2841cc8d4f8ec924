# SPDX-License-Identifier: Apache-2.0
"""The evidence for a receipt, as a folder: what a bank asks for, line by line, with its hashes.

What it holds follows what banks ask for of cross-border e-commerce: the entry, order and
settlement, refunds and fees, the outbound movement, the declaration, the allocation, and for what
was netted the lines of it. Source: domain research on advice pages of banks, not a text of law; a
bank may ask for more, and `papers` takes what it asks for.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Final

import narwhals as nw

from entrepot.customs.tables import DECLARATIONS
from entrepot.engine.base import Engine, Frame
from entrepot.engine.folder import replacing
from entrepot.engine.named import engine_named
from entrepot.engine.schema import PLACES, Table
from entrepot.errors import Misused, Refused
from entrepot.finance.tables_bank import BANK, KIND_OF
from entrepot.finance.tables_costs import COSTS
from entrepot.pipelines.opening import OpenSeason, open_season
from entrepot.pipelines.runs import closable
from entrepot.pipelines.walk.closed import ClosedSeason, open_closed
from entrepot.settlement.tables_season import PAYOUTS, SETTLEMENTS
from entrepot.warehouse.tables import SALES

INDEX: Final = "index.csv"
#: A paper is copied whole; a scan of a statement has fewer bytes.
LARGEST: Final = 64 << 20
Row = dict[str, Any]

#: What each file is, in the order of the index.
WHAT: Final = {
    "receipt.csv": ("the bank's entry", "银行入账"),
    "payout.csv": ("the payout as its report states it", "平台打款"),
    "settlement.csv": ("every line of the settlement", "平台结算明细"),
    "refunds_and_fees.csv": ("of them refunds, fees and what was netted", "退款、费用及轧差明细"),
    "netting.csv": ("both gross sides, by kind and basis", "轧差还原：收支两方总额"),
    "allocation.csv": ("orders and declared lines the receipt is of", "收款对应的订单与报关单"),
    "orders.csv": ("orders as they left the warehouse abroad", "订单与海外仓出库"),
    "declarations.csv": ("export declarations of the goods", "出口报关单"),
    "costs.csv": ("invoices for costs of the goods or the channel", "相关费用发票"),
}


class NoReceipt(Misused):
    """A receipt that the close does not have, or that is of no settlement."""

    code: ClassVar[str] = "netting.no_receipt"


class OtherSeason(Refused):
    """A season that is not the one that was closed: it would prove something else."""

    code: ClassVar[str] = "netting.other_season"


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was gathered: rows of the index, what is missing, the sha256 of the index."""

    index: list[Row]
    missing: list[str]
    sha256: str


def gather(
    out: Path,
    season: Path,
    receipt: Sequence[str],
    to: Path,
    papers: Sequence[Path],
    tell: Callable[[str], None],
) -> Gathered:
    """Gather the evidence for a receipt in the folder `to`, complete or not at all.

    Args:
        out: the folder that `entrepot close` wrote of `season`.
        receipt: account, entry_no and line_no of the entry.
        papers: files to lay beside: the bank's advice, the slip of the exchange, waybills.

    Raises:
        NoReceipt: there is no such receipt of a settlement.
        OtherSeason: a table was changed since the close.
        FaultySeason, NewerSeason: the season cannot be read.
        NoClose, NewerClose, BrokenClose: `out` is no close, or not as it was written.
        Misused: a paper cannot be taken, or two have one name.
    """
    _check_papers(papers)
    tables = ("allocated", "netting")
    with replacing(to, marker=INDEX) as (new, scratch), open_closed(out, tables) as closed:
        tell("Reading the season")
        engine = engine_named("duckdb", scratch, "", "")
        try:
            opened = open_season(engine, season, scratch)
            closable(season, opened, "gather evidence from")
            _refuse_changed(closed, opened, season)
            tell("Gathering")
            parts = _parts(engine, opened, closed, receipt)
        finally:
            engine.close()
        return _write(new, parts, papers)


def _check_papers(papers: Sequence[Path]) -> None:
    names = [path.name for path in papers]
    for path in papers:
        found = ""
        if not path.is_file():
            found = "There is no such file."
        elif path.stat().st_size > LARGEST:
            found = f"It is larger than {LARGEST >> 20} MB."
        elif names.count(path.name) > 1 or path.name in WHAT or path.name == INDEX:
            found = "Another file of the folder has this name."
        if found:
            raise Misused(f"Cannot lay {path} beside.", found, "Name another file, or rename it.")


def _refuse_changed(closed: ClosedSeason, opened: OpenSeason, season: Path) -> None:
    """Refuse a season with a table that is not the one that was closed."""
    then = {each["table"]: each["sha256"] for each in closed.run["inputs"]}
    now = {each.table: each.sha256 for each in opened.inputs}
    changed = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    if changed:
        raise OtherSeason(
            f"Cannot gather evidence from {season}.",
            f"Not as it was closed: {', '.join(changed)}.",
            "Close the season again, or name the one that was closed.",
            tables=changed,
        )


def _parts(
    engine: Engine, opened: OpenSeason, closed: ClosedSeason, receipt: Sequence[str]
) -> dict[str, tuple[Sequence[str], list[Row]]]:
    """Names of columns and rows of every file."""
    account, entry_no, line = receipt
    of_entry = (
        (nw.col("account") == account)
        & (nw.col("entry_no") == entry_no)
        & (nw.col("line_no") == int(line))
    )
    tables = opened.tables
    entries = _rows(engine, BANK, tables["bank"].filter(of_entry))
    if not entries or entries[0]["kind"] != "payout":
        raise NoReceipt(
            f"Cannot gather evidence for {'/'.join(receipt)}.",
            "The season has no such entry." if not entries else f"It is a {entries[0]['kind']}.",
            "Name account, entry and line of a payout, as in bank.",
        )
    its = entries[0]["channel"], entries[0]["settlement_no"]
    of_settlement = (nw.col("channel") == its[0]) & (nw.col("settlement_no") == its[1])
    lines = _rows(engine, SETTLEMENTS, tables["settlements"].filter(of_settlement))
    allocated = closed.rows(
        "SELECT * EXCLUDE (_part, _at) FROM allocated "
        "WHERE account = ? AND entry_no = ? AND entry_line = ? ORDER BY part",
        [account, entry_no, int(line)],
    )
    netted = closed.rows(
        "SELECT * EXCLUDE (_part, _at) FROM netting WHERE channel = ? AND settlement_no = ? "
        "ORDER BY currency, kind, basis",
        list(its),
    )
    numbers = sorted({row["declaration_no"] for row in allocated if row["declaration_no"]})
    orders = sorted({row["order_no"] for row in lines if row["order_no"]})
    ours = (nw.col("channel") == its[0]) & nw.col("order_no").is_in(orders)
    of_costs = (nw.col("channel") == its[0]) | nw.col("declaration_no").is_in(numbers)
    named = {
        "payout.csv": (PAYOUTS, of_settlement),
        "orders.csv": (SALES, ours),
        "declarations.csv": (DECLARATIONS, nw.col("declaration_no").is_in(numbers)),
        "costs.csv": (COSTS, of_costs),
    }
    found: dict[str, tuple[Sequence[str], list[Row]]] = {
        name: (table.names, _rows(engine, table, tables[table.name].filter(which)))
        for name, (table, which) in named.items()
    }
    found["receipt.csv"] = (BANK.names, entries)
    found["settlement.csv"] = (SETTLEMENTS.names, lines)
    found["refunds_and_fees.csv"] = (
        SETTLEMENTS.names,
        [row for row in lines if KIND_OF[row["account"]] != "gross"],
    )
    found["netting.csv"] = (list(netted[0]) if netted else (), netted)
    found["allocation.csv"] = (list(allocated[0]) if allocated else (), allocated)
    return {name: found[name] for name in WHAT}


def _rows(engine: Engine, table: Table, rows: Frame) -> list[Row]:
    """Rows of a season's table in the order of its key, amounts as decimals."""
    places = {column.name: PLACES[column.kind] for column in table.columns if column.kind in PLACES}
    return [
        {
            name: Decimal(value).scaleb(-places[name])
            if name in places and value is not None
            else value
            for name, value in row.items()
        }
        for row in engine.rows(rows.select(table.names), list(table.key))
    ]


def _write(
    folder: Path, parts: dict[str, tuple[Sequence[str], list[Row]]], papers: Sequence[Path]
) -> Gathered:
    index: list[Row] = []
    for name, (columns, rows) in parts.items():
        if rows:
            _write_csv(folder / name, columns, rows)
            index.append(_entry(folder / name, *WHAT[name], len(rows)))
    for path in papers:
        shutil.copyfile(path, folder / path.name)
        index.append(_entry(folder / path.name, "paper", "附件", None))
    missing = list(_missing(parts, papers))
    _write_csv(folder / INDEX, list(index[0]), index)
    return Gathered(index, missing, _sha256(folder / INDEX))


def _missing(
    parts: dict[str, tuple[Sequence[str], list[Row]]], papers: Sequence[Path]
) -> Iterator[str]:
    """What a bank would ask for that is not there."""
    for name in ("payout", "settlement", "allocation", "orders", "declarations"):
        if not parts[f"{name}.csv"][1]:
            yield WHAT[f"{name}.csv"][0]
    if not papers:
        yield "the bank's advice, and waybills, as papers"
    if parts["receipt.csv"][1][0]["of_amount"] is not None and len(papers) < 2:
        yield "the slip of the exchange, as a paper"


def _entry(path: Path, english: str, chinese: str, rows: int | None) -> Row:
    return {
        "file": path.name,
        "what": english,
        "what_zh": chinese,
        "rows": "" if rows is None else rows,
        "bytes": path.stat().st_size,
        "sha256": _sha256(path),
    }


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _cell(row[name]) for name in columns} for row in rows)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
