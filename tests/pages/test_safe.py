# SPDX-License-Identifier: Apache-2.0
"""Pages against those who mean harm: scripts in texts, forged requests, others' addresses."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.test import Client

from entrepot.people.walled import new_id
from entrepot.site.configuration import configuration
from tests.pages.every import addresses, patterns
from tests.pages.kit import Person, new_person, signed_in
from tests.people.conftest import PASSWORD

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
#: Texts that people give, by table.
TEXTS = {
    "catalog_product": ("name", "name_zh"),
    "catalog_warehouse": ("name", "street", "city"),
    "catalog_partner": ("name",),
    "warehouse_order": ("note", "held_because", "service"),
    "warehouse_wave": ("note",),
    "warehouse_parcel": ("carton", "carrier", "tracking"),
    "warehouse_return": ("note",),
    "logistics_purchase": ("note",),
    "logistics_consignment": ("note", "vessel", "incoterm"),
    "logistics_claim": ("note",),
    "logistics_scan": ("note", "barcode"),
    "people_profile": ("name",),
}


@pytest.fixture(scope="module")
def stranger(desk: None) -> Person:
    """Somebody of another enterprise, which has nothing yet."""
    return new_person()


@pytest.fixture(scope="module")
def owner(demo: Person) -> Person:
    """The demo's owner again, in a browser of their own."""
    return signed_in(demo.user, demo.enterprise)


def texts_of(person: Person) -> dict[str, str]:
    """Every page that the person can look at, by name."""
    found = {}
    for name, path in addresses(person.enterprise).items():
        answered = person.get(path)
        if answered.status_code == 200 and "html" in answered.headers["Content-Type"]:
            found[name] = answered.content.decode()
    return found


def test_a_text_is_never_a_script(owner):
    widths = dict.fromkeys(("carton", "carrier", "incoterm"), 40)
    with (
        psycopg.connect(configuration().owner) as past_walls,
        past_walls.transaction(force_rollback=False),
    ):
        before: dict[str, list[Any]] = {}
        for table, columns in TEXTS.items():
            for column in columns:
                known = past_walls.execute(
                    "SELECT character_maximum_length FROM information_schema.columns"
                    " WHERE table_name = %s AND column_name = %s", [table, column],
                ).fetchone()  # fmt: skip
                assert known, (table, column)
                most = known[0] or widths.get(column, 200)
                rows = past_walls.execute(
                    f'SELECT id, "{column}" FROM {table} WHERE enterprise_id = %s',
                    [owner.enterprise],
                ).fetchall()
                before[f'{table}."{column}"'] = rows
                past_walls.execute(
                    f'UPDATE {table} SET "{column}" = %s WHERE enterprise_id = %s',
                    [EVIL[:most], owner.enterprise],
                )
    try:
        shown = texts_of(owner)
    finally:
        with psycopg.connect(configuration().owner) as past_walls:
            for where, rows in before.items():
                table, column = where.split(".")
                with past_walls.cursor() as cursor:
                    cursor.executemany(
                        f"UPDATE {table} SET {column} = %s WHERE id = %s AND enterprise_id = %s",
                        [(value, id, owner.enterprise) for id, value in rows],
                    )

    assert any("&lt;script&gt;alert(1)" in text for text in shown.values())
    for name, text in shown.items():
        assert "<script>alert" not in text, name
        assert "<img src=x" not in text, name


def test_what_is_sought_is_never_a_script(owner):
    for name, path in addresses(owner.enterprise).items():
        answered = owner.get(f"{path}?q={EVIL}&number={EVIL}&cursor=&state={EVIL}&sku={EVIL}")
        if answered.status_code == 200 and not answered.streaming:
            assert b"<script>alert" not in answered.content, name


def test_a_forged_request_does_nothing(owner):
    browser = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    browser.cookies = owner.client.cookies
    for name, path in addresses(owner.enterprise).items():
        assert browser.post(path).status_code in (403, 405), name


def test_an_address_of_another_enterprise_answers_like_one_that_is_not_there(owner, stranger):
    for name, path in addresses(owner.enterprise).items():
        if not any(part.count("-") == 4 for part in path.split("/")):
            continue
        for ask in (stranger.get, stranger.post):
            assert ask(path).status_code in (302, 404, 405, 409), (name, path)
        assert owner.get(path).status_code != 404, (name, path)


def test_no_form_breaks_on_what_is_empty_or_nonsense(stranger):
    for name, route in patterns():
        path = _nonsense(route)
        for given in ({}, {"lines-0-sku": EVIL, "quantity": "-1", "number": "\x00", "day": "x"}):
            answered = stranger.post(path, given)
            assert answered.status_code < 500, (name, path, answered.status_code)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_enterprise_that_has_nothing_yet_is_told_how_to_begin(stranger, language):
    for name, path in addresses(stranger.enterprise).items():
        answered = stranger.get(path, language)
        assert answered.status_code in (200, 302, 404, 405, 409), (name, answered.status_code)


def test_a_session_is_a_new_one_after_signing_in(demo):
    browser = Client(SERVER_NAME="localhost")
    person = new_person()
    browser.get("/account/login/")
    session = browser.session
    session["known"] = "before"
    session.save()
    before = session.session_key
    browser.cookies["sessionid"] = before

    browser.post("/account/login/", {"login": person.user.email, "password": PASSWORD})

    assert browser.session.session_key != before


def _nonsense(route: str) -> str:
    """A route filled with what is not there."""
    parts = []
    for part in route.split("/"):
        if part.startswith("<uuid:"):
            parts.append(str(new_id()))
        elif part.startswith("<int:"):
            parts.append("999999")
        elif "<" in part:
            parts.append("nonsense")
        else:
            parts.append(part)
    return "/".join(parts)
