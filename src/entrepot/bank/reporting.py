# SPDX-License-Identifier: Apache-2.0
"""What was read and what was matched, as a report for programs and as lines for a person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from entrepot.bank.footing import EXPECTED, REMEDIES, Finding, booked, residual
from entrepot.bank.matching import Arrival, Row, Rules
from entrepot.bank.money import decimal, digits
from entrepot.bank.tables import Entry, Money, Part, Statement
from entrepot.bank.wording import WAYS

Report = dict[str, Any]
#: Findings that a person is shown.
_SHOWN = 20


def read_report(statements: Sequence[Statement], findings: Sequence[Finding]) -> Report:
    """Statements with their entries, and what does not fit; amounts as decimals in texts."""
    return {
        "statements": [_statement(each) for each in statements],
        "exceptions": _exceptions(findings),
    }


def _exceptions(findings: Sequence[Finding]) -> Report:
    return {
        "counts": dict(sorted(Counter(each.code for each in findings).items())),
        "listed": [
            {
                "code": each.code,
                "file": each.statement.file,
                "row": each.row,
                "account": each.statement.account,
                "statement": each.statement.identity,
                "amount": None if each.minor is None else decimal(each.minor, each.currency),
                "currency": each.currency or None,
                "found": each.found,
                "remedy": REMEDIES[each.code],
            }
            for each in findings
        ],
    }


def _statement(each: Statement) -> Report:
    left = residual(each)
    return {
        "file": each.file,
        "row": each.row,
        "kind": each.kind,
        "statement": each.identity,
        "number": each.number,
        "page": each.page or None,
        "account": each.account,
        "currency": each.currency,
        "begins": _text(each.begins),
        "ends": _text(each.ends),
        "opening": _money(each.opening.amount if each.opening else None),
        "booked": decimal(sum(e.amount.minor for e in booked(each)), each.currency)
        if each.currency
        else None,
        "closing": _money(each.closing.amount if each.closing else None),
        "residual": None if left is None else decimal(left, each.currency),
        "entries": [_entry(entry) for entry in each.entries],
    }


def _entry(each: Entry) -> Report:
    return {
        "row": each.row,
        "booked_on": _text(each.booked_on),
        "valued_on": _text(each.valued_on),
        **_amount(each.amount),
        "status": each.status,
        "is_reversal": each.is_reversal,
        "reference": each.reference or None,
        "references": list(each.references),
        "counterparty": each.counterparty or None,
        "counterparty_account": each.counterparty_account or None,
        "text": each.text or None,
        "code": each.bank_code or None,
        "batches": [
            {
                "message": batch.message or None,
                "payments": batch.payments or None,
                "count": batch.count,
                "total": _money(batch.total),
            }
            for batch in each.batches
        ],
        "instructed": _money(each.instructed),
        "rate": each.rate or None,
        "charges": [_money(charge) for charge in each.charges],
        "parts": [_part(part) for part in each.parts],
    }


def _part(each: Part) -> Report:
    return {
        "amount": _money(each.amount),
        "references": list(each.references),
        "counterparty": each.counterparty or None,
        "counterparty_account": each.counterparty_account or None,
        "text": each.text or None,
    }


def _amount(each: Money) -> Report:
    return {"amount": decimal(each.minor, each.currency), "currency": each.currency}


def _money(each: Money | None) -> Report | None:
    return _amount(each) if each else None


def _text(day: object) -> str | None:
    return str(day) if day else None


def fits(report: Report) -> bool:
    """Whether every statement foots, and nothing else needs a look."""
    return all(code in EXPECTED for code in report["exceptions"]["counts"])


# The matching.


def match_report(
    rows: Sequence[Row],
    statements: Sequence[Statement],
    findings: Sequence[Finding],
    rules: Rules,
) -> Report:
    """Rows of the matching, with totals per currency and state."""
    totals = defaultdict[tuple[str, str, str], list[int]](lambda: [0, 0])
    for row in rows:
        amounts = [("payouts", each.amount) for each in row.payouts]
        amounts += [("credits", each.amount) for each in row.arrivals]
        for side, amount in amounts:
            total = totals[side, amount.currency, row.state]
            total[0] += 1
            total[1] += amount.minor
    return {
        "days_before": rules.before,
        "days_after": rules.after,
        "percent_less": rules.less,
        "statements": len(statements),
        "totals": [
            {
                "of": side,
                "currency": currency,
                "state": state,
                "count": count,
                "amount": decimal(minor, currency),
            }
            for (side, currency, state), (count, minor) in sorted(totals.items())
        ],
        "rows": [_row(row) for row in rows],
        "exceptions": _exceptions(findings),
    }


def _row(row: Row) -> Report:
    why, step = WAYS[row.by]
    owed = {each.amount.currency for each in row.payouts}
    came = {each.amount.currency for each in row.arrivals}
    difference = rate = None
    if row.payouts and row.arrivals and len(owed) == len(came) == 1:
        paid = sum(each.amount.minor for each in row.payouts)
        arrived = sum(each.amount.minor for each in row.arrivals)
        one, other = Money(paid, *owed), Money(arrived, *came)
        if owed == came:
            difference = decimal(arrived - paid, one.currency)
        else:
            rate = _rate(one, other)
    return {
        "state": row.state,
        "by": row.by,
        "why": why,
        "next": step or None,
        "payouts": [
            {
                "id": each.identity,
                "paid_on": str(each.paid_on),
                **_amount(each.amount),
                "reference": each.reference,
            }
            for each in row.payouts
        ],
        "credits": [_arrival(each) for each in row.arrivals],
        "difference": difference,
        "implied_rate": rate,
    }


def _arrival(each: Arrival) -> Report:
    entry = each.entry
    return {
        "file": each.statement.file,
        "row": entry.row,
        "account": each.statement.account,
        "day": str(each.day),
        **_amount(entry.amount),
        "reference": entry.reference or None,
        "counterparty": entry.counterparty or None,
        "text": entry.text or None,
        "instructed": _money(entry.instructed),
        "rate": entry.rate or None,
        "charges": [_money(charge) for charge in entry.charges],
    }


def _rate(paid: Money, arrived: Money) -> str | None:
    """What one unit that was paid came to, in six decimals, rounded half up."""
    if not paid.minor:
        return None
    above = abs(arrived.minor) * 10 ** (digits()[paid.currency] + 6)
    below = abs(paid.minor) * 10 ** digits()[arrived.currency]
    whole, rest = divmod((2 * above + below) // (2 * below), 10**6)
    return f"{whole}.{rest:06}"


# For a person.


def told(report: Report) -> Iterator[str]:
    """What was read: one block per statement, then what does not fit."""
    for each in report["statements"]:
        name = f"{each['account']} {each['currency']}, {each['kind']} {each['statement']}"
        period = " to ".join(dict.fromkeys(filter(None, (each["begins"], each["ends"]))))
        yield f"{name}, {period}" if period else name
        counted = Counter(entry["status"] for entry in each["entries"])
        yield _line("opening", "", each["opening"])
        if each["booked"] is not None:
            total = {"amount": each["booked"], "currency": each["currency"]}
            yield _line("entries", counted["booked"], total)
        yield _line("closing", "", each["closing"])
        if each["residual"] is not None:
            left = {"amount": each["residual"], "currency": each["currency"]}
            yield _line("residual", "", left)
        for status, count in sorted(counted.items()):
            if status != "booked":
                yield f"{status:<24}{count:>10}"
        yield ""
    yield from _about_files(report)
    entries = sum(len(each["entries"]) for each in report["statements"])
    statements = _many(len(report["statements"]), "statement")
    files = _many(len(report["inputs"]), "file")
    yield f"{_many(entries, 'entry', 'entries')} of {statements} in {files}."
    yield from _findings(report)


def told_matched(report: Report) -> Iterator[str]:
    """What was matched: rows by state, then totals and what does not fit."""
    state = ""
    for row in report["rows"]:
        if row["state"] != state:
            state = row["state"]
            yield f"{state.capitalize()}"
        yield f"  {row['by']}: {row['why']}"
        for each in row["payouts"]:
            yield _line(f"    payout {each['id']} {each['paid_on']}", "", each)
        for each in row["credits"]:
            yield _line(f"    credit {each['file']}:{each['row']} {each['day']}", "", each)
        if row["difference"] and row["difference"].strip("-0."):
            money = {"amount": row["difference"], "currency": row["credits"][0]["currency"]}
            yield _line("    difference", "", money)
        if row["implied_rate"]:
            yield _line("    implied rate", "", {"amount": row["implied_rate"], "currency": ""})
        if row["next"]:
            yield f"    {row['next']}"
    yield ""
    yield from _about_files(report)
    for each in report["payouts_left_out"]:
        yield f"Left out: settlement {each['settlement']}. {each['why']}"
    for each in report["totals"]:
        yield _line(f"{each['of']} {each['state']}", each["count"], each)
    yield from _findings(report)


def _about_files(report: Report) -> Iterator[str]:
    for name in report["ignored"]:
        yield f"Left alone: {name}"
    for each in report["given_twice"]:
        what = f"{each['statement']} in " if "statement" in each else ""
        yield f"Given twice: {what}{each['left']}, kept as in {each['kept']}"


def _findings(report: Report) -> Iterator[str]:
    listed = report["exceptions"]["listed"]
    for each in listed[:_SHOWN]:
        amount = f" {_thousands(each['amount'])} {each['currency']}." if each["amount"] else ""
        yield f"{each['code']} {each['file']}:{each['row']}:{amount} {each['found']}"
        yield f"  {each['remedy']}"
    if len(listed) > _SHOWN:
        yield f"and {_many(len(listed) - _SHOWN, 'exception')} more"


def _line(name: str, count: int | str, money: Report | None) -> str:
    counted = f"{count:,}" if isinstance(count, int) else count
    amount = (
        f"{_thousands(money['amount'])} {money['currency']}".rstrip() if money else "not stated"
    )
    return f"{name:<44}{counted:>6}{amount:>22}"


def _thousands(amount: str) -> str:
    whole, point, rest = amount.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}{point}{rest}"


def _many(number: int, what: str, whats: str = "") -> str:
    return f"{number:,} {what if number == 1 else whats or what + 's'}"
