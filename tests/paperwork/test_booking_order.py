# SPDX-License-Identifier: Apache-2.0
"""Booking orders: exact totals, the template's columns, and the message CEB303."""

from __future__ import annotations

import json
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from entrepot.customs.messages.files import read_file
from entrepot.papers.amounts import exact
from entrepot.papers.booking_order import BODY, HEAD
from tests.paperwork.kit import example, make, mistakes, text_of, unbroken

#: The template's columns, in its order, as our words have them in English.
HEAD_WORDS = [
    "Overseas warehouse name", "Booking order no.", "Overseas warehouse address", "Goods total",
    "E-commerce platform", "Platform code", "Consignee country", "Currency",
]  # fmt: skip
BODY_WORDS = [
    "Booking order no.", "Line no.", "Goods name", "SKU", "HS code", "Specification",
    "Declared quantity", "Declared unit", "Statutory unit", "Statutory quantity", "Unit price",
    "Line total",
]  # fmt: skip


def sheets(folder):
    [path] = folder.glob("*.xlsx")
    book = CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))
    return [book.get_sheet_by_index(at).to_python() for at in (0, 1)]


def message(folder):
    [path] = folder.glob("*.xml")
    reading = read_file(path)
    assert not reading.fault_count, reading.faults
    [document] = reading.documents
    return reading, document["OrderHead"], document["OrderList"]


def test_the_workbook_has_the_columns_of_the_template_in_its_order(tmp_path):
    head, body = sheets(make(tmp_path, "booking-order", lambda _: None, "--data", "--language=en"))

    assert head[0] == HEAD_WORDS
    assert body[0] == BODY_WORDS
    assert len(HEAD) + len(BODY) == 20
    assert head[1] == [
        "Beispiel Lager Duisburg DUI1", "DC-2026-0117",
        "Ruhrorter Straße 112, 47059 Duisburg, Germany", 89481.25, "Example Marketplace DE", "无",
        "304 德国", "142",
    ]  # fmt: skip
    assert body[2] == [
        "DC-2026-0117", 2, "棉质T恤", "TEE-M-WHITE", "6109100021", "示例牌|男式|针织|100%棉", 1250,
        "011", "011", 1250, 39.905, 49881.25,
    ]  # fmt: skip


def test_the_pdf_says_every_line_and_the_total(tmp_path):
    text = text_of(make(tmp_path, "booking-order"))

    for said in ("9405210090", "66.00", "39,600.00", "39.905", "49,881.25", "1,250", "无"):
        assert said in text
    assert text.count("89,481.25") == 1


def test_the_message_is_a_draft_of_a_booking_order(tmp_path):
    reading, head, lines = message(make(tmp_path, "booking-order", lambda _: None, "--data"))

    assert reading.message == "CEB303Message"
    assert {name: head[name] for name in ("orderType", "appStatus", "ebpCode", "orderNo")} == {
        "orderType": "W", "appStatus": "1", "ebpCode": "无", "orderNo": "DC-2026-0117",
    }  # fmt: skip
    assert head["ebpName"] == "Beispiel Lager Duisburg DUI1"
    assert Decimal(head["goodsValue"]) == Decimal("89481.25")
    assert [Decimal(line["totalPrice"]) for line in lines] == [39600, Decimal("49881.25")]


def test_another_document_has_other_guids(tmp_path):
    guids = set()
    for price in ("66", "67"):
        folder = make(
            tmp_path, "booking-order", lambda said, p=price: said["lines"][0].update(unit_price=p),
            "--data",
        )  # fmt: skip
        reading, head, _ = message(folder)
        guids |= {head["guid"], reading.values["@guid"]}

    assert len(guids) == 4


