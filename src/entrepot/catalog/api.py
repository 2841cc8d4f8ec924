# SPDX-License-Identifier: Apache-2.0
"""Masters for programs: the same operations for each kind, photos of products, and imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any, ClassVar, Final, Literal
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from ninja import Query, Router, Status

from entrepot.catalog import actions, exporting, finding, importing, photos, shapes, undoing
from entrepot.catalog.models import Import, Master
from entrepot.catalog.nouns import BIN, NOUNS, PARTNER, PRODUCT, WAREHOUSE, ZONE, Noun
from entrepot.catalog.planning import rows_of
from entrepot.catalog.work import CommitIn, take_over
from entrepot.errors import Misused
from entrepot.jobs.actions import start
from entrepot.jobs.api import JobOut
from entrepot.jobs.models import Job
from entrepot.people.access import needs
from entrepot.web.fields import Body
from entrepot.web.paging import Page, Paging
from entrepot.web.reading import bulk

READ, WRITE = "masters.read", "masters.write"
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FILE: Final = {"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}}}
_FILES: Final = {kind.partition(";")[0]: _BINARY for kind in exporting.TYPES.values()}
#: Operations that are about all of a kind: `list_products`, but `show_product`.
_OF_MANY: Final = frozenset({"list", "search", "export", "template", "store"})
_PICTURES: Final = dict.fromkeys(("image/png", "image/jpeg", "image/webp"), _BINARY)

Language = Literal["en", "zh"]
Format = Literal["csv", "xlsx"]


class NotAFile(Misused):
    """A body that is a form, where a file is taken."""

    code: ClassVar[str] = "catalog.not_a_file"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of master, and the forms in which the API takes and gives it."""

    noun: Noun
    taken: type[Body]
    changed: type[Body]
    line: type[Body]
    given: type[shapes.MasterOut]
    filter: type[Paging] = shapes.MasterFilter


KINDS: Final = (
    Kind(
        PRODUCT,
        shapes.ProductIn,
        shapes.ProductChange,
        shapes.ProductLine,
        shapes.ProductOut,
        shapes.ProductFilter,
    ),
    Kind(
        WAREHOUSE,
        shapes.WarehouseIn,
        shapes.WarehouseChange,
        shapes.WarehouseLine,
        shapes.WarehouseOut,
    ),
    Kind(ZONE, shapes.ZoneIn, shapes.ZoneChange, shapes.ZoneIn, shapes.ZoneOut, shapes.PlaceFilter),
    Kind(BIN, shapes.BinIn, shapes.BinChange, shapes.BinIn, shapes.BinOut, shapes.PlaceFilter),
    Kind(
        PARTNER,
        shapes.PartnerIn,
        shapes.PartnerChange,
        shapes.PartnerLine,
        shapes.PartnerOut,
    ),
)


def masters(kind: Kind) -> Router:
    """The operations of one kind of master."""
    router = Router(tags=[kind.noun.plural])
    _reading(kind, router)
    _writing(kind, router)
    return router


def _add(
    kind: Kind,
    router: Router,
    route: str,
    view: Callable[..., Any],
    response: Any,
    takes: Mapping[str, Any] | None = None,
    **options: Any,
) -> None:
    """Add an operation of one kind: its name and text are its view's, with the kind's words in it.

    `takes` are the types of arguments that differ by kind.
    """
    method, path = route.split(" ")
    noun = kind.noun
    words = {"one": noun.name, "many": noun.plural, "key": " and ".join(noun.key)}
    view.__doc__ = (view.__doc__ or "").format(**words)
    name = noun.plural if view.__name__ in _OF_MANY else noun.name
    view.__name__ = f"{view.__name__}_{name}"
    view.__annotations__ |= takes or {}
    scope = READ if method == "GET" else WRITE
    router.add_api_operation(path, [method], view, response=response, auth=needs(scope), **options)


