# SPDX-License-Identifier: Apache-2.0
"""The words of the pages, `words/<language>/<section>.toml`: the same ones in both languages.

A section is the pages of one area; `common` is what all of them say.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from django.utils.translation import get_language

Language = Literal["en", "zh"]


class Words(dict[str, Any]):
    """Words by name. A word that is missing is a mistake of ours, which a template would hide."""

    def __missing__(self, name: str) -> Any:
        raise AssertionError(f"there is no word {name!r} among {', '.join(self)}")


def language() -> Language:
    """The language of this request; English unless it is Chinese."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def words(section: str) -> Words:
    """The words of a section in the language of this request."""
    return read(section, language())


@cache
def read(section: str, language: Language) -> Words:
    """The words of a section in a language."""
    path = files("entrepot.pages").joinpath("words", language, f"{section}.toml")
    return _strict(tomllib.loads(path.read_text("utf-8")))


def _strict(found: dict[str, Any]) -> Words:
    return Words(
        (name, _strict(value) if isinstance(value, dict) else value)
        for name, value in found.items()
    )
