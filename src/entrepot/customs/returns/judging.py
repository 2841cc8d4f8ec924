# SPDX-License-Identifier: Apache-2.0
"""A case judged by the rules: line by line, as facts that are kept with its step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from entrepot.customs.returns.models import Case, CaseLine
from entrepot.customs.returns.rules import ASK, OPEN, REFUSED, Exported, Judged, Returning, judge
from entrepot.customs.returns.telling import LANGUAGES, reason


@dataclass(frozen=True, slots=True)
class Verdict:
    """What customs says of all lines together, and what it and the relief say of each."""

    customs: str
    lines: list[dict[str, Any]]

    def first(self, verdict: str) -> dict[str, Any]:
        """The first line of this verdict."""
        return next(each for each in self.lines if each["customs"]["verdict"] == verdict)


def judged(case: Case, lines: Iterable[CaseLine], on: date) -> Verdict:
    """Judge every line of a case for the day on which it is to return.

    Refused where one line is; to be asked about where one is and none is refused.
    """
    found = [
        {"line_no": line.line_no, **_of(case, line, on)} for line in lines
    ]  # fmt: skip
    said = {each["customs"]["verdict"] for each in found}
    worst = next((each for each in (REFUSED, ASK) if each in said), OPEN)
    return Verdict(worst, found)


def _of(case: Case, line: CaseLine, on: date) -> dict[str, Any]:
    answer = judge(
        Exported(
            line.mode,
            line.exported_on,
            line.released_on,
            line.left_area_on,
            case.customs_out or None,
            case.is_food,
        ),
        Returning(on, case.customs_back or None, case.is_original),
    )
    return {"customs": _facts(answer.customs, on), "relief": _facts(answer.relief, on)}


def _facts(said: Judged, on: date) -> dict[str, Any]:
    return {
        "verdict": said.verdict,
        "until": said.until and said.until.isoformat(),
        "days": said.until and (said.until - on).days,
        "sure": said.confidence,
        **{f"why_{language}": reason(said, language) for language in LANGUAGES},
    }