def _reading(kind: Kind, router: Router) -> None:
    noun = kind.noun
    page: Any = Page[kind.given]  # type: ignore[name-defined]
    asked: Any = Query[kind.filter]  # type: ignore[misc, name-defined]

    def list(request: HttpRequest, page: Any) -> dict[str, Any]:
        """List {many} by {key}."""
        return _page(noun, finding.page(noun, _narrowed(noun, page), page))

    def search(request: HttpRequest, page: Query[shapes.Search]) -> dict[str, Any]:
        """Find {many} by the beginning of their {key}, or by words."""
        return _page(noun, finding.search(noun, page.q, page.is_active, page))

    def export(request: HttpRequest, format: Format = "csv", language: Language = "en") -> Any:
        """All {many} as a file that an import takes back."""
        return _file(noun, format, language, exporting.rows(noun), noun.plural)

    def template(request: HttpRequest, format: Format = "csv", language: Language = "en") -> Any:
        """A file to fill in with {many} and import."""
        return _file(noun, format, language, [], f"{noun.plural}-template")

    def show(request: HttpRequest, id: UUID) -> dict[str, Any]:
        """Show a {one}."""
        return _out(noun, actions.get(noun, id))

    _add(kind, router, "GET ", list, page, {"page": asked})
    if noun.words:
        _add(kind, router, "GET /search", search, page)
    files = {"responses": {200: {"content": _FILES}}}
    _add(kind, router, "GET /export", export, {200: None}, openapi_extra=files)
    _add(kind, router, "GET /template", template, {200: None}, openapi_extra=files)
    _add(kind, router, "GET /{uuid:id}", show, kind.given)


def _writing(kind: Kind, router: Router) -> None:
    noun = kind.noun

    def add(request: HttpRequest, body: Any) -> Status[Any]:
        """Add a {one}.

        Answers 422 `catalog.unfit` with every fault, or 409 `catalog.taken_code`.
        """
        return Status(201, _out(noun, actions.add(noun, body.model_dump(exclude_unset=True))))

    def store(request: HttpRequest, body: Any) -> dict[str, Any]:
        """Add and change up to 10,000 {many} by {key}: all of them, or none.

        Answers 422 `catalog.unfit` with every fault of every line.
        """
        lines = [line.model_dump(exclude_unset=True) for line in body.lines]
        return {"lines": actions.put(noun, lines, only_new=body.only_new)}

    def change(request: HttpRequest, id: UUID, body: Any) -> dict[str, Any]:
        """Change fields of a {one}; those left out stay.

        Answers 422 `catalog.unfit` with every fault, or 409 `catalog.changed_meanwhile` when
        it has another version by now.
        """
        values = body.model_dump(exclude_unset=True, exclude={"version"})
        return _out(noun, actions.change(noun, id, body.version, values))

    def deactivate(request: HttpRequest, id: UUID, body: shapes.DeactivateIn) -> dict[str, Any]:
        """Put a {one} out of use; it is kept.

        Answers 409 `catalog.changed_meanwhile` when it has another version by now.
        """
        return _out(noun, actions.deactivate(noun, id, body.version))

    lines = {"body": shapes.lines_of(kind.line)}
    _add(kind, router, "POST ", add, {201: kind.given}, {"body": kind.taken})
    _add(kind, router, "POST /bulk", bulk(store), shapes.PutsOut, lines)
    _add(kind, router, "PATCH /{uuid:id}", change, kind.given, {"body": kind.changed})
    _add(kind, router, "POST /{uuid:id}/deactivate", deactivate, kind.given)


def sent_file(request: HttpRequest) -> bytes:
    """The file that a body is.

    Raises:
        NotAFile: the body is a form.
    """
    if request.content_type in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        raise NotAFile(
            "Cannot take what was sent.",
            f"It is a form ({request.content_type}).",
            "Send the file itself as the body, as application/octet-stream.",
        )
    return request.body


def _narrowed(noun: Noun, page: Any) -> Any:
    rows = rows_of(noun)
    given: Mapping[str, Any] = page.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
    for name, value in given.items():
        if name == "is_active":
            rows = rows.filter(is_active=value)
        elif name == "warehouse":
            rows = rows.filter(warehouse__code=value) if value else rows
        else:
            rows = finding.begins(rows, name, value)
    return rows


def _page(noun: Noun, found: Mapping[str, Any]) -> dict[str, Any]:
    return {**found, "items": [_out(noun, master) for master in found["items"]]}


def _out(noun: Noun, master: Master) -> dict[str, Any]:
    known = {name: getattr(master, name) for name in shapes.MasterOut.model_fields}
    return known | actions.fields_of(noun, master)


