# SPDX-License-Identifier: Apache-2.0
"""What a close says of netting: both gross sides, the way from a declaration to what came home."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Final

from entrepot.errors import Misused
from entrepot.finance.tables_bank import NETTED_KINDS, STEPS
from entrepot.pipelines.walk.closed import open_closed

Row = dict[str, Any]
_KINDS: Final = ", ".join(f"'{kind}'" for kind in NETTED_KINDS)
_SUMS: Final = ", ".join(f"sum({name})::DECIMAL(38, 2) AS {name}" for name in (*STEPS, "received"))


class NothingOfIt(Misused):
    """A settlement or declaration that the close says nothing of."""

    code: ClassVar[str] = "netting.nothing"


def both_sides(out: Path, channel: str | None = None, settlement: str | None = None) -> Row:
    """Settlements with both gross sides, what was paid out and what came, and the years.

    Args:
        out: the folder that `entrepot close` wrote.
        channel, settlement: only of these.

    Returns:
        `settlements`: one row per settlement and currency: given and taken (the gross sides), net,
        payout, received (None: not known), `kinds`: rows of NETTING. `years`: rows of
        RECEIPTS_YEAR. `collected`: sums of COLLECTED over the lines with all rates, `lines` of
        them, and `unknown` ones. Amounts are decimals.

    Raises:
        NothingOfIt: no settlement is of what was asked for.
        NoClose, NewerClose, BrokenClose: `out` is no close, or not as it was written.
    """
    mine = "(? IS NULL OR channel = ?) AND (? IS NULL OR settlement_no = ?)"
    values = [channel, channel, settlement, settlement]
    with open_closed(out, ("netting", "settled", "receipts_year", "collected")) as closed:
        kinds = closed.rows(
            f"SELECT * EXCLUDE (_part, _at) FROM netting WHERE {mine} ORDER BY channel, "
            f"settlement_no, currency, list_position([{_KINDS}], kind), basis",
            values,
        )
        settled = closed.rows(
            "SELECT channel, settlement_no, currency, payout, paid_on, received, received_on "
            f"FROM settled WHERE {mine} ORDER BY channel, settlement_no, currency",
            values,
        )
        years = closed.rows("SELECT * EXCLUDE (_part, _at) FROM receipts_year ORDER BY year")
        [collected] = closed.rows(
            f"SELECT count(received) AS lines, count(*) - count(received) AS unknown, {_SUMS} "
            "FROM collected"
        )
    if not settled and (channel or settlement):
        raise NothingOfIt(
            "Cannot show netting.",
            f"The close has no settlement{f' {settlement}' if settlement else ''} of "
            f"{channel or 'any channel'}.",
            "Name channel and settlement as in settlements and payouts.",
        )
    of: dict[tuple[str, ...], list[Row]] = {}
    for row in kinds:
        of.setdefault(_key(row), []).append(row)
    told = [_settlement(row, of.get(_key(row), [])) for row in settled]
    return {"settlements": told, "years": years, "collected": collected}


def _key(row: Row) -> tuple[str, ...]:
    return row["channel"], row["settlement_no"], row["currency"]


def _settlement(row: Row, kinds: list[Row]) -> Row:
    sums = {name: sum(each[name] for each in kinds) for name in ("given", "taken", "amount")}
    return row | {
        "given": sums["given"],
        "taken": sums["taken"],
        "net": sums["amount"],
        "kinds": [
            {k: v for k, v in each.items() if k not in ("channel", "settlement_no", "currency")}
            for each in kinds
        ],
    }


def of_declaration(out: Path, declaration_no: str) -> list[Row]:
    """The way of every line of a declaration from its declared value to what came home.

    Returns:
        rows of COLLECTED, each with `receipts`: what it has of which receipts.

    Raises:
        NothingOfIt: no line of it is sold from abroad, or the season has no bank entries.
        NoClose, NewerClose, BrokenClose: `out` is no close, or not as it was written.
    """
    with open_closed(out, ("collected", "allocated")) as closed:
        rows = closed.rows(
            "SELECT * EXCLUDE (_part, _at) FROM collected WHERE declaration_no = ? "
            "ORDER BY item_no, sku",
            [declaration_no],
        )
        receipts = closed.rows(
            "SELECT item_no, sku, account, entry_no, entry_line, booked_on, channel, "
            "settlement_no, currency, sum(amount)::DECIMAL(38, 2) AS amount, "
            "sum(cny)::DECIMAL(38, 2) AS cny, count(DISTINCT order_no) AS orders "
            "FROM allocated WHERE declaration_no = ? GROUP BY ALL ORDER BY ALL",
            [declaration_no],
        )
    if not rows:
        raise NothingOfIt(
            f"Cannot show what came of {declaration_no}.",
            "The close has no line of it that is sold from abroad, or no bank entries.",
            "Name a declaration of 9810 of a season with the table bank.",
        )
    for row in rows:
        its = row["item_no"], row["sku"]
        row["receipts"] = [each for each in receipts if (each["item_no"], each["sku"]) == its]
    return rows
