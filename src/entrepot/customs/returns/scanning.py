# SPDX-License-Identifier: Apache-2.0
"""Scan numbers of units: out, under the declaration line they leave with; home, for a case.

A scan is one however often it is sent. One that is taken back is taken back by another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor

from entrepot.catalog.actions import unfit
from entrepot.catalog.forms import Fault, shown
from entrepot.customs.returns import room
from entrepot.customs.returns.models import Case, CaseLine, Scan
from entrepot.customs.returns.proving import Mark, Proof
from entrepot.customs.returns.refusals import SaysOtherwise, Unfit, WrongState, refuse_faults
from entrepot.customs.returns.scanned import came_of, left_of, scene_of
from entrepot.customs.returns.states import HOME, LEFT, OUT, REFUSED, UNDOES
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: Units that were scanned out under lines, whatever number they bear.
_OUT_UNDER: Final = """
    SELECT s.declaration_no, s.item_no, s.sku, sum(s.quantity)::bigint
    FROM (SELECT DISTINCT * FROM unnest(%(declarations)s::text[], %(items)s::int[],
        %(skus)s::text[]) AS u (declaration_no, item_no, sku)) AS k
    JOIN returning_scan AS s ON s.enterprise_id = %(enterprise)s AND s.way = 'out'
        AND (s.declaration_no, s.item_no, s.sku) = (k.declaration_no, k.item_no, k.sku)
    WHERE s.outcome = 'left' AND NOT EXISTS (
        SELECT FROM returning_scan AS u
        WHERE u.enterprise_id = %(enterprise)s AND u.undoes = s.number)
    GROUP BY 1, 2, 3
"""
_SKUS_OF: Final = """
    SELECT DISTINCT s.kind, s.identity, s.sku
    FROM unnest(%(kinds)s::text[], %(identities)s::text[]) AS m (kind, identity)
    JOIN returning_scan AS s ON s.enterprise_id = %(enterprise)s AND s.way = 'out'
        AND (s.identity, s.kind) = (m.identity, m.kind)
    ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class ScanOut:
    """Units that leave with a number, under a declaration line."""

    number: str
    sku: str
    kind: str
    identity: str
    declaration_no: str
    item_no: int
    quantity: int = 1

    @property
    def mark(self) -> Mark:
        """What was scanned."""
        return self.sku, self.kind, self.identity

    @property
    def key(self) -> room.Key:
        """The declaration line."""
        return self.declaration_no, self.item_no, self.sku


@dataclass(frozen=True, slots=True)
class ScanHome:
    """Units that came home with a number. `sku`: as their number left, where it is empty."""

    number: str
    identity: str
    kind: str = "serial"
    sku: str = ""
    quantity: int = 1


def scan_out(scans: Sequence[ScanOut]) -> int:
    """Take in numbers of units that leave, all of them or none.

    Returns:
        how many were new.

    Raises:
        Unfit: a line that is not declared, a serial that left before, more units than were
            declared; every fault is listed.
        SaysOtherwise: a scan of this number is there and is another.
    """
    with raw_cursor() as cursor:
        room.lock(cursor)
        known = _known([each.number for each in scans])
        new = [each for each in scans if not _is_known(each, known)]
        refuse_faults(_asked(len(scans)), _faults(cursor, scans, new))
        Scan.objects.bulk_create([
            Scan(
                number=each.number, way=OUT, sku=each.sku, kind=each.kind, identity=each.identity,
                quantity=each.quantity, declaration_no=each.declaration_no, item_no=each.item_no,
                outcome=LEFT, recorded_by=acting().actor,
            )
            for each in new
        ])  # fmt: skip
    if new:
        record("return_home.scanned_out", new[0].number, scans=len(new))
    return len(new)