def _file(noun: Noun, format: str, language: str, rows: Any, name: str) -> FileResponse:
    """A file, complete before the transaction ends."""
    file: IO[bytes]
    if format == "xlsx":
        file = exporting.as_xlsx(noun, language, rows)
    else:
        # Closed by the response.
        file = SpooledTemporaryFile(max_size=exporting.IN_MEMORY)  # noqa: SIM115
        file.writelines(exporting.as_csv(noun, language, rows))
        file.seek(0)
    response = FileResponse(
        file, as_attachment=True, filename=f"{name}.{format}", content_type=exporting.TYPES[format]
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


ROUTES: Final = {kind.noun.plural: masters(kind) for kind in KINDS}
products = ROUTES["products"]


@products.put("/{uuid:id}/photo", response={204: None}, auth=needs(WRITE), openapi_extra=_FILE)
def put_photo(request: HttpRequest, id: UUID) -> Status[None]:
    """Give a product a photo: the bytes of a PNG, JPEG or WebP picture of at most 5 MB.

    Answers 422 `catalog.not_a_photo` for anything else.
    """
    photos.put_photo(id, sent_file(request))
    return Status(204, None)


@products.get(
    "/{uuid:id}/photo",
    response={200: None},
    auth=needs(READ),
    openapi_extra={"responses": {200: {"content": _PICTURES}}},
)
def show_photo(request: HttpRequest, id: UUID) -> HttpResponse:
    """The photo of a product."""
    photo = photos.get_photo(id)
    response = HttpResponse(bytes(photo.content), content_type=photo.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = "inline"
    return response


@products.delete("/{uuid:id}/photo", response={204: None}, auth=needs(WRITE))
def drop_photo(request: HttpRequest, id: UUID) -> Status[None]:
    """Take a product's photo away."""
    photos.drop_photo(id)
    return Status(204, None)


imports = Router(tags=["imports"])
About = Literal["product", "warehouse", "zone", "bin", "partner"]


class Upload(Body):
    """What a file that is sent holds, and what it is called."""

    about: About
    file: shapes.Given = "file"


@imports.post("", response={201: shapes.ImportOut}, auth=needs(WRITE), openapi_extra=_FILE)
def upload_import(request: HttpRequest, upload: Query[Upload]) -> Status[Import]:
    """Send a CSV or Excel file of masters as the body, and see what it would do; nothing changes.

    Answers 422 `catalog.faulty_file` with every mistake of every row, or 409
    `catalog.unreadable_file` or `catalog.too_large_file`. What is not taken over is kept for a
    day; of more than 20, the latest.
    """
    return Status(201, importing.upload(NOUNS[upload.about], upload.file, sent_file(request)))


@imports.get("", response=Page[shapes.ImportOut], auth=needs(READ))
def list_imports(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List imports, the latest first."""
    return page.of(Import.objects.defer("content"), "-uploaded_at", "-id")


@imports.get("/{uuid:id}", response=shapes.ImportOut, auth=needs(READ))
def show_import(request: HttpRequest, id: UUID) -> Import:
    """Show an import and its preview."""
    return Import.objects.defer("content").get(id=id)


@imports.post("/{uuid:id}/commit", response=shapes.ImportOut, auth=needs(WRITE))
def commit_import(request: HttpRequest, id: UUID) -> Import:
    """Take a file over as its preview says: all of it, or nothing.

    Answers 409 `catalog.outdated_preview` when it would do something else by now.
    """
    return importing.commit(id)


@imports.post("/{uuid:id}/commit-as-job", response={202: JobOut}, auth=needs(WRITE))
def commit_import_as_job(request: HttpRequest, id: UUID) -> Status[Job]:
    """Take a long file over outside of this request: the job says how far it is.

    Answers 409 `catalog.wrong_state` when it was taken over already.
    """
    importing.locked(id, "previewed", "take over")
    return Status(202, start(take_over, CommitIn(source=id)))


@imports.post("/{uuid:id}/undo", response=shapes.ImportOut, auth=needs(WRITE))
def undo_import(request: HttpRequest, id: UUID) -> Import:
    """Take an import back: what it added is gone, what it changed is as it was.

    Answers 409 `catalog.not_undoable` with every reason: changed since, or in use in the book.
    """
    return undoing.undo(id)


#: Where each router goes.
ROUTERS: Final = (*((f"/{name}", router) for name, router in ROUTES.items()), ("/imports", imports))
