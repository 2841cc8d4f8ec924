# SPDX-License-Identifier: Apache-2.0
"""Masters are found by the beginning of a code and by words, behind the wall, through an index."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from entrepot.catalog import finding
from entrepot.catalog.actions import put
from entrepot.catalog.nouns import PARTNER, PRODUCT, Noun
from entrepot.catalog.planning import rows_of
from entrepot.people.database import raw_cursor
from entrepot.people.models import Enterprise
from entrepot.people.tenancy import within
from entrepot.web.paging import Paging

PRODUCTS = [
    {"sku": "CH-01", "name": "Fast charger, black", "name_zh": "快速充电器",
     "gtin": "4006381333931"},
    {"sku": "CH-02", "name": "Fast charger, white", "name_zh": "快速充电器", "is_active": False},
    {"sku": "ca-01", "name": "USB-C cable", "name_zh": "数据线"},
    {"sku": "手机-1", "name": "Phone case", "name_zh": "手机保护壳"},
]  # fmt: skip


@pytest.fixture
def shop(enterprise: UUID) -> UUID:
    """An enterprise with four products; another one has the same."""
    for each in (enterprise, Enterprise.objects.create().id):
        with within(each):
            put(PRODUCT, PRODUCTS)
    return enterprise


def found(shop: UUID, q: str, is_active: bool | None = None, noun: Noun = PRODUCT) -> list[str]:
    with within(shop):
        page = finding.search(noun, q, is_active, Paging(limit=50))
    return [getattr(master, noun.key[-1]) for master in page["items"]]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("CH-", ["CH-01", "CH-02"]),
        ("CH-01", ["CH-01"]),
        ("ch-01", ["CH-01"]),
        ("CA-01", ["ca-01"]),
        ("FAST", ["CH-01", "CH-02"]),
        ("charger white", ["CH-02"]),
        ("white charger", ["CH-02"]),
        ("charger red", []),
        ("usb-c", ["ca-01"]),
        ("4006381333931", ["CH-01"]),
        ("充电", ["CH-01", "CH-02"]),
        ("快速充电器", ["CH-01", "CH-02"]),
        ("充快", []),
        ("壳", ["手机-1"]),
        ("器", ["CH-01", "CH-02"]),
        ("手机", ["手机-1"]),
        ("充电 black", ["CH-01"]),
        ("%", []),
        ("_", []),
        ("'", []),
        ("\\", []),
        (" ", ["CH-01", "CH-02", "ca-01", "手机-1"]),
        ("{after}", []),
        ("%(about)s", []),
        ("'; DROP TABLE catalog_word; --", []),
    ],
)
def test_what_is_found(shop, q, expected):
    assert found(shop, q) == expected


def test_only_those_in_use_where_asked(shop):
    assert found(shop, "charger", is_active=True) == ["CH-01"]
    assert found(shop, "CH-", is_active=False) == ["CH-02"]


def test_a_partner_is_found_by_its_number(enterprise):
    with within(enterprise):
        put(PARTNER, [{"code": "F", "name": "Factory", "country": "CN", "roles": ["supplier"],
                       "uscc": "91110000600037341L"}])  # fmt: skip

    assert found(enterprise, "91110000600037341l", noun=PARTNER) == ["F"]


def test_pages_go_on_where_the_last_one_ended_and_back(enterprise):
    with within(enterprise):
        put(PRODUCT, [{"sku": f"P-{n:02}", "name": "plug"} for n in range(10)])

        pages, cursor = [], ""
        while True:
            page = finding.search(PRODUCT, "plug", None, Paging(limit=4, cursor=cursor))
            pages.append([master.sku for master in page["items"]])
            if not page["next"]:
                break
            cursor = page["next"]
        back = finding.search(PRODUCT, "plug", None, Paging(limit=4, cursor=page["previous"]))

    assert pages == [[f"P-{n:02}" for n in part] for part in (range(4), range(4, 8), range(8, 10))]
    assert [master.sku for master in back["items"]] == pages[1]


def plan_of(statement: str, given: dict[str, Any]) -> str:
    with raw_cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement}", given)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize("q", ["CH-0", "charger black", "充电器", "壳"])
def test_a_search_goes_through_an_index_whose_every_part_is_bounded(shop, q):
    """The wall lets only leakproof comparisons near an index; LIKE would be a filter."""
    with within(shop):
        statement, given = finding.statement(PRODUCT, q, None)
        ready = statement.format(after="TRUE", order="code", limit="50")
        plan = plan_of(ready, given)

    bounds = [line for line in plan.splitlines() if "Index Cond" in line]
    assert any("catalog_word_pkey" in line for line in plan.splitlines())
    assert any("word" in line for line in bounds)
    assert any("sku" in line and ">=" in line and "<" in line for line in bounds)
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("field", ["sku", "gtin", "hs_code"])
def test_a_prefix_is_a_range_of_an_index(shop, field):
    with within(shop):
        rows = finding.begins(rows_of(PRODUCT), field, "40").order_by(field)[:50]
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        plan = rows.explain()

    assert any(
        "Index Cond" in line and f"{field})::text >= '40'" in line for line in plan.splitlines()
    )


def test_a_prefix_finds_what_begins_so(shop):
    with within(shop):
        rows = finding.begins(rows_of(PRODUCT), "sku", "CH")
        assert [master.sku for master in finding.page(PRODUCT, rows, Paging())["items"]] == [
            "CH-01", "CH-02",
        ]  # fmt: skip
