# SPDX-License-Identifier: Apache-2.0
"""What the tests of banks share: statements of a few entries, and payouts."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from entrepot.bank.actions import bank_report, read_bank
from entrepot.bank.matching import Rules, match
from entrepot.bank.tables import Balance, Entry, Money, Payout, Statement

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "bank"
DATA = Path(os.environ.get("ENTREPOT_DATA", ROOT.parent / "shared" / "data"))


def ntry(amount="10.00", mark="CRDT", currency="EUR", day="2026-03-05", status="BOOK", inside=""):
    """One entry of a camt message."""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>'
        f"<Sts><Cd>{status}</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt>{inside}</Ntry>"
    )


def bal(code, amount, mark="CRDT", currency="EUR", day="2026-03-01"):
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd>'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def camt(*inside, message="053", identity="S1", number="1", account="DE1", ends="2026-03-31"):
    """A camt message of one account."""
    holder, element = {
        "052": ("BkToCstmrAcctRpt", "Rpt"),
        "053": ("BkToCstmrStmt", "Stmt"),
        "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    }[message]
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{message}.001.08"><{holder}>'
        f"<{element}><Id>{identity}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>"
        f"<FrToDt><FrDtTm>{ends[:8]}01T00:00:00</FrDtTm><ToDtTm>{ends}T23:00:00</ToDtTm></FrToDt>"
        f"<Acct><Id><IBAN>{account}</IBAN></Id></Acct>{''.join(inside)}"
        f"</{element}></{holder}></Document>"
    )


def put(folder, **texts):
    """A folder of XML files, by their names."""
    for name, text in texts.items():
        (folder / f"{name}.xml").write_text(text, "utf-8")
    return folder


def read(folder, **texts):
    return read_bank(put(folder, **texts), "camt")


def report(folder, **texts):
    return bank_report(put(folder, **texts), "camt", None, "")


def codes(read_):
    return [each.code for each in read_.findings]


def day(number):
    return date.fromordinal(date(2026, 3, 1).toordinal() + number)


def payout(identity, minor, on=0, currency="EUR", reference="", account=""):
    return Payout(identity, day(on), Money(minor, currency), reference or identity, account)


def credit(minor, on=1, currency="EUR", text="", row=1, **more):
    return Entry(row, day(on), day(on), Money(minor, currency), text=text, **more)


def statement(*entries, currency="EUR", account="DE1", ends=60):
    numbered = tuple(
        Entry(**{name: getattr(e, name) for name in e.__slots__ if name != "row"}, row=row)
        for row, e in enumerate(entries, 1)
    )
    total = sum(each.amount.minor for each in entries if each.status == "booked")
    return Statement(
        f"{account}-{currency}.xml", 1, "statement", "S", account, currency, 1, "", day(-10),
        day(ends), Balance(Money(0, currency), day(-10)),
        Balance(Money(total, currency), day(ends)), numbered,
    )  # fmt: skip


def matched(payouts, *statements, rules=None):
    """State, way, payouts and amounts of credits of every row."""
    return [
        (
            row.state,
            row.by,
            [p.identity for p in row.payouts],
            [a.amount.minor for a in row.arrivals],
        )
        for row in match(payouts, statements, rules or Rules())
    ]
