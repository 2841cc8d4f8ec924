# SPDX-License-Identifier: Apache-2.0
"""The words of the page of closes: `words/en.toml` and `words/zh.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from django.utils.translation import get_language


def words() -> Mapping[str, str]:
    """The words in the language of this request; English unless it is Chinese."""
    return _read(language())


def language() -> Literal["en", "zh"]:
    """The language of this request, as a report is written in it."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


@cache
def _read(language: str) -> Mapping[str, str]:
    text = files("entrepot.closing").joinpath("words", f"{language}.toml").read_text("utf-8")
    return tomllib.loads(text)
