# SPDX-License-Identifier: Apache-2.0
"""What the columns of a file are called, in either language: data, in a folder's headings.toml."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

from entrepot.catalog.nouns import MASTERS, Noun

LANGUAGES: Final = ("en", "zh")


def heading(field: str, language: str, folder: str = MASTERS) -> str:
    """What a template or an export calls a field.

    Args:
        folder: the package whose headings.toml says it.
    """
    return _headings(folder)[language][field][0]


@cache
def understood(noun: Noun) -> dict[str, str]:
    """The field that each heading names, folded."""
    return {
        fold(called): field
        for field in noun.names
        for called in (
            field,
            *(name for its in _headings(noun.folder).values() for name in its[field]),
        )
    }


def fold(heading: str) -> str:
    """A heading without what makes no difference: capitals, spaces, underscores, wide forms."""
    return re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", heading).casefold())


@cache
def _headings(folder: str) -> dict[str, dict[str, list[str]]]:
    text = (files(folder) / "headings.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
