# SPDX-License-Identifier: Apache-2.0
"""A sweep goes through every enterprise in turns, and what fails for one is not the others'."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from entrepot.jobs.sweeping import PER_TURN, SweepFailed, everywhere
from entrepot.people.models import Enterprise

#: A clock that never strikes.
NEVER = "0 0 31 2 *"


class Queue:
    """Takes what a turn asks for; `happened` is what was done and asked for, in order."""

    def __init__(self, is_full: bool = False) -> None:
        self.is_full = is_full
        self.happened: list[object] = []

    def defer(self, timestamp: int, after: str) -> None:
        if self.is_full:
            raise AlreadyEnqueued
        self.happened.append(after)


@pytest.fixture
def many(desk):
    """As many enterprises as a turn goes through, and some, in their order."""
    return sorted(Enterprise.objects.create().id for _ in range(PER_TURN + 3))


def sweep(queue, monkeypatch, fails=()):
    """A sweep that writes down where it looks; its turn."""
    name = f"test_{uuid4().hex}"

    @everywhere(name, NEVER)
    def look(enterprise):
        queue.happened.append(enterprise)
        if enterprise in fails:
            raise ZeroDivisionError

    turn = app.tasks[f"entrepot.{name}"]
    monkeypatch.setattr(turn, "configure", lambda: queue)
    return turn


def before(enterprise):
    return str(UUID(int=enterprise.int - 1))


def test_everyone_is_looked_at_once_in_turns_that_ask_for_the_next_before_they_begin(
    many, monkeypatch
):
    queue = Queue()
    turn = sweep(queue, monkeypatch)

    turn(0, before(many[0]))
    (asked, *first), queue.happened = queue.happened, []
    turn(0, asked)

    assert asked == str(first[-1])
    assert len(first) == PER_TURN
    looked_at = first + [each for each in queue.happened if isinstance(each, UUID)]
    assert [each for each in looked_at if each in many] == many


def test_a_turn_that_is_asked_for_already_is_no_fault(many, monkeypatch):
    queue = Queue(is_full=True)

    sweep(queue, monkeypatch)(0, before(many[0]))

    assert len(queue.happened) == PER_TURN


def test_what_fails_for_one_is_told_and_the_others_are_looked_at(many, monkeypatch, caplog):
    queue = Queue()
    turn = sweep(queue, monkeypatch, fails={many[1]})

    with pytest.raises(SweepFailed, match=f"for 1 of {PER_TURN} enterprises"):
        turn(0, before(many[0]))

    assert len(queue.happened) == 1 + PER_TURN
    (said,) = [each for each in caplog.records if each.getMessage() == "broke"]
    assert said.enterprise == str(many[1])
    assert said.exc_info[0] is ZeroDivisionError
