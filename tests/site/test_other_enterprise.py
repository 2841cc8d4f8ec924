# SPDX-License-Identifier: Apache-2.0
"""What belongs to another enterprise is answered like what does not exist, by every operation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import pytest

from entrepot.people.roles import SCOPES
from tests.jobs.callers import Caller, new_caller, token_for
from tests.site.api_kit import (
    Operation,
    fits,
    new_world,
    operations,
    put,
    rows_of,
    sample,
    texts_of,
)

TAG, NOBODYS = "ZQXV", "ZKJY"
#: What rows of the other are called, by which nobody else may find them.
NAMES = (
    f"{TAG}-SKU", f"{TAG}W", f"{TAG}Z", f"{TAG}B", f"{TAG}P", f"{TAG}L", f"{TAG}-1", f"{TAG}.csv",
    f"supplier/{TAG}P", f"warehouse/{TAG}W", f"warehouse/{TAG}W/{TAG}B", f"bank/{TAG}",
    f"{TAG}@example.com", f"https://{TAG}.example.com/",
)  # fmt: skip
#: What everybody's rows are called: the files of a close, the tables that are sent for one.
ALIKE = ("run.json", "refund_rates")
NAMED = [each for each in operations() if each.in_path and "name" not in each.in_path]
TAKING = [each for each in operations() if each.body or each.in_query]


@pytest.fixture(scope="module")
def other(desk: None) -> Caller:
    """Somebody else, with a row of everything."""
    return new_world(TAG)


@pytest.fixture(scope="module")
def caller(desk: None) -> Caller:
    """An owner with a row of everything of their own."""
    return new_world("MINE")


@cache
def ids_of(other: Caller) -> dict[str, str]:
    """Every id that the lists of somebody show, by the path that takes it."""
    found: dict[str, str] = {}
    lists = {each.path: each for each in operations() if each.is_list}
    for operation in sorted(
        (o for o in operations() if o.in_path), key=lambda each: len(each.in_path)
    ):
        for name in operation.in_path:
            until_name = operation.path.partition(f"{{{name}}}")[0] + f"{{{name}}}"
            if until_name in found:
                continue
            above = until_name.rpartition("/")[0]
            filled = {part: found[above.partition(f"{{{part}}}")[0] + f"{{{part}}}"]
                      for part in lists[above].in_path}  # fmt: skip
            items = lists[above].ask(other, filled).json()["items"]
            assert items, f"the world has nothing in {above}: add it to api_kit.new_world"
            found[until_name] = items[0].get(name) or items[0]["id"]
    return found


def path_of(operation: Operation, other: Caller) -> dict[str, str]:
    """The ids of somebody's rows that an operation names."""
    return {
        name: ids_of(other)[operation.path.partition(f"{{{name}}}")[0] + f"{{{name}}}"]
        for name in operation.in_path
    }


def told(response: Any, *names: str) -> tuple[int, str]:
    """What is answered, but for the names that were asked for."""
    text = response.content.decode(errors="replace")
    for name in names:
        text = text.replace(name, "?").replace(json.dumps(name)[1:-1], "?")
    return response.status_code, text


@pytest.mark.parametrize("operation", NAMED, ids=str)
def test_the_id_of_anothers_row_is_answered_like_one_that_is_not_there(operation, caller, other):
    theirs, nobodys = path_of(operation, other), {name: str(uuid4()) for name in operation.in_path}
    before = rows_of(other.enterprise)

    answered = told(operation.ask(caller, theirs), *theirs.values())

    assert answered[0] >= 400
    assert answered == told(operation.ask(caller, nobodys), *nobodys.values())
    assert TAG not in answered[1]
    assert rows_of(other.enterprise) == before


@pytest.mark.parametrize("operation", TAKING, ids=str)
def test_a_name_of_anothers_row_says_nothing(operation, other):
    """In every place of a query or body that may hold one: two callers, and only one has heard."""
    hearing, guessing = new_caller(), new_caller()
    before = rows_of(other.enterprise)
    ids = sorted(map(str, ids_of(other).values()))[:2]
    pairs = [(name, name.replace(TAG, NOBODYS)) for name in NAMES]
    pairs += [(id, str(uuid4())) for id in ids]

    for theirs, nobodys in pairs:
        for place, schema in places(operation):
            if not fits(theirs, schema):
                continue
            heard = asked(operation, hearing, place, theirs)
            guessed = asked(operation, guessing, place, nobodys)
            assert heard.status_code == guessed.status_code
            if heard.status_code >= 400 or operation.method == "GET":
                assert told(heard, theirs) == told(guessed, nobodys)
    assert rows_of(other.enterprise) == before


def places(operation: Operation) -> Iterator[tuple[Any, Any]]:
    """Everywhere that an operation takes a text: a name of the query, or a place of the body."""
    for name, parameter in operation.in_query.items():
        if name != "cursor":
            yield name, parameter["schema"]
    for place, schema in texts_of(operation.body):
        if "enum" not in schema:
            yield place, schema


def asked(operation: Operation, caller: Caller, place: Any, text: str) -> Any:
    if isinstance(place, str):
        return operation.ask(caller, query={place: text})
    return operation.ask(
        caller, body=put(sample(operation.body), place, text, operation.body or {})
    )


@pytest.mark.parametrize(
    "operation", [each for each in operations() if each.method == "GET"], ids=str
)
def test_what_is_shown_to_one_shows_nothing_of_another(operation, caller, other):
    mine = path_of(operation, caller)

    shown = operation.ask(caller, mine)

    assert shown.status_code in (200, 404)
    text = shown.getvalue()
    shown.close()
    assert TAG.encode() not in text
    assert not [id for id in ids_of(other).values() if id not in ALIKE and str(id).encode() in text]


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_without_a_token_that_holds_nothing_is_answered(operation, desk):
    nobody = Caller(user=None, enterprise=UUID(int=1), token="")
    wrong = [
        {"Authorization": text} for text in ("Bearer ent_" + "A" * 64, "Bearer ", "Basic YTpi")
    ]

    for response in (bare(operation, nobody), *(operation.ask(nobody, **each) for each in wrong)):
        assert response.status_code == 401
        assert response.json()["code"] == "web.not_signed_in"
        assert response["WWW-Authenticate"].startswith("Bearer")


def bare(operation: Operation, nobody: Caller) -> Any:
    """Asked with no header of who asks."""
    path = "/api/v1" + operation.path.format(**dict.fromkeys(operation.in_path, UUID(int=7)))
    return nobody.client.generic(
        operation.method, path, b"{}", operation.media_type or "text/plain"
    )


@cache
def lacking(caller: Caller, *scopes: str) -> Caller:
    """The same caller by a token with every scope but these; an enterprise has only so many."""
    others = sorted(set(SCOPES) - set(scopes))
    token = token_for(caller.user, caller.enterprise, *others)
    return Caller(caller.user, caller.enterprise, token)


@pytest.mark.parametrize("operation", [each for each in operations() if each.scopes], ids=str)
def test_without_its_scope_a_token_does_nothing(operation, caller):
    unable = lacking(caller, *operation.scopes)
    before = rows_of(caller.enterprise)

    response = operation.ask(unable)

    assert response.status_code == 403
    assert response.json()["code"] == "people.not_allowed"
    assert response.json()["facts"]["scope"] in operation.scopes
    assert {name for name, rows in rows_of(caller.enterprise).items() if before[name] != rows} <= {
        "people_apitoken"
    }, "all that changes is when the token was used"
