# SPDX-License-Identifier: Apache-2.0
"""The words of people's pages: the same in both languages, and a name for every role."""

from __future__ import annotations

import re
from importlib.resources import files

from django.utils.translation import override

from entrepot.people.roles import ROLES
from entrepot.people.words import words


def test_both_languages_say_the_same_words():
    with override("en"):
        english = words()
    with override("zh-hans"):
        chinese = words()

    assert list(english) == list(chinese)
    assert english != chinese
    for said in (english, chinese):
        assert list(said["roles"]) == list(ROLES)


def test_every_word_of_a_template_is_there():
    used = {
        word
        for package in ("entrepot.people", "entrepot.pages")
        for path in files(package).joinpath("templates").rglob("*.html")
        for word in re.findall(r"words\.(\w+)", path.read_text("utf-8"))
    }

    assert used <= words().keys()
    assert words().keys() - used == {"name"}
