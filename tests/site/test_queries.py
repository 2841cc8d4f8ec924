# SPDX-License-Identifier: Apache-2.0
"""How often the database is asked: as often for a page of 50 rows as for one of a single row.

Counted where psycopg sends them, since some go past Django.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.test import Client

from entrepot.people.models import User
from tests.catalog.kit import BIN_A, PARTNER_A, PRODUCT_A, WAREHOUSE_A, ZONE_A
from tests.jobs.callers import Caller
from tests.site.api_kit import Operation, new_world, operations

ROWS = 50
#: Statements of a request that reads: two to see whose token it is, one to stand within the walls,
#: one or two for what is asked; and one to try a connection that comes from the pool.
MOST_TO_READ = 6
#: What is worked out of what several tables say: the refund of a return's lines, its proofs; a
#: classification with what is found of it, and what goods like these have.
WORKED_OUT = dict.fromkeys(
    ("list_return_home_lines", "show_return_home_proofs", "show_classification",
     "suggest_classification"), 10,
)  # fmt: skip
#: Statements of a page for a person who is signed in.
MOST_OF_A_PAGE = 8
#: Statements of a document posted, however many lines it has.
MOST_TO_POST = 10
LISTS = [each for each in operations() if each.is_list]
READING = [each for each in operations() if each.method == "GET"]


class Asked(list[str]):
    """The statements that were sent."""


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """Every statement that psycopg sends, be it asked by Django or past it."""
    asked = Asked()
    execute = psycopg.Cursor.execute

    def noted(self: Any, query: Any, *given: Any, **named: Any) -> Any:
        asked.append(query.decode() if isinstance(query, bytes) else str(query))
        return execute(self, query, *given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.Cursor, "execute", noted)
        yield asked


@pytest.fixture(scope="module")
def few(desk: None) -> Caller:
    return new_world("FEW")


@pytest.fixture(scope="module")
def many(desk: None) -> Caller:
    """Somebody with fifty more rows of everything."""
    caller = new_world("MANY")
    lines: dict[str, list[dict[str, Any]]] = {
        "/partners/bulk": [PARTNER_A | {"code": f"P{each}"} for each in range(ROWS)],
        "/warehouses/bulk": [WAREHOUSE_A | {"code": f"W{each}"} for each in range(ROWS)],
        "/zones/bulk": [ZONE_A | {"warehouse": f"W{each}"} for each in range(ROWS)],
        "/bins/bulk": [BIN_A | {"warehouse": f"W{each}"} for each in range(ROWS)],
        "/products/bulk": [PRODUCT_A | {"sku": f"S{each}"} for each in range(ROWS)],
    }
    for path, given in lines.items():
        answered = caller.post(path, {"lines": given})
        assert answered.status_code == 200, answered.content
    documents = [
        {"kind": "purchase", "number": f"N{each}", "on": "2026-03-01",
         "lines": [{"item": f"S{each}", "quantity": 5, "from_place": f"supplier/P{each}",
                    "to_place": f"warehouse/W{each}"}]}
        for each in range(ROWS)
    ]  # fmt: skip
    assert caller.post("/documents/bulk", {"documents": documents}).status_code == 200
    for each in range(20):
        invited = {"email": f"m{each}@example.com", "role": "finance"}
        assert caller.post("/invitations", invited).status_code < 300
        assert caller.post("/jobs/housekeeping", {}).status_code == 202
    return caller


def first_ids(operation: Operation, caller: Caller) -> dict[str, str]:
    """For a list below a row: that row."""
    if not operation.in_path:
        return {}
    above = operation.path.partition("/{")[0]
    listing = next(each for each in LISTS if each.path == above)
    item = listing.ask(caller).json()["items"][0]
    return {name: item.get(name) or item["id"] for name in operation.in_path}


@pytest.mark.parametrize("operation", LISTS, ids=str)
def test_a_list_asks_as_often_for_many_rows_as_for_one(operation, few, many, monkeypatch):
    of_few, of_many = first_ids(operation, few), first_ids(operation, many)
    for caller, ids in ((few, of_few), (many, of_many)):
        operation.ask(caller, ids)  # whatever is asked once only

    with counted(monkeypatch) as short:
        one = operation.ask(few, of_few, {"limit": 1})
    with counted(monkeypatch) as long:
        all = operation.ask(many, of_many, {"limit": ROWS})

    assert (one.status_code, all.status_code) == (200, 200)
    assert len(one.json()["items"]) <= 1
    assert len(long) == len(short), long
    assert len(long) <= WORKED_OUT.get(str(operation), MOST_TO_READ), long


def test_pages_of_the_masters_are_full(many):
    """Else nothing would have been counted."""
    for path in ("/products", "/partners", "/warehouses", "/zones", "/bins", "/documents",
                 "/movements", "/balances", "/places", "/items"):  # fmt: skip
        assert len(many.get(path).json()["items"]) == ROWS, path


@pytest.mark.parametrize("operation", READING, ids=str)
def test_what_is_only_read_asks_seldom(operation, many, monkeypatch):
    ids = first_ids(operation, many) if operation.in_path else {}

    with counted(monkeypatch) as asked:
        response = operation.ask(many, ids)
    response.close()

    # 422: a name in the path that is not an id.
    assert response.status_code in (200, 404, 422)
    assert len(asked) <= WORKED_OUT.get(str(operation), MOST_TO_READ), asked


@pytest.mark.parametrize("path", ["/", "/jobs/", "/account/login/", "/account/email/"])
def test_a_page_asks_as_often_whatever_there_is(path, few, many, monkeypatch):
    counts = []
    for caller in (few, many):
        client = Client(SERVER_NAME="localhost")
        client.force_login(
            User.objects.get(pk=caller.user.pk),
            "allauth.account.auth_backends.AuthenticationBackend",
        )
        client.get(path, follow=True)
        with counted(monkeypatch) as asked:
            response = client.get(path)
        assert response.status_code in (200, 302), response.status_code
        counts.append(len(asked))

    assert counts[0] == counts[1], counts
    assert counts[0] <= MOST_OF_A_PAGE


def test_a_document_posted_alone_asks_a_fixed_number_of_times(many, monkeypatch):
    def lines(count: int) -> list[dict[str, Any]]:
        return [
            {"item": f"S{each % ROWS}", "quantity": 1, "from_place": "supplier/P1",
             "to_place": "warehouse/W1"}
            for each in range(count)
        ]  # fmt: skip

    counts = []
    for count in (2, 1, 5, 500):  # the first asks besides what is asked once only
        body = {
            "kind": "purchase",
            "number": f"Q{count}",
            "on": "2026-03-01",
            "lines": lines(count),
        }
        with counted(monkeypatch) as asked:
            assert many.post("/documents", body).status_code == 200
        counts.append(len(asked))

    assert len(set(counts[1:])) == 1, counts
    assert max(counts[1:]) <= MOST_TO_POST
