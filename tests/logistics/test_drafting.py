# SPDX-License-Identifier: Apache-2.0
"""The booking order drafted from a consignment: what is known, what is missing, nothing made up."""

from __future__ import annotations

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import PRODUCT
from entrepot.people.tenancy import within
from tests.jobs.callers import Caller, new_caller
from tests.logistics.dock import declare, open_dock, sent, written
from tests.papers.reading import texts
from tests.paperwork.kit import mistakes, ran


@pytest.fixture
def caller(desk: None) -> Caller:
    found = new_caller()
    open_dock(found.enterprise)
    return found


@pytest.fixture
def address(caller: Caller) -> str:
    with within(caller.enterprise):
        masters.put(PRODUCT, [{"sku": "SKU-1", "name": "Lamp", "name_zh": "台灯",
                               "hs_code": "9405210090"}])  # fmt: skip
    declare(caller.enterprise, (1, "SKU-1", 30), (2, "SKU-2", 30))
    id = written(
        caller.enterprise, "C-1", sent(1, "SKU-1", 10, 1, lot="L1"),
        sent(2, "SKU-1", 5, 1, lot="L2"), sent(3, "SKU-2", 7),
    )  # fmt: skip
    return f"/consignments/{id}/booking-order"


def test_a_draft_says_what_is_known_and_what_is_missing(caller, address):
    answered = caller.get(f"{address}?language=en")
    [text] = texts(answered.content)

    assert answered.status_code == 200
    for said in (
        "Booking order (draft)",
        "C-1",
        "DUI1",
        "台灯",
        "9405210090",
        "15",
        "Still to be given",
    ):
        assert said in text
    assert "Declared unit (lines 1, 2)" in text.replace("\r\n", " ")


def test_lots_of_one_declaration_item_are_one_line_at_its_declared_value(caller, address):
    said = caller.get(f"{address}?form=json").json()

    assert [(each["sku"], each["quantity"], each["unit_price"]) for each in said["lines"]] == [
        ("SKU-1", "15", "1"), ("SKU-2", "7", ""),
    ]  # fmt: skip


def test_the_draft_is_the_file_of_the_command_which_names_what_is_missing(
    caller, address, tmp_path
):
    file = tmp_path / "draft.json"
    file.write_bytes(caller.get(f"{address}?form=json").content)
    found = mistakes(ran("booking-order", file, tmp_path / "out"))

    assert {"platform_code", "currency", "lines[1].unit", "lines[2].hs_code"} <= set(found)
    assert "lines[1].hs_code" not in found


def test_the_workbook_leaves_blank_what_is_not_known(caller, address):
    answered = caller.get(f"{address}?form=xlsx&language=zh")
    book = CalamineWorkbook.from_filelike(BytesIO(answered.content))
    head, body = (book.get_sheet_by_index(at).to_python() for at in (0, 1))

    assert head[1][:3] == ["DUI1", "C-1", ""]
    assert [row[3] for row in body[1:]] == ["SKU-1", "SKU-2"]
    assert body[1][7:] == ["", "", "", 1, 15]
    assert body[2][7:] == [""] * 5


def test_a_consignment_without_lines_has_no_booking_order(caller):
    id = written(caller.enterprise, "C-2")
    answered = caller.get(f"/consignments/{id}/booking-order?form=json")

    assert answered.status_code == 422
    assert answered.json()["code"] == "papers.unfit"


def test_the_consignment_of_another_firm_is_not_there(caller, address):
    assert new_caller().get(address).status_code == 404
