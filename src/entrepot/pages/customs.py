# SPDX-License-Identifier: Apache-2.0
"""Documents for customs: where each stands, what happened to it, what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.customs.messages.editions import edition, newest
from entrepot.customs.messages.faults import FaultyMessage
from entrepot.customs.sending import intake, looking, outbox
from entrepot.customs.sending.documents import add_documents
from entrepot.customs.sending.models import Document, File, Message
from entrepot.customs.sending.pointing import Pointed
from entrepot.customs.sending.states import NEW, OUTCOMES
from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import action, form, page, show, tabs, where_from
from entrepot.pages.table import ON_A_PAGE, Column, Table, answer, answer_several
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.web.telling import in_words

SECTION: Final = "customs"
READ, WRITE = "customs.read", "customs.write"
PAGES: Final = (
    "customs", "customs_messages", "customs_files", "customs_unmatched", "customs_settings",
)  # fmt: skip
#: Bytes of a file that somebody sends by a page.
_MOST_BYTES: Final = 16 * 2**20
#: Faults of documents that a page shows.
_MOST_FAULTS: Final = 200


def kinds() -> list[tuple[str, str]]:
    """The messages that a firm sends, in the reader's language."""
    return [
        (each.name, f"{each.name[3:6]} {getattr(each, language())}")
        for each in newest().kinds.values()
        if each.from_firm
    ]


class DocumentFilters(forms.Filters):
    own_no = forms.text(80)
    kind = fields.ChoiceField(choices=lambda: [("", words("common")["any"]), *kinds()])
    outcome = forms.states("customs_outcome", OUTCOMES)
    alert = forms.flag()
    rejected = forms.flag()


class AddForm(forms.DeskForm):
    """Documents as JSON: a list of them, or what `entrepot customs read --json` prints."""

    kind = fields.ChoiceField(choices=kinds)
    file = fields.FileField(widget=fields.FileInput(attrs={"accept": ".json"}))


class ReceiptForm(forms.DeskForm):
    """A file of receipts, of any content."""

    file = fields.FileField(widget=fields.FileInput(attrs={"accept": ".xml"}))


def document_at(row: Any) -> str:
    return reverse("pages:customs_document", args=[row.id])


def _kind(name: str) -> str:
    return dict(kinds()).get(name, name)


