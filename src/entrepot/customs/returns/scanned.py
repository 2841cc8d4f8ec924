# SPDX-License-Identifier: Apache-2.0
"""What was scanned of the units of a case and of others, and what that proves.

Scans that were refused or taken back, and those of cancelled cases, count for nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor

from entrepot.customs.returns.models import CaseLine
from entrepot.customs.returns.proving import Line, Mark, Proof, prove
from entrepot.customs.returns.states import PROVEN, SHARED
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

_MARKS: Final = """(SELECT DISTINCT * FROM unnest(%(skus)s::text[], %(kinds)s::text[],
        %(identities)s::text[]) AS u (sku, kind, identity))"""
_HOLDS: Final = """s.outcome IN ('left', 'proven', 'shared') AND NOT EXISTS (
        SELECT FROM returning_scan AS u
        WHERE u.enterprise_id = %(enterprise)s AND u.undoes = s.number)"""
_LEFT: Final = f"""
    SELECT s.sku, s.kind, s.identity, s.declaration_no, s.item_no, sum(s.quantity)::bigint
    FROM {_MARKS} AS m
    JOIN returning_scan AS s ON s.enterprise_id = %(enterprise)s AND s.way = 'out'
        AND (s.identity, s.kind, s.sku) = (m.identity, m.kind, m.sku)
    WHERE {_HOLDS}
    GROUP BY 1, 2, 3, 4, 5
"""
_CAME: Final = f"""
    SELECT s.sku, s.kind, s.identity, s.case_id, sum(s.quantity)::bigint
    FROM {_MARKS} AS m
    JOIN returning_scan AS s ON s.enterprise_id = %(enterprise)s AND s.way = 'home'
        AND (s.identity, s.kind, s.sku) = (m.identity, m.kind, m.sku)
    JOIN returning_case AS c ON c.enterprise_id = %(enterprise)s AND c.id = s.case_id
        AND c.state <> 'cancelled'
    WHERE {_HOLDS}
    GROUP BY 1, 2, 3, 4
"""
_OF_CASE: Final = f"""
    SELECT s.sku, s.kind, s.identity, sum(s.quantity)::bigint
    FROM returning_scan AS s
    WHERE s.enterprise_id = %(enterprise)s AND s.case_id = %(case)s AND s.way = 'home'
        AND {_HOLDS}
    GROUP BY 1, 2, 3
"""
_WHEN: Final = """
    SELECT DISTINCT d.declaration_no, d.item_no, d.exported_on FROM logistics_declarationline AS d
    JOIN (SELECT DISTINCT * FROM unnest(%(declarations)s::text[], %(items)s::int[])
        AS u (declaration_no, item_no)) AS k USING (declaration_no, item_no)
    WHERE d.enterprise_id = %(enterprise)s
"""
_NEVER: Final = date.max


@dataclass(slots=True)
class Scene:
    """A case's lines, and what is known of the numbers that are looked at.

    `left`: units by number and line. `elsewhere`: of these, those that came home in other cases.
    `came`: units by number that came home in this one. `used`: units of its lines that are taken.
    """

    wanted: Mapping[tuple[str, Line], int]
    exported_on: dict[Line, date]
    left: dict[Mark, dict[Line, int]] = field(default_factory=dict)
    elsewhere: Counter[tuple[Mark, Line]] = field(default_factory=Counter)
    came: Counter[Mark] = field(default_factory=Counter)
    used: Counter[tuple[str, Line]] = field(default_factory=Counter)

    def free(self, mark: Mark) -> dict[Line, int]:
        """Units of a number by the case's lines that it left under, less those home elsewhere."""
        return {
            line: units - self.elsewhere[mark, line]
            for line, units in self.left.get(mark, {}).items()
            if (mark[0], line) in self.wanted and units > self.elsewhere[mark, line]
        }

    def proofs_of(self, mark: Mark, quantity: int) -> list[Proof]:
        """Which of the case's lines so many units of a number are of, what came before included."""
        rest = {
            (mark, line): min(units, self.wanted[mark[0], line])
            for line, units in self.free(mark).items()
        }
        found = prove(rest, {mark: quantity}, {}, self.exported_on)
        if len(self.left.get(mark, ())) == 1:
            return found
        # It left under other lines too: which of them this unit is of is not known.
        return [replace(each, proof=SHARED) if each.line else each for each in found]

    def judge(self, mark: Mark, quantity: int) -> tuple[str, str]:
        """Whether so many more units of a number are taken: proven or shared, or why not.

        What is taken counts from then on.
        """
        lines = self.left.get(mark)
        if not lines:
            return "", "never_left"
        if not any((mark[0], line) in self.wanted for line in lines):
            return "", "other_line"
        before, after = self.came[mark], self.came[mark] + quantity
        if sum(self.free(mark).values()) < after:
            return "", "already_home"
        found = self.proofs_of(mark, after)
        if any(each.line is None for each in found):
            return "", "beyond_case"
        more = _by_line(found)
        more.subtract(_by_line(self.proofs_of(mark, before)) if before else {})
        if any(self.used[key] + units > self.wanted[key] for key, units in more.items()):
            return "", "beyond_case"
        self.used.update(more)
        self.came[mark] = after
        return (SHARED if any(each.proof == SHARED for each in found) else PROVEN), ""

    def proofs(self) -> list[Proof]:
        """Of every unit of the case how it is known which one it is; the rest is assumed.

        Source:
            our own policy, decisions/0031: the case names the lines; a number that left under one
            of them and no other proves it, and nothing else does.
        """
        found = [proof for mark, units in sorted(self.came.items()) if units
                 for proof in self.proofs_of(mark, units)]  # fmt: skip
        used = _by_line(found)
        rest = {key: units - used[key] for key, units in self.wanted.items()}
        return found + prove({}, {}, {k: n for k, n in rest.items() if n > 0}, self.exported_on)


