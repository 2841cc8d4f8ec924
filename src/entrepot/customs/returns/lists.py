# SPDX-License-Identifier: Apache-2.0
"""The lists of returns through customs: cases, their lines and steps, scans, clocks of lines.

`{after}`, `{order}` and `{limit}` are filled in by `web.paging`; values are parameters.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from entrepot.customs.returns.clocking import clock
from entrepot.ledger.lists import List
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

_CASES: Final = """
    SELECT r.* FROM (
        SELECT c.id, c.number, c.purpose, c.customs_out, c.customs_back, c.is_food, c.is_original,
            c.home, c.returns_on, c.note, c.state, c.steps, c.created_at, c.created_by,
            l.lines, l.units
        FROM returning_case AS c
        CROSS JOIN LATERAL (
            SELECT count(*) AS lines, coalesce(sum(l.quantity), 0)::bigint AS units
            FROM returning_caseline AS l
            WHERE l.enterprise_id = %(enterprise)s AND l.case_id = c.id
            OFFSET 0
        ) AS l
        WHERE c.enterprise_id = %(enterprise)s AND {where}
    ) AS r WHERE {{after}} ORDER BY {{order}} LIMIT {{limit}}
"""
_LINES: Final = """
    SELECT r.* FROM (
        SELECT l.line_no, l.declaration_no, l.item_no, l.sku, l.quantity, l.mode, l.exported_on,
            l.released_on, l.left_area_on, l.parcel_no, l.from_place, l.lot
        FROM returning_caseline AS l
        WHERE l.enterprise_id = %(enterprise)s AND l.case_id = %(case)s
    ) AS r WHERE {after} ORDER BY {order} LIMIT {limit}
"""
_STEPS: Final = """
    SELECT r.* FROM (
        SELECT s.step_no, s.event, s.was, s.became, s.happened_on, s.paper_no, s.amount,
            'CNY' AS currency, s.note, s.facts, s.document_id, s.undoes, s.recorded_at,
            s.recorded_by
        FROM returning_casestep AS s
        WHERE s.enterprise_id = %(enterprise)s AND s.case_id = %(case)s
    ) AS r WHERE {after} ORDER BY {order} LIMIT {limit}
"""
_SCANS: Final = """
    SELECT r.* FROM (
        SELECT s.id, s.number, s.way, s.sku, s.kind, s.identity, s.quantity, s.declaration_no,
            s.item_no, s.case_id, s.outcome, s.why, s.undoes, s.scanned_at, s.recorded_by,
            (SELECT c.number FROM returning_case AS c
             WHERE c.enterprise_id = %(enterprise)s AND c.id = s.case_id) AS case_no,
            EXISTS (SELECT FROM returning_scan AS u
                    WHERE u.enterprise_id = %(enterprise)s AND u.undoes = s.number) AS is_undone
        FROM returning_scan AS s
        WHERE s.enterprise_id = %(enterprise)s AND {where}
    ) AS r WHERE {{after}} ORDER BY {{order}} LIMIT {{limit}}
"""
_PAIRS: Final = """
    SELECT DISTINCT mode, exported_on FROM logistics_declarationline
    WHERE enterprise_id = %(enterprise)s
"""
#: Lines of which units are not home yet, each with its clocks; `first`, `last`: the days between
#: which one of them ends.
_CLOCKS: Final = """
    SELECT r.* FROM (
        SELECT d.declaration_no, d.item_no, d.sku, d.mode, d.exported_on, d.warehouse, d.quantity,
            h.in_cases, h.home, k.customs, k.customs_until,
            k.customs_until - %(on)s::date AS customs_days, k.customs_sure, k.across, k.relief,
            k.relief_until, k.relief_until - %(on)s::date AS relief_days, k.relief_sure,
            k.why_en, k.why_zh, f.amount AS refunded, f.units AS refunded_units,
            f.closed_on, 'CNY' AS currency,
            least(CASE WHEN k.customs_until >= %(on)s::date THEN k.customs_until END,
                CASE WHEN k.relief_until >= %(on)s::date THEN k.relief_until END) AS lapses_on
        FROM logistics_declarationline AS d
        JOIN jsonb_to_recordset(%(clocks)s::jsonb) AS k (mode text, exported_on date, customs text,
            customs_until date, customs_sure text, across text, relief text, relief_until date,
            relief_sure text, why_en text, why_zh text)
            ON (k.mode, k.exported_on) = (d.mode, d.exported_on)
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(l.quantity), 0)::bigint AS in_cases,
                coalesce(sum(l.quantity) FILTER (WHERE c.state = 'arrived'), 0)::bigint AS home
            FROM returning_caseline AS l
            JOIN returning_case AS c ON c.enterprise_id = %(enterprise)s AND c.id = l.case_id
                AND c.state <> 'cancelled'
            WHERE l.enterprise_id = %(enterprise)s
                AND (l.declaration_no, l.item_no, l.sku) = (d.declaration_no, d.item_no, d.sku)
            OFFSET 0
        ) AS h
        LEFT JOIN returning_refund AS f ON f.enterprise_id = %(enterprise)s
            AND (f.declaration_no, f.item_no, f.sku) = (d.declaration_no, d.item_no, d.sku)
        WHERE d.enterprise_id = %(enterprise)s AND h.home < d.quantity AND {where}
    ) AS r WHERE {{after}} ORDER BY {{order}} LIMIT {{limit}}
"""


def cases(number: str = "", state: str = "") -> List:
    """Cases, the latest first, with how many units are in each."""
    where, given = ["TRUE"], {}
    for name, value in (("number", number), ("state", state)):
        if value:
            where.append(f"c.{name} = %({name})s")
            given[name] = value
    return List(_CASES.format(where=" AND ".join(where)), given, ("-id",))


def lines(case: UUID) -> List:
    """The lines of a case."""
    return List(_LINES, {"case": case}, ("line_no",))


def steps(case: UUID) -> List:
    """What happened to a case, in order."""
    return List(_STEPS, {"case": case}, ("step_no",))


def scans(way: str = "", identity: str = "", outcome: str = "", case: UUID | None = None) -> List:
    """Scans, the latest first."""
    where, given = ["TRUE"], {}
    named = (("way", way), ("identity", identity), ("outcome", outcome), ("case_id", case))
    for name, value in named:
        if value:
            where.append(f"s.{name} = %({name})s")
            given[name] = value
    return List(_SCANS.format(where=" AND ".join(where)), given, ("-id",))


def clocks(
    on: date, within: int | None = None, mode: str = "", declaration_no: str = "", sku: str = ""
) -> List:
    """Declaration lines of which units are not home, the oldest first, with both their clocks.

    Args:
        on: the day to count from.
        within: only those of which a clock ends in so many days.
    """
    where = ["TRUE"]
    given: dict[str, Any] = {"on": on}
    for name, value in (("mode", mode), ("declaration_no", declaration_no), ("sku", sku)):
        if value:
            where.append(f"d.{name} = %({name})s")
            given[name] = value
    if within is not None:
        where.append(
            "(k.customs_until BETWEEN %(on)s::date AND %(last)s::date"
            " OR k.relief_until BETWEEN %(on)s::date AND %(last)s::date)"
        )
        given["last"] = on + timedelta(days=within)
    with raw_cursor() as cursor:
        pairs = cursor.execute(_PAIRS, {"enterprise": acting().enterprise}).fetchall()
    given["clocks"] = json.dumps([clock(each, exported_on, on) for each, exported_on in pairs])
    by = ("exported_on", "declaration_no", "item_no", "sku")
    return List(_CLOCKS.format(where=" AND ".join(where)), given, by)
