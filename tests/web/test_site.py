# SPDX-License-Identifier: Apache-2.0
"""The API as a whole: what its description says, and whether the program is fit to work."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from entrepot.people import middleware
from entrepot.people.walled import new_id
from entrepot.site.api import api
from entrepot.web import health

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


@pytest.fixture
def client(desk) -> Client:
    return Client(SERVER_NAME="localhost")


@pytest.fixture(scope="module")
def schema(desk) -> dict[str, Any]:
    return Client(SERVER_NAME="localhost").get("/api/v1/openapi.json").json()


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_is_openapi_3_1_and_every_operation_has_a_name_of_its_own(schema):
    names = [operation["operationId"] for _, _, operation in operations(schema)]

    assert schema["openapi"].startswith("3.1")
    assert len(names) == len(set(names)) > 0


def test_every_operation_says_which_scope_it_needs_and_what_it_may_refuse(schema):
    for path, method, operation in operations(schema):
        answers = operation["responses"]
        needed = {"400", "401", "403", "422", "429", "500", "503"}
        needed |= {"404"} if "{" in path else set()
        needed |= {"409"} if method != "get" else set()
        needed |= {"413", "415"} if "requestBody" in operation else set()
        assert needed <= answers.keys(), (path, method)
        assert all(answers[status]["content"] == PROBLEM for status in needed)
        if path != "/api/v1/me":
            assert all(scopes for way in operation["security"] for scopes in way.values())
        assert operation["tags"]
        assert operation["description"].startswith(operation["summary"])


def test_what_changes_something_takes_an_idempotency_key(schema):
    for path, method, operation in operations(schema):
        names = {each["name"] for each in operation["parameters"] if each["in"] == "header"}
        assert names == (set() if method == "get" else {"Idempotency-Key"}), (path, method)


def test_every_body_is_bounded(schema):
    """Texts have a longest, numbers a least and a most, lists a longest; nothing else is taken."""
    for name, model in schema["components"]["schemas"].items():
        if not name.endswith(("In", "Change")):
            continue
        assert model["additionalProperties"] is False, name
        for field, says in model["properties"].items():
            kind = says.get("type")
            assert kind != "integer" or {"minimum", "maximum"} <= says.keys(), (name, field)
            assert kind != "array" or "maxItems" in says, (name, field)
            assert kind != "string" or is_bounded(says), (name, field)


def is_bounded(says: dict[str, Any]) -> bool:
    pattern = says.get("pattern", "*")
    return bool({"maxLength", "format", "enum"} & says.keys()) or not set("*+") & set(pattern)


def test_every_operation_has_to_be_signed_in_for(client, schema):
    for path, method, _ in operations(schema):
        answer = getattr(client, method)(re.sub(r"{\w+}", str(new_id()), path))
        assert answer.status_code == 401, (path, method)
    assert all(op.auth_callbacks for bound in api._get_bound_routers()
               for view in bound.path_operations.values() for op in view.operations)  # fmt: skip


def test_the_pages_of_the_description_load_nothing_from_elsewhere(client):
    page = client.get("/api/v1/docs").content.decode()

    assert "swagger-ui" in page
    assert "//" not in page.replace("<!DOCTYPE html>", "").replace("</", "")


def test_alive_is_who_answers(client, monkeypatch):
    monkeypatch.setattr(connection, "ensure_connection", broken)

    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"alive": True})


def test_ready_is_who_has_a_database_its_tables_and_room(client):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"database": True, "migrations": True, "disk": True}


def test_who_has_no_database_is_not_ready(client, monkeypatch):
    monkeypatch.setattr(connection, "ensure_connection", broken)
    connection.close()

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"database": False, "migrations": False, "disk": True}


def test_who_has_no_room_is_not_ready(client, monkeypatch):
    free = shutil.disk_usage("/")._replace(free=health.LEAST_FREE - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: free)

    assert client.get("/readyz").json()["disk"] is False


def test_whose_tables_are_of_another_version_is_not_ready(client, monkeypatch):
    monkeypatch.setattr(health, "_wanted", lambda: {("ledger", "9999_of_tomorrow")})

    assert client.get("/readyz").json()["migrations"] is False


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nobody_is_asked_who_they_are_and_nothing_is_changed(client, path):
    assert client.post(path).status_code == 405
    assert client.get(path)["Cache-Control"].startswith("max-age=0")


def broken(*given: object) -> None:
    raise OperationalError("password=secret")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OperationalError("password=secret"), 503, "web.try_again"),
        (KeyError("secret"), 500, "web.broken"),
    ],
)
def test_what_breaks_before_an_operation_is_reached_is_a_problem_too(
    client, monkeypatch, caplog, error, status, code
):
    def fail(request: object) -> None:
        raise error

    monkeypatch.setattr(middleware, "find_caller", fail)
    client.raise_request_exception = False

    answer = client.get("/api/v1/jobs")

    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert b"secret" not in answer.content
    if status == 500:
        [logged] = [record for record in caplog.records if record.name == "entrepot.web"]
        assert answer.json()["facts"]["reference"] == logged.reference
