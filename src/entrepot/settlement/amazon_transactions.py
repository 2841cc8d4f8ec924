# SPDX-License-Identifier: Apache-2.0
"""One transaction of Amazon's Finances API 2024-06-19: its parts, as entries.

A breakdown is a tree whose leaves make up the amount above them. The items' leaves are taken where
they come to the total of the transaction, its own leaves otherwise; with neither, the total itself.
That this is how the trees are meant was read in the model's words ("detail how the total amount is
calculated") and in public test answers; it is not verified with a live account, and a transaction
whose parts do not come to its total is reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from entrepot.settlement.documents import Faults, Object, cell

GROUP = "Breakdown"
_SETTLED = ("FINANCIAL_EVENT_GROUP_ID", "SETTLEMENT_ID")
_DEEPEST = 20

Leaf = tuple[str, Object]


def take_transaction(
    transaction: Object, common: Object, faults: Faults
) -> tuple[list[Object], list[Object]]:
    """The entries of a transaction, and the total that it states.

    Args:
        common: file and row.
    """
    row = common["row"]
    related = _related(transaction.get("relatedIdentifiers"), "relatedIdentifier")
    settlement = next((related[name] for name in _SETTLED if related.get(name)), "")
    total = transaction.get("totalAmount")
    if not isinstance(total, dict) or _amount(total) is None:
        faults.add(row, "totalAmount", "no amount", "a number", "Fetch the answer again.")
        return [], []
    marketplace = transaction.get("marketplaceDetails")
    shared = common | {
        "settlement": settlement,
        "event": cell(transaction.get("transactionType")),
        "posted": cell(transaction.get("postedDate")),
        "order_no": related.get("ORDER_ID", ""),
        "entry_no": cell(transaction.get("transactionId")),
        "marketplace": _marketplace(marketplace),
        "group": GROUP,
    }
    items = [each for each in _list(transaction.get("items")) if isinstance(each, dict)]
    by_item = [(item, leaf) for item in items for leaf in _leaves(item.get("breakdowns"), 0)]
    own: list[tuple[Object, Leaf]] = [
        ({}, leaf) for leaf in _leaves(transaction.get("breakdowns"), 0)
    ]
    whole = _amount(total)
    chosen = by_item if by_item and _sum(by_item) == whole else own or by_item
    entries = []
    for part, (item, (label, money)) in enumerate(chosen):
        if _amount(money) is None:
            faults.add(row, label, "no amount", "a number", "Fetch the answer again.")
        entries.append(shared | _of_item(item) | _priced(label, money) | {"part": part})
    if not chosen:
        label = cell(transaction.get("transactionType")) or "totalAmount"
        return [shared | _of_item(items[0] if items else {}) | _priced(label, total)], []
    stated = {
        "settlement": settlement,
        "stated": cell(total["currencyAmount"]),
        "currency": cell(total.get("currencyCode")),
    }
    return entries, [common | stated]


def _leaves(value: Any, depth: int) -> Iterator[Leaf]:
    """The breakdowns that have none below them."""
    for each in _list(value):
        if not isinstance(each, dict):
            continue
        below = _list(each.get("breakdowns"))
        if below and depth < _DEEPEST:
            yield from _leaves(below, depth + 1)
        elif isinstance(money := each.get("breakdownAmount"), dict):
            yield cell(each.get("breakdownType")), money


def _sum(parts: list[tuple[Object, Leaf]]) -> Decimal:
    return sum((_amount(money) or Decimal(0) for _, (_, money) in parts), Decimal(0))


def _amount(money: Object) -> Decimal | None:
    found = money.get("currencyAmount")
    return found if isinstance(found, Decimal) and found.is_finite() else None


def _priced(label: str, money: Object) -> Object:
    return {
        "label": label,
        "amount": cell(money.get("currencyAmount")),
        "currency": cell(money.get("currencyCode")),
        "column": label,
    }


def _of_item(item: Object) -> Object:
    """Article and quantity of an item, from the context of its product."""
    product: Object = {}
    for context in _list(item.get("contexts")):
        if isinstance(context, dict) and "sku" in context:
            product = context
            break
    ids = _related(item.get("relatedIdentifiers"), "itemRelatedIdentifier")
    return {
        "item_no": next(iter(ids.values()), ""),
        "sku": cell(product.get("sku")),
        "quantity": cell(product.get("quantityShipped")),
    }


def _marketplace(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    return cell(value.get("marketplaceName")) or cell(value.get("marketplaceId"))


def _related(value: Any, prefix: str) -> dict[str, str]:
    return {
        cell(each.get(f"{prefix}Name")): cell(each.get(f"{prefix}Value"))
        for each in _list(value)
        if isinstance(each, dict)
    }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
