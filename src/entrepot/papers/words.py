# SPDX-License-Identifier: Apache-2.0
"""The words of the papers, in Chinese, English or both."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["zh", "en", "zh+en"]


class Words:
    """The words of a paper's language; a key that is missing is a mistake of the program."""

    def __init__(self, language: Language) -> None:
        self.languages = language.split("+")

    def __call__(self, key: str, *, between: str = " ", **values: object) -> str:
        """A word, in both languages with `between` between them, with its {values} filled in."""
        said = [_all()[each][key] for each in self.languages]
        return between.join(dict.fromkeys(said)).format(**values)

    def stacked(self, key: str) -> str:
        """A word, each language on a line."""
        return self(key, between="\n")

    def of(self, zh: str, en: str) -> list[str]:
        """A name that is known in both languages, in those of the paper: what there is of them."""
        named = {"zh": zh, "en": en}
        wanted = [named[each] for each in self.languages if named[each]]
        return list(dict.fromkeys(wanted)) or [zh or en]


@cache
def _all() -> dict[str, dict[str, str]]:
    text = files("entrepot.papers").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
