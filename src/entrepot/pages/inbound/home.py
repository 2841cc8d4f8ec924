# SPDX-License-Identifier: Apache-2.0
"""Returns through customs: cases with their clocks, refund, proofs and steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.customs.returns import lists, scanning, stepping
from entrepot.customs.returns.api import REPAY, WRITE, may_undo
from entrepot.customs.returns.drafting import NewCase, Wanted, draft
from entrepot.customs.returns.judging import judged
from entrepot.customs.returns.models import Case, CaseLine
from entrepot.customs.returns.repaying import due
from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import action, form, page
from entrepot.pages.inbound import home_forms, parts
from entrepot.pages.inbound.bulk import Bulk
from entrepot.pages.inbound.bulk import answer as answer_bulk
from entrepot.pages.inbound.home_forms import said
from entrepot.pages.inbound.parts import READ
from entrepot.pages.inbound.pasting import Row
from entrepot.pages.places import movements
from entrepot.pages.table import Column, Table
from entrepot.pages.wording import language, words
from entrepot.people.access import Access

_PARTS: Final = ("lines", "repay", "proofs", "units", "steps")
#: What may be said of a case in a state: its form, and the scope that one needs.
_NEXT: Final[Mapping[str, tuple[str, type[forms.DeskForm], str]]] = {
    "drafted": ("check", home_forms.CheckForm, WRITE),
    "checked": ("clear", home_forms.ClearForm, REPAY),
    "cleared": ("announce", home_forms.AnnounceForm, WRITE),
    "announced": ("arrive", home_forms.ArriveForm, WRITE),
}


def case_at(row: Any) -> str:
    return reverse("pages:inbound_return", args=[row["id"]])


@page(READ)
def cases(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Returns through customs, the latest first."""
    say = words(parts.SECTION)
    filters = home_forms.CaseFilters(request.GET, say=say)
    columns = (
        Column("number", "code", to=case_at),
        Column("state", "state", states="return_case"),
        Column("purpose", "state", states="return_purpose"),
        Column("units", "number"),
        Column("lines", "number"),
        Column("returns_on", "day"),
        Column("home", "code"),
        Column("created_at", "moment"),
    )
    more = parts.empty(say, "returns")
    found = lists.cases(**filters.given())
    table = Table("returns-home", columns, found, filters=filters, more=more)
    return parts.part(
        request, access, table, "pages/inbound/returns.html", tabs=parts.tabs("inbound_returns"),
        heading=say["titles"]["returns"], about=say["abouts"]["returns"],
        may_write=WRITE in access.scopes,
    )  # fmt: skip


@form(READ)
def case(request: HttpRequest, access: Access, id: UUID, part: str = _PARTS[0]) -> HttpResponseBase:
    """A return: what the rules say of every line, what is to be repaid, what is proven."""
    if part not in _PARTS:
        raise Http404
    found, say = Case.objects.get(id=id), words(parts.SECTION)
    step, kind, scope = _NEXT.get(found.state, ("", forms.DeskForm, READ))
    asked: forms.DeskForm | None = kind(say=say) if step and scope in access.scopes else None
    if request.method == "POST":
        access.need(scope)
        asked = kind(request.POST, say=say)
        if step and asked.is_valid() and _do(id, step, asked):
            parts.said(request, f"return_{step}", number=found.number)
            return redirect("pages:inbound_return", id)
    return parts.part(
        request, access, _TABLES[part](found), "pages/inbound/return.html", case=found,
        step=step, form=asked, may_write=WRITE in access.scopes,
        may_scan=parts.WRITE in access.scopes and found.state not in ("arrived", "cancelled"),
        may_cancel=found.state not in ("arrived", "cancelled"), may_undo=found.steps > 0,
        about_part=say["return_parts"][part], answers=_answers(),
        status=422 if asked is not None and asked.errors else 200,
        heading=say["return_home"].format(number=found.number), about=say["abouts"]["return"],
        tabs=parts.tabs_of("pages:inbound_return", id, part, *_PARTS),
    )  # fmt: skip


