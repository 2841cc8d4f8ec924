# SPDX-License-Identifier: Apache-2.0
"""Classification for programs: the tariff, versions and their steps, suggestions, lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from entrepot.catalog.api import sent_file
from entrepot.catalog.models import Product
from entrepot.customs.classifying import lists, recording, shapes
from entrepot.customs.classifying.configuring import change_policy, policy
from entrepot.customs.classifying.importing import take_tariff
from entrepot.customs.classifying.lines import Line, check_lines, for_goods
from entrepot.customs.classifying.models import Classification, Step
from entrepot.customs.classifying.reading import goods_of
from entrepot.customs.classifying.refusals import FaultyTable
from entrepot.customs.classifying.reusing import Suggestion, suggest
from entrepot.customs.classifying.rules import Finding
from entrepot.customs.classifying.tables import Goods
from entrepot.customs.classifying.telling import as_facts
from entrepot.engine.mistakes import Mistake, refusal
from entrepot.ledger.lists import List
from entrepot.people.access import needs
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.web.fields import Unasked
from entrepot.web.paging import Page, Paging
from entrepot.web.reading import bulk

READ, WRITE = "customs.read", "customs.write"
router = Router(tags=["classification"])
_KEY: Final = "sku"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FILE: Final = {"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}}
Narrow = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
File = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


@router.post("/tariff", response=shapes.TariffTakenOut, auth=needs(WRITE), openapi_extra=_FILE)
def take_tariff_file(request: HttpRequest, file: File) -> dict[str, int]:
    """Take a CSV or Excel file of tariff lines over, sent as the body; the same again is known.

    Answers 422 `classifying.faulty_table` with every mistake of every row, or 409
    `catalog.unreadable_file` or `catalog.too_large_file`; nothing is taken then.
    """
    return asdict(take_tariff(file, sent_file(request)))


@router.get("/tariff", response=Page[shapes.TariffOut], auth=needs(READ))
def list_tariff(request: HttpRequest, page: Query[Paging], hs_code: Narrow = "") -> dict[str, Any]:
    """Lines of the tariff by HS code, those that begin so, with every correction."""
    return _page_of(page, lists.tariff(hs_code))


@router.get("/work", response=Page[shapes.WorkOut], auth=needs(READ))
def list_work(
    request: HttpRequest,
    page: Query[Paging],
    sku: Narrow = "",
    status: Unasked[shapes.Status] = None,
) -> dict[str, Any]:
    """Products in use by SKU, and what is to be done about their classification today."""
    return _page_of(page, lists.products(timezone.localdate(), sku, status or ""))


@router.get("/versions", response=Page[shapes.ClassificationOut], auth=needs(READ))
def list_classifications(
    request: HttpRequest, page: Query[Paging], sku: Narrow = ""
) -> dict[str, Any]:
    """All versions of how goods are declared, or those of a SKU, the newest first."""
    found = page.of(lists.versions(sku), "-id")
    return found | {"items": [_said(each) for each in found["items"]]}


@router.get("/versions/{uuid:id}", response=shapes.ClassificationShown, auth=needs(READ))
def show_classification(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """A version with what is found about it now, and its steps."""
    row = Classification.objects.get(id=id)
    (looked,) = recording.look_again([row])
    steps = Step.objects.filter(classification_id=id).order_by("step_no")
    names = ("step_no", "event", "was", "became", "reason", "findings", "at", "by")
    return _said(row) | {
        "findings": [as_facts(each) for each in looked.findings],
        "history": [{name: getattr(each, name) for name in names} for each in steps],
    }


@router.post("/drafts", response=shapes.DraftedOut, auth=needs(WRITE))
@bulk
def draft_classifications(request: HttpRequest, body: shapes.DraftsIn) -> dict[str, Any]:
    """Draft how up to 10,000 goods are declared from a day on; the same again is known.

    What is missing is not refused here but when it is proposed. An open draft of the same goods is
    dropped. Answers 409 `classifying.no_such_goods` with every SKU that no product in use has, or
    422 `classifying.faulty_table` for fields that make no sense.
    """
    done = recording.draft(_goods(body.goods), body.valid_from, body.note)
    return {"made": [each.id for each in done.made], "known": done.known}


@router.post("/propose", response=shapes.ClassifiedOut, auth=needs(WRITE))
@bulk
def propose_classifications(request: HttpRequest, body: shapes.IdsIn) -> dict[str, Any]:
    """Propose drafts, all of them or none.

    Answers 422 `classifying.unfit` with every finding that refuses, or 409
    `classifying.wrong_state` or `classifying.not_there`.
    """
    return _all(recording.propose(body.ids))


@router.post("/accept", response=shapes.ClassifiedOut, auth=needs(WRITE))
@bulk
def accept_classifications(request: HttpRequest, body: shapes.IdsIn) -> dict[str, Any]:
    """Accept what was proposed, all of it or none: goods are declared so from its day on.

    Answers as `propose`, or 409 `classifying.same_eyes` where whoever proposed it accepts.
    """
    return _all(recording.accept(body.ids))


@router.post("/send-back", response=shapes.ClassifiedOut, auth=needs(WRITE))
@bulk
def send_classifications_back(request: HttpRequest, body: shapes.DecidedIn) -> dict[str, Any]:
    """Send back what was proposed, or answer 409 `classifying.wrong_state`."""
    return _all(recording.send_back(body.ids, body.reason))


@router.post("/drop", response=shapes.ClassifiedOut, auth=needs(WRITE))
@bulk
def drop_classifications(request: HttpRequest, body: shapes.IdsIn) -> dict[str, Any]:
    """Drop what is not decided yet, or answer 409 `classifying.wrong_state`."""
    return _all(recording.drop(body.ids))


@router.post("/undo", response=shapes.ClassifiedOut, auth=needs(WRITE))
@bulk
def undo_classifications(request: HttpRequest, body: shapes.DecidedIn) -> dict[str, Any]:
    """Take acceptances back, so that what was before holds again.

    Answers 409 `classifying.wrong_state` for what was not accepted.
    """
    return _all(recording.undo(body.ids, body.reason))


@router.get("/work/{uuid:id}/suggestions", response=shapes.SuggestionsOut, auth=needs(READ))
def suggest_classification(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """What a product was accepted or released as, and what goods called alike are, with why."""
    sku = Product.objects.only("sku").get(id=id).sku
    return {"suggestions": [_suggested(each) for each in suggest(sku, timezone.localdate())]}


@router.post("/lines", response=shapes.DeclaredsOut, auth=needs(READ))
@bulk
def declare_lines(request: HttpRequest, body: shapes.ClassifyLinesIn) -> dict[str, Any]:
    """What lines of a declaration list say of goods, with what is found about each.

    Nothing is kept. Answers 409 `classifying.not_classified` with everything that is missing of
    all goods.
    """
    return {"lines": _declared(body.lines, body.on)}


@router.get("/settings", response=shapes.ClassifySettingsOut, auth=needs(READ))
def show_classifying_settings(request: HttpRequest) -> dict[str, Any]:
    """How goods are looked at; `severities` are those that differ from the program's."""
    return policy().as_facts()


