# SPDX-License-Identifier: Apache-2.0
"""Returns through customs of the demo: one at each step, with numbers scanned out and home."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.db.models import F

from entrepot.customs.returns import stepping
from entrepot.customs.returns.drafting import NewCase, Wanted, draft
from entrepot.customs.returns.models import Case
from entrepot.customs.returns.scanning import ScanHome, ScanOut, scan_home, scan_out
from entrepot.customs.returns.states import STATES
from entrepot.ledger.models import Balance
from entrepot.ledger.places import AREAS

#: Units of each return.
_UNITS: Final = 2
_CUSTOMS: Final = "Ningbo"
_RETURN: Final = "310120261000000017"


def return_some(
    today: date, home: str, warehouse: str, declaration: str, skus: Sequence[str]
) -> None:
    """Draft a return of each of the first articles of a declaration, and lead each further."""
    lines = list(enumerate(skus, 1))[: len(STATES)]
    scan_out([
        ScanOut(f"demo-out-{item}-{at}", sku, "serial", f"SN-{item:02}-{at:04}", declaration, item)
        for item, sku in lines
        for at in range(1, 4)
    ])  # fmt: skip
    for state, (item, sku) in zip(STATES, lines, strict=False):
        place = _place_of(warehouse, sku)
        if place is None:
            continue
        new = NewCase(
            f"RH-DEMO-{item}", "unsold", home, today,
            [Wanted(declaration, item, sku, _UNITS, place.place, place.lot)],
            customs_out=_CUSTOMS, customs_back=_CUSTOMS, is_food=False, is_original=True,
        )  # fmt: skip
        _lead(draft(new), state, item)


def _place_of(warehouse: str, sku: str) -> Balance | None:
    """Where enough of an article lies on a shelf and is not reserved."""
    lying = Balance.objects.filter(item=sku, place__startswith=f"warehouse/{warehouse}/")
    for area in AREAS:
        lying = lying.exclude(place__endswith=f"/{area}")
    return lying.filter(quantity__gte=F("reserved") + _UNITS).order_by("place", "lot").first()


def _lead(case: Case, state: str, item: int) -> None:
    """Lead a return to a state; of what is on its way one unit is proven, and one is refused."""
    if state in ("announced", "arrived"):
        scan_home(case.id, [
            ScanHome(f"demo-home-{item}-{at}", f"SN-{item:02}-{at:04}") for at in (1, 9)
        ])  # fmt: skip
    if state == "cancelled":
        stepping.cancel(case.id, "Sold after all")
        return
    steps = STATES.index(state)
    if steps >= STATES.index("checked"):
        stepping.check(case.id)
    if steps >= STATES.index("cleared"):
        stepping.clear(case.id, amount=0, note="Exported after the last close, not claimed yet")
    if steps >= STATES.index("announced"):
        stepping.announce(case.id, _RETURN)
    if steps >= STATES.index("arrived"):
        stepping.arrive(case.id)
