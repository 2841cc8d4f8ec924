# SPDX-License-Identifier: Apache-2.0
"""Which declared lines each line of an invoice is spread over, and how much each of them bears.

What cannot be spread says why; a cost is never spread by something else than was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from psycopg import Cursor

from entrepot.catalog.forms import Fault, shown
from entrepot.costing.rules import (
    CONSIGNMENT,
    CONTAINER,
    DECLARATION,
    MOST_PARTS,
    SHARES,
    Goods,
    Key,
    as_shares,
    is_spread,
    weight,
)
from entrepot.costing.saying import NewLine
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: The size of a unit is that which a season has (`closing.sql`).
_SIZE: Final = """
    nullif(p.weight_g, 0)::bigint,
    nullif(round(p.length_mm::numeric * p.width_mm * p.height_mm / 1000), 0)::bigint
"""
_LINE: Final = f"""
    d.declaration_no, d.item_no, d.sku, {{units}}, d.quantity, d.fob_amount, d.fob_currency, {_SIZE}
"""
_PRODUCT: Final = """
    LEFT JOIN catalog_product AS p ON p.enterprise_id = %(enterprise)s AND p.sku = d.sku
"""
_DECLARED: Final = f"""
    SELECT {_LINE.format(units="d.quantity")}
    FROM logistics_declarationline AS d {_PRODUCT}
    WHERE d.enterprise_id = %(enterprise)s AND d.declaration_no = ANY(%(numbers)s)
    ORDER BY 1, 2, 3
"""
#: Consignments by number or container, with their goods: those without a declaration have none.
_SENT: Final = f"""
    SELECT c.number, c.container_no, c.state, c.dispatched_on, l.sku,
        {_LINE.format(units="l.units")}
    FROM logistics_consignment AS c
    LEFT JOIN LATERAL (
        SELECT declaration_no, item_no, sku, sum(quantity)::bigint AS units
        FROM logistics_consignmentline
        WHERE enterprise_id = %(enterprise)s AND consignment_id = c.id
        GROUP BY declaration_no, item_no, sku
    ) AS l ON true
    LEFT JOIN logistics_declarationline AS d ON d.enterprise_id = %(enterprise)s
        AND d.declaration_no = l.declaration_no AND d.item_no = l.item_no AND d.sku = l.sku
    {_PRODUCT}
    WHERE c.enterprise_id = %(enterprise)s AND {{which}}
    ORDER BY c.number, d.declaration_no, d.item_no, d.sku
"""
#: Loads of containers at a site, by the declarations of their pieces.
_LOADED: Final = """
    SELECT c.number, c.id::text, (c.departed_at AT TIME ZONE coalesce((SELECT time_zone
            FROM people_profile WHERE enterprise_id = %(enterprise)s), 'UTC'))::date,
        i.declaration_no, count(*), sum(i.weight_g)::bigint, sum(i.volume_cm3)::bigint
    FROM consolidating_container AS c
    JOIN consolidating_piece AS i ON i.enterprise_id = %(enterprise)s AND i.container_id = c.id
    WHERE c.enterprise_id = %(enterprise)s AND c.number = ANY(%(containers)s)
    GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 2, 4