@page(READ)
def documents(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Documents, the latest first, and those that somebody should look at."""
    say = words(SECTION)
    filters = DocumentFilters(request.GET, say=say)
    given = filters.given()
    rows = looking.alerts() if given.pop("alert", False) else Document.objects.all()
    if given.pop("rejected", False):
        rows &= looking.rejected()
    since, may_write = looking.overdue_since(), WRITE in access.scopes
    columns = (
        Column("own_no", "code", to=document_at),
        Column("kind", of=lambda row: _kind(row.kind)),
        Column("version", "number"),
        Column("outcome", "state", states="customs_outcome"),
        Column("status", "code"),
        Column("alert", of=lambda row: _alert(row, since)),
        Column("made_at", "moment"),
    )
    table = Table(
        "documents", columns, rows.filter(**given).defer("data"), by=("-id",), filters=filters,
        choose="documents" if may_write else "", more={"empty": say["empty"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/customs/documents.html",
        tabs=tabs(say, "customs", *PAGES), heading=say["title"], may_write=may_write,
        alerts=looking.alerts()[:1000].count(),
        new=Document.objects.filter(outcome=NEW, is_latest=True)[:1000].count(),
    )  # fmt: skip


def _alert(row: Document, since: Any) -> str:
    say = words(SECTION)["alerts"]
    if not looking.is_alert(row, since):
        return ""
    return str(say["contradicted" if row.is_contradicted else "missing"])


@page(READ)
def document(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """A document: where it stands, all that happened to it, and which fields a rejection names."""
    say, found = words(SECTION), Document.objects.get(id=id)
    pointed = looking.faulty_fields(found)
    return answer_several(
        request, access, SECTION, [_history(found), _says(found, pointed)],
        "pages/customs/document.html", document=found, kind=_kind(found.kind), pointed=pointed,
        alert=_alert(found, looking.overdue_since()), heading=found.own_no, about=say["one_about"],
        tabs=tabs(say, "customs", *PAGES),
        may_resend=WRITE in access.scopes and found.message_id is not None and not found.ends,
        may_send=WRITE in access.scopes and found.outcome == NEW and found.is_latest,
    )  # fmt: skip


def _history(found: Document) -> Table:
    rows = looking.history(found)
    who, what = named({each.actor for each in rows}), words(SECTION)["happened"]
    columns = (
        Column("when", "moment"),
        Column("what", of=lambda row: what[row.what]),
        Column("status", "code"),
        Column("means", of=lambda row: _means(row)),
        Column("info"),
        Column("said_at", "code", of=lambda row: _in_china(row.at)),
        Column("created_by", of=lambda row: who[row.actor]),
        Column("raw", "code", to=_raw, of=lambda row: words(SECTION)["raw"] if _raw(row) else ""),
    )
    return Table("history", columns, rows)


def _means(row: looking.Happened) -> str:
    if not row.status:
        return ""
    say = words(SECTION)
    said = getattr(row, language()) or say["unknown_state"]
    return str(said) if row.is_expected else say["unexpected"].format(state=said)


def _raw(row: looking.Happened) -> str:
    """Where the bytes are that are the evidence."""
    if row.file is not None:
        return f"/api/v1/customs/files/{row.file}/content"
    return "" if row.message is None else f"/api/v1/customs/messages/{row.message}/content"


def _in_china(at: str) -> str:
    if len(at) < 14 or not at.isdigit():
        return at
    return f"{at[:4]}-{at[4:6]}-{at[6:8]} {at[8:10]}:{at[10:12]}:{at[12:14]}"


def _says(found: Document, pointed: Sequence[Pointed]) -> Table:
    """Every field of a document; those that a rejection names are marked."""
    rows = list(_fields(found, pointed))
    columns = (
        Column("part", "code"),
        Column("line_no", "code", of=lambda row: row["line"]),
        Column("element", "code"),
        Column("term"),
        Column("value"),
        Column("faulty", "state", states="customs_field", of=lambda row: row["faulty"]),
    )
    return Table("fields", columns, rows)


def _fields(found: Document, pointed: Sequence[Pointed]) -> Iterator[dict[str, Any]]:
    chosen = edition(found.edition)
    part = chosen.part(chosen.kind(found.kind).carries)
    several = [(part.name, "", found.data)]
    if not part.is_row:
        several = []
        for child in part.children:
            value = found.data.get(child.name) or {}
            given = value if isinstance(value, list) else [value]
            for at, row in enumerate(given, start=1):
                line = str(row.get("gnum") or at) if child.most > 1 else ""
                several.append((child.name, line, row))
    for name, line, row in several:
        terms = {child.name: child.meaning.zh for child in chosen.part(name).children}
        # In the order of the message, not of the database.
        others = [element for element in row if element not in terms]
        for element in (*(each for each in terms if each in row), *others):
            value = row[element]
            is_faulty = any(
                (each.part, each.element) == (name, element) and str(each.line or line) == line
                for each in pointed
            )
            yield {
                "part": name, "line": line, "element": element, "term": terms.get(element, ""),
                "value": str(value), "faulty": "named" if is_faulty else "",
            }  # fmt: skip


@form(WRITE)
def add(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Add documents from a file; every fault of every document is shown."""
    say = words(SECTION)
    given = AddForm(request.POST or None, request.FILES or None, say=say)
    faults: Sequence[Any] = ()
    if request.method == "POST" and given.is_valid():
        try:
            with transaction.atomic():
                found = _documents_of(given.cleaned_data["file"])
                done = add_documents(given.cleaned_data["kind"], found)
        except FaultyMessage as error:
            faults = _told(error)
            given.add_error(None, say["faulty"].format(count=len(error.faults)))
        except EntrepotError as error:
            given.refuse(error)
        except ValueError:
            given.add_error("file", say["not_json"])
        else:
            messages.success(request, say["added"].format(
                added=done.added, corrected=done.corrected, known=done.known))  # fmt: skip
            return redirect("pages:customs")
    return show(
        request, access, SECTION, "pages/customs/add.html", form=given, heading=say["add"],
        about=say["add_about"], submit=say["add"], back=reverse("pages:customs"),
        faults=faults, status=422 if given.errors else 200,
    )  # fmt: skip


def _told(error: FaultyMessage) -> list[dict[str, str]]:
    """The first faults in the reader's language, each with its place."""
    return [
        {
            "place": fault.place,
            **{name: in_words(getattr(fault, name), language(), error.code)
               for name in ("found", "expected", "remedy")},
        }
        for fault in error.faults[:_MOST_FAULTS]
    ]  # fmt: skip


def _documents_of(file: Any) -> list[Any]:
    """The documents in a file of JSON.

    Raises:
        ValueError: it is not JSON, or too large, or holds no list of documents.
    """
    if file.size > _MOST_BYTES:
        raise ValueError("too large")
    found = json.loads(file.read().decode("utf-8-sig"))
    if isinstance(found, Mapping):
        found = found.get("documents")
    if not isinstance(found, list) or not found or b"\\u0000" in json.dumps(found).encode():
        raise ValueError("no list of documents")
    return found


@form(WRITE)
def upload(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Bring a file of receipts; a damaged one is kept too."""
    say = words(SECTION)
    given = ReceiptForm(request.POST or None, request.FILES or None, say=say)
    if request.method == "POST" and given.is_valid():
        file = given.cleaned_data["file"]
        if file.size > _MOST_BYTES:
            given.add_error("file", say["too_large"])
        else:
            try:
                taken = intake.upload(file.name[:200], file.read())
            except EntrepotError as error:
                given.refuse(error)
            else:
                told = messages.warning if taken.faulty_files else messages.success
                told(request, say["taken"].format(**taken.as_facts()))
                return redirect("pages:customs_files")
    return show(
        request, access, SECTION, "pages/form.html", form=given, heading=say["upload"],
        about=say["upload_about"], submit=say["upload"], back=reverse("pages:customs_files"),
        status=422 if given.errors else 200,
    )  # fmt: skip


@action(WRITE, "/customs/")
def send(request: HttpRequest, access: Access) -> HttpResponse:
    """Make messages of the marked documents, or of all that are new."""
    say = words(SECTION)
    ids: list[UUID] | None = None
    if request.POST.get("what") != "all":
        ids = _marked(request)
        if not ids:
            messages.warning(request, say["none_marked"])
            return redirect(where_from(request, reverse("pages:customs")))
    made = outbox.send(ids)
    count = sum(each.count for each in made)
    messages.success(request, say["sent"].format(count=count, messages=len(made)))
    return redirect(where_from(request, reverse("pages:customs")))


def _marked(request: HttpRequest) -> list[UUID]:
    found = []
    for text in request.POST.getlist("documents")[:ON_A_PAGE]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@action(WRITE, "/customs/")
def resend(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Send the message of a document again."""
    outbox.resend(id)
    messages.success(request, words(SECTION)["sent_again"])
    return redirect("pages:customs_document", id)


@page(READ)
def sent_messages(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Messages, the latest first, with what stood in the way."""
    say = words(SECTION)
    columns = (
        Column("file_name", "code", to=lambda row: f"/api/v1/customs/messages/{row.id}/content"),
        Column("kind", of=lambda row: _kind(row.kind)),
        Column("count", "number"),
        Column("is_signed", "yes"),
        Column("state", "state", states="customs_message"),
        Column("attempts", "number"),
        Column("problem"),
        Column("made_at", "moment"),
        Column("sent_at", "moment"),
    )
    table = Table(
        "messages", columns, Message.objects.defer("content"), by=("-id",),
        more={"empty": say["no_messages"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/list.html", heading=say["messages"],
        about=say["messages_about"], tabs=tabs(say, "customs_messages", *PAGES),
    )  # fmt: skip


@page(READ)
def came(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Files that came from customs, the latest first, readable or not."""
    say = words(SECTION)
    columns = (
        Column("name", "code", to=lambda row: f"/api/v1/customs/files/{row.id}/content"),
        Column("came_by", "state", states="customs_way"),
        Column("answer", "code"),
        Column("receipts", "number"),
        Column("fault_count", "number"),
        Column("first_fault", of=_first_fault),
        Column("times", "number"),
        Column("received_at", "moment"),
    )
    table = Table(
        "files", columns, File.objects.defer("content"), by=("-id",),
        more={"empty": say["no_files"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/customs/files.html", heading=say["files"],
        about=say["files_about"], tabs=tabs(say, "customs_files", *PAGES),
        may_write=WRITE in access.scopes,
    )  # fmt: skip


def _first_fault(row: File) -> str:
    if not row.faults:
        return ""
    first = row.faults[0]
    return f"{first['place']}: {first['found']}"[:200]


@page(READ)
def unmatched(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Receipts of no document that is known here: each is an open question."""
    say = words(SECTION)
    columns = (
        Column("own_no", "code"),
        Column("guid", "code"),
        Column("answer", "code"),
        Column("status", "code"),
        Column("info"),
        Column("said_at", "code", of=lambda row: _in_china(row.at)),
        Column("raw", "code", of=lambda row: say["raw"],
               to=lambda row: f"/api/v1/customs/files/{row.file_id}/content"),
        Column("received_at", "moment"),
    )  # fmt: skip
    table = Table(
        "unmatched", columns, looking.unmatched().defer("says"), by=("-id",),
        more={"empty": say["no_unmatched"]},
    )  # fmt: skip
    return answer(
        request, access, SECTION, table, "pages/list.html", heading=say["unmatched"],
        about=say["unmatched_about"], tabs=tabs(say, "customs_unmatched", *PAGES),
    )  # fmt: skip


urlpatterns = [
    path("", documents, name="customs"),
    path("add/", add, name="customs_add"),
    path("send", send, name="customs_send"),
    path("documents/<uuid:id>/", document, name="customs_document"),
    path("documents/<uuid:id>/resend", resend, name="customs_resend"),
    path("messages/", sent_messages, name="customs_messages"),
    path("files/", came, name="customs_files"),
    path("files/upload/", upload, name="customs_upload"),
    path("unmatched/", unmatched, name="customs_unmatched"),
]
