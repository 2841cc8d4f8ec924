# SPDX-License-Identifier: Apache-2.0
"""The words of the page of jobs: `words/en.toml` and `words/zh.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from django.utils.translation import get_language


def words() -> Mapping[str, Any]:
    """The words in the language of this request; English unless it is Chinese."""
    return _read("zh" if (get_language() or "").startswith("zh") else "en")


@cache
def _read(language: str) -> Mapping[str, Any]:
    text = files("entrepot.jobs").joinpath("words", f"{language}.toml").read_text("utf-8")
    return tomllib.loads(text)
