# SPDX-License-Identifier: Apache-2.0
"""Where flows stand: which document of each ticket has which state, what is next, what is late.

Set-based: one statement for all tickets of a flow, one for the counts of all flows of a page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from entrepot.customs.sending.looking import HOURS
from entrepot.declaring.asked import ARRIVAL, DEPARTURE, HOUSE, LIST, ORDER, WAYBILL
from entrepot.declaring.flows import (
    ARRIVES,
    DEPARTS,
    HOUSES,
    LISTS,
    ORDERS,
    REFUSED,
    RELEASED,
    STEPS,
    TAKEN,
    Stand,
    closed_because,
)
from entrepot.declaring.models import Flow
from entrepot.declaring.opening import way_of
from entrepot.ledger.lists import List
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: Whatever awaits a receipt since before that is late: as `customs.sending.looking.overdue_since`.
_SINCE: Final = f"""(now() - make_interval(hours => COALESCE(
    (SELECT s.alert_hours FROM customs_setup AS s WHERE s.enterprise_id = %(enterprise)s LIMIT 1),
    {HOURS})))"""
#: The newest version of a document, by its kind and the firm's number of it.
_DOCUMENT: Final = """
    LEFT JOIN LATERAL (
        SELECT d.id, d.outcome, d.awaits_since, d.is_contradicted FROM customs_document AS d
        WHERE d.enterprise_id = t.enterprise_id AND d.kind = '{kind}' AND d.own_no = {own_no}
            AND d.is_latest
        ORDER BY d.version DESC, d.part LIMIT 1
    ) AS {name} ON true
"""
_DOCUMENTS: Final = "".join(
    _DOCUMENT.format(kind=kind, own_no=f"t.{own_no}", name=name)
    for kind, own_no, name in (
        (ORDER, "order_no", "o"), (WAYBILL, "logistics_no", "w"), (LIST, "list_no", "l"),
    )
)  # fmt: skip
#: What customs called a list: in the receipt that counts most, of all that name one.
_NUMBER: Final = """
    LEFT JOIN LATERAL (
        SELECT r.says ->> 'invtNo' AS invt_no FROM customs_receipt AS r
        WHERE r.enterprise_id = t.enterprise_id AND r.document_id = l.id
            AND COALESCE(r.says ->> 'invtNo', '') <> ''
        ORDER BY r.rank DESC, r.at DESC LIMIT 1
    ) AS n ON true
"""
_TICKETS: Final = f"""
    SELECT t.id, t.at, t.channel, t.order_no, t.logistics_no, t.list_no, t.left_out, t.source_id,
        COALESCE(o.outcome, '') AS order_state, COALESCE(w.outcome, '') AS waybill_state,
        COALESCE(l.outcome, '') AS list_state, o.id AS order_document, w.id AS waybill_document,
        l.id AS list_document, COALESCE(n.invt_no, '') AS declaration_no,
        (o.awaits_since < {_SINCE} OR w.awaits_since < {_SINCE} OR l.awaits_since < {_SINCE})
            IS TRUE AS is_late,
        COALESCE(l.is_contradicted, false) AS is_contradicted
    FROM declaring_ticket AS t {_DOCUMENTS} {_NUMBER}
    WHERE t.enterprise_id = %(enterprise)s AND t.flow_id = %(flow)s
"""
#: Documents of the whole flow, by its number; of one in parts, the part that is the least far.
_WHOLE: Final = f"""
    SELECT DISTINCT ON (d.own_no, d.kind) d.own_no, d.kind, d.outcome, d.id,
        (d.awaits_since < {_SINCE}) IS TRUE AS is_late
    FROM customs_document AS d
    WHERE d.enterprise_id = %(enterprise)s AND d.own_no = ANY(%(numbers)s)
        AND d.kind = ANY(%(kinds)s) AND d.is_latest
    ORDER BY d.own_no, d.kind, d.outcome = ANY(%(taken)s), d.part
"""
_COUNTS: Final = f"""
    SELECT t.flow_id, count(*) AS tickets,
        count(*) FILTER (WHERE o.outcome = ANY(%(taken)s) AND w.outcome = ANY(%(taken)s)) AS told,
        count(*) FILTER (WHERE l.outcome = ANY(%(taken)s)) AS listed,
        count(*) FILTER (WHERE l.outcome = ANY(%(released)s)) AS released,
        count(*) FILTER (WHERE o.outcome = ANY(%(refused)s) OR w.outcome = ANY(%(refused)s)
            OR l.outcome = ANY(%(refused)s)) AS refused,
        count(*) FILTER (WHERE o.awaits_since < {_SINCE} OR w.awaits_since < {_SINCE}
            OR l.awaits_since < {_SINCE}) AS late
    FROM declaring_ticket AS t {_DOCUMENTS}
    WHERE t.enterprise_id = %(enterprise)s AND t.flow_id = ANY(%(flows)s) AND t.left_out = ''
    GROUP BY t.flow_id
