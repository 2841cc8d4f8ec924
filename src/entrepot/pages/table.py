# SPDX-License-Identifier: Apache-2.0
"""A table of a page: columns told once, filtered, in pages by key, exported as it is shown.

Every list of the desk is answered by `answer`: as a page, as the part of it that a filter changes
(HTMX), or as a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, Literal

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone

from entrepot.errors import EntrepotError
from entrepot.ledger.lists import List
from entrepot.pages import files
from entrepot.pages.forms import Filters
from entrepot.pages.frame import show
from entrepot.pages.money import in_units, money
from entrepot.pages.wording import Words, language, words
from entrepot.people.access import Access
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.web.paging import Paging
from entrepot.web.telling import state_in_words

Kind = Literal["text", "code", "number", "money", "day", "moment", "state", "yes", "progress"]
Row = Any
ON_A_PAGE: Final = 50


def _of(row: Row, name: str) -> Any:
    """What a row says under a name, be it of a model or a mapping by column."""
    return row[name] if isinstance(row, Mapping) else getattr(row, name)


#: Characters from which on a text is given room.
_LONG: Final = 30


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `name` is what a row calls it and what its heading is said by.

    Args:
        to: the address that a cell opens, given its row; where it is empty the cell opens nothing.
        of: what the cell says, where the row does not have it under the name.
        states: for the kind `state`, whose states they are: order, parcel, claim, ...
        currency: for the kind `money`, what the row calls the currency. Amounts are whole
            numbers of the smallest unit.
        iso: for the kind `money`, that this unit is that of ISO 4217, as banks have it, and not
            the one of the book.
    """

    name: str
    kind: Kind = "text"
    to: Callable[[Row], str] | None = None
    of: Callable[[Row], Any] | None = None
    states: str = ""
    currency: str = "currency"
    iso: bool = False

    def value(self, row: Row) -> Any:
        """What a row says here."""
        return _of(row, self.name) if self.of is None else self.of(row)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a template shows; `state` is the code beneath the word, for its colour.

    `part` is so many of so many, for a bar.
    """

    heading: str
    kind: Kind
    text: str
    href: str = ""
    state: str = ""
    moment: datetime | None = None
    part: tuple[int, int] | None = None

    @property
    def is_long(self) -> bool:
        """Whether it is a sentence, which needs room beside other columns."""
        return self.kind == "text" and len(self.text) > _LONG


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as it is shown; `id` is what a mark at its beginning sends."""

    cells: list[Cell]
    id: str = ""

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in an order that an index follows, and how they are shown.

    Args:
        name: of the file it is exported to.
        rows: a statement (`ledger.lists.List`), a query with `by`, or rows that are all there.
        by: the fields that order a query (see `web.paging`).
        filters: the form above it.
        more: what the template shows beside.
        choose: where rows can be marked, the name that the marks send, and of the form that they
            belong to (`choose-<name>`).
        before: told the rows of each page before they are shown, to look up for all of them at
            once what their cells say.
    """

    name: str
    columns: Sequence[Column]
    rows: List | QuerySet[Any] | Sequence[Row]
    by: tuple[str, ...] = ()
    filters: Filters | None = None
    limit: int = ON_A_PAGE
    more: Mapping[str, Any] = field(default_factory=dict)
    choose: str = ""
    before: Callable[[Sequence[Row]], object] | None = None

    def page(self, cursor: str) -> dict[str, Any]:
        """One page of rows: items, next, previous.

        Raises:
            BadCursor: the cursor was not given by this table.
        """
        page = self._page(cursor)
        if self.before is not None:
            self.before(page["items"])
        return page

    def _page(self, cursor: str) -> dict[str, Any]:
        if isinstance(self.rows, List):
            paging = Paging(limit=self.limit, cursor=cursor)
            with raw_cursor() as sql:
                given = {"enterprise": acting().enterprise, **self.rows.given}
                return paging.of_sql(sql, self.rows.statement, given, *self.rows.by)
        if isinstance(self.rows, QuerySet):
            return Paging(limit=self.limit, cursor=cursor).of(self.rows, *self.by)
        return {"items": list(self.rows), "next": None, "previous": None}

    def every(self) -> Iterator[Row]:
        """All rows, a page after the other: memory does not grow with them."""
        cursor = ""
        whole = replace(self, limit=500)
        while True:
            page = whole.page(cursor)
            yield from page["items"]
            if not page["next"]:
                return
            cursor = page["next"]


def answer(
    request: HttpRequest, access: Access, section: str, table: Table, template: str, **context: Any
) -> HttpResponseBase:
    """The page of a table; its rows alone for a filter, a file where one is asked for."""
    if (form := request.GET.get("export", "")) in files.FORMS:
        return exported(table, form, words(section))
    shown = shown_table(request, table, section)
    if request.headers.get("HX-Target") == f"table-{table.name}":
        return show(request, access, section, "pages/table.html", table=shown, **context)
    return show(request, access, section, template, table=shown, **context)


def answer_several(
    request: HttpRequest,
    access: Access,
    section: str,
    several: Sequence[Table],
    template: str,
    **context: Any,
) -> HttpResponseBase:
    """A page with several tables, in the template `tables.<name>`; each exports by itself."""
    named = {table.name: table for table in several}
    asked = named.get(request.GET.get("of", ""))
    form = request.GET.get("export", "")
    if asked is not None and form in files.FORMS:
        return exported(asked, form, words(section))
    shown = {
        name: shown_table(request, table, section, is_one_of=True) for name, table in named.items()
    }
    return show(request, access, section, template, tables=shown, **context)


def exported(table: Table, form: str, say: Words) -> HttpResponseBase:
    """The table as a file: what its filters leave, all pages of it."""
    headings: list[str] = []
    for column in table.columns:
        headings.append(heading(column, say))
        if column.kind == "money":
            headings.append(str(words("common")["columns"]["currency"]))
    return files.export(
        table.name, form, headings, ([*_values(row, table)] for row in table.every())
    )


def _values(row: Row, table: Table) -> Iterator[Any]:
    """The values of a row in a file: amounts are numbers, with their currency beside them."""
    for column in table.columns:
        value = column.value(row)
        match column.kind:
            case "money":
                currency = _of(row, column.currency)
                yield None if value is None else in_units(value, currency, iso=column.iso)
                yield currency
            case "number" | "day" | "moment":
                yield value
            case _:
                yield written(column, row)


def shown_table(
    request: HttpRequest, table: Table, section: str, *, is_one_of: bool = False
) -> dict[str, Any]:
    """What `pages/table.html` shows: headings, rows of cells, and the ways on and back.

    Args:
        is_one_of: there are several on the page: addresses say which of them is meant.
    """
    of = {"of": table.name} if is_one_of else {}
    is_meant = not is_one_of or request.GET.get("of") == table.name
    try:
        page = table.page(request.GET.get("cursor", "") if is_meant else "")
    except (EntrepotError, ValueError) as error:
        raise Http404 from error
    say = words(section)
    return {
        "name": table.name,
        "filters": table.filters,
        "headings": [(heading(each, say), each.kind) for each in table.columns],
        "choose": table.choose,
        "rows": [
            Shown(cells(row, table.columns, say), str(_of(row, "id")) if table.choose else "")
            for row in page["items"]
        ],
        "next": with_query(request, cursor=page["next"], **of) if page["next"] else "",
        "previous": with_query(request, cursor=page["previous"], **of) if page["previous"] else "",
        "exports": {
            form: with_query(request, export=form, cursor=None, **of) for form in files.FORMS
        },
        "is_filtered": table.filters is not None and bool(table.filters.given()),
        **table.more,
    }


def heading(column: Column, say: Words) -> str:
    """What stands above a column: a word of the section, else the one that all sections share."""
    own = say.get("columns", {})
    return str(own[column.name] if column.name in own else words("common")["columns"][column.name])


def cells(row: Row, columns: Sequence[Column], say: Words) -> list[Cell]:
    """A row as it is shown."""
    return [
        Cell(
            heading(column, say),
            column.kind,
            written(column, row),
            column.to(row) if column.to else "",
            str(column.value(row) or "") if column.kind == "state" else "",
            column.value(row) if column.kind == "moment" else None,
            column.value(row) if column.kind == "progress" else None,
        )
        for column in columns
    ]


def written(column: Column, row: Row) -> str:
    """The text of a cell, in the reader's language and the firm's time zone."""
    value = column.value(row)
    if value is None or value == "":
        return ""
    match column.kind:
        case "number":
            return f"{value:,}"
        case "money":
            currency = _of(row, column.currency)
            return f"{money(value, currency, iso=column.iso)} {currency}".rstrip()
        case "progress":
            done, of = value
            return f"{done:,} / {of:,}"
        case "day":
            return value.isoformat() if isinstance(value, date) else str(value)
        case "moment":
            return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
        case "state":
            return state_in_words(column.states, str(value), language())
        case "yes":
            return str(words("common")["yes" if value else "no"])
    return str(value)


def with_query(request: HttpRequest, **changed: Any) -> str:
    """The page's own address with some of its query changed; None takes out."""
    query = request.GET.copy()
    for name, value in changed.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"
