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
    "jobs.read": "see jobs and their progress",
    "jobs.write": "start, retry and cancel jobs",
    "webhooks.write": "add and change webhooks, and send them again",
    "people.read": "see members, invitations and tokens",
    "people.write": "invite, change roles, make and revoke tokens of the enterprise",
    "audit.read": "see who did what",
}

_READ = frozenset(scope for scope in SCOPES if scope.endswith(".read"))
_SEE = frozenset({"book.read", "masters.read"})

#: What each role may do. A partner (a bank, an insurer, a tax adviser) reads the book only.
ROLES: Final[dict[str, frozenset[str]]] = {
    "owner": frozenset(SCOPES),
    "finance": _SEE | {"book.post", "jobs.read", "jobs.write", "audit.read"},
    "customs": _SEE | {"book.post", "masters.write", "jobs.read", "jobs.write"},
    "operations": _SEE | {"book.post", "masters.write", "jobs.read", "jobs.write"},
    "warehouse": _SEE | {"book.post", "jobs.read"},
    "partner": _SEE,
}
OWNER = "owner"
