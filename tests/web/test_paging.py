# SPDX-License-Identifier: Apache-2.0
"""Lists in pages: every row once, forwards and backwards, whatever is added meanwhile."""

from __future__ import annotations

import pytest
from django.core.signing import Signer
from django.db import connection
from django.test.utils import CaptureQueriesContext

from entrepot.ledger.models import Item
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import within
from entrepot.web.paging import BadCursor, Paging

CODES = [f"SKU-{number:02}" for number in range(7)]
SQL = (
    "SELECT i.id, i.code, i.kind FROM ledger_item i WHERE kind = %(kind)s AND {after}"
    " ORDER BY {order} LIMIT {limit}"
)


def by_model(page: Paging, *by: str) -> dict:
    return page.of(Item.objects.all(), *by)


def by_sql(page: Paging, *by: str) -> dict:
    with raw_cursor() as cursor:
        return page.of_sql(cursor, SQL, {"kind": "goods"}, *by)


@pytest.fixture
def items(enterprise):
    """Seven items of an enterprise, within it."""
    with within(enterprise):
        for code in reversed(CODES):
            Item.objects.create(code=code, kind="goods", digits=int(code[-1]) % 2)
        yield


def codes(page: dict) -> list[str]:
    return [each["code"] if isinstance(each, dict) else each.code for each in page["items"]]


@pytest.mark.parametrize("way", [by_model, by_sql])
@pytest.mark.parametrize(("by", "expected"), [("code", CODES), ("-code", CODES[::-1])])
def test_pages_forwards_and_backwards_show_every_row_once(items, way, by, expected):
    first = way(Paging(limit=3), by, f"{'-' * by.startswith('-')}id")
    order = (by, f"{'-' * by.startswith('-')}id")
    second = way(Paging(limit=3, cursor=first["next"]), *order)
    third = way(Paging(limit=3, cursor=second["next"]), *order)
    back = way(Paging(limit=3, cursor=third["previous"]), *order)
    begin = way(Paging(limit=3, cursor=back["previous"]), *order)

    assert codes(first) + codes(second) + codes(third) == expected
    assert (first["previous"], third["next"]) == (None, None)
    assert (codes(back), codes(begin), begin["previous"]) == (expected[3:6], expected[:3], None)
    assert back["next"] is not None


@pytest.mark.parametrize("way", [by_model, by_sql])
def test_a_row_added_before_the_cursor_shifts_nothing(items, way):
    first = way(Paging(limit=3), "code", "id")
    Item.objects.create(code="A", kind="goods")

    assert codes(way(Paging(limit=3, cursor=first["next"]), "code", "id")) == CODES[3:6]


def test_equal_keys_are_told_apart_by_the_last(items):
    seen, cursor = [], ""
    while cursor is not None:
        page = by_model(Paging(limit=2, cursor=cursor), "digits", "id")
        seen += [(item.digits, item.id) for item in page["items"]]
        cursor = page["next"]

    assert len(seen) == 7
    assert seen == sorted(seen)


def test_an_empty_list_is_one_page(enterprise):
    with within(enterprise):
        assert by_model(Paging(), "-id") == {"items": [], "next": None, "previous": None}


def test_a_full_last_page_has_no_next(items):
    assert by_model(Paging(limit=7), "code")["next"] is None


def test_nothing_is_counted_and_nothing_skipped_over(items):
    first = by_model(Paging(limit=3), "code", "id")
    with CaptureQueriesContext(connection) as asked:
        by_model(Paging(limit=3, cursor=first["next"]), "code", "id")

    [query] = [each["sql"] for each in asked.captured_queries]
    assert "OFFSET" not in query
    assert "COUNT" not in query.upper()
    assert "ROW(" in query


@pytest.mark.parametrize(
    "cursor",
    ["x", "W10:x", Signer(salt="entrepot.paging:other:id:True").sign_object([False, ["x"]])],
    ids=["no signature", "a wrong one", "one of another list"],
)
def test_a_cursor_of_another_hand_is_refused(items, cursor):
    with pytest.raises(BadCursor):
        by_model(Paging(cursor=cursor), "-id")


def test_a_cursor_of_another_list_is_refused(items):
    other = by_model(Paging(limit=3), "code", "id")["next"]

    with pytest.raises(BadCursor):
        by_model(Paging(cursor=other), "-code", "-id")


@pytest.mark.parametrize("limit", ["0", "501", "-1", "x", "1.5", ""])
def test_the_api_gives_1_to_500_rows_at_a_time(caller, limit):
    assert caller.get(f"/jobs?limit={limit}").status_code == 422


def test_the_api_refuses_a_forged_cursor(caller):
    answer = caller.get("/jobs?cursor=W10:abc")

    assert (answer.status_code, answer.json()["code"]) == (400, "web.bad_cursor")
