# SPDX-License-Identifier: Apache-2.0
"""Match payouts and credits: by themselves where it is sure, by a person where it is not; undo.

A match is a row that stays. Undoing it adds a second row, and its items are open again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from psycopg import Cursor

from entrepot.bank.matching import Rules
from entrepot.bank.tables import Money
from entrepot.bank.wording import WAYS
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.reconciling import items_sql
from entrepot.reconciling.models import (
    ASIDE,
    CREDIT,
    DIFFERENCES,
    FOOTED,
    OPEN,
    PAYOUT,
    PROVEN,
    SETTLED,
    SHIPPED,
    Item,
    Match,
)
from entrepot.reconciling.pairing import UNDONE, Paired, pair, total
from entrepot.reconciling.refusals import (
    CannotMatch,
    NoSuchItem,
    NoSuchProposal,
    NotOpen,
    UndoneAlready,
)
from entrepot.reconciling.storing import alone, make_beside

PERSON: Final = "person"
#: Items of one match by hand.
MOST_ITEMS: Final = 500
#: Characters that say at least why.
SHORTEST_REASON: Final = 3
#: What the ids of proposals are made from: the same items are the same proposal, run after run.
_PROPOSALS: Final = UUID("6f0f5d1a-7f64-4f35-8f0e-6f2f3f1b9d3e")

_MATCHED: Final = """
    INSERT INTO reconciling_matched (enterprise_id, match_id, item_id)
    SELECT %(enterprise)s, match_id, item_id
    FROM unnest(%(matches)b::uuid[], %(items)b::uuid[]) AS t (match_id, item_id)
"""
_PROVE: Final = """
    UPDATE reconciling_item AS i SET state = 'proven', match_id = t.match_id, proposal = NULL,
        ended_on = t.ended_on, found = CASE WHEN i.stage IN ('payout', 'bank') THEN ''
            ELSE i.found END
    FROM unnest(%(matches)b::uuid[], %(items)b::uuid[], %(ends)b::date[])
        AS t (match_id, item_id, ended_on)
    WHERE i.enterprise_id = %(enterprise)s AND i.id = t.item_id
"""
_SAY: Final = """
    UPDATE reconciling_item AS i SET found = t.found, proposal = t.proposal
    FROM unnest(%(items)b::uuid[], %(founds)b::text[], %(proposals)b::uuid[])
        AS t (item_id, found, proposal)
    WHERE i.enterprise_id = %(enterprise)s AND i.id = t.item_id AND i.match_id IS NULL
        AND (i.found, i.proposal) IS DISTINCT FROM (t.found, t.proposal)
"""
#: Nothing that arrived before all open payouts can be one of them.
_BEFORE: Final = """
    UPDATE reconciling_item SET proposal = NULL, found = CASE WHEN opened_on <
        (SELECT min(dated_on) FROM reconciling_payout WHERE enterprise_id = %(enterprise)s)
        THEN 'before_payouts' ELSE 'no_payout' END
    WHERE enterprise_id = %(enterprise)s AND stage = 'bank' AND state = 'open' AND found = 'new'
