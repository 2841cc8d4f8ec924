# SPDX-License-Identifier: Apache-2.0
"""Containers: opened, sealed, loaded, gone, with every piece in them; and several at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from entrepot.consolidating.containers import depart, gate_out, load, open_container, seal
from entrepot.consolidating.models import Container, Piece
from entrepot.consolidating.refusals import Lacking, SaysOtherwise, WrongState
from entrepot.people.models import AuditEntry
from entrepot.people.tenancy import within
from tests.consolidating.kit import (
    BOX,
    SITE,
    brought,
    check_site,
    codes,
    event,
    history,
    recorded,
    states,
)


@pytest.fixture
def box(enterprise):
    brought(enterprise, "consolidated", "P-1", "P-2")
    with within(enterprise):
        return open_container(BOX, SITE).id


def test_a_container_takes_all_that_is_in_it_along(enterprise, box):
    with within(enterprise):
        seal(box, "SEAL-1")
        load(box)
        gate_out(box)
        gone = depart(box)

    assert (gone.state, gone.seal_no) == ("departed", "SEAL-1")
    assert states(enterprise) == {"P-1": "departed", "P-2": "departed"}
    assert history(enterprise, "P-1")[-4:] == [
        ("sealed", "consolidated", "consolidated"),
        ("loaded", "consolidated", "loaded"),
        ("gate_out", "loaded", "gate_out"),
        ("departed", "gate_out", "departed"),
    ]
    check_site(enterprise)
    with within(enterprise):
        said = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
        assert said[-4:] == [f"container.{each}" for each in
                             ("sealed", "loaded", "gate_out", "departed")]  # fmt: skip


def test_what_was_done_stays_when_it_is_asked_again(enterprise, box):
    with within(enterprise):
        seal(box, "SEAL-1")
        load(box)
        assert seal(box, "SEAL-1").state == "loaded"
        assert load(box).state == "loaded"
        with pytest.raises(SaysOtherwise):
            seal(box, "SEAL-2")

    assert len(history(enterprise, "P-1")) == 7


@pytest.mark.parametrize("ask", [load, gate_out, depart])
def test_a_container_goes_no_way_before_it_is_sealed(enterprise, box, ask):
    with pytest.raises(WrongState), within(enterprise):
        ask(box)

    assert states(enterprise) == {"P-1": "consolidated", "P-2": "consolidated"}


def test_an_empty_container_is_not_sealed(enterprise):
    with within(enterprise):
        empty = open_container("EMPTY", SITE).id
    with pytest.raises(Lacking), within(enterprise):
        seal(empty, "SEAL-1")


def test_a_number_is_free_again_once_its_container_departed(enterprise, box):
    with within(enterprise):
        assert open_container(BOX, SITE).id == box
        with pytest.raises(SaysOtherwise):
            open_container(BOX, "SH-YARD")
        seal(box, "S")
        with pytest.raises(WrongState):
            open_container(BOX, SITE)
        load(box)
        gate_out(box)
        depart(box)
        assert open_container(BOX, "SH-YARD").id != box


def at_once(*acts):
    """Each in a thread and a transaction of its own, all beginning together."""
    gate = Barrier(len(acts))

    def run(act):
        try:
            gate.wait()
            return act()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.parametrize("turn", range(6))
def test_a_piece_is_put_into_one_of_two_containers_at_once(enterprise, turn):
    brought(enterprise, "released", "P-1")
    with within(enterprise):
        open_container("BOX-2", SITE)
    told = at_once(
        lambda: recorded(enterprise, event("P-1", "consolidated")),
        lambda: recorded(enterprise, event("P-1", "consolidated", container="BOX-2")),
    )

    assert sorted(codes([one for each in told for one in each])) == [
        "consolidated", "consolidating.wrong_state",
    ]  # fmt: skip
    check_site(enterprise)


@pytest.mark.parametrize("turn", range(6))
def test_while_it_is_sealed_a_piece_gets_in_or_stays_out(enterprise, turn):
    brought(enterprise, "consolidated", "P-0")
    brought(enterprise, "released", "P-1")
    with within(enterprise):
        box = Container.objects.get().id

    def close():
        with within(enterprise):
            return seal(box, "SEAL-1")

    sealed, told = at_once(close, lambda: recorded(enterprise, event("P-1", "consolidated")))

    assert sealed.state == "sealed", sealed
    is_in = codes(told) == ["consolidated"]
    assert is_in or codes(told) == ["consolidating.wrong_state"]
    with within(enterprise):
        inside = set(Piece.objects.filter(container=box).values_list("mark", flat=True))
    assert inside == ({"P-0", "P-1"} if is_in else {"P-0"})
    # What got in was sealed with the others.
    assert (history(enterprise, "P-1")[-1][0] == "sealed") == is_in
    check_site(enterprise)


def test_one_event_sent_by_two_at_once_is_once(enterprise):
    brought(enterprise, "released", "P-1")
    said = event("P-1", "consolidated")
    told = at_once(lambda: recorded(enterprise, said), lambda: recorded(enterprise, said))

    assert sorted(one.is_new for each in told for one in each) == [False, True]
    assert len(history(enterprise, "P-1")) == 5
