# SPDX-License-Identifier: Apache-2.0
"""The words of a report in a language, read from en.toml and zh.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

LANGUAGES = ("en", "zh")


class Words:
    """The words of one language.

    A key that is missing raises KeyError: it is a mistake of the program, never left blank.
    """

    def __init__(self, language: str, words: dict[str, Any]) -> None:
        self.language, self.words = language, words

    def __call__(self, *path: str, **values: object) -> str:
        """The text at `path`, such as ("due", "item.claim", "what"), with its {values} filled."""
        found: Any = self.words
        for key in path:
            found = found[key]
        if not isinstance(found, str):
            raise KeyError(path)
        return found.format(**values) if values else found

    def keys(self, *path: str) -> list[str]:
        """The keys at `path`."""
        found: Any = self.words
        for key in path:
            found = found[key]
        return list(found)


@cache
def words_of(language: str) -> Words:
    """The words of a language, one of `LANGUAGES`."""
    text = files("entrepot.pipelines.report").joinpath(f"{language}.toml").read_text("utf-8")
    return Words(language, tomllib.loads(text))


def band_names(words: Words, bands: list[int]) -> list[str]:
    """The bands of age by name: 0-30 days, 31-60 days, over 365 days."""
    names = [words("bands", "first", last=bands[0])]
    for before, last in pairwise(bands):
        names.append(words("bands", "middle", first=before + 1, last=last))
    return [*names, words("bands", "last", first=bands[-1])]
