# SPDX-License-Identifier: Apache-2.0
"""The audit log: who did what, in the same transaction as what was done."""

from __future__ import annotations

from entrepot.people.models import AuditEntry
from entrepot.people.tenancy import acting


def record(action: str, about: str, **facts: object) -> None:
    """Add an entry for the enterprise and the actor of this transaction.

    Args:
        action: what was done, as `<noun>.<verb in the past>`: `member.removed`.
        about: what it was done to, in words that outlive the row: an address, a number.
        facts: what a program may want to know; JSON, and never a secret.
    """
    by = acting()
    AuditEntry.objects.create(
        actor=by.actor, action=action, about=about[:200], facts=facts, address=by.address
    )
