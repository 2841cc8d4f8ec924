# SPDX-License-Identifier: Apache-2.0
"""Labels: a decoder reads their bar codes, and everything stands where it belongs."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.papers import gs1
from entrepot.papers.barcode import GS1_HEIGHT, GS1_LEAST_X, code_128, gs1_128
from entrepot.papers.label import SIZE, labels
from entrepot.papers.parties import Address
from entrepot.papers.refusals import Unfit, Unprintable, WrongNumber
from entrepot.papers.sheet import document
from tests.papers.examples import LABEL, RECIPIENT, SSCC
from tests.papers.reading import DENSITY, are_cut, characters, fonts, picture, symbols, texts

ENDLESS = Address(
    "A name that goes on and on " * 9,
    tuple("Street without end " * 9 for _ in range(9)),
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch " * 3,
    "POSTCODE" * 9,
    "GB",
    "United Kingdom of Great Britain and Northern Ireland",
    "+44 1234 " * 9,
)


def test_a_decoder_reads_every_bar_code_of_a_label():
    assert symbols(labels([LABEL])) == [
        ("]C0", "00340434161094042557"),
        ("]C1", "(420)10243"),
        ("]C1", f"(00){SSCC}"),
    ]


@pytest.mark.parametrize(
    ("label", "read"),
    [
        (
            replace(LABEL, post=("421", "826NW16XE"), tracking="AB123456789GB"),
            [("]C0", "AB123456789GB"), ("]C1", "(421)826NW16XE"), ("]C1", f"(00){SSCC}")],
        ),
        (replace(LABEL, post=None, tracking=""), [("]C1", f"(00){SSCC}")]),
        (
            replace(LABEL, post=None, sscc="", parcel_no="P-000017"),
            [("]C0", LABEL.tracking), ("]C0", "P-000017")],
        ),
    ],
)
def test_a_label_has_the_bar_codes_that_were_given(label, read):
    assert symbols(labels([label])) == read


def test_a_label_says_who_where_what_and_which_of_how_many():
    [text] = texts(labels([LABEL]))

    for said in (
        "深圳市海行科技有限公司",
        "Łukasz Wiśniewski",
        "Straße der Pariser Kommune 8",
        "10243 Berlin",
        "Germany",
        "DHL · Paket",
        "ORD-10024",
        "12.345 kg",
        "1 / 3",
        f"(00){SSCC}",
    ):
        assert said in text


def test_bars_are_as_high_and_as_wide_as_gs1_asks_with_white_beside_them():
    page = picture(labels([LABEL]))
    middle = round((SIZE[1] - 20) * DENSITY)
    row = [page.getpixel((x, middle)) < 128 for x in range(page.width)]
    first, last = row.index(True), len(row) - 1 - row[::-1].index(True)
    column = [page.getpixel((first + 2, y)) < 128 for y in range(middle, 0, -1)]
    below = [page.getpixel((first + 2, y)) < 128 for y in range(middle, page.height)]
    high = (column.index(False) + below.index(False)) / DENSITY

    symbol = gs1_128(gs1.write({"00": SSCC}), SIZE[0])
    assert symbol.x >= GS1_LEAST_X
    assert (last - first) / DENSITY == pytest.approx(symbol.width, abs=0.2)
    assert min(first, page.width - last) / DENSITY >= symbol.quiet - 0.1
    assert high >= GS1_HEIGHT - 0.1


def test_the_country_is_the_largest_text():
    boxes = characters(labels([LABEL]))
    highest = sorted(boxes, key=lambda each: each.top - each.bottom)[:2]

    assert {each.text for each in highest} == {"D", "E"}
    assert highest[0].bottom - highest[0].top > 9


@pytest.mark.parametrize("post", [None, ("420", "10243")])
def test_endless_texts_stay_on_the_label_and_off_each_other(post):
    label = replace(
        LABEL,
        sender=ENDLESS,
        recipient=ENDLESS,
        carrier="Carrier " * 20,
        reference="ORDER-" * 12,
        weight_g=10**9,
        parcel=1000,
        parcels=1000,
        post=post,
    )
    pdf = labels([label])
    boxes = characters(pdf)
    bars = {"]C1", "]C0"}

    assert all(each.left >= 3 and each.right <= SIZE[0] - 3 for each in boxes)
    assert all(each.top >= 2 and each.bottom <= SIZE[1] - 1 for each in boxes)
    # Nothing is printed over the bars: a decoder still reads them all.
    assert {kind for kind, _ in symbols(pdf)} == bars
    assert len(symbols(pdf)) == (3 if post else 2)


def test_many_labels_are_one_page_each_in_their_order():
    many = [replace(LABEL, reference=f"ORD-{number}") for number in range(20)]
    pages = texts(labels(many, "zh+en"))

    assert len(pages) == 20
    assert all(f"ORD-{number}" in text for number, text in enumerate(pages))
    assert "收件人 To" in pages[7]


def test_the_font_is_embedded_and_cut_to_what_is_shown():
    pdf = labels([LABEL])

    assert are_cut(fonts(pdf))
    assert pdf.count(b"/FontFile2") == len(fonts(pdf)) > 0
    assert len(pdf) < 60_000


def test_the_same_label_is_the_same_bytes_in_every_thread():
    once = labels([LABEL])
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(labels, [[LABEL]] * 8))

    assert again == [once] * 8


@pytest.mark.parametrize(
    ("label", "refusal"),
    [
        (replace(LABEL, parcel=4), Unfit),
        (replace(LABEL, sscc=""), Unfit),
        (replace(LABEL, sscc=SSCC[:-1] + "8"), WrongNumber),
        (replace(LABEL, post=("421", "DE10243")), WrongNumber),
        (replace(LABEL, tracking="9" * 200), Unfit),
        (replace(LABEL, tracking="运单"), Unfit),
        (replace(LABEL, recipient=replace(RECIPIENT, name="محمد")), Unprintable),
    ],
)
def test_a_label_that_cannot_be_right_is_refused(label, refusal):
    with pytest.raises(refusal):
        labels([label])


def test_no_labels_are_refused():
    with pytest.raises(Unfit, match="at least one"):
        labels([])


@given(
    st.text(" !-/:;?ABCXYZabcxyz0123456789", min_size=1, max_size=14).filter(str.strip),
    st.booleans(),
)
def test_any_text_is_read_as_it_was_written(text, is_gs1):
    text = text.strip()
    symbol = gs1_128(text, 160) if is_gs1 else code_128(text, 160, 0.375)

    pdf = document((170, 30), "", lambda sheet: sheet.bars(symbol.quiet + 1, 5, symbol, 20))

    [(kind, read)] = symbols(pdf, plain=True)
    assert (kind, read) == ("]C1" if is_gs1 else "]C0", text)


def test_bars_narrow_down_to_what_a_hand_held_reads_and_no_further():
    assert code_128("A" * 10, 60, 0.375).x == pytest.approx(60 / (13 * 11 + 2 + 20))
    with pytest.raises(Unfit, match="mm"):
        code_128("A" * 30, 60, 0.375)
