# SPDX-License-Identifier: Apache-2.0
"""Invoices and packing lists: exact figures, breaks over pages, both languages."""

import re
from dataclasses import replace

import pytest

from entrepot.papers.amounts import Currency, decimal
from entrepot.papers.commercial_invoice import InvoiceLine, commercial_invoice
from entrepot.papers.packing_list import Package, packing_list
from entrepot.papers.refusals import Unfit
from tests.papers.examples import CABLE, EUR, INVOICE, PACKING_LIST, POWER_BANK
from tests.papers.reading import are_cut, characters, fonts, texts

LONG = replace(
    INVOICE,
    lines=tuple(
        InvoiceLine(replace(POWER_BANK, sku=f"SKU-{place:03d}"), place, place * 1999, 10, 12)
        for place in range(1, 101)
    ),
)


@pytest.mark.parametrize(
    ("whole", "decimals", "said"),
    [
        (0, 2, "0.00"),
        (5, 2, "0.05"),
        (-123456, 2, "-1,234.56"),
        (1500, 0, "1,500"),
        (7, 3, "0.007"),
    ],
)
def test_whole_units_are_exact_decimals(whole, decimals, said):
    assert decimal(whole, decimals) == said


def test_an_invoice_says_what_is_sold_and_what_it_costs():
    [text] = texts(commercial_invoice(replace(INVOICE, freight=550, discount=150)))

    for said in (
        "商业发票 Commercial invoice",
        "INV-2026-0001",
        "2026-11-26",
        "深圳市海行科技有限公司",
        "统一社会信用代码 USCC 91440300MA5EXAMPLE",
        "DAP Berlin",
        "移动电源",
        "Power bank 20,000 mAh",
        "8507600090",
        "2 × carton",
        "危险品 Dangerous goods · UN3480 · 含电池 Contains batteries",
        "第 1 页 共 1 页 Page 1 of 1",
    ):
        assert said in text.replace("  ", " ")
    figures = re.findall(r"-?[\d,]+\.\d\d\b(?!\d)", text)
    # Price and amount of each line, the sum of the goods twice, freight, discount, the total. Ten
    # euros for seven have no exact price each.
    assert figures == ["10.00", "30.00", "10.00", "40.00", "40.00", "5.50", "-1.50", "44.00"]


def test_the_price_of_one_is_exact_or_not_said():
    lines = (InvoiceLine(CABLE, 16, 1000, 1, 1), InvoiceLine(CABLE, 3, 1000, 1, 1))
    [text] = texts(commercial_invoice(replace(INVOICE, lines=lines)))

    assert "0.625" in text
    assert "3.33" not in text
    assert "–" in text


def test_a_currency_without_decimals_shows_none():
    [text] = texts(commercial_invoice(replace(INVOICE, currency=Currency("JPY", 0)), "en"))

    assert "Total JPY" in text
    assert "4,000" in text


@pytest.mark.parametrize(
    ("language", "there", "not_there"),
    [
        ("zh", ["商业发票", "移动电源", "数据线"], ["Commercial", "Power bank"]),
        ("en", ["Commercial invoice", "Power bank"], ["商业发票", "移动电源"]),
        ("zh+en", ["商业发票 Commercial invoice", "移动电源", "Power bank"], []),
    ],
)
def test_a_paper_is_in_the_language_asked_for(language, there, not_there):
    [text] = texts(commercial_invoice(INVOICE, language))

    assert all(said in text for said in there)
    assert not any(said in text for said in not_there)


def test_a_name_known_in_one_language_only_is_shown_in_any():
    lines = (replace(INVOICE.lines[0], goods=replace(POWER_BANK, name_zh="")),)
    [text] = texts(commercial_invoice(replace(INVOICE, lines=lines), "zh"))

    assert "Power bank 20,000 mAh" in text


