# SPDX-License-Identifier: Apache-2.0
"""Whether a way is open to goods, by the dated packs, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from entrepot.customs.ways import rules
from entrepot.customs.ways.telling import reason
from entrepot.declaring.asked import FLAGS
from entrepot.declaring.building import Drafting
from entrepot.declaring.configuring import CNY_RATE, Known
from entrepot.declaring.flows import WAYS, Way
from entrepot.declaring.refusals import NoWay

CNY: Final = "CNY"
_FLAG: Final = {"yes": True, "no": False, "": None}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the packs say of one way for one ticket of goods; `confidence` is V, S or M."""

    way: str
    verdict: str
    confidence: str
    en: str
    zh: str


def verdicts(ticket: rules.Ticket) -> list[Verdict]:
    """Every way in force on the day that documents can be made for, and why it is open or not."""
    limit = rules.list_limit(ticket.on)
    return [
        Verdict(
            each.way.text("way"), each.verdict, each.confidence,
            reason(each, ticket, limit, "en"), reason(each, ticket, limit, "zh"),
        )
        for each in rules.judge(ticket, limit)
        if each.way.text("way") in WAYS
    ]  # fmt: skip


def ticket_of(known: Known, way: Way, on: date, value: int) -> rules.Ticket:
    """What the ways are judged by: who buys follows from the way that is asked for."""
    flags = {name: _FLAG[known.said.get(name, "")] for name in FLAGS}
    return rules.Ticket(on=on, buyer=way.buyer, value=value, **flags)


def value_of(draft: Drafting) -> int:
    """What goods are worth, in fen, half up; 0 where the way does not hang on the value."""
    if draft.way.buyer == "consumer":
        return 0
    total = sum((draft.amount(line)[0] for line in draft.goods.lines), Decimal())
    if draft.currency() != CNY:
        total *= Decimal(draft.said(CNY_RATE) or 0)
    return int((total * 100).quantize(Decimal(1), ROUND_HALF_UP))


def needed(name: str, drafts: Sequence[Drafting]) -> Verdict:
    """The verdict that opens a way to all of these goods.

    Raises:
        NoWay: it is closed to some, or hangs on what was not said; with the reason of each, and
            what is open instead.
    """
    found: list[tuple[Drafting, list[Verdict]]] = [
        (each, verdicts(ticket_of(each.known, each.way, each.on, value_of(each))))
        for each in drafts
    ]
    refused = [
        (draft, its) for draft, all_ in found for its in all_
        if its.way == name and its.verdict != "open"
    ]  # fmt: skip
    of_first = [each for each in found[0][1] if each.way == name]
    if not of_first:
        raise NoWay(
            f"Cannot declare by {name}.", "The packs have no such way on that day.",
            "Choose another day or way.",
        )  # fmt: skip
    if refused:
        draft, its = refused[0]
        opened = {each.way for _, all_ in found for each in all_ if each.verdict == "open"}
        raise NoWay(
            f"Cannot declare {len(refused):,} of {len(drafts):,} by {name}.",
            f"{draft.goods.order_no}: {its.en}.",
            f"Open instead: {_listed(opened)}.",
            reasons=[
                {"order_no": each.goods.order_no, "verdict": why.verdict, "en": why.en,
                 "zh": why.zh, "confidence": why.confidence}
                for each, why in refused[:1000]
            ],
        )  # fmt: skip
    return of_first[0]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
