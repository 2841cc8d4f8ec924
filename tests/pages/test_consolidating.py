# SPDX-License-Identifier: Apache-2.0
"""Loose cargo through its pages: announced, told of, loaded, sealed, and its record exported."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from entrepot.consolidating.models import Container, Piece, Step
from tests.consolidating.kit import BOX, DECLARATION, SITE, brought, states
from tests.pages.kit import Person, new_person


@pytest.fixture
def owner(desk: None) -> Person:
    return new_person()


def at(name: str, *given: Any) -> str:
    return reverse(f"pages:inbound_{name}", args=given)


def test_a_table_is_announced_after_it_was_checked(owner):
    text = "唛头\t毛重g\t体积cm³\t报关单号\nP-1\t12,500\t96000\t\nP-2\t900\t8000\tL-1\n"
    checked = owner.post(at("pieces_new"), {"text": text, "step": "check"})
    assert checked.status_code == 200
    assert states(owner.enterprise) == {}

    owner.post(at("pieces_new"), {"text": text, "step": "take"})

    assert states(owner.enterprise) == {"P-1": "ordered", "P-2": "ordered"}
    with owner.within():
        assert Piece.objects.get(mark="P-2").declaration_no == "L-1"


def test_events_are_told_in_either_language_and_every_reason_is_shown(owner):
    brought(owner.enterprise, "ordered", "P-1", "P-2")
    text = (
        "number\tmark\tevent\tsite\tdeclaration_no\n"
        f"1\tP-1\t散货进场\t{SITE}\t\n2\tP-1\tdeclared\t\t{DECLARATION}\n"
        f"3\tP-2\tput into a container\t\t\n4\tP-3\tarrived\t{SITE}\t\n"
    )
    refused = owner.post(at("pieces_events"), {"text": text, "step": "take"})
    assert refused.status_code == 422
    assert "There is no piece of this mark" in refused.content.decode()
    assert set(states(owner.enterprise).values()) == {"ordered"}

    lines = text.splitlines()
    owner.post(at("pieces_events"), {"text": "\n".join(lines[:3]), "step": "take"})

    assert states(owner.enterprise) == {"P-1": "declared", "P-2": "ordered"}


def test_pieces_are_counted_by_state_and_one_shows_its_steps(owner):
    brought(owner.enterprise, "failed", "P-1")
    brought(owner.enterprise, "released", "P-2")
    shown = owner.text(at("pieces") + "?state=failed")
    with owner.within():
        id = Piece.objects.get(mark="P-1").id
    one = owner.text(at("piece", id))

    assert "P-1" in shown
    assert "P-2" not in shown
    assert "other goods than declared" in one
    assert "inspection begun" in one
    assert "查验不合格" in owner.text(at("piece", id), "zh-hans")


def test_a_container_is_opened_sealed_and_goes(owner):
    brought(owner.enterprise, "consolidated", "P-1")
    with owner.within():
        id = Container.objects.get().id
    assert owner.post(at("container_load", id)).status_code == 302
    assert states(owner.enterprise) == {"P-1": "consolidated"}

    owner.post(at("container_seal", id), {"seal_no": "SEAL-1"})
    refused = owner.post(at("container_seal", id), {"seal_no": "SEAL-2"})
    for step in ("load", "gate_out", "depart"):
        owner.post(at(f"container_{step}", id))

    assert refused.status_code == 422
    assert "SEAL-1" in refused.content.decode()
    assert states(owner.enterprise) == {"P-1": "departed"}
    assert "SEAL-1" in owner.text(at("containers"))


def test_a_container_is_opened_once(owner):
    for _ in range(2):
        owner.post(at("container_new"), {"container_no": BOX, "site": SITE})
    refused = owner.post(at("container_new"), {"container_no": BOX, "site": "SH-YARD"})

    assert refused.status_code == 422
    with owner.within():
        assert Container.objects.count() == 1


def test_the_record_is_exported_with_every_step(owner):
    brought(owner.enterprise, "consolidated", "P-1", "P-2")
    with owner.within():
        id = Container.objects.get().id
        steps = Step.objects.count()
    answered = owner.get(at("container", id, "record") + "?export=csv")
    table = b"".join(answered.streaming_content).decode("utf-8-sig")

    assert table.count("\n") == 3
    assert "P-2" in table
    assert "not selected" in table
    assert steps == 10


def test_a_mark_and_a_container_are_found_by_the_search(owner):
    brought(owner.enterprise, "consolidated", "MARK-77")
    with owner.within():
        its, box = Piece.objects.get().id, Container.objects.get().id

    assert owner.get("/search/?q=MARK-77").headers["Location"] == at("piece", its)
    assert owner.get(f"/search/?q={BOX}").headers["Location"] == at("container", box)


def test_whoever_only_reads_has_no_buttons(owner):
    brought(owner.enterprise, "consolidated", "P-1")
    reader = new_person("finance", owner.enterprise)
    with owner.within():
        id = Container.objects.get().id

    assert at("container_seal", id) not in reader.text(at("container", id))
    reader.post(at("container_seal", id), {"seal_no": "S"})
    assert states(owner.enterprise) == {"P-1": "consolidated"}
