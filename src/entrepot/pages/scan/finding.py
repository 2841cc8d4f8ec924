# SPDX-License-Identifier: Apache-2.0
"""What a scanned code is, and what a hand-held takes along: read here, as JSON for its pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import dict_row

from entrepot.catalog.barcodes import find
from entrepot.ledger.places import RECEIVING
from entrepot.logistics.models import Consignment
from entrepot.pages.scan import sql
from entrepot.papers.gs1 import scanned
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.areas import place_of
from entrepot.warehouse.floor import suggesting
from entrepot.warehouse.models import Count, CountedBin

#: Lines that a hand-held takes along, bins that it knows, and work that it is offered.
MOST_LINES: Final = 5_000
MOST_BINS: Final = 20_000
MOST_CHOICES: Final = 50


def what_is(warehouse: str, text: str) -> dict[str, Any]:
    """What a code is in a warehouse: products and where they lie, a bin and what lies in it, or
    whatever else has this number.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
    """
    code = scanned(text)
    with raw_cursor() as cursor:
        place, _ = place_of(cursor, warehouse)
        products = find(cursor, [text])[text]
        given: dict[str, Any] = {
            "enterprise": acting().enterprise, "warehouse": warehouse, "place": place,
            "text": code.text, "number": code.sscc or code.text,
            "skus": [each.sku for each in products], "most": MOST_CHOICES,
        }  # fmt: skip
        cursor.row_factory = dict_row
        lies = _all(cursor, sql.LIES, given) if products else []
        others = _all(cursor, sql.FIND, given)
        for each in others:
            if each["kind"] == "bin":
                each["content"] = _all(cursor, sql.CONTENT, {**given, "place": each["place"]})
        if code.text.startswith("@"):
            others += _area(cursor, given, f"{place}/{code.text}")
    return {
        "text": text,
        "code": code.text,
        "is_gs1": code.kind != "code",
        "count": code.count,
        "products": [
            {
                "sku": each.sku, "name": each.name, "name_zh": each.name_zh, "gtin": each.gtin,
                "lies": [row for row in lies if row["sku"] == each.sku],
            }
            for each in products
        ],
        "found": others,
    }  # fmt: skip


def choices(kind: str, warehouse: str) -> dict[str, Any]:
    """What can be begun of a kind in a warehouse.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
    """
    with raw_cursor() as cursor:
        given = _given(cursor, warehouse) | {"most": MOST_CHOICES}
        return {"choices": _all(cursor, sql.CHOICES[kind], given)}


def announced(consignment: UUID) -> dict[str, Any]:
    """What a consignment was announced with, and how much of it is still to come.

    Raises:
        Consignment.DoesNotExist: there is no such consignment.
    """
    its = Consignment.objects.get(id=consignment)
    given = {"enterprise": acting().enterprise, "id": its.id, "most": MOST_LINES}
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        lines = _all(cursor, sql.ANNOUNCED, given)
    return {"id": its.id, "number": its.number, "state": its.state, "lines": lines}


def to_put_away(warehouse: str) -> dict[str, Any]:
    """What lies in the receiving area, with the best bin for each; and the bins there are.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
    """
    with raw_cursor() as cursor:
        given = _given(cursor, warehouse)
        here = {**given, "place": f"{given['place']}/{RECEIVING}", "most": MOST_LINES}
        lines = _all(cursor, sql.CONTENT, here)
    best = suggesting.suggest(warehouse, [(each["sku"], each["quantity"]) for each in lines])
    for line, bin in zip(lines, best, strict=True):
        line["bin"] = bin
    return {"lines": lines} | bins(warehouse)


def bins(warehouse: str) -> dict[str, Any]:
    """The codes of a warehouse's bins, along the walk.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
    """
    with raw_cursor() as cursor:
        given = _given(cursor, warehouse) | {"most": MOST_BINS}
        return {"bins": [row["code"] for row in _all(cursor, sql.BINS, given)]}


def to_hand_over(warehouse: str) -> dict[str, Any]:
    """The parcels of a warehouse that are packed and have not left.

    Raises:
        NoSuchWarehouse: there is none of this code in use.
    """
    with raw_cursor() as cursor:
        given = _given(cursor, warehouse) | {"most": MOST_LINES}
        return {"parcels": _all(cursor, sql.PACKED, given)}


def at_site(warehouse: str) -> dict[str, Any]:
    """Pieces that are at a site or ordered to one, and the containers that are open there."""
    given = {"enterprise": acting().enterprise, "site": warehouse, "most": MOST_LINES}
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        return {
            "pieces": _all(cursor, sql.PIECES, given),
            "containers": _all(cursor, sql.CONTAINERS, given),
        }


def to_count(count: UUID) -> dict[str, Any]:
    """The bins of a count, and how far each is; never what the book has in them.

    Raises:
        Count.DoesNotExist: there is no such count.
    """
    its = Count.objects.get(id=count)
    rows = CountedBin.objects.filter(count=its).order_by("place")[:MOST_LINES]
    at = len(its.warehouse) + 1
    return {
        "id": its.id, "number": its.number, "state": its.state,
        "bins": [{"code": place[at:], "state": state}
                 for place, state in rows.values_list("place", "state")],
    }  # fmt: skip


def _area(cursor: Cursor[Any], given: Mapping[str, Any], place: str) -> list[dict[str, Any]]:
    content = _all(cursor, sql.CONTENT, {**given, "place": place})
    code = place.rpartition("/")[2]
    return [{"kind": "bin", "id": None, "code": code, "state": "", "place": place, "extra": "",
             "content": content}]  # fmt: skip


def _given(cursor: Cursor[Any], warehouse: str) -> dict[str, Any]:
    place, _ = place_of(cursor, warehouse)
    cursor.row_factory = dict_row
    return {"enterprise": acting().enterprise, "warehouse": warehouse, "place": place}


def _all(cursor: Cursor[Any], statement: str, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(cursor.execute(statement.encode(), given).fetchall())
