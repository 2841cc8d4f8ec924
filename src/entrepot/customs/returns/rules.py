# SPDX-License-Identifier: Apache-2.0
"""Which return through customs is open to an exported unit, until when, and with what tax relief.

Two clocks run: that of customs, from release, and that of the tax relief, from export. They are
judged apart: goods that get no relief may still return.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from entrepot.packs.read import Row, in_force, read

RULES, PILOTS, RELIEF = "cn/return_rules", "cn/return_pilots", "cn/return_relief"
PACKS = (RULES, PILOTS, RELIEF)
#: What a judgement comes to.
OPEN, ASK, REFUSED = "open", "ask", "refused"
_SURE = "VSM"
_OURS = "our own policy, decisions/0031"


@dataclass(frozen=True, slots=True)
class Exported:
    """A unit as it was exported.

    `released_on`, `left_area_on`: None where not known; the export date then stands for them, and
    the answer says so. `district`: name of the customs district, as in cn/return_pilots. `is_food`:
    None: not known.
    """

    mode: str
    exported_on: date
    released_on: date | None = None
    left_area_on: date | None = None
    district: str | None = None
    is_food: bool | None = None


@dataclass(frozen=True, slots=True)
class Returning:
    """A unit as it is to return. `district`: of the customs it returns through; None: not known."""

    on: date
    district: str | None = None
    is_original: bool | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition, and whether it is met; None: not known, or not in the rule."""

    condition: str
    is_met: bool | None
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether something is open, its last day (in) where there is one, and why."""

    verdict: str
    until: date | None
    confidence: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`place`: original or across; None: not known. `rule`, `relief_rule`: the packs' rows."""

    place: str | None
    customs: Judged
    relief: Judged
    rule: Row | None
    relief_rule: Row | None


def judge(unit: Exported, back: Returning) -> Answer:
    """Judge the return of a unit by both clocks.

    Open where every condition is met, refused where one is not, to be asked about otherwise. A
    refusal is as sure as its surest unmet condition, everything else as its least sure.

    Source:
        General Administration of Customs, announcements 2020 No. 44, 2024 No. 167 and 2026 No. 24;
        Ministry of Finance, General Administration of Customs and State Taxation Administration,
        announcement 2026 No. 16.

    Pack:
        cn/return_rules and cn/return_pilots, in force on the day of return; cn/return_relief, in
        force on the day of export.
    """
    place = _place(unit, back)
    rule = in_force(read(RULES), back.on, mode=unit.mode, place=place or "original")
    relief_rule = in_force(read(RELIEF), unit.exported_on, mode=unit.mode)
    return Answer(
        place,
        _customs(unit, back, place, rule),
        _relief(unit, back, relief_rule),
        rule,
        relief_rule,
    )


def after_months(day: date, months: int) -> date:
    """The day of the same number that many months later, or the last of a month that is shorter.

    It is itself still within the months. No day is moved for a weekend or holiday.

    Source:
        our own policy, decisions/0031; the announcements say "within" and no more.
    """
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _place(unit: Exported, back: Returning) -> str | None:
    if unit.district is None or back.district is None:
        return None
    return "original" if unit.district == back.district else "across"


def _customs(unit: Exported, back: Returning, place: str | None, rule: Row | None) -> Judged:
    if rule is None:
        return _weighed([Finding("no_rule", None, "M", _OURS)], None)
    sure, source = rule.text("confidence"), rule.text("source")
    allowed = rule.text("allowed")
    findings = []
    if allowed == "not_named":
        findings.append(Finding("named", None, sure, source))
    elif place is None:
        findings.append(Finding("district_known", None, sure, source))
    elif allowed == "pilot":
        findings.append(_pilot(unit, back, rule))
    else:
        findings.append(Finding(place, allowed == "yes", sure, source))
    released_on = unit.released_on or unit.exported_on
    if unit.released_on is None:
        findings.append(Finding("release_is_export", True, "M", _OURS))
    until = after_months(released_on, rule.whole("months"))
    findings.append(Finding("left_before", released_on <= back.on, "V", _OURS))
    findings.append(Finding("customs_months", back.on <= until, rule.text("months_sure"), source))
    return _weighed(findings, until)


def _pilot(unit: Exported, back: Returning, rule: Row) -> Finding:
    """Both districts in the pilot: met. One: not known, for the text read does not say which."""
    taking = [
        in_force(read(PILOTS), back.on, district=district) is not None
        for district in (unit.district, back.district)
    ]
    is_met = True if all(taking) else None if any(taking) else False
    return Finding("pilot", is_met, rule.text("confidence"), rule.text("source"))


def _relief(unit: Exported, back: Returning, rule: Row | None) -> Judged:
    if rule is None:
        starts = min(row.day("valid_from") for row in read(RELIEF).rows)
        is_named = any(row["mode"] == unit.mode for row in read(RELIEF).rows)
        condition = "relief_window" if is_named else "relief_mode"
        # Before the first row lie rules that were not looked up.
        is_met = None if is_named and unit.exported_on < starts else False
        sources = {row.text("source") for row in read(RELIEF).rows}
        return _weighed([Finding(condition, is_met, "V", "; ".join(sorted(sources)))], None)
    sure, source = rule.text("confidence"), rule.text("source")
    findings = [
        Finding("not_food", None if unit.is_food is None else not unit.is_food, sure, source),
        Finding("original_state", back.is_original, sure, source),
    ]
    counts_from = unit.exported_on
    if rule["counts_from"] == "left_area":
        counts_from = unit.left_area_on or unit.exported_on
        if unit.left_area_on is None:
            findings.append(Finding("left_area_is_export", True, "M", _OURS))
    until = after_months(counts_from, rule.whole("months"))
    findings.append(Finding("left_before", counts_from <= back.on, "V", _OURS))
    findings.append(Finding("relief_months", back.on <= until, sure, source))
    return _weighed(findings, until)


def _weighed(findings: list[Finding], until: date | None) -> Judged:
    unmet = tuple(each for each in findings if each.is_met is False)
    unknown = tuple(each for each in findings if each.is_met is None)
    if unmet:
        sure = min((each.confidence for each in unmet), key=_SURE.index)
        return Judged(REFUSED, until, sure, unmet)
    sure = _least_sure(each.confidence for each in findings)
    if unknown:
        # What is assumed is told beside what is asked.
        assumed = tuple(each for each in findings if each.is_met and each.confidence == "M")
        return Judged(ASK, until, sure, unknown + assumed)
    return Judged(OPEN, until, sure, tuple(findings))


def _least_sure(confidences: Iterable[str]) -> str:
    return max(confidences, key=_SURE.index)