def test_a_long_invoice_breaks_over_pages_that_say_which_they_are():
    pages = texts(commercial_invoice(LONG))

    assert len(pages) > 3
    for place, text in enumerate(pages, 1):
        assert f"Page {place} of {len(pages)}" in text
        assert "INV-2026-0001" in text
        assert "商品编码" in text
        assert re.search(r"SKU-\d\d\d", text)
        assert ("Total EUR" in text) == (place == len(pages))
    skus = [int(found) for text in pages for found in re.findall(r"SKU-(\d\d\d)", text)]
    assert skus == list(range(1, 101))
    assert f"{decimal(1999 * 5050, 2)}" in pages[-1]


def test_nothing_stands_outside_the_margins_or_on_the_page_number():
    endless = replace(
        POWER_BANK, name="a product name " * 40, name_zh="很长的品名" * 60, sku="S" * 64
    )
    lines = tuple(InvoiceLine(endless, 10**9, 10**15, 10**12, 10**12) for _ in range(12))
    party = replace(
        INVOICE.seller,
        address=replace(INVOICE.seller.address, name="name " * 99, lines=("street " * 30,) * 20),
    )
    invoice = replace(
        INVOICE, lines=lines, seller=party, buyer=party, consignee=party, incoterm="DAP " * 99
    )
    pdf = commercial_invoice(replace(invoice, statement="as declared " * 60, signed="name " * 60))

    for page in range(len(texts(pdf))):
        boxes = characters(pdf, page)
        assert all(each.left >= 14 and each.right <= 196 for each in boxes)
        assert all(each.top >= 10 and each.bottom <= 292 for each in boxes)
        body = [each for each in boxes if each.bottom < 286.5]
        assert all(each.bottom <= 282 for each in body)


def test_a_packing_list_says_what_is_in_which_package():
    [text] = texts(packing_list(PACKING_LIST))

    for said in (
        "装箱单 Packing list",
        "Package 1 · carton · 40.0 × 30.0 × 25.5 cm · 毛重 Gross weight 1.900 kg",
        "Package 2 · carton · 毛重 Gross weight 0.500 kg",
        "批次 Lot L2026-10",
        "2.400 kg",
        "1.850",
    ):
        assert said in text
    assert text.index("Package 1") < text.index("BP-00001") < text.index("Package 2")


def test_the_heading_of_a_package_is_never_the_last_on_a_page():
    packages = tuple(
        Package(str(place), "carton", 5000, PACKING_LIST.packages[0].lines) for place in range(60)
    )
    pages = texts(packing_list(replace(PACKING_LIST, packages=packages)))

    assert len(pages) > 2
    for text in pages:
        assert text.rindex("BP-00001") > text.rindex("· carton")


def test_papers_are_small_the_same_every_time_and_carry_their_font():
    pdf = commercial_invoice(LONG)

    assert commercial_invoice(LONG) == pdf
    assert packing_list(PACKING_LIST) == packing_list(PACKING_LIST)
    assert len(pdf) < 150_000
    assert are_cut(fonts(pdf))


@pytest.mark.parametrize(
    "invoice",
    [
        replace(INVOICE, lines=()),
        replace(INVOICE, lines=(InvoiceLine(CABLE, 0, 1, 1, 1),)),
        replace(INVOICE, lines=(InvoiceLine(CABLE, 1, -1, 1, 1),)),
        replace(INVOICE, lines=(InvoiceLine(CABLE, 1, 1, 2, 1),)),
        replace(INVOICE, freight=-1),
        replace(INVOICE, currency=replace(EUR, decimals=-1)),
    ],
)
def test_an_invoice_that_makes_no_sense_is_refused(invoice):
    with pytest.raises(Unfit):
        commercial_invoice(invoice)


@pytest.mark.parametrize(
    "packages",
    [(), (Package("1", "", 9, ()),), (replace(PACKING_LIST.packages[0], gross_g=1499),)],
)
def test_a_packing_list_that_makes_no_sense_is_refused(packages):
    with pytest.raises(Unfit):
        packing_list(replace(PACKING_LIST, packages=packages))
