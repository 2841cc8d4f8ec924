# SPDX-License-Identifier: Apache-2.0
"""Items made ahead: all of them, in order, few at once, and none once nobody wants them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from entrepot.engine import write
from entrepot.engine.ahead import ahead
from entrepot.engine.frames import typed_table
from entrepot.engine.write import write_table
from entrepot.errors import Refused
from tests import season_files


@pytest.mark.parametrize("count", [0, 1, 3, 100])
def test_all_items_come_in_order(count):
    assert list(ahead(range(count))) == list(range(count))


def test_nothing_is_an_item_too():
    assert list(ahead([None, 1, None])) == [None, 1, None]


def test_no_more_are_made_than_were_asked_for():
    made: list[int] = []

    def make() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            yield number

    used = 0
    for number in ahead(make(), most=2):
        used += 1
        time.sleep(0.002)
        # Two wait, one is being handed in, one is in use.
        assert len(made) <= number + 1 + 4
    assert used == len(made) == 50


def test_what_goes_wrong_is_raised_where_items_are_used_after_those_before_it():
    def make() -> Iterator[int]:
        yield 1
        yield 2
        raise KeyError("three")

    items = ahead(make())

    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(KeyError, match="three"):
        next(items)


def forever() -> Iterator[int]:
    while True:
        yield 1


def test_a_user_that_stops_early_stops_the_making():
    before = set(threading.enumerate())
    items = ahead(forever())
    next(items)

    items.close()  # type: ignore[attr-defined]

    assert set(threading.enumerate()) == before


def test_a_table_that_cannot_be_written_stops_the_reading_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(write, "EXCEL_ROWS", 3)
    table = season_files.TABLES["fx_rates"]
    (batch,) = typed_table(table, season_files.valid()["fx_rates"]).to_batches()
    before = set(threading.enumerate())

    with pytest.raises(Refused) as refused:
        write_table(table, (batch for _ in forever()), tmp_path, "xlsx")

    assert refused.value.code
    left = set(threading.enumerate()) - before
    assert left == set()


class Interrupted(threading.Thread):
    """A thread during whose start somebody presses Ctrl-C."""

    def start(self) -> None:
        super().start()
        raise KeyboardInterrupt


def test_an_interrupt_as_the_making_begins_stops_it(monkeypatch):
    monkeypatch.setattr("entrepot.engine.ahead.Thread", Interrupted)
    before = set(threading.enumerate())

    with pytest.raises(KeyboardInterrupt):
        next(ahead(forever(), most=1))

    assert set(threading.enumerate()) == before