def scan_home(case: UUID, scans: Sequence[ScanHome]) -> list[Scan]:
    """Take in numbers of units that came home; each is proven, shared or refused by itself.

    Raises:
        Case.DoesNotExist: there is no such case.
        WrongState: it has arrived, or was cancelled.
        Unfit: a number of which it is not known what article it is of.
        SaysOtherwise: a scan of this number is there and is another.
    """
    with raw_cursor() as cursor:
        room.lock(cursor)
        found = _open_case(case)
        known = _known([each.number for each in scans])
        named = _with_skus(cursor, found, scans)
        new = [each for each in named if each.number not in known]
        scene = scene_of(case, ((each.sku, each.kind, each.identity) for each in new))
        told: dict[str, Scan] = {}
        for each in named:
            if before := told.get(each.number) or known.get(each.number):
                _refuse_unless_same(each, case, before)
                told[each.number] = before
                continue
            outcome, why = scene.judge((each.sku, each.kind, each.identity), each.quantity)
            told[each.number] = Scan(
                number=each.number, way=HOME, sku=each.sku, kind=each.kind, case=found,
                identity=each.identity, quantity=each.quantity, outcome=outcome or REFUSED,
                why=why, recorded_by=acting().actor,
            )  # fmt: skip
        Scan.objects.bulk_create([its for number, its in told.items() if number not in known])
    if new:
        record("return_home.scanned_home", found.number, scans=len(new))
    return [told[each.number] for each in scans]


def undo_scan(number: str, by: str) -> Scan:
    """Take a scan back by another, which has a number of its own: `by`.

    Raises:
        Unfit: there is no such scan.
        WrongState: it was taken back or is a taking back, its case has arrived or was cancelled,
            or units came home by the number that it says left.
    """
    with raw_cursor() as cursor:
        room.lock(cursor)
        asked = f"Cannot take scan {number} back."
        found = Scan.objects.filter(number=number).first()
        if found is None:
            raise unfit(Unfit, asked, [Fault("number", shown(number), "the number of a scan")])
        if before := Scan.objects.filter(undoes=number).first():
            if before.number == by:
                return before
            raise WrongState(asked, "It was taken back.", "Look at the scans of this number.")
        if found.outcome in (UNDOES, REFUSED):
            raise WrongState(asked, "It counts for nothing.", "Scan again what is right.")
        if found.case_id is not None:
            _open_case(found.case_id)
        mark = found.sku, found.kind, found.identity
        if found.way == OUT and came_of(cursor, [mark])[mark]:
            raise WrongState(
                asked, "Units of this number came home.", "Take back first what was scanned home."
            )
    undone = Scan.objects.create(
        number=by, way=found.way, sku=found.sku, kind=found.kind, identity=found.identity,
        quantity=found.quantity, declaration_no=found.declaration_no, item_no=found.item_no,
        case_id=found.case_id, outcome=UNDOES, undoes=number, recorded_by=acting().actor,
    )  # fmt: skip
    record("return_home.scan_undone", number, by=by)
    return undone


def proofs_of(case: UUID) -> list[Proof]:
    """Of every unit of a case how it is known which one it is.

    Raises:
        Case.DoesNotExist: there is no such case.
    """
    Case.objects.only("id").get(id=case)
    return scene_of(case).proofs()


def _open_case(case: UUID) -> Case:
    found = Case.objects.get(id=case)
    if found.state in ("arrived", "cancelled"):
        raise WrongState(
            f"Cannot scan for return {found.number}.",
            f"The return is {found.state}.",
            "Take that step back first, if it was wrong.",
            state=found.state,
        )
    return found


def _asked(scans: int) -> str:
    return f"Cannot take in {scans:,} scan{'' if scans == 1 else 's'}."


def _known(numbers: Sequence[str]) -> dict[str, Scan]:
    return {each.number: each for each in Scan.objects.filter(number__in=numbers)}


def _refuse_other(number: str) -> None:
    raise SaysOtherwise(
        f"Cannot take in scan {number}.",
        "There is a scan of this number that says something else.",
        "Give each scan a number of its own; nothing was changed.",
    )


