# SPDX-License-Identifier: Apache-2.0
"""Papers for customs as they are drawn: within the margins, whole, the same every time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from entrepot.papers.booking_order import BookedLine, BookingOrder, booking_order, lacking
from entrepot.papers.cargo_bill import (
    BilledPiece,
    HouseBill,
    MasterBill,
    house_bill,
    master_bill,
)
from entrepot.papers.elements_sheet import (
    DeclaredGoods,
    Element,
    ElementsSheet,
    elements_sheet,
)
from entrepot.papers.loading_record import LoadingRecord, RecordedPiece, loading_record
from entrepot.papers.origin_sheet import OriginLine, OriginSheet, origin_sheet
from entrepot.papers.power_of_attorney import PowerOfAttorney, power_of_attorney
from entrepot.papers.refusals import Unfit
from tests.papers.examples import BUYER, ON, SELLER
from tests.papers.reading import are_cut, characters, fonts, texts

LINE = BookedLine(
    "LED台灯", "LAMP", "9405210090", "示例牌|5瓦", Decimal(600), "011", "011", Decimal(600),
    Decimal("66.5"), Decimal(39900),
)  # fmt: skip
ORDER = BookingOrder(
    "DC-1", ON, "Lager DUI1", "Ruhrorter Straße 112", "Marketplace", "无", "304", "142", (LINE,),
    SELLER,
)  # fmt: skip
GOODS = DeclaredGoods(
    "LED台灯",
    "LED lamp",
    "LAMP",
    "9405210090",
    "示例牌",
    "台",
    "千克",
    "",
    (Element("用途", "照明"),),
)
ELEMENTS = ElementsSheet("YS-1", ON, SELLER, (GOODS,))
ORIGIN = OriginSheet(
    "CO-1", ON, SELLER, BUYER,
    (OriginLine("KETTLE", "Kettle", "水壶", "851679", "RVC40", "CN", Decimal(100), "piece",
                Decimal(1000), "USD", ON, "67.50"),),
)  # fmt: skip
POWER = PowerOfAttorney("WT-1", ON, SELLER, BUYER, ON, date(2027, 11, 25), ("申报",), ("如实",))
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
RECORD = LoadingRecord(
    "TCLU1234567", "NB", "SEAL", "UTC",
    (RecordedPiece("P-1", "L-1", "纸箱", 12_500, 96_000, NOON, "passed", NOON, NOON, NOON),),
)  # fmt: skip
BILLED = BilledPiece("P-1", "L-1", "纸箱", 12_500, 96_000)
BILLS = MasterBill("TCLU1234567", "NB-YARD", "S-1", "M-1", (HouseBill("货主", "H-1", (BILLED,)),))
MANY = replace(BILLS, houses=tuple(
    HouseBill(f"{at:02}" + "主" * 98, "H" * 37, (replace(
        BILLED, mark="M" * 64, declaration_no="9" * 18, description="说" * 200),) * 60)
    for at in range(40)
))  # fmt: skip


def first_house(given: MasterBill) -> bytes:
    return house_bill(given, given.houses[0].owner)


LONG = "很长的文字和 long words " * 12
DRAWN = {
    "booking order": (booking_order, ORDER),
    "elements": (elements_sheet, ELEMENTS),
    "origin": (origin_sheet, ORIGIN),
    "power of attorney": (power_of_attorney, POWER),
    "record": (loading_record, RECORD),
    "master": (master_bill, BILLS),
    "house": (first_house, BILLS),
}
#: The same with texts as long as their files may have them, and with many rows.
FULL = {
    "booking order": (booking_order, replace(
        ORDER, warehouse_name="仓" * 100, warehouse_address="路" * 200, platform="台" * 100,
        lines=(replace(LINE, name="名" * 250, specification="型" * 300, sku="S" * 30,
                       line_total=Decimal("99999999999999.99999")),) * 9,
    )),
    "elements": (elements_sheet, replace(ELEMENTS, goods=(replace(
        GOODS, name="名" * 250, sku="S" * 64,
        elements=(Element("要" * 60, "内" * 300),) * 40),) * 2)),
    "origin": (origin_sheet, replace(ORIGIN, lines=(replace(
        ORIGIN.lines[0], name="n" * 200, marks="m" * 200, by_de_minimis=True,
        accumulated=True),) * 30, remarks=LONG[:200])),
    "power of attorney": (power_of_attorney, replace(
        POWER, scope=("权" * 500,) * 20, terms=("条" * 500,) * 20)),
    "record": (loading_record, replace(RECORD, pieces=(replace(
        RECORD.pieces[0], mark="M" * 64, description="说" * 200),) * 60)),
    "master": (master_bill, MANY),
    "house": (first_house, MANY),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_a_paper_is_the_same_every_time_and_carries_its_font(name):
    draw, given = DRAWN[name]
    pdf = draw(given)

    assert draw(given) == pdf
    assert are_cut(fonts(pdf))
    assert len(texts(pdf)) == 1


@pytest.mark.parametrize("name", FULL)
def test_nothing_stands_outside_the_margins_or_on_the_page_number(name):
    draw, given = FULL[name]
    pdf = draw(given)
    pages = texts(pdf)

    assert len(pages) > 1
    for page in range(len(pages)):
        boxes = characters(pdf, page)
        assert all(each.left >= 14 and each.right <= 196 for each in boxes)
        assert all(each.bottom <= 282 for each in boxes if each.bottom < 286.5)


@pytest.mark.parametrize(
    ("name", "sign", "count"),
    [
        ("booking order", "型", 9 * 300),
        ("elements", "内", 2 * 40 * 300),
        ("power of attorney", "权", 20 * 500),
    ],
)
def test_a_text_as_long_as_its_file_may_have_it_is_printed_whole(name, sign, count):
    draw, given = FULL[name]
    printed = "".join(texts(draw(given, "en")))

    assert printed.count(sign) == count
    assert "…" not in printed


def test_a_draft_names_what_is_missing_with_its_lines():
    draft = replace(
        ORDER, platform_code="", lines=(LINE, replace(LINE, unit="", statutory_quantity=None))
    )
    [text] = texts(booking_order(draft, "en", draft=True))
    flat = " ".join(text.split())

    assert lacking(draft) == {"platform_code": [], "unit": [2], "statutory_quantity": [2]}
    assert "Booking order (draft)" in flat
    assert (
        "Still to be given: Platform code, Declared unit (lines 2), Statutory quantity (lines 2)."
        in flat
    )
    with pytest.raises(Unfit, match="platform_code, unit, statutory_quantity"):
        booking_order(draft)


def test_a_total_that_is_not_known_is_not_said():
    draft = replace(ORDER, lines=(LINE, replace(LINE, line_total=None)))
    [text] = texts(booking_order(draft, "en", draft=True))

    assert draft.goods_total is None
    assert text.count("39,900.00") == 1


@pytest.mark.parametrize(
    ("draw", "given"),
    [
        (booking_order, replace(ORDER, lines=())),
        (elements_sheet, replace(ELEMENTS, goods=())),
        (origin_sheet, replace(ORIGIN, lines=())),
        (power_of_attorney, replace(POWER, scope=())),
        (power_of_attorney, replace(POWER, valid_to=date(2026, 11, 25))),
        (loading_record, replace(RECORD, pieces=())),
    ],
)
def test_what_makes_no_paper_is_refused(draw, given):
    with pytest.raises(Unfit):
        draw(given)
