# SPDX-License-Identifier: Apache-2.0
"""Master and house documents: sums that agree, numbers that were given, and none made up."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from entrepot.consolidating import bills
from entrepot.consolidating.measuring import measure
from entrepot.consolidating.models import Bill, Container
from entrepot.consolidating.refusals import Lacking
from entrepot.papers.cargo_bill import house_bill, master_bill
from entrepot.papers.refusals import Unfit
from entrepot.people.tenancy import within
from tests.consolidating.kit import BOX, brought, measured
from tests.papers.reading import texts


@pytest.fixture
def box(enterprise):
    """A container with pieces of two owners."""
    brought(enterprise, "consolidated", "P-1", "P-2", "P-3")
    with within(enterprise):
        measure([measured("P-1", owner="Lamps"), measured("P-3", owner="Lamps"),
                 measured("P-2", owner="华东家具")])  # fmt: skip
        yield Container.objects.get().id


def test_each_owner_has_a_house_and_the_houses_sum_to_the_master(box):
    found = bills.master_of(box)

    assert [(each.owner, len(each.pieces)) for each in found.houses] == [
        ("Lamps", 2), ("华东家具", 1),
    ]  # fmt: skip
    assert (found.container, found.pieces, found.weight_g, found.volume_cm3) == (
        BOX, 3, 36_000, 288_000,
    )  # fmt: skip
    assert found.weight_g == sum(each.weight_g for each in found.houses)


def test_the_latest_number_holds_and_the_same_again_adds_no_row(box):
    bills.name(box, "M-1")
    bills.name(box, "M-2")
    bills.name(box, "M-2")
    bills.name(box, "H-1", "Lamps")
    found = bills.master_of(box)

    assert (found.bill_no, found.houses[0].bill_no, found.houses[1].bill_no) == ("M-2", "H-1", "")
    assert Bill.objects.count() == 3


def test_an_owner_who_has_nothing_in_it_gets_no_number(box):
    with pytest.raises(Lacking):
        bills.name(box, "H-9", "Nobody")
    assert Bill.objects.count() == 0


@pytest.mark.parametrize("language", ["en", "zh", "zh+en"])
def test_the_papers_name_pieces_numbers_container_and_weight(box, language):
    bills.name(box, "M-1")
    bills.name(box, "H-1", "Lamps")
    found = bills.master_of(box)
    master = " ".join(texts(master_bill(found, language)))
    house = " ".join(texts(house_bill(found, "Lamps", language)))

    for said in ("M-1", "H-1", BOX, "Lamps", "36"):
        assert said in master
    for said in ("M-1", "H-1", BOX, "P-1", "P-3", "24"):
        assert said in house
    assert "P-2" not in house


def test_a_paper_of_nothing_is_refused(box):
    found = bills.master_of(box)

    with pytest.raises(Unfit):
        house_bill(found, "Nobody")


def test_the_draft_of_607_says_what_is_known_and_what_is_lacking(box):
    bills.name(box, "H-1", "Lamps")
    found = bills.relation(bills.master_of(box))

    assert found["head"] == {"grossWeight": "36.000"}
    assert [(each["house_no"], each["says"]["totalPackageNo"]) for each in found["lines"]] == [
        ("H-1", "P-1"), ("H-1", "P-3"), ("", "P-2"),
    ]  # fmt: skip
    assert "billNo" in found["lacks_head"]
    bills.name(box, "M-1")
    named = bills.relation(bills.master_of(box))
    assert named["head"]["billNo"] == "M-1"
    assert "billNo" not in named["lacks_head"]


def test_what_the_draft_says_and_lacks_is_all_that_607_must_have(box):
    table = files("entrepot.customs.messages").joinpath("tables/fields.csv")
    rows = [row for row in csv.reader(table.read_text("utf-8").splitlines()) if len(row) == 4]

    def must(element):
        return {name for of, name, _, form in rows if of == element and not form.endswith("?")}

    found = bills.relation(bills.master_of(box))
    assert {*found["head"], *found["lacks_head"]} == must("WayBillHead")
    assert {"gnum", *found["lacks_line"]} == must("WayBillList")
    known = {name for of, name, *_ in rows if of == "WayBillList"}
    assert {name for each in found["lines"] for name in each["says"]} <= known