def _is_known(scan: ScanOut, known: Mapping[str, Scan]) -> bool:
    if (found := known.get(scan.number)) is None:
        return False
    says = found.sku, found.kind, found.identity, found.declaration_no, found.item_no
    its = scan.sku, scan.kind, scan.identity, scan.declaration_no, scan.item_no
    if found.way != OUT or found.outcome != LEFT or (*says, found.quantity) != (
        *its, scan.quantity
    ):  # fmt: skip
        _refuse_other(scan.number)
    return True


def _refuse_unless_same(scan: ScanHome, case: UUID, found: Scan) -> None:
    says = found.sku, found.kind, found.identity, found.quantity, found.case_id
    its = scan.sku, scan.kind, scan.identity, scan.quantity, case
    if found.way != HOME or found.outcome == UNDOES or says != its:
        _refuse_other(scan.number)


def _faults(cursor: Cursor[Any], scans: Sequence[ScanOut], new: Sequence[ScanOut]) -> list[Fault]:
    """What is wrong with new scans; rows are those of all."""
    known = room.declared(cursor, (each.key for each in new))
    under = _out_under(cursor, [each.key for each in new])
    left = left_of(cursor, (each.mark for each in new))
    rows = {each.number: row for row, each in reversed(list(enumerate(scans, 1)))}
    faults, seen = [], set()
    for each in new:
        row = rows[each.number]
        if each.number in seen:
            faults.append(Fault("number", shown(each.number), "each number once", row))
        seen.add(each.number)
        if each.kind == "serial":
            if each.quantity != 1:
                faults.append(Fault("quantity", f"{each.quantity}", "1 unit of a serial", row))
            if left[each.mark]:
                faults.append(
                    Fault("identity", shown(each.identity), "a serial that did not leave", row)
                )
        left[each.mark] += each.quantity
        if (line := known.get(each.key)) is None:
            said = f"{each.declaration_no}/{each.item_no} {each.sku}"
            faults.append(Fault("declaration_no", said, "a declared line", row))
            continue
        under[each.key] += each.quantity
        if under[each.key] > line.quantity:
            expected = f"at most {line.quantity} units, as declared"
            faults.append(Fault("quantity", f"{under[each.key]}", expected, row))
    return faults


def _out_under(cursor: Cursor[Any], keys: Sequence[room.Key]) -> Counter[room.Key]:
    given = {
        "enterprise": acting().enterprise,
        "declarations": [each[0] for each in keys],
        "items": [each[1] for each in keys],
        "skus": [each[2] for each in keys],
    }
    rows = cursor.execute(_OUT_UNDER, given)
    return Counter({(number, item, sku): units for number, item, sku, units in rows})


def _with_skus(cursor: Cursor[Any], case: Case, scans: Sequence[ScanHome]) -> list[ScanHome]:
    """Scans with their article: the one that the number left with, else the case's only one."""
    open_ = [each for each in scans if not each.sku]
    given = {
        "enterprise": acting().enterprise,
        "kinds": [each.kind for each in open_],
        "identities": [each.identity for each in open_],
    }
    of: dict[tuple[str, str], list[str]] = {}
    for kind, identity, sku in cursor.execute(_SKUS_OF, given):
        of.setdefault((kind, identity), []).append(sku)
    its = sorted(set(CaseLine.objects.filter(case=case).values_list("sku", flat=True)))
    named, faults = [], []
    for row, each in enumerate(scans, 1):
        sku = each.sku
        if not sku:
            left = of.get((each.kind, each.identity), [])
            fit = [one for one in left if one in its] or left or its
            if len(fit) > 1:
                faults.append(Fault("sku", "nothing", f"one of {', '.join(fit[:20])}", row))
            sku = fit[0]
        if each.kind == "serial" and each.quantity != 1:
            faults.append(Fault("quantity", f"{each.quantity}", "1 unit of a serial", row))
        named.append(ScanHome(each.number, each.identity, each.kind, sku, each.quantity))
    refuse_faults(_asked(len(scans)), faults)
    return named