def _answers() -> str:
    """How yes, no and nothing are said."""
    common = words("common")
    return ",".join((common["yes"], common["no"], words(parts.SECTION)["not_known"]))


def _do(case: UUID, step: str, given: forms.DeskForm) -> bool:
    """Do what a form asks; whether it was done. A refusal is said above its fields."""
    says = given.cleaned_data
    try:
        with transaction.atomic():
            if step == "check":
                stepping.check(case, says["note"])
            elif step == "clear":
                amount = says["amount"]
                fen = None if amount is None else int(amount.scaleb(2))
                stepping.clear(case, says["certificate_no"], fen, says["note"], says["on"])
            elif step == "announce":
                stepping.announce(case, says["return_declaration_no"], says["on"])
            else:
                stepping.arrive(case, says["on"], says["note"])
    except EntrepotError as error:
        given.refuse(error)
        return False
    return True


def _its(case: Case) -> list[CaseLine]:
    return list(CaseLine.objects.filter(case=case).order_by("line_no"))


def _lines(case: Case) -> Table:
    """What the rules say of every line for the day on which it is to return."""
    why = f"why_{language()}"
    lines = _its(case)
    verdicts = judged(case, lines, case.returns_on).lines
    rows = [
        _values(line) | {
            "customs": each["customs"]["verdict"], "customs_until": each["customs"]["until"],
            "customs_why": each["customs"][why], "relief": each["relief"]["verdict"],
            "relief_until": each["relief"]["until"], "relief_why": each["relief"][why],
        }
        for line, each in zip(lines, verdicts, strict=True)
    ]  # fmt: skip
    columns = (
        Column("line_no", "number"),
        Column("declaration_no", "code"),
        Column("item_no", "number"),
        Column("sku", "code"),
        Column("quantity", "number"),
        Column("mode", "code"),
        Column("exported_on", "day"),
        Column("from_place", "code", to=lambda row: movements(place=row["from_place"],
                                                              item=row["sku"])),
        Column("customs", "state", states="return_verdict"),
        Column("customs_until", "day"),
        Column("customs_why"),
        Column("relief", "state", states="return_verdict"),
        Column("relief_until", "day"),
        Column("relief_why"),
        Column("lot", "code"),
        Column("parcel_no", "code"),
    )  # fmt: skip
    return Table("return-lines", columns, rows)


def _values(line: CaseLine) -> dict[str, Any]:
    return {field.attname: getattr(line, field.attname) for field in CaseLine._meta.concrete_fields}


def _repay(case: Case) -> Table:
    """What is known for the request of the certificate: a sheet of data, no form of an office."""
    lines = _its(case)
    rows = [
        _values(line) | {
            "refunded": each.refunded, "refunded_units": each.of_units, "due": each.amount,
            "closed_on": each.closed_on, "currency": "CNY",
        }
        for line, each in zip(lines, due(case.id, lines), strict=True)
    ]  # fmt: skip
    columns = (
        Column("line_no", "number"),
        Column("declaration_no", "code"),
        Column("item_no", "number"),
        Column("sku", "code"),
        Column("mode", "code"),
        Column("exported_on", "day"),
        Column("quantity", "number"),
        Column("refunded", "money"),
        Column("refunded_units", "number"),
        Column("due", "money"),
        Column("closed_on", "day"),
    )
    return Table(f"repay-{case.number}", columns, rows)


def _proofs(case: Case) -> Table:
    rows = [
        {
            "sku": each.sku, "proof": each.proof, "unit_kind": each.kind or "",
            "identity": each.identity or "", "quantity": each.quantity,
            "declaration_no": each.line[0] if each.line else "",
            "item_no": each.line[1] if each.line else None,
        }
        for each in scanning.proofs_of(case.id)
    ]  # fmt: skip
    columns = (
        Column("proof", "state", states="unit_proof"),
        Column("sku", "code"),
        Column("quantity", "number"),
        Column("unit_kind", "state", states="unit_kind"),
        Column("identity", "code"),
        Column("declaration_no", "code"),
        Column("item_no", "number"),
    )
    return Table("return-proofs", columns, rows)