"""
_SHOWN: Final = 5
#: What of a piece of loose cargo a cost is spread by; its worth is not known.
_OF_PIECES: Final = {"": 0, "quantity": 0, "weight": 1, "volume": 2}


@dataclass(frozen=True, slots=True)
class Spread:
    """A line's goods: how much each declared line bears, or why it cannot be spread.

    `weights`: units, money, grams or cubic centimetres, by what is spread; empty for by hand.
    """

    shares: Mapping[Key, int] = field(default_factory=dict)
    weights: Mapping[Key, Fraction] = field(default_factory=dict)
    faults: Sequence[Fault] = ()


@dataclass(frozen=True, slots=True)
class _Sent:
    """A consignment: its goods, and the SKUs of what is not declared."""

    number: str
    container: str
    state: str
    dispatched_on: Any
    goods: list[Goods] = field(default_factory=list)
    undeclared: list[str] = field(default_factory=list)


class Cannot(Exception):
    """A line cannot be spread: which field says why, what was found, what was expected."""

    def __init__(self, name: str, found: str, expected: str) -> None:
        super().__init__(found)
        self.given = (name, found, expected)


def resolve(lines: Sequence[NewLine]) -> dict[int, Spread]:
    """What each line that paid for goods is spread over, by the number of the line."""
    asked = {
        row: line for row, line in enumerate(lines, 1) if is_spread(line.account, line.paid_for)
    }
    if not asked:
        return {}
    known = _Known.of(asked.values())
    return {row: _spread(row, line, known) for row, line in asked.items()}


def _spread(row: int, line: NewLine, known: _Known) -> Spread:
    try:
        if line.paid_for == SHARES:
            return _by_hand(row, line, known)
        if line.paid_for == CONTAINER and (loads := known.loads_of(line)):
            weights = _of_pieces(line, loads, known)
        else:
            weights = _of_goods(line, known.goods_of(line))
    except Cannot as cannot:
        return Spread(faults=[Fault(*cannot.given, row)])
    shares = as_shares(weights)
    if not shares:
        return Spread(faults=[Fault("spread", "goods that weigh nothing so", "some that do", row)])
    if len(shares) > MOST_PARTS:
        told = f"{len(shares):,} declared lines"
        return Spread(faults=[Fault("lines", told, f"at most {MOST_PARTS:,} for a line", row)])
    return Spread(shares, weights)


def _by_hand(row: int, line: NewLine, known: _Known) -> Spread:
    there = {each.key for each in known.declared}
    faults = [
        Fault("shares", f"{each.declaration_no}/{each.item_no} {each.sku}", "a declared line", row)
        for each in line.shares
        if each.key not in there
    ]
    if faults:
        return Spread(faults=faults)
    return Spread({each.key: each.share for each in sorted(line.shares, key=lambda s: s.key)})


def _of_goods(line: NewLine, goods: Sequence[Goods]) -> dict[Key, Fraction]:
    """How much goods bear, or why not.

    Raises:
        Cannot: values are in several currencies, or articles have no weight or volume.
    """
    spread = line.spread or "quantity"
    if spread == "value" and len(moneys := {each.fob_currency for each in goods}) > 1:
        raise Cannot("spread", f"values in {', '.join(sorted(moneys))}", "values in one currency")
    weights: dict[Key, Fraction] = {}
    unknown = []
    for each in goods:
        its = weight(each, spread)
        if its is None:
            unknown.append(each.key[2])
        else:
            weights[each.key] = weights.get(each.key, Fraction(0)) + its
    if unknown:
        raise Cannot(
            "spread", f"articles without {spread}: {_some(unknown)}", f"the {spread} of all"
        )
    return weights


def _of_pieces(
    line: NewLine, loads: Mapping[str, tuple[int, int, int]], known: _Known
) -> dict[Key, Fraction]:
    """What declarations bear by their pieces, and within each its lines by the same measure.

    Raises:
        Cannot: it is to be by value, or a declaration is not there.
    """
    if line.spread not in _OF_PIECES:
        raise Cannot("spread", "pieces, whose value nobody knows", "quantity, weight or volume")
    found: dict[Key, Fraction] = {}
    for number, measures in loads.items():
        goods = [each for each in known.declared if each.key[0] == number]
        if not goods:
            told = shown(number) if number else "pieces without a declaration"
            raise Cannot("container_no", told, "pieces of declarations that are there")
        weights = _of_goods(line, goods)
        whole = sum(weights.values())
        for key, its in weights.items():
            found[key] = measures[_OF_PIECES[line.spread]] * its / whole
    return found


def _some(names: Iterable[str]) -> str:
    every = sorted(set(names))
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more


@dataclass(frozen=True, slots=True)
class _Known:
    """What the desk knows of all that lines name: one statement of each kind."""

    declared: Sequence[Goods]
    sent: Sequence[_Sent]
    loaded: Sequence[tuple[Any, ...]]

    @classmethod
    def of(cls, lines: Iterable[NewLine]) -> _Known:
        """Look everything up that lines name."""
        by: dict[str, list[NewLine]] = {}
        for line in lines:
            by.setdefault(line.paid_for, []).append(line)
        given: dict[str, Any] = {
            "enterprise": acting().enterprise,
            "consignments": sorted({each.consignment for each in by.get(CONSIGNMENT, ())}),
            "containers": sorted({each.container_no for each in by.get(CONTAINER, ())}),
        }
        with raw_cursor() as cursor:
            sent = list(_sent(cursor, given))
            loaded = cursor.execute(_LOADED, given).fetchall() if given["containers"] else []
            numbers = {each.declaration_no for each in by.get(DECLARATION, ())}
            numbers |= {s.declaration_no for each in by.get(SHARES, ()) for s in each.shares}
            numbers |= {row[3] for row in loaded}
            given["numbers"] = sorted(numbers)
            rows = cursor.execute(_DECLARED, given).fetchall() if numbers else []
        return cls([_goods(row) for row in rows], sent, loaded)

    def goods_of(self, line: NewLine) -> list[Goods]:
        """The goods that a line names.

        Raises:
            Cannot: there are none, or not all of them are declared.
        """
        if line.paid_for == DECLARATION:
            return self._declared(line)
        if line.paid_for == CONSIGNMENT:
            its = [each for each in self.sent if each.number == line.consignment]
            if not its:
                raise Cannot("consignment", shown(line.consignment), "a consignment")
            return _narrowed(line, _goods_sent("consignment", its))
        return _goods_sent("container_no", self._one_load(line))

    def _declared(self, line: NewLine) -> list[Goods]:
        its = [each for each in self.declared if each.key[0] == line.declaration_no]
        if not its:
            raise Cannot("declaration_no", shown(line.declaration_no), "a declaration")
        if line.item_no is not None:
            its = [each for each in its if each.key[1] == line.item_no]
            if not its:
                raise Cannot("item_no", f"{line.item_no}", f"an item of {line.declaration_no}")
        return _narrowed(line, its)

    def _one_load(self, line: NewLine) -> list[_Sent]:
        """The consignments that went in a container at one time."""
        its = [
            each for each in self.sent
            if each.container == line.container_no and _is_within(line, each.dispatched_on)
        ]  # fmt: skip
        if not its:
            raise Cannot(
                "container_no", shown(line.container_no), "a container whose load is known"
            )
        _refuse_several({each.dispatched_on for each in its})
        return its

    def loads_of(self, line: NewLine) -> dict[str, tuple[int, int, int]]:
        """Pieces, grams and volume of each declaration in a container that no consignment names.

        Raises:
            Cannot: the container was loaded several times, and nothing says which is meant.
        """
        if any(each.container == line.container_no for each in self.sent):
            return {}
        its = [
            row for row in self.loaded if row[0] == line.container_no and _is_within(line, row[2])
        ]
        _refuse_several({row[1]: row[2] for row in its}.values())
        return {row[3]: (row[4], row[5], row[6]) for row in its}


def _refuse_several(days: Iterable[Any]) -> None:
    every = list(days)
    if len(every) > 1:
        told = ", ".join(sorted(str(day or "not sent yet") for day in every)[:_SHOWN])
        raise Cannot("container_no", f"loads of {told}", "one load: say in which days it left")


def _is_within(line: NewLine, day: Any) -> bool:
    if line.first_on is None and line.last_on is None:
        return True
    return (
        day is not None
        and (line.first_on is None or line.first_on <= day)
        and (line.last_on is None or day <= line.last_on)
    )


def _narrowed(line: NewLine, goods: list[Goods]) -> list[Goods]:
    if line.sku:
        goods = [each for each in goods if each.key[2] == line.sku]
    if not goods:
        raise Cannot("sku", shown(line.sku), "an article of these goods")
    return goods


def _goods_sent(name: str, its: Sequence[_Sent]) -> list[Goods]:
    cancelled = [each.number for each in its if each.state == "cancelled"]
    if cancelled:
        raise Cannot(name, f"{_some(cancelled)}, which is cancelled", "one that is not")
    undeclared = [sku for each in its for sku in each.undeclared]
    if undeclared:
        raise Cannot(name, f"goods that are not declared: {_some(undeclared)}", "declared goods")
    goods = [each for one in its for each in one.goods]
    if not goods:
        raise Cannot(name, f"{_some(each.number for each in its)} without goods", "declared goods")
    return goods


def _sent(cursor: Cursor[Any], given: Mapping[str, Any]) -> Iterator[_Sent]:
    which = []
    if given["consignments"]:
        which.append("c.number = ANY(%(consignments)s)")
    if given["containers"]:
        which.append("(c.container_no = ANY(%(containers)s) AND c.state <> 'cancelled')")
    if not which:
        return
    found: dict[str, _Sent] = {}
    statement = _SENT.format(which=f"({' OR '.join(which)})")
    for number, container, state, on, sku, *goods in cursor.execute(statement.encode(), given):
        its = found.setdefault(number, _Sent(number, container, state, on))
        if goods[0] is not None:
            its.goods.append(_goods(goods))
        elif sku is not None:
            its.undeclared.append(sku)
    yield from found.values()


def _goods(row: Sequence[Any]) -> Goods:
    declaration_no, item_no, sku, units, quantity, fob, currency, weight_g, volume = row
    return Goods(
        (declaration_no, item_no, sku), units, quantity, fob, currency, weight_g, volume
    )  # fmt: skip
