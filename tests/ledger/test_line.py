# SPDX-License-Identifier: Apache-2.0
"""The quantity line against a list of single units, on both engines."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import narwhals as nw
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entrepot.engine.base import Engine, Frame
from entrepot.ledger.line import cut, lay, serve
from tests.on_engines import ENGINES, open_engine

FIRST = date(2024, 12, 30)
Piece = dict[str, Any]


def frame_of(engine: Engine, rows: list[Piece], *names: str) -> Frame:
    kinds = {"day": pa.date32()}
    return engine.table(
        pa.table(
            {name: pa.array([r[name] for r in rows], kinds.get(name, pa.int64())) for name in names}
        )
    )


def laid(quantities: list[tuple[int, int]], name: str) -> list[Piece]:
    """Rows one after another along their line, from 0, numbered."""
    ends: defaultdict[int, int] = defaultdict(int)
    rows = []
    for number, (line, quantity) in enumerate(quantities):
        rows.append({"line": line, "start": ends[line], "quantity": quantity, name: number})
        ends[line] += quantity
    return rows


def units_of(rows: list[Piece], name: str) -> dict[tuple[int, int], int]:
    """Whose each single unit is: line and place on it, to a row's number."""
    return {
        (row["line"], row["start"] + place): row[name]
        for row in rows
        for place in range(row["quantity"])
    }


def pieces_by_unit(lefts: list[Piece], rights: list[Piece]) -> list[tuple[Any, ...]]:
    """The pieces of a cut, by looking at every unit."""
    left, right = units_of(lefts, "left"), units_of(rights, "right")
    whole = {row["right"]: row["quantity"] for row in rights}
    pieces: list[list[Any]] = []
    for unit in sorted(left.keys() | right.keys()):
        line, place = unit
        owners = left.get(unit), right.get(unit)
        last = pieces[-1] if pieces else [None, 0, 0, None, None]
        if last[0] == line and last[1] + last[2] == place and tuple(last[3:5]) == owners:
            last[2] += 1
            continue
        pieces.append([line, place, 1, *owners])
    return [(*piece, piece[2] == whole.get(piece[4])) for piece in pieces]


sides = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5)), max_size=8)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("name", ENGINES)
@given(sides, sides)
@example([(0, 3)], [])
@example([], [(0, 3)])
@example([(0, 2), (0, 3)], [(0, 2), (0, 3)])
@example([(0, 5)], [(0, 1), (0, 9)])
def test_a_cut_gives_every_unit_the_row_that_holds_it(name, gaps, left, right):
    lefts, rights = laid(left, "left"), laid(right, "right")

    with TemporaryDirectory() as spill, open_engine(name, Path(spill)) as engine:
        found = cut_with(engine, lefts, rights, gaps=gaps)

    assert found == pieces_by_unit(lefts, rights)


@st.composite
def with_gaps(draw: st.DrawFn, name: str) -> list[Piece]:
    """Rows that lie apart on their lines, never over one another."""
    ends: defaultdict[int, int] = defaultdict(int)
    rows = []
    for number in range(draw(st.integers(0, 6))):
        line, gap = draw(st.integers(0, 1)), draw(st.integers(0, 3))
        quantity = draw(st.integers(1, 4))
        start = ends[line] + gap
        rows.append({"line": line, "start": start, "quantity": quantity, name: number})
        ends[line] = start + quantity
    return rows


@pytest.mark.parametrize("name", ENGINES)
@given(with_gaps("left"), with_gaps("right"))
def test_a_cut_leaves_free_what_lies_between_rows(name, lefts, rights):
    with TemporaryDirectory() as spill, open_engine(name, Path(spill)) as engine:
        found = cut_with(engine, lefts, rights, gaps=True)

    assert found == pieces_by_unit(lefts, rights)


def cut_with(
    engine: Engine, lefts: list[Piece], rights: list[Piece], *, gaps: bool
) -> list[tuple[Any, ...]]:
    pieces = cut(
        frame_of(engine, lefts, "line", "start", "quantity", "left"),
        frame_of(engine, rights, "line", "start", "quantity", "right"),
        ["line"],
        gaps=gaps,
    )
    columns = ["line", "start", "quantity", "left", "right", "is_whole"]
    rows = engine.rows(pieces.select(columns), ["line", "start"])
    return [tuple(row[name] for name in columns) for row in rows]


def test_a_cut_holds_at_the_bounds(engine):
    """Lines of 2**61 units in all, rows of 2**30 - 1 each, cut one unit off."""
    most = 2**30 - 1
    far = 2**61 - 2 * most
    lefts = [{"line": 0, "start": far + at * most, "quantity": most, "left": at} for at in (0, 1)]
    rights = [{"line": 0, "start": far + 1, "quantity": most, "right": 7}]

    assert cut_with(engine, lefts, rights, gaps=True) == [
        (0, far, 1, 0, None, False),
        (0, far + 1, most - 1, 0, 7, False),
        (0, far + most, 1, 1, 7, False),
        (0, far + most + 1, most - 1, 1, None, False),
    ]