"""


@dataclass(frozen=True, slots=True)
class Done:
    """What a matching came to: how many matches it made, proposals there are, items are open."""

    matched: int
    proposed: int
    open: int


def match_all(rules: Rules = Rules()) -> Done:  # noqa: B008  # it is frozen
    """Match what is sure, propose what is likely, and say of the rest why it is open.

    Raises:
        MoneyLost: a payout or credit is in no row or in two: a mistake of the program.
    """
    with raw_cursor() as cursor:
        alone(cursor)
        found = pair(cursor, rules)
        sure = [each for each in found if each.state == "matched"]
        rest = [each for each in found if each.state != "matched"]
        _write(cursor, [(each, _new(each, each.by, WAYS[each.by][0])) for each in sure])
        _say(cursor, rest)
        cursor.execute(_BEFORE, {"enterprise": acting().enterprise})
    if sure:
        record("money.matched", f"{len(sure):,} by rule", matches=len(sure))
    proposed = sum(1 for each in rest if each.state == "proposed")
    return Done(len(sure), proposed, len(rest) - proposed)


def _new(its: Paired, way: str, reason: str, difference_as: str = "") -> Match:
    return Match(
        by=acting().actor, way=way, reason=reason,
        owed=its.owed.minor if its.owed else None,
        owed_currency=its.owed.currency if its.owed else "",
        came=its.came.minor if its.came else None,
        came_currency=its.came.currency if its.came else "",
        difference_as=difference_as or ("fee" if way.endswith("_charges") else ""),
    )  # fmt: skip


def _write(cursor: Cursor[Any], made: Sequence[tuple[Paired, Match]]) -> None:
    """Store matches, and prove their items."""
    Match.objects.bulk_create([match for _, match in made], batch_size=1_000)
    sides = [(match.id, item, its.ended_on) for its, match in made for item in its.items]
    given: dict[str, Any] = {
        "enterprise": acting().enterprise, "matches": [match for match, _, _ in sides],
        "items": [item for _, item, _ in sides], "ends": [on for _, _, on in sides],
    }  # fmt: skip
    cursor.execute(_MATCHED, given)
    cursor.execute(_PROVE, given)


def _say(cursor: Cursor[Any], rest: Sequence[Paired]) -> None:
    """Say of what is open why, and which may belong together."""
    said = [
        (item, each.by, _proposal(each.items) if each.state == "proposed" else None)
        for each in rest
        for item in each.items
    ]
    given: dict[str, Any] = {
        "enterprise": acting().enterprise, "items": [item for item, _, _ in said],
        "founds": [found for _, found, _ in said], "proposals": [each for _, _, each in said],
    }  # fmt: skip
    cursor.execute(_SAY, given)


def _proposal(items: Sequence[UUID]) -> UUID:
    return uuid5(_PROPOSALS, " ".join(sorted(map(str, items))))


def match_items(items: Sequence[UUID], reason: str = "", difference_as: str = "") -> Match:
    """Match items by hand: a payout with credits, a credit with payouts, or items of one stage
    alone, with the reason why nothing else belongs to them.

    Args:
        difference_as: what another amount is put down to: "fee" within a currency, "exchange"
            between two, or "other".

    Raises:
        NoSuchItem: one of them is not there.
        NotOpen: one of them is matched or proven already.
        CannotMatch: they do not go together so, or a reason is missing.
    """
    with raw_cursor() as cursor:
        alone(cursor)
        its = _held(items)
        return _match(cursor, its, PERSON, reason.strip(), difference_as)


def accept(proposal: UUID, reason: str = "", difference_as: str = "") -> Match:
    """Match what was proposed.

    Raises:
        NoSuchProposal: it is not there any more.
        CannotMatch: a person has to say which belongs to which.
    """
    with raw_cursor() as cursor:
        alone(cursor)
        ids = Item.objects.filter(proposal=proposal).values_list("id", flat=True)
        if not ids:
            raise NoSuchProposal(
                "Cannot accept this proposal.",
                "It is not there any more: a match or a new statement made it obsolete.",
                "Look at the proposals that are there now.",
            )
        its = _held(list(ids))
        way = next(each.found for each in its if each.stage == PAYOUT)
        known = WAYS.get(way, ("A person confirmed it again.", ""))[0]
        as_ = difference_as or _difference(its)
        return _match(cursor, its, way, reason.strip() or known, as_)


def _difference(its: Sequence[Item]) -> str:
    """What a difference is put down to where nobody says it."""
    owed, came = _sums(its)
    if owed is None or came is None or owed == came:
        return ""
    return "exchange" if owed.currency != came.currency else "fee"


def _held(items: Sequence[UUID]) -> list[Item]:
    """Items that are open, in the order of their days.

    Raises:
        NoSuchItem, NotOpen, CannotMatch.
    """
    wanted = set(items)
    if not 0 < len(wanted) <= MOST_ITEMS:
        raise CannotMatch(
            "Cannot match these items.",
            f"{len(wanted):,} are named.",
            f"Name between 1 and {MOST_ITEMS}.",
        )
    found = list(Item.objects.filter(id__in=wanted).order_by("opened_on", "id"))
    if len(found) < len(wanted):
        missing = sorted(map(str, wanted - {each.id for each in found}))
        raise NoSuchItem(
            "Cannot match these items.",
            f"There is no item {missing[0]}.",
            "Look it up behind the numbers of the board.",
            items=missing,
        )
    ended = [each for each in found if each.state == PROVEN or each.match_id]
    if ended:
        raise NotOpen(
            "Cannot match these items.",
            f"{ended[0].number or ended[0].subject} is not open any more.",
            "Look at what it is matched with; undo that first if it is wrong.",
            items=[str(each.id) for each in ended],
        )
    return found


def _sums(its: Sequence[Item]) -> tuple[Money | None, Money | None]:
    sides = [
        [Money(each.amount, each.currency) for each in its if each.stage == stage]
        for stage in (PAYOUT, CREDIT)
    ]
    return total(sides[0]), total(sides[1])


def _match(
    cursor: Cursor[Any], its: Sequence[Item], way: str, reason: str, difference_as: str
) -> Match:
    _check(its, reason, difference_as)
    payouts = tuple(each.id for each in its if each.stage == PAYOUT)
    others = tuple(each.id for each in its if each.stage != PAYOUT)
    owed, came = _sums(its)
    paired = Paired("matched", way, payouts, others, owed, came, its[-1].opened_on)
    made = _new(paired, way, reason[:500], difference_as)
    _write(cursor, [(paired, made)])
    # What was proposed with one of them is none of it any more.
    proposals = {each.proposal for each in its if each.proposal}
    Item.objects.filter(proposal__in=proposals).update(proposal=None, found="new")
    about = ", ".join(each.number or each.stage for each in its[:5])
    record("money.matched", about, match=str(made.id), way=way, reason=reason[:500])
    return made


def _check(its: Sequence[Item], reason: str, difference_as: str) -> None:
    """Refuse what does not go together.

    Raises:
        CannotMatch: with what is wrong and how it can be done.
    """
    stages = {each.stage for each in its}
    payouts = [each for each in its if each.stage == PAYOUT]
    credits = [each for each in its if each.stage == CREDIT]
    if len(stages) > 1 and stages != {PAYOUT, CREDIT}:
        _refuse("They are of several stages.", "Match payouts with credits, or one stage alone.")
    if difference_as and difference_as not in DIFFERENCES:
        _refuse(f"A difference is never {difference_as}.", f"Say {', '.join(DIFFERENCES)}.")
    if len(stages) == 1:
        if len(reason) < SHORTEST_REASON:
            _refuse(
                "Nothing stands against them.", "Say in the reason why nothing belongs to them."
            )
        if difference_as:
            _refuse("Nothing stands against them.", "Leave out what the difference is put down to.")
        return
    if len(payouts) > 1 and len(credits) > 1:
        _refuse(
            f"{len(payouts)} payouts and {len(credits)} credits are named.",
            "Match one payout with its credits, or one credit with its payouts.",
        )
    owed, came = _sums(its)
    if owed is None or came is None:
        _refuse("One side has several currencies.", "Match each currency by itself.")
    elif owed == came:
        if difference_as:
            _refuse("There is no difference.", "Leave out what it is put down to.")
    elif not difference_as:
        _refuse("The two sides are not equal.", f"Say what it is: {', '.join(DIFFERENCES)}.")
    elif difference_as == ("exchange" if owed.currency == came.currency else "fee"):
        _refuse(
            "The difference is put down to what it cannot be.",
            'An "exchange" is between two currencies, a "fee" within one.',
        )


def _refuse(found: str, remedy: str) -> None:
    raise CannotMatch("Cannot match these items.", found, remedy)


def undo(match: UUID, reason: str) -> Match:
    """Take a match back: a second row says so, and its items are open again.

    Raises:
        Match.DoesNotExist: there is none.
        UndoneAlready: it was taken back already, or takes another one back.
        CannotMatch: no reason is given.
    """
    with raw_cursor() as cursor:
        alone(cursor)
        found = Match.objects.get(id=match)
        if found.undoes_id or Match.objects.filter(undoes=found).exists():
            raise UndoneAlready(
                "Cannot undo this match.",
                "It was undone already, or is itself an undoing.",
                "Match the items anew if they belong together.",
            )
        if len(reason.strip()) < SHORTEST_REASON:
            _refuse("No reason is given.", "Say why they do not belong together.")
        its = list(Item.objects.filter(match=found))
        made = Match.objects.create(
            by=acting().actor, way=UNDONE, reason=reason.strip()[:500], undoes=found
        )
        Item.objects.filter(match=found, stage__in=(PAYOUT, CREDIT)).update(found=UNDONE)
        Item.objects.filter(match=found, stage=CREDIT, amount__lt=0).update(
            state=ASIDE, match=None, ended_on=None, found=""
        )
        Item.objects.filter(match=found).update(state=OPEN, match=None, ended_on=None)
        _look_again(cursor, its)
        record("money.unmatched", its[0].number if its else str(match), match=str(match),
               reason=reason.strip()[:500])  # fmt: skip
    return made


def _look_again(cursor: Cursor[Any], its: Sequence[Item]) -> None:
    """What a report said meanwhile of items that a person had settled."""
    two = 'channel text COLLATE "C", {} text COLLATE "C"'
    make_beside(cursor, "money_orders", two.format("order_no"))
    make_beside(cursor, "money_touched", two.format("settlement_no"))
    for table, stages in (("money_orders", (SETTLED, SHIPPED)), ("money_touched", (FOOTED,))):
        rows = [(each.channel, each.number) for each in its if each.stage in stages]
        for row in rows:
            cursor.execute(f"INSERT INTO {table} VALUES (%s, %s)".encode(), row)
    given = {"enterprise": acting().enterprise}
    for statement in (items_sql.SETTLED, items_sql.SETTLES, items_sql.FOOTED):
        cursor.execute(statement.encode(), given)
