# SPDX-License-Identifier: Apache-2.0
"""The grades of an enterprise: in which condition goods come back, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.errors import Refused
from entrepot.people.audit import record
from entrepot.warehouse.models import Grade
from entrepot.warehouse.models.returns import RESTOCK, SCRAP


class UnknownGrade(Refused):
    """A grade that the enterprise does not have."""

    code = "warehouse.unknown_grade"


@dataclass(frozen=True, slots=True)
class Condition:
    """A grade; without an outcome, somebody decides each time."""

    code: str
    name: str
    outcome: str


#: What an enterprise has that has set none. Source: our own policy, docs/guide/floor.md
DEFAULTS: Final = (
    Condition("A", "as new", RESTOCK),
    Condition("B", "opened or used", ""),
    Condition("C", "faulty", ""),
    Condition("scrap", "worth nothing", SCRAP),
)


def grades() -> list[Condition]:
    """The grades of the enterprise, in their order."""
    rows = Grade.objects.order_by("position").values_list("code", "name", "outcome")
    return [Condition(*row) for row in rows] or list(DEFAULTS)


def set_grades(wanted: Sequence[Condition]) -> list[Condition]:
    """Set the grades of the enterprise; with none, it has the defaults. What was graded stays."""
    Grade.objects.all().delete()
    Grade.objects.bulk_create(
        Grade(code=each.code, name=each.name, outcome=each.outcome, position=at)
        for at, each in enumerate(wanted)
    )
    record("grades.set", "returns", grades={each.code: each.outcome for each in wanted})
    return grades()


def outcome_of(known: Sequence[Condition], grade: str, outcome: str) -> str:
    """What becomes of goods: what was decided, else what their grade leads to, else nothing yet.

    Raises:
        UnknownGrade: the enterprise has no such grade.
    """
    if not grade:
        return outcome
    found = next((each for each in known if each.code == grade), None)
    if found is None:
        names = ", ".join(each.code for each in known)
        raise UnknownGrade(
            f"Cannot give the grade {grade}.",
            f"The grades of the enterprise are {names}.",
            "Use one of these, or add the grade.",
            grades=[each.code for each in known],
        )
    return outcome or found.outcome
