# SPDX-License-Identifier: Apache-2.0
"""Customs for programs: documents in, messages out, receipts back, and how all of it is sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from entrepot.customs.sending import documents as adding
from entrepot.customs.sending import intake, looking, outbox
from entrepot.customs.sending.configuring import OPTIONS, change_setup, folder_of, setup
from entrepot.customs.sending.models import Document, File, Message, Receipt, Setup
from entrepot.customs.sending.transports.port import LARGEST
from entrepot.errors import Misused
from entrepot.people.access import needs
from entrepot.web.fields import LINES, Absent, Body, Unasked, code, text, whole
from entrepot.web.paging import Page, Paging
from entrepot.web.problems import TooLarge
from entrepot.web.reading import bulk

READ, WRITE = "customs.read", "customs.write"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_XML: Final = {"responses": {200: {"content": {"application/octet-stream": _BINARY}}}}
_FILE: Final = {"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}}

router = Router(tags=["customs"])

Kind = Annotated[str, Field(strict=True, pattern="^(CEB)?[0-9]{3}(Message)?$")]
Edition = Annotated[str, Field(strict=True, pattern="^([0-9]{4}(-[0-9]{2})?)?$")]
Outcome = Literal[
    "new", "queued", "sent", "under_way", "failed", "taken_in", "held", "examined", "rejected",
    "released", "closed",
]  # fmt: skip
Line = Annotated[str, text(200)]
Secret = Annotated[str, Field(strict=True, max_length=20_000, pattern=LINES)]
Truth = Annotated[bool, Field(strict=True)]


class NoFileSent(Misused):
    """A request without a file, where one is taken."""

    code: ClassVar[str] = "customs.no_file"


class CustomsDocumentsIn(Body):
    """Documents of one kind; each is the JSON of its parts, decimals and times as texts."""

    kind: Kind = Field(description="Which message carries them, as 603.")
    edition: Edition = Field("", description="Of the messages; empty: the newest.")
    documents: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=adding.MOST)] = Field(
        description="As `entrepot customs read --json` shows them. guid, appTime, appType (1) and"
        " appStatus (2) are filled in where they are left out."
    )


class CustomsDocumentOut(Schema):
    """A document, and where it stands."""

    id: UUID
    kind: str
    edition: str
    own_no: str = Field(description="The firm's own number of it.")
    version: int
    part: int = Field(description="Of a document that was too long for one.")
    guid: str
    is_latest: bool = Field(description="No newer version was added.")
    outcome: Outcome
    status: str = Field(description="returnStatus of the receipt that holds.")
    at: str = Field(description="returnTime of that receipt, in China.")
    ends: bool = Field(description="Customs is done with it.")
    is_contradicted: bool = Field(description="Customs says that it is rejected, and passed.")
    is_unexpected: bool = Field(description="A receipt has a state that no table names for it.")
    awaits_since: datetime | None = Field(description="Since when another receipt is due.")
    message: UUID | None = Field(validation_alias="message_id")
    made_at: datetime
    made_by: str


class CustomsAddedOut(Schema):
    """What became of documents."""

    added: int
    corrected: int = Field(description="Were not sent yet, and are now as they were given.")
    known: int = Field(description="Were there already, the same.")
    documents: list[CustomsDocumentOut]


class CustomsHappenedOut(Schema):
    """Something that happened to a document."""

    what: Literal["added", "sent", "not_sent", "received"]
    when: datetime
    actor: str
    status: str
    zh: str = Field(description="What the state means.")
    en: str
    info: str = Field(description="In the words of the other side.")
    at: str
    is_expected: bool
    message: UUID | None
    file: UUID | None


class CustomsPointedOut(Schema):
    """A field that the words of a rejection name."""

    part: str
    element: str
    term: str
    line: int = Field(description="gnum of the line; 0 where none is named.")


class CustomsDocumentShown(CustomsDocumentOut):
    """A document with all that it says and all that happened to it."""

    data: dict[str, Any]
    history: list[CustomsHappenedOut]
    faulty_fields: list[CustomsPointedOut]


class CustomsDocumentFilter(Paging):
    """Which documents."""

    kind: Unasked[Kind] = None
    outcome: Unasked[Outcome] = None
    own_no: Unasked[Annotated[str, code(80)]] = None
    alert: bool = Field(False, description="Only those that somebody should look at.")


class CustomsSendIn(Body):
    """Which documents: these, or all that were not sent yet."""

    documents: Annotated[list[UUID], Field(max_length=outbox.MOST_DOCUMENTS)] | None = None


class CustomsMessageOut(Schema):
    """A message; its bytes are the same each time it is sent."""

    id: UUID
    kind: str
    edition: str
    number: str
    file_name: str
    count: int
    is_signed: bool
    state: Literal["waiting", "sent"]
    attempts: int
    problem: str = Field(description="Why it was not sent when it was last tried.")
    made_at: datetime
    made_by: str
    sent_at: datetime | None


class CustomsFileOut(Schema):
    """A file that came from customs, kept whatever it holds."""

    id: UUID
    name: str
    came_by: str
    answer: str
    receipts: int
    fault_count: int
    faults: list[dict[str, Any]]
    times: int = Field(description="How often it came.")
    received_at: datetime
    received_by: str


class CustomsReceiptOut(Schema):
    """A receipt; `document` is null where it is of none that is known."""

    id: UUID
    answer: str
    guid: str
    own_no: str
    status: str
    at: str
    info: str
    outcome: str
    is_expected: bool
    document: UUID | None = Field(validation_alias="document_id")
    message: UUID | None = Field(validation_alias="message_id")
    file: UUID = Field(validation_alias="file_id")
    received_at: datetime


class CustomsReceiptFilter(Paging):
    """Which receipts."""

    unmatched: bool = Field(False, description="Only those of no document that is known.")


class CustomsTakenOut(Schema):
    """What came of a file."""

    files: int
    known_files: int
    faulty_files: int
    receipts: int
    known_receipts: int
    matched: int


class CustomsUpload(Body):
    """What a file is called."""

    file: Annotated[str, text(200, at_least=1)] = "receipts.xml"


class CustomsKeyIn(Body):
    """A key to sign with; empty takes it away."""

    content: Secret = Field(default="", description="In PEM, with or without its certificates.")
    password: Secret = ""
    certificates: Secret = Field(
        default="", description="In PEM, where the key has none beside it."
    )


class CustomsSetupIn(Body):
    """What is to be different; what is left out stays. Secrets are never shown."""

    edition: Absent[Annotated[str, Field(strict=True, pattern="^[0-9]{4}(-[0-9]{2})?$")]] = ""
    cop_code: Absent[Annotated[str, text(18)]] = ""
    cop_name: Absent[Annotated[str, text(100)]] = ""
    dxp_id: Absent[Annotated[str, text(30)]] = ""
    in_envelope: Absent[Truth] = False
    sender: Absent[Annotated[str, text(16)]] = ""
    receivers: Absent[Annotated[list[Annotated[str, code(16)]], Field(max_length=5)]] = Field([])
    way: Absent[Literal["none", "folder", "sftp", "form"]] = "none"
    host: Absent[Line] = ""
    port: Absent[Annotated[int, whole(1, 65_535)]] = 22
    user: Absent[Line] = ""
    fingerprint: Absent[Line] = ""
    out: Absent[Line] = ""
    into: Absent[Line] = ""
    taken: Absent[Line] = ""
    url: Absent[Annotated[str, text(500)]] = ""
    field_message: Absent[Line] = ""
    field_name: Absent[Line] = ""
    how: Absent[Literal["plain", "base64", "file"]] = "plain"
    says_taken: Absent[Line] = ""
    password: Absent[Secret] = ""
    key: Absent[Secret] = ""
    key_password: Absent[Secret] = ""
    fields: Absent[Annotated[dict[Line, Line], Field(max_length=50)]] = Field({})
    signing_key: Absent[CustomsKeyIn] = Field(default_factory=CustomsKeyIn)
    method: Absent[Literal["rsa-sha256", "rsa-sha512", "ecdsa-sha256", "rsa-sha1"]] = "rsa-sha256"
    digest: Absent[Literal["sha256", "sha512", "sha1"]] = "sha256"
    canonical: Absent[Literal["c14n", "c14n11", "exc-c14n"]] = "c14n"
    alert_hours: Absent[Annotated[int, whole(1, 8_760)]] = 24


class CustomsSetupOut(Schema):
    """How messages are signed and sent."""

    edition: str
    cop_code: str
    cop_name: str
    dxp_id: str
    in_envelope: bool
    sender: str
    receivers: list[str]
    way: str
    options: dict[str, Any]
    folder: str = Field(description="Where the folder of this enterprise lies on the server.")
    signs_as: str = Field(description="Who the certificate names; empty: there is no key.")
    method: str
    digest: str
    canonical: str
    alert_hours: int
    looked_at: datetime | None
    problem: str
    changed_at: datetime
    changed_by: str


@router.post("/documents", response={201: CustomsAddedOut}, auth=needs(WRITE))
@bulk
def add_customs_documents(request: HttpRequest, body: CustomsDocumentsIn) -> Status[adding.Added]:
    """Add documents: all of them, or none.

    The same again changes nothing; one that was not sent yet is corrected in place; one that was
    rejected gets a new version. Answers 422 `customs.faulty_message` with every fault of every
    document, and 409 `customs.document_under_way` where another version is with customs.
    """
    return Status(201, adding.add_documents(body.kind, body.documents, body.edition))


@router.get("/documents", response=Page[CustomsDocumentOut], auth=needs(READ))
def list_customs_documents(
    request: HttpRequest, page: Query[CustomsDocumentFilter]
) -> dict[str, Any]:
    """List documents, the latest first."""
    rows = looking.alerts() if page.alert else Document.objects.all()
    if page.kind is not None:
        digits = "".join(each for each in page.kind if each.isdigit())
        rows = rows.filter(kind=f"CEB{digits}Message")
    if page.outcome is not None:
        rows = rows.filter(outcome=page.outcome)
    if page.own_no is not None:
        rows = rows.filter(own_no=page.own_no)
    return page.of(rows.defer("data"), "-id")


@router.post("/documents/send", response={201: list[CustomsMessageOut]}, auth=needs(WRITE))
def send_customs_documents(request: HttpRequest, body: CustomsSendIn) -> Status[list[Message]]:
    """Make messages of documents that were not sent yet, and sign them; the worker sends them.

    Answers 409 `customs.no_setup`, `customs.no_signer` or `customs.nothing_to_send`.
    """
    return Status(201, outbox.send(body.documents))


@router.get("/documents/{uuid:id}", response=CustomsDocumentShown, auth=needs(READ))
def show_customs_document(request: HttpRequest, id: UUID) -> dict[str, Any]:
    """Show a document with all that happened to it, by whom and when."""
    found = Document.objects.get(id=id)
    known = {name: getattr(found, name, None) for name in CustomsDocumentShown.model_fields}
    return known | {
        "message_id": found.message_id,
        "history": looking.history(found),
        "faulty_fields": looking.faulty_fields(found),
    }


@router.post("/documents/{uuid:id}/resend", response=CustomsMessageOut, auth=needs(WRITE))
def resend_customs_document(request: HttpRequest, id: UUID) -> Message:
    """Send the message of a document again, the same to the byte.

    Answers 409 `customs.not_to_resend` where it was never sent, or customs is done with it.
    """
    return outbox.resend(id)


@router.get("/messages", response=Page[CustomsMessageOut], auth=needs(READ))
def list_customs_messages(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List messages, the latest first."""
    return page.of(Message.objects.defer("content"), "-id")


