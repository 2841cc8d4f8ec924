# SPDX-License-Identifier: Apache-2.0
"""What every page stands in: sections, languages, looks, refusals."""

from __future__ import annotations

import pytest

from tests.pages.kit import Person, new_person


@pytest.fixture(scope="module")
def owner(desk: None) -> Person:
    return new_person()


@pytest.mark.parametrize(("language", "title"), [("en", "Orders"), ("zh-hans", "订单")])
def test_a_page_is_in_the_readers_language(owner, language, title):
    text = owner.text("/orders/", language)

    assert f"<h1>{title}</h1>" in text


def test_a_page_says_what_it_is_for_and_leads_to_its_help(owner):
    text = owner.text("/orders/")

    assert "What customers ordered" in text
    assert 'href="/help/orders/"' in text
    assert "There are no orders yet." in text


def test_sections_are_those_that_the_person_may_see(owner):
    partner = new_person("partner", owner.enterprise)

    assert 'data-go="o"' in owner.text("/today/")
    assert 'data-go="o"' not in partner.text("/today/")
    assert partner.get("/orders/").status_code == 409


def test_light_or_dark_is_kept(owner):
    owner.post("/theme", {"theme": "dark"})
    assert 'data-theme="dark"' in owner.text("/today/")

    owner.post("/theme", {"theme": '"><script>'})
    assert 'data-theme="dark"' in owner.text("/today/")


def test_who_is_not_signed_in_signs_in_first():
    stranger = Person(None, None)

    assert stranger.get("/orders/").headers["Location"].startswith("/account/login/?next=/orders/")


def test_an_action_goes_back_to_a_page_of_ours_only(owner):
    answered = owner.client.post(
        "/theme", {"theme": "light"}, headers={"Referer": "https://elsewhere.example/"}
    )

    assert answered.headers["Location"] == "/"
