# SPDX-License-Identifier: Apache-2.0
"""Draft a case: which units of which declaration lines are to come home, from where, to where."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import Final

from entrepot.catalog.forms import Fault, shown
from entrepot.catalog.models import Warehouse
from entrepot.customs.returns import room
from entrepot.customs.returns.models import Case, CaseLine
from entrepot.customs.returns.refusals import SaysOtherwise, refuse_faults
from entrepot.customs.returns.states import Purpose
from entrepot.ledger.models import Place
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: Where units that come home may lie: overseas, on their way, or with who bought them.
ABROAD: Final = ("warehouse/", "voyage/", "customer/")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units of a declaration line that are to come home, from a place in the book."""

    declaration_no: str
    item_no: int
    sku: str
    quantity: int
    from_place: str
    lot: str = ""
    parcel_no: str = ""
    released_on: date | None = None
    left_area_on: date | None = None

    @property
    def key(self) -> room.Key:
        """The declaration line."""
        return self.declaration_no, self.item_no, self.sku


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case as it is drafted; see `models.Case`."""

    number: str
    purpose: Purpose
    home: str
    returns_on: date
    lines: Sequence[Wanted]
    customs_out: str = ""
    customs_back: str = ""
    is_food: bool | None = None
    is_original: bool | None = None
    note: str = ""


def draft(new: NewCase) -> Case:
    """Draft a case; the same one sent again is the same.

    Raises:
        Unfit: a line that is not declared, of which no so many units are left, or that lies
            nowhere abroad; no such home warehouse.
        SaysOtherwise: there is a case of this number that says something else.
    """
    digest = _digest(new)
    with raw_cursor() as cursor:
        room.lock(cursor)
        if before := Case.objects.filter(number=new.number).first():
            if bytes(before.hash) != digest:
                raise SaysOtherwise(
                    f"Cannot draft return {new.number}.",
                    "There is a return of this number that says something else.",
                    "Look at that one, or give this one a number of its own; nothing was changed.",
                )
            return before
        known = room.declared(cursor, (each.key for each in new.lines))
    refuse_faults(f"Cannot draft return {new.number}.", _faults(new, known))
    case = Case.objects.create(
        number=new.number, purpose=new.purpose, home=new.home, returns_on=new.returns_on,
        customs_out=new.customs_out, customs_back=new.customs_back, is_food=new.is_food,
        is_original=new.is_original, note=new.note, hash=digest, created_by=acting().actor,
    )  # fmt: skip
    CaseLine.objects.bulk_create([
        CaseLine(
            case=case, line_no=line_no, declaration_no=each.declaration_no, item_no=each.item_no,
            sku=each.sku, quantity=each.quantity, mode=known[each.key].mode,
            exported_on=known[each.key].exported_on, released_on=each.released_on,
            left_area_on=each.left_area_on, parcel_no=each.parcel_no, from_place=each.from_place,
            lot=each.lot,
        )
        for line_no, each in enumerate(new.lines, 1)
    ])  # fmt: skip
    record("return_home.drafted", case.number, lines=len(new.lines))
    return case


def _digest(new: NewCase) -> bytes:
    says = [*astuple(new)[:4], [astuple(each) for each in new.lines], *astuple(new)[5:]]
    return hashlib.sha256(json.dumps(says, default=str, ensure_ascii=False).encode()).digest()


def _faults(new: NewCase, known: dict[room.Key, room.Declared]) -> list[Fault]:
    faults = []
    if not Warehouse.objects.filter(code=new.home, kind="home", is_active=True).exists():
        faults.append(Fault("home", shown(new.home), "a home warehouse in use"))
    if not new.lines:
        faults.append(Fault("lines", "none", "at least one"))
    asked = {each.from_place for each in new.lines}
    places = set(Place.objects.filter(path__in=asked).values_list("path", flat=True))
    left = {key: line.room for key, line in known.items()}
    for row, each in enumerate(new.lines, 1):
        if each.from_place not in places or not each.from_place.startswith(ABROAD):
            faults.append(Fault("from_place", shown(each.from_place), "a place abroad", row))
        if each.key not in known:
            said = f"{each.declaration_no}/{each.item_no} {each.sku}"
            faults.append(Fault("declaration_no", said, "a declared line", row))
            continue
        if each.quantity > left[each.key]:
            expected = f"at most {max(left[each.key], 0)} units that no other return has"
            faults.append(Fault("quantity", f"{each.quantity}", expected, row))
        left[each.key] -= each.quantity
    return faults