@router.get("/messages/{uuid:id}/content", response={200: None}, auth=needs(READ),
            openapi_extra=_XML)  # fmt: skip
def fetch_customs_message(request: HttpRequest, id: UUID) -> HttpResponse:
    """Fetch a message, to the byte as it is sent."""
    found = Message.objects.get(id=id)
    return answer_file(bytes(found.content), found.file_name)


@router.post("/files", response={201: CustomsTakenOut}, auth=needs(WRITE), openapi_extra=_FILE)
def upload_customs_file(
    request: HttpRequest, upload: Query[CustomsUpload]
) -> Status[dict[str, int]]:  # fmt: skip
    """Send a file of receipts as the body.

    A damaged one is kept too (`faulty_files`), and the same file again changes nothing. Answers 400
    `customs.no_file` where there is none, and 422 `customs.no_receipts` where it is none of
    customs.
    """
    return Status(201, intake.upload(upload.file, body_of(request)).as_facts())


def body_of(request: HttpRequest) -> bytes:
    """The body, no more of it than a file may have.

    Raises:
        NoFileSent: there is none, or a form around it.
        TooLarge: it is larger.
    """
    if request.content_type in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        raise NoFileSent(
            "Cannot take the file.", f"It is a form ({request.content_type}).",
            "Send the file itself as the body, as application/octet-stream.",
        )  # fmt: skip
    data: bytes = request.read(LARGEST + 1)
    if not data:
        raise NoFileSent("Cannot take the file.", "It is empty.", "Send the file as the body.")
    if len(data) > LARGEST:
        raise TooLarge(
            "Cannot take the file.", f"It is larger than {LARGEST:,} bytes.", "Send less."
        )
    return data


