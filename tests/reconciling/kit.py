# SPDX-License-Identifier: Apache-2.0
"""What the tests of the reconciliation share: reports, statements, and items by their numbers."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

from entrepot.people.models import Profile
from entrepot.reconciling import files
from entrepot.reconciling.mappings import put_mapping
from entrepot.reconciling.models import Item, MoneyFile
from tests.bank.kit import bal, camt, ntry
from tests.settlement.kit import v2

__all__ = ["bal", "camt", "files", "ntry", "v2"]
DAY = date(2026, 3, 27)


def firm() -> None:
    """The enterprise of this transaction has a name and a time zone."""
    Profile.objects.get_or_create(defaults={"name": "Lanting Trading"})


def send(text: str | bytes, kind: str, form: str, **more: Any) -> MoneyFile:
    """A file that is sent and read."""
    data = text.encode() if isinstance(text, str) else text
    sent = files.upload(kind, form, more.pop("file", "file.txt"), io.BytesIO(data), **more)
    return files.read(sent.source.id) if sent.is_new else sent.source


def report(
    total: str, *amounts: Any, channel: str = "amazon-us", number: str = "S1", **statement: str
) -> MoneyFile:
    """A settlement of Amazon, paid out on 27 March 2026 in USD."""
    lines = [{"amount": each} if isinstance(each, str) else each for each in amounts]
    named = [{"settlement-id": number} | dict(each) for each in lines]
    text = v2(total, *named, **{"settlement-id": number} | statement)
    return send(text, "settlement", "amazon-v2", channel=channel)


def credited(
    amount: str, text: str = "", day: date = DAY + timedelta(2), currency: str = "USD"
) -> str:
    """An entry of a bank, with what the payer wrote."""
    inside = f"<NtryDtls><TxDtls><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls>"
    return ntry(amount, "CRDT", currency, day.isoformat(), inside=inside if text else "")


def statement(*entries: str, identity: str = "B1", account: str = "DE1", **more: Any) -> MoneyFile:
    """A statement of April 2026 that foots, for an account in USD."""
    currency = more.pop("currency", "USD")
    message = more.pop("message", "053")
    opening = bal("OPBD", more.pop("opening", "0.00"), currency=currency)
    text = camt(
        *([opening] if message == "053" else []), *entries, identity=identity, account=account,
        ends="2026-04-30", message=message, **more,
    )  # fmt: skip
    return send(text, "bank", "camt")


def items(stage: str) -> dict[str, tuple[str, str, int]]:
    """State, code and amount of each item of a stage, by its number."""
    return {
        each.number: (each.state, each.found, each.amount)
        for each in Item.objects.filter(stage=stage).order_by("number")
    }


def item(stage: str, number: str) -> Item:
    """The one item of a number."""
    return Item.objects.get(stage=stage, number=number)


def stripe(*rows: tuple[str, str, str], tail: str = "") -> str:
    """An itemised report: entry, payout (empty: not paid out) and amount of each row."""
    head = (
        "automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,"
        "created_utc,currency,gross,fee,net,reporting_category,order_id"
    )
    lines = [
        f"{payout},{'2026-03-16 00:00:00' if payout else ''},{entry},2026-03-11 09:12:44,usd,"
        f"{amount},0.00,{amount},charge,"
        for entry, payout, amount in rows
    ]
    return "\n".join([head, *lines]) + "\n" + tail


def bank_mapping() -> None:
    """How tables of `bank_table` are read."""
    content = """
account = "DE1"
currency = "USD"
[columns]
booked_on = "day"
amount = "amount"
text = "text"
"""
    put_mapping("bank", "own", content)


def bank_table(*rows: str) -> MoneyFile:
    """A table of a bank."""
    text = "\n".join(["day,amount,text", *rows]) + "\n"
    return send(text, "bank", "table", mapping="own", file=f"{len(rows)}.csv")
