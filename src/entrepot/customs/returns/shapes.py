# SPDX-License-Identifier: Apache-2.0
"""What the API of returns through customs takes and answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from entrepot.customs.returns.states import Event, Purpose, State
from entrepot.web.fields import CODE, Absent, Body, Day, Flag, Lines, code, text, whole

Kind = Literal["serial", "batch", "parcel", "list"]
Number = Annotated[str, code(40)]
Id = Annotated[str, code(64)]
DeclarationNo = Annotated[str, code(18)]
Units = Annotated[int, whole(1, 10**9)]
Note = Annotated[str, text(500)]
Reason = Annotated[str, text(500, 1)]
Perhaps = Annotated[str, Field(strict=True, max_length=64, pattern=rf"^$|{CODE}")]
Narrow = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]


class CaseLineIn(Body):
    """Units of a declaration line, and where in the book they lie."""

    declaration_no: DeclarationNo
    item_no: Annotated[int, whole(0, 2**31 - 1)]
    sku: Id
    quantity: Units
    from_place: Annotated[str, code(200)] = Field(
        description="Overseas, on a voyage or with a customer: `warehouse/DUI1/A-01`."
    )
    lot: Perhaps = ""
    parcel_no: Perhaps = Field("", description="Of the parcel or list they left with.")
    released_on: Day | None = Field(None, description="By customs; else the export date stands.")
    left_area_on: Day | None = Field(None, description="1210: left the special area.")


class CaseIn(Body):
    """Goods that are to come home together."""

    number: Number
    purpose: Purpose = Field(description="Never sold, or taken back from who bought them.")
    home: Annotated[str, code(40)] = Field(description="The warehouse that takes them in.")
    returns_on: Day = Field(description="The day it is judged for.")
    lines: Lines[CaseLineIn]
    customs_out: Annotated[str, text(40)] = Field("", description="District they left through.")
    customs_back: Annotated[str, text(40)] = Field(
        "", description="District they return through; the same: the original customs."
    )
    is_food: Flag | None = None
    is_original: Flag | None = Field(None, description="In original state.")
    note: Note = ""


class CheckIn(Body):
    """Who answered what, where no rule decides."""

    note: Absent[Note] = ""


class ClearIn(Body):
    """What was repaid, and the certificate of it."""

    certificate_no: Perhaps = Field(
        "", description="Of 出口货物已补税/未退税证明; asked for where something is repaid."
    )
    amount: Annotated[int, whole(0, 10**15)] | None = Field(
        None, description="Fen; as the last close has it, if left out."
    )
    note: Absent[Note] = Field("", description="Why it is another amount.")
    on: Day | None = None


class AnnounceHomeIn(Body):
    """The declaration that a case returns under."""

    declaration_no: Id
    on: Day | None = None


class ArriveIn(Body):
    """The day it arrived; today, if left out."""

    on: Day | None = None
    note: Absent[Note] = ""


class WhyHomeIn(Body):
    """Why."""

    note: Reason


class CaseOut(Schema):
    """A case, and where it stands."""

    id: UUID
    number: str
    purpose: Purpose
    home: str
    customs_out: str
    customs_back: str
    is_food: Flag | None
    is_original: Flag | None
    returns_on: date
    note: str
    state: State
    steps: int
    created_at: datetime
    created_by: str


class CaseListedOut(CaseOut):
    """A case in a list, with what is in it."""

    lines: int
    units: int


class CaseLineOut(Schema):
    """A line of a case, with what of the refund it is to repay."""

    line_no: int
    declaration_no: str
    item_no: int
    sku: str
    quantity: int
    mode: str
    exported_on: date
    released_on: date | None
    left_area_on: date | None
    parcel_no: str
    from_place: str
    lot: str
    due: int | None = Field(description="Fen; null where no close says.")
    closed_on: date | None = Field(description="The day of that close.")


class CaseStepOut(Schema):
    """A step of a case."""

    step_no: int
    event: Event
    was: State
    became: State
    happened_on: date
    paper_no: str
    amount: int | None
    note: str
    facts: dict[str, Any]
    document_id: UUID | None
    undoes: int | None
    recorded_at: datetime
    recorded_by: str


class ProofOut(Schema):
    """Units of a case, and how it is known which ones they are."""

    sku: str
    proof: Literal["identity", "shared", "assumed", "not_matched"] = Field(
        description="`assumed`: nothing was scanned; first in, first out proves nothing."
    )
    kind: Kind | None
    identity: str | None
    declaration_no: str | None
    item_no: int | None
    quantity: int


class ProofsOut(Schema):
    """Of every unit of a case how it is known."""

    proofs: list[ProofOut]


class ScanOutIn(Body):
    """Units that leave with a number."""

    number: Id = Field(description="The id of the scan: sent twice, it is once.")
    sku: Id
    kind: Kind
    identity: Id
    declaration_no: DeclarationNo
    item_no: Annotated[int, whole(0, 2**31 - 1)]
    quantity: Absent[Units] = Field(1, description="Of a serial 1.")


class ScansOutIn(Body):
    """Numbers of units that leave."""

    scans: Lines[ScanOutIn]


class ScanHomeIn(Body):
    """Units that came home with a number."""

    number: Id = Field(description="The id of the scan: sent twice, it is once.")
    identity: Id
    kind: Absent[Kind] = "serial"
    sku: Perhaps = Field("", description="As the number left, if left out.")
    quantity: Absent[Units] = 1


class ScansHomeIn(Body):
    """Numbers of units that came home."""

    scans: Lines[ScanHomeIn]


class UndoScanIn(Body):
    """The scan that takes another back has an id of its own."""

    number: Id
    by: Id


class NewScansOut(Schema):
    """How many were new."""

    new: int


class IdentityOut(Schema):
    """A scan, and what was found."""

    number: str
    way: Literal["out", "home"]
    sku: str
    kind: Kind
    identity: str
    quantity: int
    declaration_no: str
    item_no: int | None
    outcome: Literal["left", "proven", "shared", "refused", "undoes"]
    why: str = Field(
        description="Of what is refused: never_left, other_line, already_home, beyond_case."
    )
    undoes: str
    scanned_at: datetime
    recorded_by: str


class IdentityListedOut(IdentityOut):
    """A scan in a list."""

    case_no: str | None
    is_undone: bool


class IdentitiesOut(Schema):
    """What became of each scan, in their order."""

    scans: list[IdentityOut]


class ClockOut(Schema):
    """A declaration line with units that are not home, and its clocks."""

    declaration_no: str
    item_no: int
    sku: str
    mode: str
    exported_on: date
    quantity: int
    in_cases: int
    home: int
    customs: Literal["open", "ask", "refused"]
    customs_until: date | None
    customs_days: int | None
    customs_sure: str
    across: str | None
    relief: Literal["open", "ask", "refused"]
    relief_until: date | None
    relief_days: int | None
    relief_sure: str
    lapses_on: date | None
    refunded: int | None = Field(description="Fen of the line, by the last close.")
    refunded_units: int | None
    why_en: str
    why_zh: str