@router.get("/files", response=Page[CustomsFileOut], auth=needs(READ))
def list_customs_files(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List files that came from customs, the latest first."""
    return page.of(File.objects.defer("content"), "-id")


@router.get("/files/{uuid:id}/content", response={200: None}, auth=needs(READ),
            openapi_extra=_XML)  # fmt: skip
def fetch_customs_file(request: HttpRequest, id: UUID) -> HttpResponse:
    """Fetch a file that came from customs, to the byte."""
    found = File.objects.get(id=id)
    return answer_file(bytes(found.content), f"{id}.xml")


@router.get("/receipts", response=Page[CustomsReceiptOut], auth=needs(READ))
def list_customs_receipts(
    request: HttpRequest, page: Query[CustomsReceiptFilter]
) -> dict[str, Any]:
    """List receipts, the latest first; those of no document are open questions."""
    rows = looking.unmatched() if page.unmatched else Receipt.objects.all()
    return page.of(rows.defer("says"), "-id")


@router.get("/settings", response=CustomsSetupOut, auth=needs(READ))
def show_customs_settings(request: HttpRequest) -> dict[str, Any]:
    """Show how messages are signed and sent, without secrets."""
    return _setup(setup() or Setup(edition="", alert_hours=looking.HOURS))


@router.patch("/settings", response=CustomsSetupOut, auth=needs(WRITE))
def change_customs_settings(request: HttpRequest, body: CustomsSetupIn) -> dict[str, Any]:
    """Change how messages are signed and sent.

    Answers 409 `customs.no_transport` where a way lacks something, 400 `customs.bad_key` where a
    key cannot be used, and 422 `jobs.webhook_unfit` where an address is not to be called.
    """
    new = {name: getattr(body, name) for name in body.model_fields_set}
    if "signing_key" in new:
        its = body.signing_key
        new["signing_key"] = {
            "content": its.content.encode(), "password": its.password,
            "certificates": its.certificates.encode(),
        }  # fmt: skip
    return _setup(change_setup(**new))


def _setup(found: Setup) -> dict[str, Any]:
    known = {name: getattr(found, name, "") for name in CustomsSetupOut.model_fields}
    options = {name: found.options[name] for name in OPTIONS if name in found.options}
    folder = str(folder_of(found)) if found.enterprise_id else ""
    return known | {"options": options, "folder": folder}


def answer_file(content: bytes, name: str) -> HttpResponse:
    """A file to be kept, never run by whoever shows it."""
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
