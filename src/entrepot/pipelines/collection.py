# SPDX-License-Identifier: Apache-2.0
"""What a close says of foreign exchange: declarations by their last day, and one step by step."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Final

from entrepot.errors import Misused
from entrepot.finance.tables_collection import TO_COME
from entrepot.packs.read import in_force, read
from entrepot.pipelines.walk.closed import open_closed

PACK: Final = "cn/collection_kinds"
#: Sums of a state.
_SUMS: Final = ("fob", "explained", "came", "counts", "not_sold", "open", "over", "claimed")
#: Kinds of which a person is told on what it rests that they count.
_KINDS: Final = ("insurance", "deemed")
_EXPLAINED: Final = " + ".join(TO_COME[1:])

Row = dict[str, Any]


class NoSuchDeclaration(Misused):
    """No declaration of a close has the number that is asked for."""

    code = "collection.no_such_declaration"


def declarations(
    out: Path, state: str | None = None, by: date | None = None, number: str | None = None
) -> Row:
    """Declarations with the foreign exchange that came of them, what is late first.

    Args:
        out: the folder that `entrepot close` wrote.
        state: only those in this state. by: only those due by this day. number: only this one.

    Returns:
        `as_of`; `declarations`: rows of COLLECTION with explained (all differences from the
        declared value), came, counts, missing (None: a rate is missing) and, of one that is asked
        for, `payouts`: what each receipt brought of it; `totals`: by state the same sums and how
        many; `rules`: on what it rests that insurance and deemed ones count, where any does.
        Amounts are decimals, in CNY.

    Raises:
        NoSuchDeclaration: no declaration has this number.
        NoClose, NewerClose, BrokenClose: `out` is no close, or not as it was written.
    """
    asked = {"state": state, "by": by, "number": number}
    with open_closed(out, ("collection", "allocated", "collected")) as closed:
        rows = closed.rows(_DECLARATIONS, asked)
        as_of = date.fromisoformat(closed.run["as_of"])
        payouts = closed.rows(_PAYOUTS, [number]) if number else []
    if number and not rows and not (state or by):
        raise NoSuchDeclaration(
            f"Cannot show declaration {number}.",
            "The close has no declaration of this number.",
            "Name it as in declarations; one exported after the day of the close is left out.",
        )
    if number:
        for row in rows:
            mine = row["fob_currency"]
            row["payouts"] = [each for each in payouts if each["fob_currency"] == mine]
    return {
        "as_of": as_of,
        "declarations": rows,
        "totals": {name: _total(rows, name) for name in dict.fromkeys(r["state"] for r in rows)},
        "rules": [rule for kind in _KINDS if any(r[kind] for r in rows)
                  for rule in _rules(kind, as_of)],
    }  # fmt: skip


def _total(rows: list[Row], state: str) -> Row:
    """Sums of the declarations in a state; None where a rate is missing."""
    mine = [row for row in rows if row["state"] == state]

    def total(name: str) -> Any:
        amounts = [row[name] for row in mine]
        return None if None in amounts else sum(amounts)

    return {"declarations": len({row["declaration_no"] for row in mine})} | {
        name: total(name) for name in (*_SUMS, "missing")
    }


def _rules(kind: str, as_of: date) -> list[Row]:
    row = in_force(read(PACK), as_of, kind=kind)
    names = ("kind", "source", "source_zh", "confidence", "checked")
    return [] if row is None else [{name: row[name] for name in names}]


_DECLARATIONS: Final = f"""
    SELECT * EXCLUDE (_part, _at),
        ({_EXPLAINED})::DECIMAL(18, 2) AS explained,
        (received + receipts)::DECIMAL(18, 2) AS came,
        (insurance + deemed)::DECIMAL(18, 2) AS counts,
        (not_sold + open)::DECIMAL(18, 2) AS missing
    FROM collection
    WHERE ($state IS NULL OR state = $state) AND ($by IS NULL OR due_by <= $by)
        AND ($number IS NULL OR declaration_no = $number)
    ORDER BY list_position(['late', 'waiting', 'unknown', 'explained', 'collected'], state),
        due_by, declaration_no, fob_currency
"""
#: What each receipt of a payout brought of a declaration's lines, by currency of their value.
_PAYOUTS: Final = """
    SELECT c.fob_currency, a.booked_on, a.account, a.entry_no, a.entry_line, a.channel,
        a.settlement_no, a.currency, sum(a.amount)::DECIMAL(38, 2) AS amount,
        sum(a.cny)::DECIMAL(38, 2) AS cny
    FROM allocated a JOIN collected c USING (declaration_no, item_no, sku)
    WHERE declaration_no = ? GROUP BY ALL ORDER BY ALL
"""
