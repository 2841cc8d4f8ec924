# SPDX-License-Identifier: Apache-2.0
"""What a reading found, as a report for programs and as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

from entrepot.settlement.footing import EXPECTED
from entrepot.settlement.money import decimal
from entrepot.settlement.outputs import QUERIES

#: Exceptions that a report spells out; the tables hold all of them.
LISTED = 1_000
#: Exceptions that a person is shown.
_SHOWN = 20

Report = dict[str, Any]


def report_of(connection: duckdb.DuckDBPyConnection) -> Report:
    """Inputs, settlements with their accounts, and exceptions; amounts as decimals in texts."""
    accounts: dict[tuple[str, str], dict[str, Report]] = {}
    for settlement, currency, account, lines, total, digits in connection.execute("""
        SELECT settlement, currency, account, count(*), sum(minor)::BIGINT, any_value(digits)
        FROM lines GROUP BY ALL ORDER BY settlement, currency, account
    """).fetchall():
        each = accounts.setdefault((settlement, currency), {})
        each[account] = {"lines": lines, "amount": decimal(total, digits)}
    exceptions = _rows(connection, QUERIES["exceptions"] + f" LIMIT {LISTED}")
    counts = connection.execute(
        "SELECT code, count(*) FROM exceptions GROUP BY code ORDER BY code"
    ).fetchall()
    return {
        "inputs": _rows(connection, _INPUTS),
        "lines": _one(connection, "SELECT count(*) FROM lines"),
        "settlements": [
            {**each, "accounts": accounts.get((each["settlement"], each["currency"]), {})}
            for each in _rows(connection, _SETTLEMENTS)
        ],
        "not_paid_out_yet": [
            {"currency": currency, "accounts": found}
            for (settlement, currency), found in accounts.items()
            if not settlement
        ],
        "exceptions": {
            "counts": dict(counts),
            "listed": [
                {k: v for k, v in each.items() if k != "minor_units"} for each in exceptions
            ],
        },
    }


_INPUTS = """
    SELECT name AS file, sha256, bytes, encoding, rows, coalesce(aside, 0) AS amounts_left_aside,
        coalesce(mark, 'point') AS decimal, "order" AS dates
    FROM files LEFT JOIN marks USING (file) LEFT JOIN orders USING (file) ORDER BY file
"""
_SETTLEMENTS = f"""
    SELECT told.* EXCLUDE (sum_minor, payout_minor, residual_minor)
        REPLACE (told.deposited_on::VARCHAR AS deposited_on), settlements.zeros AS zero_lines
    FROM ({QUERIES["settlements"]}) AS told JOIN settlements USING (settlement) ORDER BY settlement
"""


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Report]:
    found = connection.execute(query)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    ((found,),) = connection.execute(query).fetchall()
    return int(found)


def fits(report: Report) -> bool:
    """Whether every settlement foots and every label is known."""
    return all(code in EXPECTED for code in report["exceptions"]["counts"])


def told(report: Report) -> Iterator[str]:
    """The report for a person: one block per settlement, then what does not fit."""
    for each in report["settlements"]:
        yield from _settlement(each)
        yield ""
    for each in report["not_paid_out_yet"]:
        yield f"Not paid out yet, {each['currency']}"
        yield from _accounts(each["accounts"])
        yield ""
    for each in report["inputs"]:
        if not each["encoding"].startswith("utf-8"):
            yield f"Read as {each['encoding']}: {each['file']}"
    for name in report["ignored"]:
        yield f"Left alone: {name}"
    for each in report["given_twice"]:
        yield _twice(each)
    count = len(report["settlements"])
    yield (
        f"{_many(report['lines'], 'line')} of {_many(len(report['inputs']), 'file')},"
        f" {_many(count, 'settlement')}."
    )
    for each in report["exceptions"]["listed"][:_SHOWN]:
        place = " ".join(part for part in (each["settlement"], each["place"]) if part)
        amount = f" {_thousands(each['amount'])} {each['currency']}" if each["amount"] else ""
        yield f"{each['code']}{f' {place}' if place else ''}:{amount}. {each['found']}"
        yield f"  {each['remedy']}"
    more = sum(report["exceptions"]["counts"].values()) - _SHOWN
    if more > 0:
        yield f"and {_many(more, 'exception')} more"


def _settlement(each: Report) -> Iterator[str]:
    period = " to ".join(day[:10] for day in (each["begins"], each["ends"]) if day)
    facts = [
        period,
        f"paid {each['deposited_on']}" if each["deposited_on"] else "",
        each["state"] or "",
    ]
    about = "".join(f", {fact}" for fact in facts if fact)
    yield f"{each['settlement']}, {each['currency']}{about}"
    yield from _accounts(each["accounts"])
    yield _line("sum", each["lines"], each["sum"])
    if each["payout"] is not None:
        yield _line("payout", "", each["payout"])
        yield _line("residual", "", each["residual"])
    if each["paid_currency"] not in (None, each["currency"]):
        yield _line(f"paid in {each['paid_currency']}", "", each["paid"])


def _accounts(accounts: dict[str, Report]) -> Iterator[str]:
    for account, found in accounts.items():
        name = f"({account})" if account == "payout" else account
        yield _line(f"  {name}", found["lines"], found["amount"])


def _line(name: str, lines: int | str, amount: str) -> str:
    counted = f"{lines:,}" if isinstance(lines, int) else lines
    return f"{name:<24}{counted:>10}{_thousands(amount):>20}"


def _thousands(amount: str) -> str:
    whole, point, rest = amount.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}{point}{rest}"


def _twice(each: Report) -> str:
    if "entries" in each:
        what = _many(each["entries"], "entry", "entries")
        return f"Given twice: {what} of {each['left']}, kept as in {each['kept']}"
    what = f"settlement {each['settlement']} in " if "settlement" in each else ""
    return f"Given twice: {what}{each['left']}, kept as in {each['kept']}"


def _many(number: int, what: str, whats: str = "") -> str:
    return f"{number:,} {what if number == 1 else whats or what + 's'}"
