# SPDX-License-Identifier: Apache-2.0
"""Lists in pages: by the keys of the last row seen, so that page 10,000 costs what page 1 does.

A cursor is those keys, signed. Nothing is counted and nothing skipped over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.lookups import GreaterThan, LessThan
from ninja import Schema
from psycopg import Cursor
from psycopg.rows import dict_row
from pydantic import BaseModel, Field

from entrepot.errors import Misused

Item = TypeVar("Item")
_COLUMN = re.compile(r"[a-z_]+(\.[a-z_]+)?")


class BadCursor(Misused):
    """A cursor that this list did not give."""

    code: ClassVar[str] = "web.bad_cursor"


class Page(Schema, Generic[Item]):
    """Some of a list, and how to get at what comes before and after."""

    items: list[Item]
    next: str | None = Field(None, description="The cursor of the next page, where there is one.")
    previous: str | None = Field(None, description="The cursor of the page before.")


class Paging(BaseModel):
    """Which part of a list is asked for: `page: Query[Paging]`."""

    limit: int = Field(50, ge=1, le=500, description="How many, at most.")
    cursor: str = Field(
        "",
        max_length=3000,
        pattern=r"^[A-Za-z0-9_:.=-]*$",
        description="`next` or `previous` of a page; without it, the first page.",
    )

    def of(self, rows: QuerySet[Any], *by: str) -> dict[str, Any]:
        """One page of a query.

        Args:
            rows: what to list, without an order.
            by: the fields that order it, all ascending, or all with a minus before them; the last
                makes the order unambiguous. None of them may be null. An index should follow.

        Raises:
            BadCursor: the cursor was not given by this list.
        """
        order = Order.of(rows.model._meta.db_table, by)
        edge = order.read(self.cursor)
        if edge:
            compare = GreaterThan if edge.is_up else LessThan
            fields = [rows.model._meta.get_field(name) for name in order.names]
            known = [
                Value(field.to_python(value), output_field=field)
                for field, value in zip(fields, edge.keys, strict=True)
            ]
            rows = rows.filter(compare(_Row(*map(F, order.names)), _Row(*known)))
        sign = "" if order.is_up(edge) else "-"
        rows = rows.order_by(*(sign + name for name in order.names))
        found = list(rows[: self.limit + 1])
        return self._page(order, edge, found)

    def of_sql(
        self, cursor: Cursor[Any], statement: str, given: Mapping[str, Any], *by: str
    ) -> dict[str, Any]:
        """One page of a statement; its rows are mappings by column.

        Args:
            cursor: where to ask.
            statement: SELECT with the columns of `by`, and in it `{after}` (a condition), `{order}`
                and `{limit}`: ... WHERE item = %(item)s AND {after} ORDER BY {order} LIMIT {limit}
                Where rows are lines of what comes in an order of its own, `{near}` and
                `{near_order}` are the same of all columns but the last, that of the line, and let
                what the line before was of through once more.
            given: the parameters of the statement.
            by: the columns that order it, as for `of`; `alias.column` where needed.

        Raises:
            BadCursor: the cursor was not given by this list.
        """
        order = Order.of("sql", by)
        edge = order.read(self.cursor)
        is_up = order.is_up(edge)
        columns = [".".join(f'"{part}"' for part in name.split(".")) for name in order.names]
        after, near, keys = "TRUE", "TRUE", {}
        if edge:
            keys = {f"after_{index}": key for index, key in enumerate(edge.keys)}
            marks, sign = [f"%({name})s" for name in keys], ">" if is_up else "<"
            after = f"({', '.join(columns)}) {sign} ({', '.join(marks)})"
            if len(columns) > 1:
                near = f"({', '.join(columns[:-1])}) {sign}= ({', '.join(marks[:-1])})"
        ordered = [f"{column} {'ASC' if is_up else 'DESC'}" for column in columns]
        text = statement.format(
            after=after,
            order=", ".join(ordered),
            near=near,
            near_order=", ".join(ordered[:-1]),
            limit="%(page_limit)s",
        )
        cursor.row_factory = dict_row
        cursor.execute(text.encode(), {**given, **keys, "page_limit": self.limit + 1})
        return self._page(order, edge, cursor.fetchall())

    def _page(self, order: Order, edge: Edge | None, found: list[Any]) -> dict[str, Any]:
        """The page, given one row more than it may show."""
        has_more = len(found) > self.limit
        items = found[: self.limit]
        backwards = edge is not None and edge.backwards
        if backwards:
            items.reverse()

        def cursor(row: Any, backwards: bool) -> str:
            return order.write([_value(row, name) for name in order.names], backwards)

        has_next = has_more if not backwards else True
        has_previous = has_more if backwards else edge is not None
        return {
            "items": items,
            "next": cursor(items[-1], False) if items and has_next else None,
            "previous": cursor(items[0], True) if items and has_previous else None,
        }


@dataclass(frozen=True, slots=True)
class Edge:
    """From which row on, and in which direction."""

    keys: Sequence[str | int]
    backwards: bool
    is_up: bool


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is ordered by."""

    what: str
    names: tuple[str, ...]
    descending: bool

    @classmethod
    def of(cls, what: str, by: Sequence[str]) -> Order:
        descending = by[0].startswith("-")
        assert all(name.startswith("-") == descending for name in by), "one direction for all"
        names = tuple(name.removeprefix("-") for name in by)
        assert all(_COLUMN.fullmatch(name) for name in names)
        return cls(what, names, descending)

    def is_up(self, edge: Edge | None) -> bool:
        """Whether the database has to go upwards."""
        return edge.is_up if edge else not self.descending

    def read(self, cursor: str) -> Edge | None:
        """What a cursor says; none where it is empty.

        Raises:
            BadCursor: it was not given by this list.
        """
        if not cursor:
            return None
        try:
            backwards, keys = self._signer.unsign_object(cursor)
        except (BadSignature, ValueError) as error:
            raise BadCursor(
                "Cannot go on in the list.",
                "The cursor was not given by this list.",
                "Take it from `next` or `previous` of a page, or leave it out.",
            ) from error
        return Edge(keys, backwards, is_up=self.descending == backwards)

    def write(self, keys: Sequence[Any], backwards: bool) -> str:
        """The cursor from a row on."""
        plain = [key if isinstance(key, int) else str(key) for key in keys]
        return self._signer.sign_object([backwards, plain], compress=True)

    @property
    def _signer(self) -> Signer:
        return Signer(salt=f"entrepot.paging:{self.what}:{','.join(self.names)}:{self.descending}")


class _Row(Func):
    """Several values compared together, as the index has them."""

    function = "ROW"
    output_field = TextField()


def _value(row: Any, name: str) -> Any:
    """What a row says, be it of a model or a mapping by column."""
    return row[name.rpartition(".")[2]] if isinstance(row, Mapping) else getattr(row, name)