@router.patch("/settings", response=shapes.ClassifySettingsOut, auth=needs(WRITE))
def change_classifying_settings(
    request: HttpRequest, body: shapes.ClassifySettingsIn
) -> dict[str, Any]:
    """Change how goods are looked at, or answer 422 `classifying.wrong_settings`."""
    return change_policy(body.given()).as_facts()


def _goods(given: Sequence[shapes.GoodsIn]) -> list[Goods]:
    """Goods of a call; the same SKU twice is a mistake."""
    found, mistakes = [], []
    seen: dict[str, int] = {}
    for row, each in enumerate(given, 1):
        goods, faults = goods_of(each.given())
        found.append(goods)
        mistakes += [Mistake("goods", row, fault.field, fault.found, fault.expected,
                             "Correct the cell.") for fault in faults]  # fmt: skip
        if (first := seen.setdefault(each.sku, row)) != row:
            told = f"{each.sku}, as row {first} has it"
            mistakes.append(Mistake("goods", row, _KEY, told, "each once", "Take it out."))
    if mistakes:
        remedy = "Correct these, and send it again."
        raise refusal(FaultyTable, "Cannot draft classifications.", mistakes, remedy)
    return found


def _declared(given: Sequence[shapes.ClassifyLineIn], on: date) -> list[dict[str, Any]]:
    said = for_goods({each.sku for each in given}, on)
    lines = [Line(each.sku, each.quantity, Decimal(each.price), each.currency) for each in given]
    told = []
    for line, findings in zip(lines, check_lines(lines, on), strict=True):
        its = said[line.sku]
        numbers = [None if n is None else f"{n:f}" for n in its.quantities(line.quantity)]
        names = ("sku", "classification", "hs_code", "name_zh", "name_en", "text", "unit", "unit1",
                 "unit2", "country")  # fmt: skip
        quantities = dict(zip(("quantity", "quantity1", "quantity2"), numbers, strict=True))
        told.append(
            {name: getattr(its, name) for name in names} | quantities | _found(findings)
        )  # fmt: skip
    return told


def _found(findings: Sequence[Finding]) -> dict[str, Any]:
    return {"findings": [as_facts(each) for each in findings]}


def _said(row: Classification) -> dict[str, Any]:
    """A version as it is shown."""
    said = {name: getattr(row, name) for name in shapes.ClassificationOut.model_fields}
    return said | {"elements": [{"name": name, "value": value} for name, value in row.elements]}


def _all(rows: Sequence[Classification]) -> dict[str, Any]:
    return {"classifications": [_said(each) for each in rows]}


def _suggested(found: Suggestion) -> dict[str, Any]:
    its = found.goods
    return {
        "kind": found.kind, "of": found.of, "on": found.on, "permille": found.permille,
        "shared": list(found.shared), "hs_code": its.hs_code, "name_zh": its.name_zh,
        "elements": [{"name": name, "value": value} for name, value in its.elements],
        "unit": its.unit, "unit1": its.unit1, "unit2": its.unit2,
    }  # fmt: skip


def _page_of(page: Paging, found: List) -> dict[str, Any]:
    with raw_cursor() as cursor:
        given = {**found.given, "enterprise": acting().enterprise}
        return page.of_sql(cursor, found.statement, given, *found.by)
