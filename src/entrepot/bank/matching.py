# SPDX-License-Identifier: Apache-2.0
"""Matches payouts to what arrived: every payout and every credit ends in exactly one row.

Source: our own policy. In this order, each step taking only what no earlier one took:

1. What a text of the bank names: equal, in parts, together, or less what the bank says it took.
2. Amount and currency within the days, where payout and credit fit each other only.
3. Sums, where exactly one set of the other side makes it up and no other sum wants a part of it.
4. Proposals, which a person confirms: several that fit, an exchange, less than was paid.
5. The rest is open, each with its likely cause.

A debit takes part only where a payout is below zero. Nothing that differs in amount or currency is
settled, but for charges that the bank itself states.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from entrepot.bank.footing import moved
from entrepot.bank.mistakes import MoneyLost
from entrepot.bank.naming import References, folded
from entrepot.bank.tables import Entry, Money, Payout, Statement

#: Candidates for a sum: all of their 4,096 sets are looked at, and a row with more is left open.
CANDIDATES = 12
#: Days around the day of payment in which a credit that names the payout is its own.
NAMED_DAYS = (3, 60)


@dataclass(frozen=True, slots=True)
class Rules:
    """How far a credit may be from its payout.

    `before`, `after`: days from the day of payment. `less`: percent that may be missing in a
    proposal, for banks in between that do not say what they take.
    """

    before: int = 1
    after: int = 7
    less: int = 5


@dataclass(frozen=True, slots=True)
class Arrival:
    """A booking that may be a payout: of which statement, and what it would be without charges."""

    statement: Statement
    entry: Entry
    day: date

    @property
    def amount(self) -> Money:
        return self.entry.amount

    @property
    def charges(self) -> int:
        """What the bank says it took, in the currency of the account; not below zero."""
        own = [c.minor for c in self.entry.charges if c.currency == self.amount.currency]
        return max(-sum(own), 0)

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything a reference can stand in."""
        entry = self.entry
        parts = [text for part in entry.parts for text in (*part.references, part.text)]
        batches = [text for each in entry.batches for text in (each.message, each.payments)]
        return (entry.reference, *entry.references, entry.text, *parts, *batches)


@dataclass(frozen=True, slots=True)
class Row:
    """Payouts and credits that belong together, or one that is open.

    `state`: matched, proposed or open. `by`: what matched it, why it is proposed, or the cause.
    """

    state: str
    by: str
    payouts: tuple[Payout, ...] = ()
    arrivals: tuple[Arrival, ...] = ()


def match(payouts: Sequence[Payout], statements: Sequence[Statement], rules: Rules) -> list[Row]:
    """One row for everything that belongs together, and one for each payout and credit left.

    Raises:
        MoneyLost: a payout or credit is in no row or in two: a mistake of the program.
    """
    board = _Board(payouts, statements, rules)
    board.nothing()
    board.by_reference()
    board.by_amount()
    board.by_sum()
    board.several()
    board.exchanged()
    board.less()
    board.open()
    _check(board)
    return sorted(board.rows, key=_order)


