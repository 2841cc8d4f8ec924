# SPDX-License-Identifier: Apache-2.0
"""Follow claims on carriers: raised, settled or dropped; and within how many days they are due.

Claims come from closing a consignment (`closing`), and become less when something is found.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from entrepot.catalog.forms import Fault, shown
from entrepot.logistics import looking
from entrepot.logistics.models import CLAIMED, DROPPED, OPEN, SETTLED, Claim, ClaimTerm
from entrepot.logistics.refusals import WrongState, refuse_faults
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor


def claim(id: UUID, amount: int, currency: str = "") -> Claim:
    """Say that a claim was raised with the carrier.

    Args:
        id: which one.
        amount: in the smallest unit of the currency.
        currency: may be left out where the declared value has one.

    Raises:
        Claim.DoesNotExist: there is no such claim.
        WrongState: it is settled or dropped.
        Unfit: no currency is known.
    """
    found = _locked(id)
    asked = _asked("raise", found)
    _refuse_unless(found, asked, OPEN, CLAIMED)
    if not (currency or found.currency):
        refuse_faults(asked, [Fault("currency", "nothing", "the currency of the amount")])
    return _become(found, CLAIMED, claimed=amount, currency=currency or found.currency)


def settle(id: UUID, amount: int) -> Claim:
    """Say what the carrier paid, in the currency in which it was claimed.

    Raises:
        Claim.DoesNotExist: there is no such claim.
        WrongState: it was not raised, or is settled or dropped.
    """
    found = _locked(id)
    _refuse_unless(found, _asked("settle", found), CLAIMED)
    return _become(found, SETTLED, settled=amount)


def drop(id: UUID, note: str) -> Claim:
    """Give a claim up.

    Raises:
        Claim.DoesNotExist: there is no such claim.
        WrongState: it is settled, or dropped already.
    """
    found = _locked(id)
    _refuse_unless(found, _asked("drop", found), OPEN, CLAIMED)
    return _become(found, DROPPED, note=note)


def change(id: UUID, **says: Any) -> Claim:
    """Change the deadline or the note.

    Raises:
        Claim.DoesNotExist: there is no such claim.
    """
    found = _locked(id)
    for name, value in says.items():
        setattr(found, name, value)
    if says:
        found.save(update_fields=list(says))
    return found


def set_term(carrier: str, days: int | None) -> None:
    """Say within how many days a carrier wants to be told; without days, it is not known any more.

    Claims that are there keep the deadline that they have.

    Raises:
        Unfit: there is no such partner.
    """
    with raw_cursor() as cursor:
        known = looking.partners(cursor, [carrier])
    refuse_faults(
        f"Cannot set the days of carrier {carrier}.",
        [] if known else [Fault("carrier", shown(carrier), "a partner in use")],
    )
    if days is None:
        ClaimTerm.objects.filter(carrier=carrier).delete()
    else:
        ClaimTerm.objects.update_or_create(carrier=carrier, defaults={"days": days})
    record("claim_term.set", carrier, days=days)


def _locked(id: UUID) -> Claim:
    return Claim.objects.select_for_update(no_key=True).get(id=id)


def _asked(verb: str, found: Claim) -> str:
    return f"Cannot {verb} the claim for {found.quantity:,} {found.sku}, {found.kind}."


def _refuse_unless(found: Claim, asked: str, *states: str) -> None:
    if found.state not in states:
        raise WrongState(
            asked, f"It is {found.state}.", f"It has to be {' or '.join(states)} for that.",
            state=found.state,
        )  # fmt: skip


def _become(found: Claim, state: str, **says: Any) -> Claim:
    for name, value in {"state": state, **says}.items():
        setattr(found, name, value)
    found.save(update_fields=["state", *says])
    record(f"claim.{state}", f"{found.kind} {found.sku}", claim=str(found.id), **says)
    return found
