# SPDX-License-Identifier: Apache-2.0
"""Lists of flag B are merged by the month, and their form takes their place."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from entrepot.customs.messages.building import Message, build
from entrepot.customs.messages.editions import newest
from entrepot.customs.messages.sampling import guid
from entrepot.customs.sending.intake import take_in
from entrepot.customs.sending.models import File
from entrepot.declaring.booking import follow
from entrepot.declaring.forming import follow_forms
from entrepot.declaring.merging import merge_again, merge_open, proposed
from entrepot.declaring.models import Booking, Merge, Merging
from entrepot.declaring.refusals import NothingToDeclare
from entrepot.logistics.models import DeclarationLine
from entrepot.people.tenancy import within
from tests.declaring.kit import documents, list_no, told
from tests.declaring.test_booking import bookings, declared, listed

APRIL, MARCH = date(2026, 4, 3), date(2026, 3, 31)
ENTRY = "310420260000000001"


def closed(firm, count=2, way="9610_list_b"):
    listed(firm, count, way=way)
    told(firm, "603", "800", "899", at="20260310")
    with within(firm):
        follow()


def merged(firm, today=APRIL):
    with within(firm):
        return merge_open(today)


def result(firm, lines, entry=ENTRY, part=1, parts=1, at="20260405120000000", seed=1):
    """Customs says which item of the form each item of the lists is in."""
    known = {each.name for each in newest().part("SummaryResultHead").children}
    (applied,) = documents(firm, "701")
    head = {name: value for name, value in applied.data["SummaryApplyHead"].items()
            if name in known}  # fmt: skip
    head |= {
        "guid": guid(Random(f"{seed} {part}")), "sumNo": "31042026S000000001", "opDate": at,
        "declSeqNo": "E20260000000000001", "entryId": entry, "decState": "P", "grossWeight": "1",
        "netWeight": "1", "msgCount": parts, "msgSeqNo": part,
    }  # fmt: skip
    rows = [
        {"invtNo": number, "logisticsNo": "T1", "gseqno": item, "gnum": to, "gcode": "8504401400"}
        for number, item, to in lines
    ]
    document = {"SummaryResultHead": head, "SummaryResultList": rows}
    data = build(Message("CEB792Message", "2022-05", guid(Random(seed)), [document]))
    with within(firm):
        take_in([(f"r{seed}{part}.xml", data)], "upload")
        assert not File.objects.filter(answer="CEB792Message", fault_count__gt=0).exists()
        return follow_forms()


LINES = [(list_no(at), item, 1) for at in (1, 2) for item in (1, 2)]


def test_the_form_takes_the_place_of_its_lists(firm):
    closed(firm)
    (made,) = merged(firm)

    assert (made.month, made.due_on) == ("2026-03", date(2026, 4, 15))
    (applied,) = documents(firm, "701")
    assert [row["invtNo"] for row in applied.data["SummaryApplyList"]] == [list_no(1), list_no(2)]
    assert result(firm, LINES) == 1
    assert declared(firm) == [
        (ENTRY, 1, "BULB-1", 4, 4000),
        (ENTRY, 1, "LAMP-1", 2, 2000),
    ]
    with within(firm):
        assert set(DeclarationLine.objects.values_list("statistics_flag", "order_no")) == {
            ("B", "")
        }
    assert {(each.kind, each.state, each.form_no) for each in bookings(firm)} == {
        ("form", "booked", ""), ("list", "merged", ENTRY),
    }  # fmt: skip
    with within(firm):
        assert follow_forms() == 0
        assert follow().as_facts()["booked"] == 0
    assert result(firm, LINES, seed=2) == 0
    assert len(declared(firm)) == 2


def test_a_month_is_merged_once_it_is_over_and_once_only(firm):
    closed(firm)

    with within(firm):
        assert proposed(MARCH) == []
        with pytest.raises(NothingToDeclare):
            merge_open(MARCH)
        (one,) = proposed(APRIL)
    assert (one.lists, one.items, one.due_on) == (2, 1, date(2026, 4, 15))
    merged(firm)
    with within(firm), pytest.raises(NothingToDeclare):
        merge_open(APRIL)


def test_lists_of_flag_a_are_never_merged(firm):
    closed(firm, 1, "9610_list_a")

    with within(firm):
        assert proposed(APRIL) == []
    assert len(declared(firm)) == 2


def test_a_form_told_in_parts_waits_for_all_of_them(firm):
    closed(firm)
    merged(firm)

    assert result(firm, LINES[:2], part=1, parts=2) == 0
    assert len(declared(firm)) == 4
    assert result(firm, LINES[2:], part=2, parts=2) == 1
    assert len(declared(firm)) == 2


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        ([*LINES, ("31042026E999999999", 1, 1)], "lists_unknown"),
        (LINES[:3], "items_missing"),
    ],
)
def test_a_form_that_does_not_fit_its_lists_changes_nothing(firm, lines, cause):
    closed(firm)
    merged(firm)
    before = declared(firm)

    assert result(firm, lines) == 0
    assert declared(firm) == before
    with within(firm):
        assert Booking.objects.get(kind="form").cause == cause


def test_a_form_of_lists_in_use_waits_until_they_are_not(firm):
    closed(firm)
    merged(firm)
    with within(firm):
        DeclarationLine.objects.filter(declaration_no=list_no(1)).update(linked=1)
    assert result(firm, LINES) == 0
    with within(firm):
        found = Booking.objects.get(kind="form")
        assert (found.cause, found.facts) == ("in_use", {"numbers": [list_no(1)]})
        DeclarationLine.objects.update(linked=0)
        assert follow_forms() == 1
    assert len(declared(firm)) == 2


def test_a_form_that_is_told_otherwise_later_disagrees(firm):
    closed(firm)
    merged(firm)
    result(firm, LINES)
    before = declared(firm)

    assert result(firm, [(*line[:2], 2) for line in LINES], at="20260406120000000", seed=3) == 0
    assert declared(firm) == before
    with within(firm):
        assert Booking.objects.get(kind="form").cause == "form_changed"


def test_a_refused_application_is_made_again_without_what_was_cancelled(firm):
    closed(firm)
    (made,) = merged(firm)
    told(firm, "701", "100")
    with within(firm):
        Booking.objects.filter(declaration_no=list_no(1)).update(state="withdrawn")
        merge_again(made.id)
        assert Merge.objects.count() == 1
        assert [each.declaration_no for each in Merging.objects.all()] == [list_no(2)]
    (applied,) = documents(firm, "701")
    assert (applied.version, len(applied.data["SummaryApplyList"])) == (2, 1)