def test_without_a_message_table_there_is_no_message(tmp_path):
    folder = make(tmp_path, "booking-order", lambda said: said.pop("message"), "--data")

    assert {path.suffix for path in folder.iterdir()} == {".pdf", ".json", ".xlsx"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"line_total": "1"}, {"lines[1].line_total": "1", "goods_total": "89481.25"}),
        ({"unit_price": "0.000001"}, {"lines[1].unit_price": '"0.000001"'}),
        ({"quantity": "0.00001", "unit_price": "0.1"}, {"lines[1].unit_price": "0.000001"}),
        ({"quantity": 0}, {"lines[1].quantity": '"0"'}),
        ({"quantity": -1}, {"lines[1].quantity": '"-1"'}),
        ({"quantity": True}, {"lines[1].quantity": '"True"'}),
        ({"quantity": "1e3"}, {}),
        ({"quantity": "NaN"}, {"lines[1].quantity": '"NaN"'}),
        ({"quantity": "１"}, {}),
        ({"hs_code": "94052"}, {"lines[1].hs_code": '"94052"'}),
        ({"unit": "11"}, {"lines[1].unit": '"11"'}),
        ({"name": "x" * 251}, {"lines[1].name": f'"{"x" * 60}"…'}),
        ({"name": "a\x00b"}, {"lines[1].name": '"a�b"'}),
        ({"specification": " "}, {"lines[1].specification": '" "'}),
    ],
)
def test_what_is_wrong_with_a_line_is_told_where_it_is(change, expected, tmp_path):
    def changed(said):
        said["goods_total"] = "89481.25"
        said["lines"][0].update(change)

    found = make(tmp_path, "booking-order", changed)
    told = mistakes(found) if isinstance(found, Exception) else {}
    told.pop("goods_total", None)
    expected.pop("goods_total", None)

    assert told == expected


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path):
    def changed(said):
        said.update(currency="CNY", issued_on="26.11.2026", goods_total="1")
        said["lines"][0].pop("sku")
        said["lines"][1].update(line_total="1")
        said["exporter"].pop("name")

    assert set(mistakes(make(tmp_path, "booking-order", changed))) == {
        "currency", "issued_on", "goods_total", "lines[1].sku", "lines[2].line_total",
        "exporter.name",
    }  # fmt: skip


def test_long_names_and_many_lines_are_whole_over_the_pages(tmp_path):
    name, specification = "很长的商品名称" * 35, "规格型号示例" * 50

    def changed(said):
        said.pop("message")
        line = said["lines"][0]
        said["lines"] = [
            line | {"sku": f"S-{at:04d}", "name": name[:240], "specification": specification}
            for at in range(60)
        ]

    folder = make(tmp_path, "booking-order", changed, "--language", "zh")
    text = text_of(folder)

    assert "…" not in text
    assert text.count("第") == text.count("页 共")
    flat = unbroken(text)
    assert all(f"S-{at:04d}" in flat for at in range(60))
    assert exact(Decimal(39600 * 60), 2) in text
    [data] = [json.loads(path.read_text("utf-8")) for path in folder.glob("papers.json")]
    assert data["kind"] == "booking-order"


def test_a_message_holds_a_hundred_lines_and_no_more(tmp_path):
    def changed(said):
        said["lines"] = [said["lines"][0]] * 101

    assert mistakes(make(tmp_path, "booking-order", changed)) == {"lines": "101"}


@given(st.decimals(0, 10**12, allow_nan=False, places=5), st.integers(0, 5))
def test_a_decimal_is_printed_exactly(value, least):
    said = exact(value, least)

    assert Decimal(said.replace(",", "")) == value
    assert len(said.partition(".")[2]) >= least


@given(
    st.lists(
        st.tuples(st.integers(1, 10**6), st.decimals(0, 10**6, allow_nan=False, places=4)),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_the_total_is_the_sum_of_the_lines(tmp_path_factory, lines):
    def changed(said):
        said.pop("message")
        line = said["lines"][1]
        line.pop("line_total")
        said["lines"] = [line | {"quantity": n, "unit_price": str(p)} for n, p in lines]

    folder = make(tmp_path_factory.mktemp("order"), "booking-order", changed, "--data")
    data = json.loads(
        (folder / f"booking-order-{example('booking-order')['number']}.json").read_text("utf-8")
    )

    assert Decimal(data["goods_total"]) == sum(n * p for n, p in lines)
    assert [Decimal(each["line_total"]) for each in data["lines"]] == [n * p for n, p in lines]