"""
_WHOLE_KINDS: Final = {ARRIVAL: ARRIVES, HOUSE: HOUSES, DEPARTURE: DEPARTS}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a flow: the state of its document, and why it may not be done now, if so.

    `document` and `state` are of a step of the whole flow; the steps of tickets have `done` of
    `tickets`.
    """

    name: str
    closed: str
    state: str = ""
    document: UUID | None = None
    done: int = 0
    tickets: int = 0
    is_late: bool = False

    @property
    def may(self) -> bool:
        """Whether it is its turn."""
        return not self.closed


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a flow stands: its steps in turn, and its tickets."""

    steps: list[Step]
    tickets: list[dict[str, Any]]

    def going(self) -> list[dict[str, Any]]:
        """The tickets that go along."""
        return [each for each in self.tickets if not each["left_out"]]

    @property
    def next(self) -> str:
        """The first step whose turn it is; empty where something is waited for, or all is done."""
        return next((step.name for step in self.steps if step.may), "")


def standing(flow: Flow) -> Standing:
    """Where a flow stands."""
    given = _given() | {"flow": flow.id, "numbers": [flow.number], "kinds": list(_WHOLE_KINDS)}
    with raw_cursor() as cursor:
        found = cursor.execute(f"{_TICKETS} ORDER BY t.at", given)
        names = [column.name for column in found.description or ()]
        tickets = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        whole = {_WHOLE_KINDS[row[1]]: row[2:] for row in cursor.execute(_WHOLE, given).fetchall()}
    return Standing(_steps(flow, tickets, whole), tickets)


def _steps(
    flow: Flow, tickets: Sequence[Mapping[str, Any]], whole: Mapping[str, Any]
) -> list[Step]:
    going = [each for each in tickets if not each["left_out"]]
    stands = [
        Stand(each["order_state"], each["waybill_state"], each["list_state"]) for each in going
    ]
    way, states = way_of(flow.way), {step: its[0] for step, its in whole.items()}
    done = {
        ORDERS: sum(each.order in TAKEN and each.waybill in TAKEN for each in stands),
        LISTS: sum(each.list in RELEASED for each in stands),
    }
    steps = []
    for name in STEPS:
        closed = closed_because(name, stands, states, way)
        state, document, is_late = whole.get(name, ("", None, False))
        steps.append(Step(name, closed, state, document, done.get(name, 0), len(stands), is_late))
    return steps


def tickets_of(flow: UUID) -> List:
    """The tickets of a flow in their order."""
    statement = (
        f"SELECT * FROM ({_TICKETS}) AS s WHERE {{after}} ORDER BY {{order}} LIMIT {{limit}}"
    )
    return List(statement, _given() | {"flow": flow}, ("at", "id"))


def counts(flows: Sequence[Flow]) -> dict[UUID, dict[str, int]]:
    """Of each flow: tickets, told, listed, released, refused, late; and the steps of the whole."""
    given = _given() | {
        "flows": [each.id for each in flows], "numbers": [each.number for each in flows],
        "kinds": list(_WHOLE_KINDS), "refused": sorted(REFUSED), "released": sorted(RELEASED),
    }  # fmt: skip
    none = dict.fromkeys(("tickets", "told", "listed", "released", "refused", "late"), 0)
    found: dict[UUID, dict[str, Any]] = {each.id: {**none} for each in flows}
    ids = {each.number: each.id for each in flows}
    with raw_cursor() as cursor:
        for flow, *numbers in cursor.execute(_COUNTS, given).fetchall():
            found[flow] |= dict(zip(none, numbers, strict=True))
        for own_no, kind, outcome, _, is_late in cursor.execute(_WHOLE, given).fetchall():
            its = found[ids[own_no]]
            its[_WHOLE_KINDS[kind]] = outcome
            its["late"] += int(is_late)
            its["refused"] += int(outcome in REFUSED)
    return found


def _given() -> dict[str, Any]:
    return {"enterprise": acting().enterprise, "taken": sorted(TAKEN)}