class _Board:
    """What is left, and what belongs together so far. Payouts and arrivals go by their places."""

    def __init__(
        self, payouts: Sequence[Payout], statements: Sequence[Statement], rules: Rules
    ) -> None:
        self.rules, self.statements = rules, statements
        self.payouts = sorted(payouts, key=lambda each: (each.paid_on, each.identity))
        found = [Arrival(s, e, e.day or s.ends or date.max) for s, e in moved(statements)]
        below = any(each.amount.minor < 0 for each in payouts)
        self.arrivals = [a for a in found if a.amount.minor > 0 or (below and a.amount.minor < 0)]
        self.arrivals.sort(key=lambda a: (a.day, a.statement.file, a.entry.row))
        self.days = [each.day for each in self.arrivals]
        references = References(each.reference for each in self.payouts)
        self.named = [references.named(each.texts) for each in self.arrivals]
        self.owed = dict.fromkeys(range(len(self.payouts)))
        self.free = dict.fromkeys(range(len(self.arrivals)))
        self.rows: list[Row] = []
        self.causes: dict[tuple[str, int], str] = {}

    def put(self, state: str, by: str, payouts: Iterable[int], arrivals: Iterable[int]) -> None:
        """A row of what belongs together; it is taken from what is left."""
        first, second = sorted(payouts), sorted(arrivals)
        for each in first:
            del self.owed[each]
        for each in second:
            del self.free[each]
        row = Row(
            state,
            by,
            tuple(self.payouts[each] for each in first),
            tuple(self.arrivals[each] for each in second),
        )
        self.rows.append(row)

    def unnamed(self, payout: int) -> Iterator[int]:
        """What arrived around the day of a payout, may be it, and names no payout at all."""
        days = (self.rules.before, self.rules.after)
        paid_on = self.payouts[payout].paid_on
        first = bisect_left(self.days, _moved(paid_on, -days[0]))
        for place in range(first, bisect_right(self.days, _moved(paid_on, days[1]))):
            is_left = place in self.free and not self.named[place]
            if is_left and self._is_near(payout, place, days):
                yield place

    def nothing(self) -> None:
        for each in list(self.owed):
            if self.payouts[each].amount.minor == 0:
                self.put("matched", "nothing_to_pay", [each], [])

    # What the bank names.

    def by_reference(self) -> None:
        edges = self._edges_named()
        equal = [(p, a) for p, a in edges if self.payouts[p].amount == self.arrivals[a].amount]
        for payout, arrival in _only(equal):
            self.put("matched", "reference", [payout], [arrival])
        for payouts, arrivals in _groups(self._edges_named()):
            state, by = self._judge(payouts, arrivals)
            self.put(state, by, payouts, arrivals)

    def _edges_named(self) -> list[tuple[int, int]]:
        near = ((p, a) for a in self.free for p in self.named[a] if p in self.owed)
        return [(p, a) for p, a in near if self._is_near(p, a)]

    def _is_near(self, payout: int, arrival: int, days: tuple[int, int] = NAMED_DAYS) -> bool:
        one, other = self.payouts[payout], self.arrivals[arrival]
        before, after = days
        if not -before <= (other.day - one.paid_on).days <= after:
            return False
        is_same_sign = (one.amount.minor < 0) == (other.amount.minor < 0)
        return is_same_sign and _fits_account(one, other)

    def _judge(self, payouts: list[int], arrivals: list[int]) -> tuple[str, str]:
        """What to make of payouts and credits that name each other."""
        owed = _total(self.payouts[each].amount for each in payouts)
        came = _total(self.arrivals[each].amount for each in arrivals)
        if owed is None or came is None:
            return "proposed", "reference_unclear"
        if owed.currency != came.currency:
            return "proposed", "reference_exchange"
        if 1 not in (len(payouts), len(arrivals)):
            return "proposed", "reference_unclear"
        left = owed.minor - came.minor
        if left == 0:
            one = "reference" if len(payouts) == len(arrivals) else "reference_sum"
            return "matched", one
        if 0 < left <= sum(self.arrivals[each].charges for each in arrivals):
            return "matched", "reference_charges"
        return "proposed", "reference_differs"

    # Amounts and sums.

    def by_amount(self) -> None:
        for payout, arrival in _only(self._edges_of_amount()):
            is_whole = self.payouts[payout].amount == self.arrivals[arrival].amount
            by = "amount" if is_whole else "amount_charges"
            self.put("matched", by, [payout], [arrival])

    def _edges_of_amount(self) -> list[tuple[int, int]]:
        places = defaultdict[Money, list[int]](list)
        for each in self.free:
            if not self.named[each]:
                amount, charges = self.arrivals[each].amount, self.arrivals[each].charges
                for one in dict.fromkeys((amount.minor, amount.minor + charges)):
                    places[Money(one, amount.currency)].append(each)
        days = (self.rules.before, self.rules.after)
        return [
            (payout, each)
            for payout in self.owed
            for each in places[self.payouts[payout].amount]
            if self._is_near(payout, each, days)
        ]

    def by_sum(self) -> None:
        """Sums of which there is one only, and of which no part fits anything else."""
        parts, together = self._candidates()
        sums: list[tuple[str, int, tuple[int, ...]]] = []
        for side, whole, parts_of in (("payout", True, parts), ("arrival", False, together)):
            for each, others in parts_of.items():
                if len(others) > CANDIDATES:
                    self.causes[side, each] = "too_many"
                    continue
                wanted = (self.payouts if whole else self.arrivals)[each].amount.minor
                sizes = [(self.arrivals if whole else self.payouts)[o].amount.minor for o in others]
                found = [tuple(others[i] for i in places) for places in _sets(sizes, wanted)]
                sums += [(side, each, one) for one in found]
        uses = Counter(use for one in sums for use in _uses(one))
        uses.update(
            use for p, a in self._edges_of_amount() for use in (("payout", p), ("arrival", a))
        )
        for one in sums:
            side, each, made_of = one
            if all(uses[use] == 1 for use in _uses(one)):
                sides = ((each,), made_of) if side == "payout" else (made_of, (each,))
                self.put("matched", "sum", *sides)
            else:
                self.causes.update(dict.fromkeys(_uses(one), "several_sums"))

    def _candidates(self) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
        """For each payout the smaller credits near it, and for each credit the smaller payouts."""
        parts, together = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
        for payout in self.owed:
            amount = self.payouts[payout].amount
            for each in self.unnamed(payout):
                other = self.arrivals[each].amount
                if other.currency != amount.currency:
                    continue
                if abs(other.minor) < abs(amount.minor):
                    parts[payout].append(each)
                elif abs(other.minor) > abs(amount.minor):
                    together[each].append(payout)
        return parts, together

    # What a person confirms.

    def several(self) -> None:
        """Payouts and credits of one amount that fit each other in several ways: by their days."""
        edges = self._edges_of_amount()
        edges.sort(key=lambda e: (abs((self.days[e[1]] - self.payouts[e[0]].paid_on).days), *e))
        for payout, arrival in edges:
            if payout in self.owed and arrival in self.free:
                self.put("proposed", "several_fit", [payout], [arrival])

    def exchanged(self) -> None:
        """Another currency: where the bank tells what was paid, or where nothing else fits."""
        across = [
            (payout, each)
            for payout in self.owed
            for each in self.unnamed(payout)
            if self.arrivals[each].amount.currency != self.payouts[payout].amount.currency
        ]
        stated = [
            (p, a) for p, a in across if self.arrivals[a].entry.instructed == self.payouts[p].amount
        ]
        for payout, arrival in _only(stated):
            self.put("proposed", "exchange_stated", [payout], [arrival])
        # One that tells another amount was no payment of this one.
        silent = [
            (p, a)
            for p, a in across
            if p in self.owed and a in self.free and not self.arrivals[a].entry.instructed
        ]
        for payout, arrival in _only(silent):
            self.put("proposed", "exchange_implied", [payout], [arrival])

    def less(self) -> None:
        edges = []
        for payout in self.owed:
            amount = self.payouts[payout].amount
            for each in self.unnamed(payout):
                other = self.arrivals[each].amount
                left = amount.minor - other.minor
                is_little = 0 < left * 100 <= abs(amount.minor) * self.rules.less
                if other.currency == amount.currency and is_little:
                    edges.append((payout, each))
        for payout, arrival in _only(edges):
            self.put("proposed", "less_arrived", [payout], [arrival])

    # What is left.

    def open(self) -> None:
        settled = set(range(len(self.payouts))) - set(self.owed)
        first = min((each.paid_on for each in self.payouts), default=None)
        for each in list(self.free):
            if self.arrivals[each].amount.minor < 0:
                del self.free[each]  # a debit that no payout wanted is none of this matching
                continue
            cause = self.causes.get(("arrival", each), "no_payout")
            if self.named[each]:
                cause = "named_settled" if self.named[each] <= settled else "named_elsewhere"
            elif first is None or self.days[each] < _moved(first, -self.rules.before):
                cause = "before_payouts"
            self.put("open", cause, [], [each])
        spans = self._spans()
        waiting = {
            entry.amount
            for statement in self.statements
            for entry in statement.entries
            if entry.status == "pending"
        }
        for each in list(self.owed):
            payout = self.payouts[each]
            found = self.causes.get(("payout", each)) or self._cause(payout, spans, waiting)
            self.put("open", found, [each], [])

    def _spans(self) -> dict[tuple[str, str], tuple[date, date]]:
        """From which day to which each account is told of; "" for all accounts of a currency."""
        days = defaultdict[tuple[str, str], list[date]](list)
        for each in self.statements:
            said = [d for d in (each.begins, each.ends, *(e.day for e in each.entries)) if d]
            days[folded(each.account), each.currency] += said
            days["", each.currency] += said
        return {key: (min(found), max(found)) for key, found in days.items() if found}

    def _cause(
        self,
        payout: Payout,
        spans: dict[tuple[str, str], tuple[date, date]],
        waiting: set[Money],
    ) -> str:
        if payout.amount in waiting:
            return "pending"
        span = spans.get((folded(payout.account), payout.amount.currency))
        if span is None:
            return "no_statement"
        if _moved(payout.paid_on, self.rules.after) < span[0]:
            return "before_statements"
        if _moved(payout.paid_on, self.rules.after) > span[1]:
            return "on_the_way"
        return "not_arrived"


