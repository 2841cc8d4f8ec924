# SPDX-License-Identifier: Apache-2.0
"""Who the units of a return or transfer were, however often they were sold, moved and came back."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.engine.base import Engine, Frame
from entrepot.ledger.numbers import BACK, KIND, RETURN, SEGMENT, TRANSFER, TRANSFERS
from entrepot.ledger.returns import resolve, split_returned, through_returns
from entrepot.ledger.transfers import units_moved
from tests.on_engines import ENGINES, open_engine

Row = dict[str, Any]
#: Every example runs several statements: fewer of them.
SOME = settings(max_examples=settings.default.max_examples // 3)
RESTOCKED = ("ret", "place", "quantity", "inflow", "offset")


def frame_of(engine: Engine, rows: list[Row], *names: str) -> Frame:
    return engine.table(
        pa.table({name: pa.array([row[name] for row in rows], pa.int64()) for name in names})
    )


def of(kind: int, number: int) -> int:
    return kind * KIND + number


def resolved(engine: Engine, restocked: list[Row]) -> dict[tuple[int, int], tuple[int, int]]:
    """Who each single unit of each return is: (return, place) to (inflow, offset)."""
    known = resolve(engine, frame_of(engine, restocked, *RESTOCKED))
    units = {}
    for row in engine.rows(known):
        for at in range(row["quantity"]):
            into = at if row["step"] == 1 else row["quantity"] - 1 - at
            units[row["ret"], row["place"] + at] = (row["inflow"], row["offset"] + into)
    return units


def followed(restocked: list[Row]) -> dict[tuple[int, int], tuple[int, int]]:
    """The same, one unit after another: back through every return to where it came from."""
    step: dict[tuple[int, int], tuple[int, int]] = {}
    for row in restocked:
        is_forward = row["inflow"] // KIND == BACK or row["ret"] >= TRANSFERS
        for at in range(row["quantity"]):
            into = at if is_forward else row["quantity"] - 1 - at
            step[row["ret"], row["place"] + at] = (row["inflow"], row["offset"] + into)
    found = {}
    for unit, (inflow, offset) in step.items():
        while inflow // KIND == RETURN:
            inflow, offset = step[inflow - RETURN * KIND, offset]
        found[unit] = (inflow, offset)
    return found


@st.composite
def returns_of_returns(draw: st.DrawFn) -> list[Row]:
    """Returns and transfers as they happen; each brings units of earlier ones, or new ones."""
    free: list[tuple[int, int]] = []  # (inflow, offset) of single units that may be sold now
    lots = draw(st.integers(1, 3))
    for lot in range(lots):
        free += [(of(SEGMENT, lot), offset) for offset in range(draw(st.integers(1, 6)))]
    rows: list[Row] = []
    for number in range(draw(st.integers(0, 7))):
        ret = number + draw(st.sampled_from((0, TRANSFERS)))
        place = 0
        for _ in range(draw(st.integers(1, 3))):
            if not free:
                break
            start = draw(st.integers(0, len(free) - 1))
            inflow, offset = free[start]
            quantity = 1
            while quantity < 4 and (inflow, offset + quantity) in free and draw(st.booleans()):
                quantity += 1
            for unit in range(quantity):
                free.remove((inflow, offset + unit))
            rows.append(
                {
                    "ret": ret,
                    "place": place,
                    "quantity": quantity,
                    "inflow": inflow,
                    "offset": offset,
                }
            )
            place += quantity
        if place and draw(st.integers(0, 3)) == 0:
            rows.append(
                {
                    "ret": ret,
                    "place": place,
                    "quantity": 2,
                    "inflow": of(BACK, ret),
                    "offset": place,
                }
            )
            place += 2
        free = [(of(RETURN, ret), offset) for offset in range(place)] + free
    return rows


@pytest.mark.parametrize("name", ENGINES)
@SOME
@given(returns_of_returns())
def test_identity_is_followed_through_every_return(name, restocked):
    with TemporaryDirectory() as spill, open_engine(name, Path(spill)) as engine:
        assert resolved(engine, restocked) == followed(restocked)


@pytest.mark.parametrize("length", [1, 2, 33, 200])
def test_a_long_chain_of_returns_ends_where_it_began(engine, length):
    """One lot of three units, sold and restocked over and over: each time it turns round."""
    first = {"ret": 0, "place": 0, "quantity": 3, "inflow": of(SEGMENT, 5), "offset": 10}
    chain = [
        {"ret": ret, "place": 0, "quantity": 3, "inflow": of(RETURN, ret - 1), "offset": 0}
        for ret in range(1, length)
    ]

    found = resolved(engine, [first, *chain])

    assert found == followed([first, *chain])
    last = [found[length - 1, place][1] for place in range(3)]
    assert last == ([12, 11, 10] if length % 2 else [10, 11, 12])


@pytest.mark.parametrize("name", ENGINES)
@SOME
@given(returns_of_returns(), st.data())
def test_a_fate_of_returned_units_becomes_that_of_the_units_they_were(name, restocked, data):
    sizes: defaultdict[int, int] = defaultdict(int)
    for row in restocked:
        sizes[row["ret"]] += row["quantity"]
    fates = []
    for ret, size in sizes.items():
        start = data.draw(st.integers(0, size - 1))
        quantity = data.draw(st.integers(1, size - start))
        fates.append(
            {"inflow": of(RETURN, ret), "offset": start, "quantity": quantity, "sale": 100 + ret}
        )

    with TemporaryDirectory() as spill, open_engine(name, Path(spill)) as engine:
        known = resolve(engine, frame_of(engine, restocked, *RESTOCKED))
        frame = frame_of(engine, fates, "inflow", "offset", "quantity", "sale")
        named = engine.rows(through_returns(engine, frame, known))

    found = sorted(
        (row["sale"], row["inflow"], row["offset"] + at)
        for row in named
        for at in range(row["quantity"])
    )
    known_units = followed(restocked)
    assert found == sorted(
        (fate["sale"], *known_units[fate["sale"] - 100, fate["offset"] + at])
        for fate in fates
        for at in range(fate["quantity"])
    )


def test_a_long_way_to_and_fro_ends_where_it_began(engine):
    """Three units moved over and over: a transfer never turns them round."""
    first = {"ret": TRANSFERS, "place": 0, "quantity": 3, "inflow": of(SEGMENT, 5), "offset": 10}
    chain = [
        first | {"ret": TRANSFERS + at, "inflow": of(RETURN, TRANSFERS + at - 1), "offset": 0}
        for at in range(1, 100)
    ]

    found = resolved(engine, [first, *chain])

    assert [found[TRANSFERS + 99, place] for place in range(3)] == [
        (of(SEGMENT, 5), 10 + place) for place in range(3)
    ]


def test_a_transfer_takes_its_units_in_order_and_those_without_stock_last(engine):
    """Transfer 0 of five leaves from unit 10 of its lane on, and two are there; 1 finds nothing."""
    pieces = [
        {"right": of(TRANSFER, 0), "start": 10, "quantity": 1, "inflow": 3, "offset": 6},
        {"right": of(TRANSFER, 0), "start": 11, "quantity": 1, "inflow": 4, "offset": 0},
    ]
    served = [
        {"right": of(TRANSFER, 0), "start": 10, "quantity": 2, "unmet": 3},
        {"right": of(TRANSFER, 1), "start": 0, "quantity": 0, "unmet": 1},
    ]

    moved = units_moved(
        engine,
        frame_of(engine, pieces, "right", "start", "quantity", "inflow", "offset"),
        frame_of(engine, served, "right", "start", "quantity", "unmet"),
    )

    found = [tuple(row[n] for n in RESTOCKED) for row in engine.rows(moved, ["ret", "place"])]
    assert found == [
        (TRANSFERS, 0, 1, 3, 6),
        (TRANSFERS, 1, 1, 4, 0),
        (TRANSFERS, 2, 3, of(BACK, TRANSFERS), 2),
        (TRANSFERS + 1, 0, 1, of(BACK, TRANSFERS + 1), 0),
    ]


def test_returns_take_a_sale_back_from_its_last_unit_on(engine):
    """Sale 1 of 7: four from lot 0, then two from lot 1, one without stock; 2 and 3 come back."""
    pieces = [
        {"sale": 1, "sold_from": 0, "quantity": 4, "inflow": of(SEGMENT, 0), "offset": 6},
        {"sale": 1, "sold_from": 4, "quantity": 2, "inflow": of(SEGMENT, 1), "offset": 0},
    ]
    served = [{"sale": 1, "quantity": 6, "unmet": 1}]
    returned = [
        {"ret": 9, "sale": 1, "day": 2, "quantity": 2},
        {"ret": 8, "sale": 1, "day": 3, "quantity": 3},
    ]

    split = split_returned(
        engine,
        frame_of(engine, pieces, "sale", "sold_from", "quantity", "inflow", "offset"),
        frame_of(engine, served, "sale", "quantity", "unmet"),
        frame_of(engine, returned, "ret", "sale", "day", "quantity"),
    )

    columns = ["ret", "place", "quantity", "inflow", "offset"]
    found = [tuple(row[n] for n in columns) for row in engine.rows(split, ["ret", "place"])]
    assert found == [
        (8, 0, 1, of(SEGMENT, 1), 0),
        (8, 1, 2, of(SEGMENT, 0), 8),
        (9, 0, 1, of(BACK, 9), 0),
        (9, 1, 1, of(SEGMENT, 1), 1),
        (None, None, 2, of(SEGMENT, 0), 6),
    ]
