# SPDX-License-Identifier: Apache-2.0
"""The book's lists: statements whose rows come in the order of an index, however long the book is.

`{after}`, `{order}` and `{limit}` are filled in by `web.paging`; values are parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: No text sorts after a prefix followed by this.
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class List:
    """A statement, its parameters, and the columns that order it."""

    statement: str
    given: Mapping[str, Any]
    by: tuple[str, ...]


@dataclass(slots=True)
class _Where:
    """Conditions, each with its parameter."""

    conditions: list[str] = field(default_factory=lambda: ["enterprise_id = %(enterprise)s"])
    given: dict[str, Any] = field(default_factory=dict)

    def equal(self, column: str, value: object) -> None:
        """The column has this value; any, where none is given."""
        if value not in (None, ""):
            self.conditions.append(f'"{column}" = %({column})s')
            self.given[column] = value

    def prefix(self, column: str, value: str) -> None:
        """The column begins like this: a range, for an index answers no LIKE with a parameter."""
        if value:
            self.conditions.append(f'"{column}" >= %({column})s AND "{column}" < %({column}_end)s')
            self.given |= {column: value, f"{column}_end": value + _LAST}

    def between(self, column: str, first: object, last: object) -> None:
        """The column lies between two days, both included."""
        if first is not None:
            self.conditions.append(f'"{column}" >= %({column}_first)s')
            self.given[f"{column}_first"] = first
        if last is not None:
            self.conditions.append(f'"{column}" <= %({column}_last)s')
            self.given[f"{column}_last"] = last

    def __str__(self) -> str:
        return " AND ".join(self.conditions)


def documents(kind: str = "", number: str = "", first: object = None, last: object = None) -> List:
    """Documents, the newest first; by number where it is asked for numbers that begin alike."""
    where = _Where()
    where.equal("kind", kind)
    where.prefix("number", number)
    where.between("on", first, last)
    has_days = first is not None or last is not None
    by = ("number", "id") if number else ("-on", "-id") if has_days else ("-id",)
    return List(
        f"""
        SELECT id, kind, number, "on", lines, note, reverses_id AS reverses, posted_at, posted_by
        FROM ledger_document WHERE {where} AND {{after}}
        ORDER BY {{order}} LIMIT {{limit}}
        """,
        where.given,
        by,
    )


def movements(item: str = "", lot: str = "", place: str = "", document: object = None) -> List:
    """Movements, the latest posted first; of one document, in the order of its lines."""
    where = _Where()
    where.equal("item", item)
    where.equal("lot", lot)
    where.equal("document_id", document)
    # A place is on either side, and an index is on each: one list from each, merged.
    sides = ["TRUE"]
    if place:
        sides = ["from_place = %(place)s", "to_place = %(place)s"]
        where.given["place"] = place
    parts = " UNION ALL ".join(
        f"(SELECT * FROM ledger_movement WHERE {where} AND {side} AND {{after}}"
        " ORDER BY {order} LIMIT {limit})"
        for side in sides
    )
    return List(
        f"""
        SELECT m.document_id, m.line, d.kind, d.number, m."on", m.item, m.lot, m.quantity,
            m.from_place, m.to_place
        FROM (
            SELECT * FROM ({parts}) AS parts ORDER BY {{order}} LIMIT {{limit}}
        ) AS m
        JOIN ledger_document AS d ON d.enterprise_id = m.enterprise_id AND d.id = m.document_id
        ORDER BY {{order}}
        """,
        where.given,
        ("document_id", "line") if document else ("-document_id", "-line"),
    )


def balances(place: str = "", item: str = "", lot: str = "") -> List:
    """What lies where and is not zero, by place; places by how they begin."""
    where = _Where()
    where.prefix("place", place)
    where.equal("item", item)
    where.equal("lot", lot)
    by = ("item", "place", "lot") if item else ("place", "item", "lot")
    return List(
        f"""
        SELECT place, item, lot, quantity, reserved, since FROM ledger_balance
        WHERE {where} AND quantity <> 0 AND {{after}}
        ORDER BY {{order}} LIMIT {{limit}}
        """,
        where.given,
        by,
    )


def places(path: str = "") -> List:
    """Places, by how they begin."""
    where = _Where()
    where.prefix("path", path)
    return List(
        f"""
        SELECT path, may_go_below, opened_at FROM ledger_place WHERE {where} AND {{after}}
        ORDER BY {{order}} LIMIT {{limit}}
        """,
        where.given,
        ("path",),
    )


def items(code: str = "", kind: str = "") -> List:
    """Items, by how their codes begin."""
    where = _Where()
    where.prefix("code", code)
    where.equal("kind", kind)
    return List(
        f"""
        SELECT code, kind, digits FROM ledger_item WHERE {where} AND {{after}}
        ORDER BY {{order}} LIMIT {{limit}}
        """,
        where.given,
        ("code",),
    )


def seals() -> List:
    """The chain of seals, the latest first."""
    return List(
        f"""
        SELECT number, documents, encode(root, 'hex') AS root, encode(chain, 'hex') AS chain,
            sealed_at
        FROM ledger_seal WHERE {_Where()} AND {{after}}
        ORDER BY {{order}} LIMIT {{limit}}
        """,
        {},
        ("-number",),
    )