def _only(edges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs of which neither side fits anything else."""
    payouts, arrivals = Counter(p for p, _ in edges), Counter(a for _, a in edges)
    return [(p, a) for p, a in edges if payouts[p] == 1 and arrivals[a] == 1]


def _groups(edges: Sequence[tuple[int, int]]) -> Iterator[tuple[list[int], list[int]]]:
    """Payouts and arrivals that hang together, in the order of their first payouts."""
    beside = defaultdict[tuple[int, int], list[tuple[int, int]]](list)
    for payout, arrival in edges:
        beside[0, payout].append((1, arrival))
        beside[1, arrival].append((0, payout))
    seen: set[tuple[int, int]] = set()
    for start in sorted(beside):
        if start in seen:
            continue
        seen.add(start)
        group = [start]
        for node in group:  # it grows while it is walked
            fresh = [each for each in dict.fromkeys(beside[node]) if each not in seen]
            seen.update(fresh)
            group += fresh
        yield [n for side, n in group if side == 0], [n for side, n in group if side == 1]


def _sets(sizes: Sequence[int], wanted: int) -> list[list[int]]:
    """Every set of two or more sizes that sums to what is wanted, as places."""
    sums = [0]
    for size in sizes:
        sums += [size + before for before in sums]
    return [
        [place for place in range(len(sizes)) if chosen >> place & 1]
        for chosen, total in enumerate(sums)
        if total == wanted and chosen.bit_count() > 1
    ]


def _uses(one: tuple[str, int, tuple[int, ...]]) -> list[tuple[str, int]]:
    side, each, others = one
    other = "arrival" if side == "payout" else "payout"
    return [(side, each), *((other, part) for part in others)]


def _total(amounts: Iterable[Money]) -> Money | None:
    """The sum of amounts of one currency."""
    found = list(amounts)
    if len({each.currency for each in found}) != 1:
        return None
    return Money(sum(each.minor for each in found), found[0].currency)


def _fits_account(payout: Payout, arrival: Arrival) -> bool:
    return not payout.account or folded(payout.account) == folded(arrival.statement.account)


def _moved(day: date, days: int) -> date:
    try:
        return day + timedelta(days)
    except OverflowError:
        return date.max if days > 0 else date.min


def _check(board: _Board) -> None:
    """Refuse unless every payout and every credit is in exactly one row."""
    paid = Counter(each.identity for row in board.rows for each in row.payouts)
    came = Counter(id(each.entry) for row in board.rows for each in row.arrivals)
    credits = [each for each in board.arrivals if each.amount.minor > 0]
    is_whole = paid == Counter(each.identity for each in board.payouts)
    is_once = (
        all(came[id(each.entry)] == 1 for each in credits) and max(came.values(), default=1) == 1
    )
    if not (is_whole and is_once):
        raise MoneyLost(
            "Cannot finish matching: what came out is not what went in.",
            f"{len(board.payouts)} payouts and {len(credits)} credits went in.",
            "This is a mistake of the program: report it.",
            payouts=len(board.payouts),
            credits=len(credits),
        )


def _order(row: Row) -> tuple[int, date, str]:
    state = ("matched", "proposed", "open").index(row.state)
    if row.payouts:
        return state, row.payouts[0].paid_on, row.payouts[0].identity
    first = row.arrivals[0]
    return state, first.day, f"\uffff{first.statement.file}:{first.entry.row:012}"
