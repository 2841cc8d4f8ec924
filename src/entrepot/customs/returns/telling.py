# SPDX-License-Identifier: Apache-2.0
"""Why a return or its relief is open or not, in Chinese and English."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from entrepot.customs.returns.rules import Finding, Judged

LANGUAGES = ("en", "zh")
_HOW = {True: "met", False: "unmet", None: "unknown"}
_BETWEEN = {"en": "; ", "zh": "；"}


def reason(judged: Judged, language: str) -> str:
    """Its findings in words, with how sure each is."""
    return _BETWEEN[language].join(tell(each, language) for each in judged.findings)


def tell(finding: Finding, language: str) -> str:
    """A finding in words, with how sure it is: V, S or M."""
    said = say(language)[_HOW[finding.is_met]][finding.condition]
    return f"{said} [{finding.confidence}]"


@cache
def say(language: str) -> Any:
    """The words of a language."""
    text = files("entrepot.customs.returns").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)[language]
