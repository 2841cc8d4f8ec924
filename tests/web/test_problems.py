# SPDX-License-Identifier: Apache-2.0
"""Whatever goes wrong, the API tells it in one shape, and nothing from inside."""

from __future__ import annotations

import json
import logging

import pytest
from django.test import Client, override_settings

from entrepot.web.problems import MEDIA_TYPE, Problem
from tests.jobs.callers import token_for

API = "/api/v1"


@pytest.fixture(autouse=True)
def addresses(desk):
    with override_settings(ROOT_URLCONF="tests.web.addresses"):
        yield


@pytest.fixture
def client() -> Client:
    return Client(SERVER_NAME="localhost", raise_request_exception=False)


def problem(answer, status: int, code: str) -> dict:
    """What was answered, which has to be a problem."""
    assert answer["Content-Type"] == MEDIA_TYPE
    found = Problem.model_validate(answer.json()).model_dump()
    assert (answer.status_code, found["status"], found["code"]) == (status, status, code)
    assert found["type"] == f"urn:entrepot:problem:{code}"
    assert found["detail"] == f"{found['asked']} {found['found']} {found['remedy']}"
    assert all(found[name].endswith(".") for name in ("title", "asked", "found", "remedy"))
    return found


def send(client: Client, body: bytes | str, kind: str = "application/json", path: str = "/free"):
    return client.post(API + path, body, content_type=kind)


def test_a_refusal_says_its_three_sentences_and_facts(client):
    found = problem(client.get(f"{API}/raise/refused"), 409, "test.not_enough")

    assert found == {
        "type": "urn:entrepot:problem:test.not_enough",
        "title": "More was asked for than is there.",
        "status": 409,
        "detail": "Cannot take 7. On hand: 6. Take 6.",
        "instance": "/api/v1/raise/refused",
        "code": "test.not_enough",
        "asked": "Cannot take 7.",
        "found": "On hand: 6.",
        "remedy": "Take 6.",
        "facts": {"on_hand": 6, "id": "00000000-0000-0000-0000-000000000007"},
    }


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ("misused", 400, "test.odd"),
        ("gone", 404, "web.not_found"),
        ("row", 404, "web.not_found"),
        ("teapot", 418, "web.bad_request"),
        ("denied", 403, "web.not_allowed"),
        ("fast", 429, "web.too_many"),
        ("odd", 400, "web.bad_request"),
        ("busy", 503, "web.try_again"),
    ],
)
def test_every_error_is_a_problem_and_says_nothing_from_inside(client, what, status, code):
    answer = client.get(f"{API}/raise/{what}")

    problem(answer, status, code)
    assert b"secret" not in answer.content
    assert b"database said" not in answer.content


def test_who_was_too_fast_is_told_how_long_to_wait(client):
    assert client.get(f"{API}/raise/fast")["Retry-After"] == "7"


def test_a_mistake_of_the_program_shows_a_reference_that_the_log_has(client, caplog):
    with caplog.at_level(logging.ERROR, "entrepot.web"):
        found = problem(client.get(f"{API}/raise/bug"), 500, "web.broken")

    assert "secret" not in json.dumps(found)
    [logged] = [record for record in caplog.records if record.name == "entrepot.web"]
    assert found["facts"]["reference"] == logged.reference
    assert logged.exc_info[0] is KeyError


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nowhere", "/api/v2/x"])
def test_below_api_an_unknown_address_is_a_problem_and_elsewhere_a_page(client, path):
    answer = client.get(path)

    if path.startswith("/api/"):
        problem(answer, 404, "web.not_found")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert int(answer["Content-Length"]) == len(answer.content)
    else:
        assert answer.status_code == 404
        assert answer["Content-Type"].startswith("text/html")


def test_an_unknown_method_is_told_which_are_known(client):
    answer = client.put(f"{API}/documents")

    problem(answer, 405, "web.no_such_method")
    assert answer["Allow"] == "POST"


def test_who_is_unknown_is_told_how_to_sign_in(client):
    answer = send(client, "{}", path="/marks/x")

    problem(answer, 401, "web.not_signed_in")
    assert answer["WWW-Authenticate"] == 'Bearer realm="entrepot"'


def test_who_lacks_the_scope_is_told_which(caller):
    narrow = token_for(caller.user, caller.enterprise, "jobs.read")

    answer = caller.post("/marks/x", {}, Authorization=f"Bearer {narrow}")

    assert problem(answer, 403, "people.not_allowed")["facts"] == {"scope": "book.read"}


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[1,]", b"{'a': 1}", b"\xff\xfe", b'{"a": NaN}', b'{"a": Infinity}',
        b'{"a": "\\ud800"}', b"[" * 100_000, b'{"a": "' + b"\x00" + b'"}', b'{"a": 1} x',
    ],
)  # fmt: skip
def test_what_is_not_json_is_refused(client, body):
    problem(send(client, body), 400, "web.unreadable")


