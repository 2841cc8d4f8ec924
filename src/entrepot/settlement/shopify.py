# SPDX-License-Identifier: Apache-2.0
"""Shopify Payments: payouts and balance transactions, as the Admin API answers (REST, JSON).

Where this was learned: the answers in Shopify's own library for Python (test/fixtures of
Shopify/shopify_python_api), and the pages "Payouts" and "Transactions" of its REST reference,
which calls the transactions the canonical statement of account. In the answers net is amount less
fee for charges and disputes, and one adjustment breaks that: it is reported. The types beyond those
in the answers were read in public programs. Not verified with a live shop; the answers of GraphQL,
which has other names, are not read.

Several pages of transactions may lie in several files. A transaction of type payout is the other
side of its payout: it makes no part of the sum.
"""

from __future__ import annotations

from typing import Any

import duckdb

from entrepot.settlement.decoding import Text
from entrepot.settlement.documents import Faults, Object, cell, document, objects
from entrepot.settlement.store import put

SYSTEM = "shopify"
_LISTS = ("payouts", "transactions")


def read(connection: duckdb.DuckDBPyConnection, source: Text, number: int) -> int:
    """Add an answer with payouts, transactions or both to the store; how many objects it has.

    Raises:
        UnreadableReport: it is no such answer, or objects of it lack what they need.
    """
    faults = Faults(source)
    found = list(objects(document(source), lambda each: any(name in each for name in _LISTS)))
    if not found:
        faults.add(None, "", "neither", "payouts or transactions", "Fetch the payouts again.")
    entries: list[Object] = []
    statements: list[Object] = []
    totals: list[Object] = []
    row = 0
    for answer in found:
        for name in _LISTS:
            for each in _listed(answer, name, faults):
                row += 1
                if not _is_whole(each, name, row, faults):
                    continue
                if name == "payouts":
                    statements.append(_statement(each, number, row))
                else:
                    entries += _entries(each, number, row)
                    totals.append(_total(each, number, row))
    faults.refuse()
    put(connection, "statements", statements)
    put(connection, "entries", entries)
    put(connection, "totals", totals)
    return row


def _listed(answer: Object, name: str, faults: Faults) -> list[Any]:
    value = answer.get(name, [])
    if isinstance(value, list):
        return value
    faults.add(None, name, "no list", "a list", "Fetch the answer again.")
    return []


_NEEDED = {
    "payouts": ("id", "currency", "amount"),
    "transactions": ("id", "type", "currency", "amount", "fee", "net"),
}


def _is_whole(each: Any, name: str, row: int, faults: Faults) -> bool:
    if not isinstance(each, dict):
        faults.add(row, name, "no object", "an object", "Fetch the answer again.")
        return False
    missing = [key for key in _NEEDED[name] if not cell(each.get(key))]
    for key in missing:
        faults.add(row, key, "nothing", f"what every object of {name} has", "Fetch it again.")
    return not missing


def _statement(payout: Object, number: int, row: int) -> Object:
    return {
        "file": number,
        "row": row,
        "settlement": cell(payout["id"]),
        "deposited": cell(payout.get("date")),
        "total": cell(payout["amount"]),
        "currency": cell(payout["currency"]),
        "state": cell(payout.get("status")),
    }


def _total(transaction: Object, number: int, row: int) -> Object:
    return {
        "file": number,
        "row": row,
        "settlement": cell(transaction.get("payout_id")),
        "stated": cell(transaction["net"]),
        "currency": cell(transaction["currency"]),
    }


def _entries(transaction: Object, number: int, row: int) -> list[Object]:
    """The amount of a transaction, and its fee where there is one."""
    kind = cell(transaction["type"])
    common: Object = {
        "file": number,
        "row": row,
        "settlement": cell(transaction.get("payout_id")),
        "event": kind,
        "posted": cell(transaction.get("processed_at")),
        "order_no": cell(transaction.get("source_order_id")),
        "entry_no": cell(transaction["id"]),
        "currency": cell(transaction["currency"]),
    }
    source = cell(transaction.get("source_type"))
    return [
        common
        | {
            "group": kind,
            "label": source,
            "amount": cell(transaction["amount"]),
            "column": "amount",
        },
        common
        | {
            "part": 1,
            "group": "fee",
            "label": kind,
            "amount": cell(transaction["fee"]),
            "sign": -1,
            "column": "fee",
        },
    ]