def _by_line(proofs: Iterable[Proof]) -> Counter[tuple[str, Line]]:
    sums: Counter[tuple[str, Line]] = Counter()
    for each in proofs:
        if each.line is not None:
            sums[each.sku, each.line] += each.quantity
    return sums


def scene_of(case: UUID, marks: Iterable[Mark] = ()) -> Scene:
    """A case with the numbers that were scanned for it, and others that are looked at."""
    with raw_cursor() as cursor:
        given: dict[str, Any] = {"enterprise": acting().enterprise, "case": case}
        came = {(sku, kind, identity): units
                for sku, kind, identity, units in cursor.execute(_OF_CASE, given)}  # fmt: skip
        wanted, exported_on = _lines_of([case])
        scene = Scene(wanted[case], exported_on, came=Counter(came))
        _look(cursor, scene, case, {*came, *marks})
    for mark, units in came.items():
        scene.used.update(_by_line(scene.proofs_of(mark, units)))
    return scene


def _look(cursor: Cursor[Any], scene: Scene, case: UUID, marks: Iterable[Mark]) -> None:
    asked = sorted(marks)
    given: dict[str, Any] = {"enterprise": acting().enterprise, **_columns(asked)}
    for sku, kind, identity, number, item, units in cursor.execute(_LEFT, given):
        scene.left.setdefault((sku, kind, identity), {})[number, item] = units
    lines = {line for of in scene.left.values() for line in of}
    given |= {"declarations": [each[0] for each in lines], "items": [each[1] for each in lines]}
    known = dict.fromkeys(lines, _NEVER)  # a declaration that is not there any more
    known |= {(number, item): on for number, item, on in cursor.execute(_WHEN, given)}
    scene.exported_on = known | scene.exported_on
    others: defaultdict[UUID, dict[Mark, int]] = defaultdict(dict)
    for sku, kind, identity, of_case, units in cursor.execute(_CAME, given):
        if of_case != case:
            others[of_case][sku, kind, identity] = units
    wanted, _ = _lines_of(list(others))
    for other, came in others.items():
        there = Scene(wanted[other], scene.exported_on, scene.left)
        for mark, units in came.items():
            for proof in there.proofs_of(mark, units):
                if proof.line is not None:
                    scene.elsewhere[mark, proof.line] += proof.quantity


def _lines_of(
    cases: list[UUID],
) -> tuple[dict[UUID, dict[tuple[str, Line], int]], dict[Line, date]]:
    wanted: dict[UUID, dict[tuple[str, Line], int]] = {case: {} for case in cases}
    exported_on: dict[Line, date] = {}
    for each in CaseLine.objects.filter(case_id__in=cases):
        line = each.declaration_no, each.item_no
        its = wanted[each.case_id]
        its[each.sku, line] = its.get((each.sku, line), 0) + each.quantity
        exported_on[line] = each.exported_on
    return wanted, exported_on


def _columns(marks: list[Mark]) -> dict[str, list[str]]:
    return {
        "skus": [sku for sku, _, _ in marks],
        "kinds": [kind for _, kind, _ in marks],
        "identities": [identity for _, _, identity in marks],
    }


def left_of(cursor: Cursor[Any], marks: Iterable[Mark]) -> Counter[Mark]:
    """Units that left with these numbers."""
    given = {"enterprise": acting().enterprise, **_columns(sorted(set(marks)))}
    sums: Counter[Mark] = Counter()
    for sku, kind, identity, _, _, units in cursor.execute(_LEFT, given):
        sums[sku, kind, identity] += units
    return sums


def came_of(cursor: Cursor[Any], marks: Iterable[Mark]) -> Counter[Mark]:
    """Units that came home with these numbers, in all cases."""
    given = {"enterprise": acting().enterprise, **_columns(sorted(set(marks)))}
    sums: Counter[Mark] = Counter()
    for sku, kind, identity, _, units in cursor.execute(_CAME, given):
        sums[sku, kind, identity] += units
    return sums
