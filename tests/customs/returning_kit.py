# SPDX-License-Identifier: Apache-2.0
"""A firm with goods overseas that may come home, cases of them, and scans of their numbers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import WAREHOUSE
from entrepot.customs.returns import stepping
from entrepot.customs.returns.drafting import NewCase, Wanted, draft
from entrepot.customs.returns.models import Case, CaseStep, Scan
from entrepot.customs.returns.repaying import Refunded, take
from entrepot.customs.returns.scanning import ScanHome, ScanOut, scan_home, scan_out
from entrepot.logistics.declaring import Declared, put
from entrepot.people.models import Profile
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id
from tests.jobs.callers import Caller
from tests.warehouse.floor import A1, open_floor, stock

USCC = "91110000600037341L"
TODAY = timezone.now().date()
#: Exported so long ago, both clocks still run.
EXPORTED = TODAY - timedelta(days=60)
ONE, TWO = "310120260000000001", "310120260000000002"
SHANGHAI = "Shanghai"
#: Who drafts, and somebody else.
ADA, BEN = (f"user:{UUID(int=n)}" for n in (1, 2))


def open_firm(enterprise: UUID, **lines: int) -> UUID:
    """A firm with ten units of SKU-1 under each of two declarations, and as many overseas."""
    open_floor(enterprise)
    with within(enterprise):
        Profile.objects.update_or_create(
            defaults={"name": "Lanting", "uscc": USCC, "kind": "trading"}
        )
        masters.add(WAREHOUSE, {
            "code": "NB1", "name": "NB1", "kind": "home", "time_zone": "Asia/Shanghai",
            "country": "CN",
        })  # fmt: skip
        put([declared(ONE), declared(TWO, exported_on=EXPORTED + timedelta(days=1))])
    stock(enterprise, A1, 20, on=EXPORTED)
    return enterprise


def declared(number: str, sku: str = "SKU-1", **says: Any) -> Declared:
    given: dict[str, Any] = {
        "mode": "9810", "exported_on": EXPORTED, "quantity": 10, "fob_amount": 9_000,
        "fob_currency": "USD", "destination": "DE", "warehouse": "DUI1",
    }  # fmt: skip
    return Declared(number, 1, sku, **(given | says))


def wanted(quantity: int = 1, number: str = ONE, **says: Any) -> Wanted:
    given: dict[str, Any] = {"item_no": 1, "sku": "SKU-1", "from_place": A1}
    return Wanted(number, quantity=quantity, **(given | says))


def case_of(*lines: Wanted, number: str = "RH-1", **says: Any) -> NewCase:
    """A case at the original customs, in original state, no food."""
    given: dict[str, Any] = {
        "purpose": "unsold", "home": "NB1", "returns_on": TODAY, "customs_out": SHANGHAI,
        "customs_back": SHANGHAI, "is_food": False, "is_original": True,
    }  # fmt: skip
    return NewCase(number, lines=lines or [wanted()], **(given | says))


def drafted(enterprise: UUID, *lines: Wanted, **says: Any) -> UUID:
    with within(enterprise, ADA):
        return draft(case_of(*lines, **says)).id


#: What leads a case to a state, from the beginning.
_WAYS: dict[str, tuple[str, ...]] = {
    "drafted": (), "checked": ("check",), "cleared": ("check", "clear"),
    "announced": ("check", "clear", "announce"),
    "arrived": ("check", "clear", "announce", "arrive"),
    "cancelled": ("cancel",),
}  # fmt: skip


def brought(enterprise: UUID, state: str, *lines: Wanted, **says: Any) -> UUID:
    """A case in a state; nothing was refunded of it."""
    case = drafted(enterprise, *lines, **says)
    with within(enterprise, ADA):
        for step in _WAYS[state]:
            if step == "check":
                stepping.check(case)
            elif step == "clear":
                stepping.clear(case, amount=0, note="never claimed")
            elif step == "announce":
                stepping.announce(case, "310120261000000009")
            elif step == "arrive":
                stepping.arrive(case)
            else:
                stepping.cancel(case, "sold after all")
    return case


def state_of(enterprise: UUID, case: UUID) -> str:
    with within(enterprise):
        return Case.objects.get(id=case).state


def history(enterprise: UUID, case: UUID) -> list[tuple[str, str, str]]:
    """The steps of a case: event, was, became."""
    with within(enterprise):
        rows = CaseStep.objects.filter(case_id=case).order_by("step_no")
        return list(rows.values_list("event", "was", "became"))


def out(enterprise: UUID, *identities: str, number: str = ONE, **says: Any) -> None:
    """Numbers that left."""
    given: dict[str, Any] = {"sku": "SKU-1", "kind": "serial", "declaration_no": number,
                             "item_no": 1}  # fmt: skip
    with within(enterprise):
        scan_out([
            ScanOut(str(new_id()), identity=each, **(given | says)) for each in identities
        ])  # fmt: skip


def home(enterprise: UUID, case: UUID, *identities: str, **says: Any) -> list[tuple[str, str]]:
    """Numbers that come home: what was found of each."""
    with within(enterprise):
        told = scan_home(case, [ScanHome(str(new_id()), each, **says) for each in identities])
    return [(each.outcome, each.why) for each in told]


def refunded(enterprise: UUID, *lines: tuple[str, int, int], on: date = TODAY) -> None:
    """What a close says is refunded: declaration, units, fen."""
    with within(enterprise):
        take([Refunded(number, 1, "SKU-1", units, fen) for number, units, fen in lines], on)


def add_returning(caller: Caller, tag: str) -> None:
    """A row of everything, named by a tag, for tests of the whole API."""
    declaration = f"{tag}-RH"[:18].ljust(18, "9")
    sku = f"{tag}-SKU"
    with within(caller.enterprise):
        put([declared(declaration, sku, warehouse=f"{tag}W")])
        scan_out([ScanOut(f"{tag}-out", sku, "batch", f"{tag}-B", declaration, 1, 2)])
        case = draft(case_of(
            wanted(2, declaration, sku=sku, from_place=f"warehouse/{tag}W", parcel_no=f"{tag}-P"),
            number=f"{tag}-RH", home=f"{tag}H", note=f"{tag} unsold",
        ))  # fmt: skip
        scan_home(case.id, [ScanHome(f"{tag}-home", f"{tag}-B", "batch")])
        stepping.check(case.id, note=f"{tag} asked")
        assert Scan.objects.count() == 2
