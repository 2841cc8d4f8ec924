# SPDX-License-Identifier: Apache-2.0
"""What each role of an enterprise may do: decided here and nowhere else.

A scope is what a door asks for: a verb and what it is about. A person has those of their role,
an API token those it was given, at most those of whoever made it.
Source: our own policy, docs/decisions/0018
"""

from __future__ import annotations

from typing import Final

#: Every scope, and what it allows.
SCOPES: Final = {
    "book.read": "see movements, documents, balances and lots",
    "book.post": "post and reverse documents",
    "masters.read": "see products, warehouses and partners",
    "masters.write": "add and change products, warehouses and partners, import and undo imports",
    "inbound.read": "see purchases, declarations, consignments, receipts and claims",
    "inbound.write": "buy, declare, dispatch, receive, and claim from carriers",
    "customs.read": "see documents for customs, their messages and receipts",
    "customs.write": "add and send documents for customs, take receipts in, and set how",
    "orders.read": "see orders, what is reserved for them, and files of orders",
    "orders.write": "take orders in, reserve, change and cancel them, connect shops, set the rules",
    "orders.personal": "see whom orders go to",
    "orders.erase": "hand out and erase what is kept of buyers, and set how long it is kept",
    "floor.read": "see walks, returns and counts of warehouses",
    "floor.write": "move, put away, pick, receive returns and count",
    "floor.approve": "approve differences of counts, and set which need nobody's approval",
    "money.read": "see payouts, bank lines, what matches them and what is open",
    "money.write": "send reports and statements, match, and undo matches",
    "closes.read": "see closes of the live book, their reports and tables",
    "closes.write": "close the live book, and send tables for it",
    "jobs.read": "see jobs and their progress",
    "jobs.write": "start, retry and cancel jobs",
    "webhooks.write": "add and change webhooks, and send them again",
    "people.read": "see members, invitations and tokens",
    "people.write": "invite, change roles, make and revoke tokens of the enterprise",
    "audit.read": "see who did what",
}

_READ = frozenset(scope for scope in SCOPES if scope.endswith(".read"))
_SEE = frozenset({"book.read", "masters.read", "closes.read"})
_GOODS = frozenset({"inbound.read", "orders.read", "floor.read"})
_CUSTOMS = frozenset({"customs.read", "customs.write"})
_INBOUND = frozenset({"inbound.write"})
_JOBS = frozenset({"jobs.read", "jobs.write"})

#: What each role may do. A partner (a bank, an insurer, a tax adviser) reads the book, and what was
#: closed of it, only.
ROLES: Final[dict[str, frozenset[str]]] = {
    "owner": frozenset(SCOPES),
    "finance": _SEE | _GOODS | _JOBS
    | {"book.post", "closes.write", "audit.read", "customs.read", "money.read", "money.write"},
    "customs": _SEE | _GOODS | _INBOUND | _JOBS | _CUSTOMS | {"book.post", "masters.write"},
    "operations": _SEE | _GOODS | _INBOUND | _JOBS
    | {"book.post", "masters.write", "orders.write", "orders.personal"}
    | {"floor.write", "floor.approve", "customs.read"},
    "warehouse": _SEE | _GOODS | _INBOUND
    | {"book.post", "orders.personal", "floor.write", "jobs.read"},
    "partner": _SEE,
}  # fmt: skip
OWNER = "owner"