@pytest.mark.parametrize("name", ENGINES)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(1, 5)), max_size=10))
def test_rows_are_laid_one_after_another(name, drawn):
    rows = [
        {"line": line, "moment": moment, "number": at, "quantity": quantity}
        for at, (line, moment, quantity) in enumerate(drawn)
    ]
    with TemporaryDirectory() as spill, open_engine(name, Path(spill)) as engine:
        frame = frame_of(engine, rows, "line", "moment", "number", "quantity")
        found = engine.rows(lay(frame, ["line"], ["moment", "number"]), ["number"])

    for row in found:
        before = [
            other["quantity"]
            for other in rows
            if other["line"] == row["line"]
            and (other["moment"], other["number"]) < (row["moment"], row["number"])
        ]
        assert row["start"] == sum(before)
    assert [row["number"] for row in found] == [row["number"] for row in rows]


# --- Causality ---


def served_by_unit(
    came: list[Piece], went: list[Piece], between: list[Piece] | None = None
) -> list[Piece]:
    """What each outflow got, handing out one unit after another, day by day."""
    found = []
    for line in {row["line"] for row in went}:
        stock = handed = 0
        moments = [(row["day"], 0, 0, 0, row) for row in came if row["line"] == line]
        moments += [
            (row["day"], 1, row["rank"], row["number"], row) for row in went if row["line"] == line
        ]
        moments += [
            (row["day"], 1, row["rank"], row["number"], row)
            for row in between or []
            if row["line"] == line
        ]
        for *_, row in sorted(moments, key=lambda m: m[:4]):
            if "right" not in row:
                stock += row["quantity"]
                continue
            got = min(stock, row["quantity"])
            found.append(
                {
                    "line": line,
                    "right": row["right"],
                    "start": handed,
                    "quantity": got,
                    "unmet": row["quantity"] - got,
                }
            )
            stock -= got
            handed += got
    return sorted(found, key=lambda row: row["right"])


@st.composite
def flows(draw: st.DrawFn) -> tuple[list[Piece], list[Piece], list[Piece]]:
    """What came before all that went out on its day, what went, and what came in between."""

    def rows(limit: int) -> list[Piece]:
        return [
            {
                "line": draw(st.integers(0, 1)),
                "day": FIRST + timedelta(days=draw(st.integers(0, 4))),
                "quantity": draw(st.integers(1, 5)),
            }
            for _ in range(draw(st.integers(0, limit)))
        ]

    came, went, between = rows(5), rows(8), rows(3)
    for number, row in enumerate(went):
        row["rank"] = draw(st.integers(0, 2))
        row |= {"number": 2 * number, "right": row["rank"] * 1000 + number}
    for row in between:
        row |= {"rank": draw(st.integers(0, 2)), "number": 2 * draw(st.integers(0, 8)) + 1}
    return came, went, list({(r["rank"], r["number"]): r for r in between}.values())


@pytest.mark.parametrize("name", ENGINES)
@given(flows())
def test_no_unit_leaves_before_it_came_and_unmet_demand_is_gone(name, drawn):
    came, went, between = drawn
    names = ["line", "right", "start", "quantity", "unmet"]
    with TemporaryDirectory() as spill, open_engine(name, Path(spill)) as engine:
        frames = (
            frame_of(engine, came, "line", "day", "quantity"),
            frame_of(engine, went, "line", "day", "rank", "number", "right", "quantity"),
        )
        among = frame_of(engine, between, "line", "day", "rank", "number", "quantity")
        plain = engine.rows(serve(engine, *frames, "line"), ["right"])
        found = engine.rows(serve(engine, *frames, "line", among), ["right"])

    assert [{n: row[n] for n in names} for row in plain] == served_by_unit(came, went)
    assert [{n: row[n] for n in names} for row in found] == served_by_unit(came, went, between)


def test_days_far_apart_and_the_last_number_of_a_day_keep_their_order(engine):
    """The moment of an outflow is one number; nothing of a day may spill into the next."""
    last = 2**40 - 1
    came = [
        {"line": 0, "day": day, "quantity": 1} for day in (date(2000, 1, 1), date(2099, 12, 31))
    ]
    went = [
        {
            "line": 0,
            "day": date(2099, 12, 30),
            "rank": 2,
            "number": last,
            "right": 1,
            "quantity": 2,
        },
        {"line": 0, "day": date(2099, 12, 31), "rank": 0, "number": 0, "right": 2, "quantity": 1},
        {
            "line": 0,
            "day": date(1999, 12, 31),
            "rank": 2,
            "number": last,
            "right": 0,
            "quantity": 1,
        },
    ]
    served = serve(
        engine,
        frame_of(engine, came, "line", "day", "quantity"),
        frame_of(engine, went, "line", "day", "rank", "number", "right", "quantity"),
        "line",
    )

    rows = engine.rows(served, ["right"])

    assert [(r["right"], r["start"], r["quantity"], r["unmet"]) for r in rows] == [
        (0, 0, 0, 1),
        (1, 0, 1, 1),
        (2, 1, 1, 0),
    ]
    assert dict(served.collect_schema())["quantity"] == nw.Int64
