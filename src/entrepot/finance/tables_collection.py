# SPDX-License-Identifier: Apache-2.0
"""Foreign exchange that has to come in for each declaration (收汇), and what did so far."""

from __future__ import annotations

from typing import Final

from entrepot.engine.schema import Column, Kind, Reference, Table

#: What comes in beside payouts, or counts as if it had. The days on which each counts: a pack.
KINDS: Final = ("receipt", "insurance", "deemed")
#: The same as columns of COLLECTION.
COLUMN_OF: Final = {"receipt": "receipts", "insurance": "insurance", "deemed": "deemed"}
#: Where a declaration stands.
STATES: Final = ("collected", "explained", "waiting", "late", "unknown")
#: From the declared value to what has to come in. They sum to it.
TO_COME: Final = ("fob", "sent_home", "written_off", "price", "refunds", "netted", "exchange")
#: What of it came, or counts; then what is missing; `over` is taken off. They sum to the same.
CAME: Final = ("received", *COLUMN_OF.values())
MISSING: Final = ("not_sold", "open")

_REFERENCE: Final = (Reference(("declaration_no",), "declarations", ("declaration_no",)),)
_CURRENCY: Final = "^[A-Z]{3}$"

COLLECTIONS: Final = Table(
    "collections",
    "receipt of foreign exchange for a declaration that no payout brings, or what counts as one",
    (
        Column("declaration_no", Kind.TEXT, "declaration", key=True),
        Column(
            "collection_no",
            Kind.TEXT,
            "number of the bank's slip, of the insurer's payout, or one of the firm's own",
            key=True,
        ),
        Column(
            "kind",
            Kind.TEXT,
            "receipt: it came in; insurance: export credit insurance paid it; deemed: it did not"
            " come and counts as collected (视同收汇)",
            values=KINDS,
        ),
        Column("collected_on", Kind.DAY, "day on which it came in, or from which it counts"),
        Column(
            "currency",
            Kind.TEXT,
            "ISO 4217 code",
            pattern=_CURRENCY,
            form="three capital letters",
        ),
        Column("amount", Kind.MONEY, "in that currency, less what was paid back of it"),
        Column(
            "reason",
            Kind.TEXT,
            "why it counts as collected, in the firm's own words; needed where it is deemed",
            empty=True,
            absent=True,
        ),
        Column("reference", Kind.TEXT, "proof that the firm keeps of it", empty=True, absent=True),
    ),
    day="collected_on",
    references=_REFERENCE,
    optional=True,
    since=6,
)

COLLECTION_TERMS: Final = Table(
    "collection_terms",
    "declaration whose export contract sets a last day of collection",
    (
        Column("declaration_no", Kind.TEXT, "declaration", key=True),
        Column("collect_by", Kind.DAY, "last day of collection that the export contract sets"),
        Column("contract_no", Kind.TEXT, "export contract", empty=True, absent=True),
    ),
    references=_REFERENCE,
    optional=True,
    since=6,
)


def _sum(name: str, meaning: str) -> Column:
    return Column(name, Kind.MONEY, meaning, empty=True, negative=True)


COLLECTION: Final = Table(
    "collection",
    "declaration and currency of its value: the foreign exchange that has to come in for it, in"
    " CNY. What has to come is the declared value, put right by what the documents say of it: fob"
    " to exchange. What of it came, counts or is missing: received to open, less over. Amounts are"
    " empty where a rate is missing",
    (
        Column("declaration_no", Kind.TEXT, "declaration", key=True),
        Column("fob_currency", Kind.TEXT, "currency of the declared value", key=True),
        Column("exported_on", Kind.DAY, "day of export, the first of its lines"),
        Column(
            "due_by",
            Kind.DAY,
            "day by which it has to be in: that of the rule, or a later one that the contract sets,"
            " up to the latest day of the rule",
        ),
        Column("contract_by", Kind.DAY, "day that the contract sets", empty=True),
        Column("fob_amount", Kind.MONEY, "declared value, in its currency"),
        _sum("fob", "the same in CNY, at the rate of the day of export"),
        _sum("sent_home", "declared value of units sent home: nothing comes of them"),
        _sum("written_off", "of units scrapped or lost; that nothing comes has to be proven"),
        _sum("price", "units with buyers of orders: what they were sold for, less what declared"),
        _sum("refunds", "given back to buyers of orders, disputes included"),
        _sum("netted", "fees, storage, logistics, tax and the like that payouts are less by"),
        _sum("exchange", "what came: at the rate of its day, less at that of sale or export"),
        _sum("received", "what payouts brought of its orders"),
        _sum("receipts", "what came beside payouts, as from the buyer of goods sold at export"),
        _sum("insurance", "what export credit insurance paid"),
        _sum("deemed", "what counts as collected for a reason of the firm's, at declared value"),
        _sum(
            "not_sold",
            "missing: goods sold from abroad that no order has yet, at most their declared value",
        ),
        _sum(
            "open",
            "missing: all else, such as what buyers of goods sold at export or of orders still owe,"
            " and marketplaces have not paid out",
        ),
        _sum("over", "what came beyond what had to; 0 where anything is missing"),
        Column(
            "claimed",
            Kind.MONEY,
            "CNY of refund claimed so far, advances included, less what was taken back; of a"
            " producing firm the exempt-credit-refund amount entered",
            negative=True,
        ),
        Column("last_on", Kind.DAY, "last day on which anything came or was deemed", empty=True),
        Column(
            "state",
            Kind.TEXT,
            "collected: nothing is missing; explained: nor is it, and part of that is deemed,"
            " insured or written off; waiting, late: before or after due_by; unknown: a rate is"
            " missing, or due_by has passed and the season records nothing that came",
            values=STATES,
        ),
    ),
)
