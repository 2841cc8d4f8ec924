# SPDX-License-Identifier: Apache-2.0
"""Findings in words: why, and what to do next, in Chinese and English."""

from __future__ import annotations

from typing import Literal

from entrepot.customs.classifying.policy import checks
from entrepot.customs.classifying.rules import Finding

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def reason(finding: Finding, language: Language) -> str:
    """What was found."""
    return checks()[finding.check][language].format(**dict(finding.facts))


def next_step(finding: Finding, language: Language) -> str:
    """What to do about it."""
    return checks()[finding.check][f"{language}_next"]


def as_facts(finding: Finding) -> dict[str, object]:
    """A finding for programs, with its words in both languages."""
    return {
        "check": finding.check,
        "severity": finding.severity,
        "field": finding.field,
        "facts": dict(finding.facts),
        **{each: reason(finding, each) for each in LANGUAGES},
        **{f"next_{each}": next_step(finding, each) for each in LANGUAGES},
    }
