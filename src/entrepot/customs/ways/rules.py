# SPDX-License-Identifier: Apache-2.0
"""Which ways to declare are open to an export, and by when its lists are merged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from entrepot.packs.read import Row, in_force, read

WAYS, CONDITIONS, LIMITS = "cn/export_ways", "cn/export_way_conditions", "cn/export_limits"
PACKS = (WAYS, CONDITIONS, LIMITS)
#: From sure to unsure.
_SURE = "VSM"
_FLAG = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Ticket:
    """What decides of goods that are declared together. `value`: fen. A flag of None: not known."""

    on: date
    buyer: str
    value: int
    licence: bool | None = None
    inspection: bool | None = None
    export_duty: bool | None = None
    refund_wanted: bool | None = None
    pilot_zone: bool | None = None
    special_area: bool | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A condition of a way, and whether it is met; None: not known."""

    condition: str
    wanted: str
    is_met: bool | None
    confidence: str
    source: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A way as the pack has it, whether it is open, and why: its findings that decide."""

    way: Row
    verdict: str
    confidence: str
    findings: tuple[Finding, ...]


def judge(ticket: Ticket, limit: int | None) -> tuple[Judged, ...]:
    """Judge every way in force on the ticket's day.

    A way is refused where a condition is not met, to be asked about where one is not known, and
    open otherwise. A refusal is as sure as its surest condition; everything else as its least sure.

    Args:
        limit: the list limit of that day, in fen; None: not known.

    Source:
        the packs cn/export_ways, cn/export_way_conditions and cn/export_limits.
    """
    is_within = None if limit is None else ticket.value <= limit
    return _judge(
        ticket.on,
        ticket.buyer,
        is_within,
        ticket.licence,
        ticket.inspection,
        ticket.export_duty,
        ticket.refund_wanted,
        ticket.pilot_zone,
        ticket.special_area,
    )


def list_limit(on: date, limits: str = LIMITS) -> int | None:
    """The value, in fen, up to which a B2B export may go by list; None: no limit is known.

    Source:
        the pack cn/export_limits, or the firm's own.
    """
    row = in_force(read(limits), on, figure="list_limit")
    return row.whole("amount") * 100 if row else None


def merge_by(closed_on: date) -> date:
    """The last day to declare the form that a list closed on that day goes into.

    Source:
        the pack cn/export_limits, figure merge_by.
    """
    months = closed_on.year * 12 + closed_on.month
    first = date(months // 12, months % 12 + 1, 1)
    row = in_force(read(LIMITS), first, figure="merge_by")
    assert row is not None  # the figure has been in force throughout
    return first.replace(day=row.whole("amount"))


@cache
def _judge(on: date, buyer: str, is_within: bool | None, *flags: bool | None) -> tuple[Judged, ...]:
    """Tickets differ in few ways, however many there are."""
    names = ("licence", "inspection", "export_duty", "refund_wanted", "pilot_zone", "special_area")
    known = dict(zip(names, flags, strict=True))
    found = []
    for way in _on(WAYS, on):
        findings = []
        for row in _on(CONDITIONS, on):
            if row["way"] != way["way"]:
                continue
            condition, wanted = row.text("condition"), row.text("wanted")
            if condition == "buyer":
                is_met: bool | None = buyer == wanted
            elif condition == "value":
                is_met = is_within
            else:
                flag = known[condition]
                is_met = None if flag is None else flag == _FLAG[wanted]
            findings.append(
                Finding(condition, wanted, is_met, row.text("confidence"), row.text("source"))
            )
        found.append(_weighed(way, findings))
    return tuple(found)


def _weighed(way: Row, findings: list[Finding]) -> Judged:
    unmet = tuple(each for each in findings if each.is_met is False)
    unknown = tuple(each for each in findings if each.is_met is None)
    if unmet:
        return Judged(way, "refused", _surest(unmet), unmet)
    deciding = unknown or tuple(findings)
    sure = _least_sure([*(each.confidence for each in findings), way.text("confidence")])
    return Judged(way, "ask" if unknown else "open", sure, deciding)


def _surest(findings: Iterable[Finding]) -> str:
    return min((each.confidence for each in findings), key=_SURE.index)


def _least_sure(confidences: Iterable[str]) -> str:
    return max(confidences, key=_SURE.index)


def _on(pack: str, on: date) -> Iterable[Row]:
    for row in read(pack).rows:
        if row.day("valid_from") <= on and (row["valid_to"] is None or on < row.day("valid_to")):
            yield row
