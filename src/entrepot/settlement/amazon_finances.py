# SPDX-License-Identifier: Apache-2.0
"""Amazon's Finances API (JSON): events and groups of v0, transactions of 2024-06-19.

Where this was learned: the models and sandbox answers of amzn/selling-partner-api-models
(financesV0.json, finances_2024-06-19.json). They say which amount is which, that `TotalAmount` of a
coupon is fee plus charge, and that a closed group's `OriginalTotal` is what was disbursed.
Not verified with a live account: that `BeginningBalance` plus a group's events come to
`OriginalTotal`; which other totals repeat their parts (each is checked, and reported where it does
not); that a transaction's items, where it has some, make up its total.

The answer about a group's events does not name the group: the file must be called by its id
(ID.json, and ID.2.json for its next page). Where no answer states a group of that id, its events
count as not paid out yet. Amounts that move no money, such as the price of one unit, are counted
and left aside. A list or an amount that these models do not know is taken like any other, so that
nothing can be overlooked.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb

from entrepot.settlement.amazon_transactions import take_transaction
from entrepot.settlement.decoding import Text
from entrepot.settlement.documents import Faults, Object, cell, document, objects
from entrepot.settlement.store import put

_ANSWERS = ("FinancialEvents", "FinancialEventGroupList", "transactions")
#: Put before the name of a file until it is known whether there is a group of that id.
_BY_FILE = "?"
#: The amount of an event that repeats what its parts come to.
_TOTALS = {
    "AdjustmentEventList": "AdjustmentAmount",
    "AffordabilityExpenseEventList": "TotalExpense",
    "AffordabilityExpenseReversalEventList": "TotalExpense",
    "CouponPaymentEventList": "TotalAmount",
    "ProductAdsPaymentEventList": "transactionValue",
    "SAFETReimbursementEventList": "ReimbursedAmount",
    "SellerDealPaymentEventList": "totalAmount",
    "SellerReviewEnrollmentPaymentEventList": "TotalAmount",
}
#: Amounts that move no money: what a tax is reckoned on, how a debt came about.
_ASIDE = {
    "AdjustmentEventList": {"PerUnitAmount"},
    "DebtRecoveryEventList": {"DebtRecoveryItemList", "ChargeInstrumentList"},
    "RentalTransactionEventList": {"RentalInitialValue"},
    "TaxWithholdingEventList": {"BaseAmount"},
}
#: The field of an event that says what all its amounts are for.
_LABELS = {
    "AdhocDisbursementEventList": "TransactionType",
    "AdjustmentEventList": "AdjustmentType",
    "CapacityReservationBillingEventList": "TransactionType",
    "DebtRecoveryEventList": "DebtRecoveryType",
    "FailedAdhocDisbursementEventList": "FundsTransfersType",
    "LoanServicingEventList": "SourceBusinessEventType",
    "ValueAddedServiceChargeEventList": "TransactionType",
}
#: What a settlement report calls the lists of an event; other lists go by the event's name.
_GROUPS = {
    **dict.fromkeys(
        (
            "ItemChargeList",
            "ItemChargeAdjustmentList",
            "OrderChargeList",
            "OrderChargeAdjustmentList",
            "RentalChargeList",
            "Charge",
        ),
        "ItemPrice",
    ),
    **dict.fromkeys(
        (
            "ItemFeeList",
            "ItemFeeAdjustmentList",
            "ShipmentFeeList",
            "ShipmentFeeAdjustmentList",
            "OrderFeeList",
            "OrderFeeAdjustmentList",
            "RentalFeeList",
        ),
        "ItemFees",
    ),
    "PromotionList": "Promotion",
    "PromotionAdjustmentList": "Promotion",
    "TaxesWithheld": "ItemWithheldTax",
    "DirectPaymentList": "DirectPayment",
    "ShipmentItemList": "ShipmentItem",
    "ShipmentItemAdjustmentList": "ShipmentItem",
}
_FEES = ("ServiceFeeEventList", "TrialShipmentEventList", "PayWithAmazonEventList")
_ORDER = ("AmazonOrderId", "OrderId", "TDSOrderId", "SellerOrderId")
_ITEM = ("OrderItemId", "OrderAdjustmentItemId", "RemovalShipmentItemId")
_SKU = ("SellerSKU", "SKU", "FulfillmentNetworkSKU")
_QUANTITY = ("QuantityShipped", "Quantity", "AdjustedQuantity", "quantity")
_MARKETPLACE = ("MarketplaceName", "MarketplaceId")
_WHEN = ("PostedDate", "postedDate", "TransactionPostedDate", "TransactionCreationDate")
#: How deep an answer may nest; the models go to seven.
_DEEPEST = 40


def read(connection: duckdb.DuckDBPyConnection, source: Text, number: int) -> int:
    """Add an answer to the store as file `number`; how many objects it has.

    Raises:
        UnreadableReport: it is no such answer, or amounts of it cannot be read.
    """
    faults = Faults(source)
    found = list(objects(document(source), lambda each: any(name in each for name in _ANSWERS)))
    if not found:
        faults.add(None, "", "none of them", " or ".join(_ANSWERS), "Fetch the answer again.")
    taking = _Taking(number, _BY_FILE + source.name.partition(".")[0], faults)
    for answer in found:
        taking.take(answer)
    faults.refuse()
    put(connection, "statements", taking.statements)
    put(connection, "entries", taking.entries)
    put(connection, "totals", taking.totals)
    connection.execute("UPDATE files SET aside = ? WHERE file = ?", [taking.aside, number])
    return taking.row


def name_groups(connection: duckdb.DuckDBPyConnection) -> None:
    """Once all files are read: events of a file that no group is called after have no group."""
    for table in ("entries", "totals"):
        connection.execute(f"""
            UPDATE {table} SET settlement = CASE
                WHEN settlement[2:] IN (SELECT settlement FROM statements) THEN settlement[2:]
                ELSE '' END
            WHERE starts_with(settlement, '{_BY_FILE}')
        """)


class _Taking:
    """What is taken of one file."""

    def __init__(self, number: int, settlement: str, faults: Faults) -> None:
        self.number, self.settlement, self.faults = number, settlement, faults
        self.row = self.aside = 0
        self.entries: list[Object] = []
        self.statements: list[Object] = []
        self.totals: list[Object] = []

    def take(self, answer: Object) -> None:
        """Take what an answer holds, list by list."""
        for group in self._objects(answer, "FinancialEventGroupList"):
            self._take_group(group)
        for transaction in self._objects(answer, "transactions"):
            common: Object = {"file": self.number, "row": self.row}
            entries, total = take_transaction(transaction, common, self.faults)
            self.entries += entries
            self.totals += total
        events = answer.get("FinancialEvents")
        if not isinstance(events, dict):
            return
        for name in events:
            for event in self._objects(events, name):
                self._take_event(name, event)

    def _objects(self, answer: Object, name: str) -> Iterator[Object]:
        value = answer.get(name) or []
        if not isinstance(value, list):
            self.faults.add(None, name, "no list", "a list", "Fetch the answer again.")
            return
        for each in value:
            self.row += 1
            if isinstance(each, dict):
                yield each
            else:
                self.faults.add(self.row, name, "no object", "an object", "Fetch it again.")

    def _take_group(self, group: Object) -> None:
        settlement = cell(group.get("FinancialEventGroupId"))
        if not settlement:
            self.faults.add(self.row, "FinancialEventGroupId", "nothing", "an id", "Fetch again.")
        total, converted = _money(group.get("OriginalTotal")), _money(group.get("ConvertedTotal"))
        states = (cell(group.get(name)) for name in ("ProcessingStatus", "FundTransferStatus"))
        self.statements.append(
            {
                "file": self.number,
                "row": self.row,
                "settlement": settlement,
                "begins": cell(group.get("FinancialEventGroupStart")),
                "ends": cell(group.get("FinancialEventGroupEnd")),
                "deposited": cell(group.get("FundTransferDate")),
                "total": total[0],
                "currency": total[1],
                "state": ", ".join(state for state in states if state),
                "paid": converted[0],
                "paid_currency": converted[1],
            }
        )
        if (balance := _money(group.get("BeginningBalance")))[0]:
            self.entries.append(
                {
                    "file": self.number,
                    "row": self.row,
                    "settlement": settlement,
                    "event": "FinancialEventGroup",
                    "posted": cell(group.get("FinancialEventGroupStart")),
                    "group": "FinancialEventGroup",
                    "label": "BeginningBalance",
                    "amount": balance[0],
                    "currency": balance[1],
                    "column": "BeginningBalance",
                }
            )

    def _take_event(self, name: str, event: Object) -> None:
        total_field = _TOTALS.get(name, "")
        parts = [
            self._entry(name, path, holders, money)
            for path, holders, money in self._amounts(event, name, (name,), (event,))
            if path[1:] != (total_field,)
        ]
        total = event.get(total_field)
        if isinstance(total, dict):
            if parts:
                stated = _money(total)
                self.totals.append(
                    {
                        "file": self.number,
                        "row": self.row,
                        "settlement": self.settlement,
                        "stated": stated[0],
                        "currency": stated[1],
                    }
                )
            else:
                parts = [self._entry(name, (name, total_field), (event,), total)]
        self.entries += ({**each, "part": place} for place, each in enumerate(parts))

    def _amounts(
        self, value: Any, name: str, path: tuple[str, ...], holders: tuple[Object, ...]
    ) -> Iterator[tuple[tuple[str, ...], tuple[Object, ...], Object]]:
        """Every amount below `value`: its path, the objects around it, itself."""
        if len(path) > _DEEPEST:
            self.faults.add(self.row, name, "nesting without end", "an event", "Fetch it again.")
            return
        if isinstance(value, list):
            for each in value:
                around = (*holders, each) if isinstance(each, dict) else holders
                yield from self._amounts(each, name, path, around)
        elif isinstance(value, dict):
            for key, each in value.items():
                if key in _ASIDE.get(name, ()):
                    self.aside += sum(1 for _ in _count(each))
                elif isinstance(each, dict) and "CurrencyAmount" in each:
                    yield (*path, key), holders, each
                elif isinstance(each, dict):
                    yield from self._amounts(each, name, (*path, key), (*holders, each))
                elif isinstance(each, list):
                    yield from self._amounts(each, name, (*path, key), holders)

    def _entry(
        self, name: str, path: tuple[str, ...], holders: tuple[Object, ...], money: Object
    ) -> Object:
        amount, currency = _money(money)
        if not amount:
            self.faults.add(
                self.row, ".".join(path), "no amount", "a number", "Fetch the answer again."
            )
        event, field = holders[0], path[-1]
        kind = field.removesuffix("Amount") + "Type"
        label = cell(event.get(_LABELS.get(name, ""))) or cell(holders[-1].get(kind)) or field
        return {
            "file": self.number,
            "row": self.row,
            "settlement": self.settlement,
            "event": name,
            "posted": _nearest(holders, _WHEN),
            "order_no": _nearest(holders, _ORDER),
            "item_no": _nearest(holders, _ITEM),
            "sku": _nearest(holders, _SKU),
            "quantity": _nearest(holders, _QUANTITY),
            "marketplace": _nearest(holders, _MARKETPLACE),
            "group": _group(name, path),
            "label": label,
            "amount": amount,
            "currency": currency,
            "column": ".".join(path),
        }


def _group(name: str, path: tuple[str, ...]) -> str:
    listed = path[-2]
    if listed == "FeeList" and name in _FEES:
        return "ItemFees"
    return _GROUPS.get(listed, name.removesuffix("EventList"))


def _nearest(holders: tuple[Object, ...], names: tuple[str, ...]) -> str:
    """The first of these fields in the object nearest to an amount."""
    for holder in reversed(holders):
        for name in names:
            if found := cell(holder.get(name)):
                return found
    return ""


def _money(value: Any) -> tuple[str, str]:
    if not isinstance(value, dict):
        return "", ""
    amount = value.get("CurrencyAmount")
    return (
        cell(amount) if isinstance(amount, Decimal | str) else "",
        cell(value.get("CurrencyCode")),
    )


def _count(value: Any) -> Iterator[Object]:
    """The amounts in or below a value."""
    if isinstance(value, dict):
        if "CurrencyAmount" in value:
            yield value
        else:
            for each in value.values():
                yield from _count(each)
    elif isinstance(value, list):
        for each in value:
            yield from _count(each)