def test_a_text_with_nul_is_refused_with_its_place(client):
    found = problem(send(client, r'{"a": {"b": ["x", "\u0000"]}}'), 422, "web.faulty")

    assert [fault["at"] for fault in found["facts"]["faults"]] == [["a", "b", 1]]


def test_a_text_that_only_looks_like_nul_is_taken(client):
    assert send(client, r'{"a": "\\u0000"}').json() == {"a": "\\u0000"}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_what_says_that_it_is_not_json_is_refused(client, kind):
    problem(send(client, "{}", kind), 415, "web.not_json")


def test_more_than_a_megabyte_is_refused(client):
    found = problem(send(client, '{"a": "%s"}' % ("x" * 1024 * 1024)), 413, "web.too_large")

    assert found["facts"] == {"bytes": 1024 * 1024 + 9, "most": 1024 * 1024}


def test_a_bulk_operation_takes_more(client):
    lines = [{"item": "x" * 64, "quantity": 1, "note": "y" * 20}] * 10_000
    body = json.dumps({"on": "2026-01-02", "lines": lines})

    answer = send(client, body, path="/documents")

    assert len(body) > 1024 * 1024
    assert answer.json() == {"lines": 10_000}


def test_more_than_the_server_takes_at_all_is_refused(client):
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
        problem(send(client, '{"a": "0123456789"}'), 413, "web.too_large")


def test_every_fault_of_every_line_is_listed_with_its_place(client):
    lines = [
        {"item": "A", "quantity": 1},
        {"item": " A", "quantity": 0},
        {"quantity": "1", "colour": "red"},
        {"item": "A\n", "quantity": 1.5},
        {"item": "A", "quantity": True, "note": "a\tb"},
    ]

    answer = send(client, json.dumps({"on": 20260102, "lines": lines}), path="/documents")

    found = problem(answer, 422, "web.faulty")["facts"]
    assert {fault["in"] for fault in found["faults"]} == {"body"}
    assert [fault["at"] for fault in found["faults"]] == [
        ["on"],
        ["lines", 1, "item"],
        ["lines", 1, "quantity"],
        ["lines", 2, "item"],
        ["lines", 2, "quantity"],
        ["lines", 2, "colour"],
        ["lines", 3, "item"],
        ["lines", 3, "quantity"],
        ["lines", 4, "quantity"],
        ["lines", 4, "note"],
    ]
    assert found["count"] == 10
    assert found["faults"][2] == {
        "in": "body",
        "at": ["lines", 1, "quantity"],
        "found": "0",
        "expected": "greater than or equal to 1",
    }
    said = {(each["found"], each["expected"]) for each in found["faults"]}
    assert {("nothing", "a value"), ("an unknown field", "none")} <= said
    assert ("20260102", "a day, written as 2026-01-02") in said


def test_faults_that_only_the_rules_find_have_the_same_shape(client):
    lines = [
        {"item": "?", "quantity": 1},
        {"item": "A", "quantity": 1},
        {"item": "?", "quantity": 1},
    ]

    answer = send(client, json.dumps({"on": "2026-01-02", "lines": lines}), path="/documents")

    found = problem(answer, 422, "web.faulty")
    assert found["found"] == "2 faults, first: lines[0].item: ? (expected a known item)."
    assert [fault["at"] for fault in found["facts"]["faults"]] == [
        ["lines", 0, "item"],
        ["lines", 2, "item"],
    ]


def test_the_first_thousand_faults_are_listed_and_all_are_counted(client):
    lines = [{"item": "A", "quantity": 0}] * 1500

    answer = send(client, json.dumps({"on": "2026-01-02", "lines": lines}), path="/documents")

    found = problem(answer, 422, "web.faulty")["facts"]
    assert (len(found["faults"]), found["count"]) == (1000, 1500)


@pytest.mark.parametrize(("lines", "found"), [(0, "at least 1"), (10_001, "at most 10000")])
def test_a_bulk_call_has_1_to_10000_lines(client, lines, found):
    body = {"on": "2026-01-02", "lines": [{"item": "A", "quantity": 1}] * lines}

    answer = send(client, json.dumps(body), path="/documents")

    assert found in problem(answer, 422, "web.faulty")["found"]


@pytest.mark.parametrize(
    ("query", "at"),
    [("state=x", "state"), ("limit=1&limit=2", "limit"), ("cursor=%00", "cursor"), ("%00=1", "\0")],
)
def test_a_query_with_names_that_are_unknown_or_come_twice_is_refused(client, query, at):
    found = problem(client.get(f"{API}/entries?{query}"), 422, "web.faulty")

    assert found["facts"]["faults"][0]["at"] == [at]


def test_an_operation_without_a_query_takes_none(client):
    problem(
        client.post(f"{API}/free?x=1", "{}", content_type="application/json"), 422, "web.faulty"
    )