#: What is told of a scan, on every page that lists some.
SCANS: Final = (
    Column("outcome", "state", states="unit_scan"),
    Column("why", "state", states="unit_scan_why"),
    Column("unit_kind", "state", states="unit_kind", of=lambda row: row["kind"]),
    Column("identity", "code"),
    Column("sku", "code"),
    Column("quantity", "number"),
    Column("way", "state", states="unit_scan_way"),
    Column("declaration_no", "code"),
    Column("item_no", "number"),
    Column("is_undone", "yes"),
    Column("scanned_at", "moment"),
    Column("scan_no", "code", of=lambda row: row["number"]),
)


def _units(case: Case) -> Table:
    more = parts.empty(words(parts.SECTION), "units")
    return Table("return-scans", SCANS, lists.scans(case=case.id), more=more)


def _steps(case: Case) -> Table:
    who: dict[str, str] = {}
    columns = (
        Column("step_no", "number"),
        Column("event", "state", states="return_event"),
        Column("state", "state", states="return_case", of=lambda row: row["became"]),
        Column("on", "day", of=lambda row: row["happened_on"]),
        Column("paper_no", "code"),
        Column("repaid", "money", of=lambda row: row["amount"]),
        Column("note"),
        Column("document", "code", of=lambda row: "→" if row["document_id"] else "",
               to=lambda row: movements(document=row["document_id"])),
        Column("created_by", of=lambda row: who[row["recorded_by"]]),
        Column("recorded_at", "moment"),
    )  # fmt: skip
    return Table(
        "return-steps", columns, lists.steps(case.id),
        more=parts.empty(words(parts.SECTION), "steps"),
        before=lambda rows: who.update(named([row["recorded_by"] for row in rows])),
    )  # fmt: skip


_TABLES: Final = {
    "lines": _lines, "repay": _repay, "proofs": _proofs, "units": _units, "steps": _steps,
}  # fmt: skip


@form(WRITE)
def new(request: HttpRequest, access: Access) -> HttpResponse:
    """Draft a return; the lines of a declaration may be given by the address."""
    say = words(parts.SECTION)

    def take(rows: Sequence[Row], given: Mapping[str, Any]) -> UUID:
        says = dict(given) | {"note": given["case_note"]}
        del says["case_note"]
        says |= {name: said(says[name]) for name in ("is_food", "is_original")}
        return draft(NewCase(lines=[Wanted(**row.values) for row in rows], **says)).id

    start = [[request.GET.get(each.name, "") for each in home_forms.LINES]]
    bulk = Bulk(
        home_forms.LINES,
        take,
        lambda id: (parts.done("return_drafted"), reverse("pages:inbound_return", args=[id])),
        start=start if any(start[0]) else (),
        form=home_forms.DraftForm,
        initial={"returns_on": parts.today()},
        submit=say["draft_return"],
    )
    return answer_bulk(
        request, access, bulk, heading=say["titles"]["new_return"],
        about=say["abouts"]["new_return"], back=reverse("pages:inbound_returns"),
    )  # fmt: skip


@action(WRITE, "/inbound/returns/")
def cancel(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Give a return up."""
    if note := parts.reason(request):
        parts.said(request, "return_cancel", number=stepping.cancel(id, note).number)
    return redirect("pages:inbound_return", id)


@action(WRITE, "/inbound/returns/")
def undo(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Take the last step of a return back."""
    may_undo(access, id)
    if note := parts.reason(request):
        parts.said(request, "return_undo", number=stepping.undo(id, note).number)
    return redirect("pages:inbound_return", id)


urlpatterns = [
    path("", cases, name="inbound_returns"),
    path("new/", new, name="inbound_return_new"),
    path("<uuid:id>/", case, name="inbound_return"),
    path("<uuid:id>/cancel/", cancel, name="inbound_return_cancel"),
    path("<uuid:id>/undo/", undo, name="inbound_return_undo"),
    path("<uuid:id>/<slug:part>/", case, name="inbound_return"),
]
