# SPDX-License-Identifier: Apache-2.0
"""Numbers of GS1: SSCC, element strings, and what a scanned text is."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from entrepot.papers import gs1, sscc
from entrepot.papers.gs1 import FNC1, Scan, scanned
from entrepot.papers.refusals import NumbersUsedUp, WrongNumber

GTIN = "09506000134352"
SSCC = "340123450000000017"
VALUES = st.text(
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz",
    min_size=1,
    max_size=20,
)
PREFIXES = st.text("0123456789", min_size=4, max_size=12)


def test_an_sscc_is_extension_prefix_serial_and_check_digit():
    assert sscc.make("4012345", 1, extension=3) == "3" + "4012345" + "000000001" + "7"


@given(PREFIXES, st.integers(0, 10**12), st.integers(0, 9))
def test_an_sscc_is_unlike_any_other_or_refused(prefix, serial, extension):
    room = 16 - len(prefix)
    if serial >= 10**room:
        with pytest.raises(NumbersUsedUp, match=f"leaves {room} digits"):
            sscc.make(prefix, serial, extension)
        return
    made = sscc.make(prefix, serial, extension)

    assert len(made) == 18
    assert (made[0], made[1:-1]) == (str(extension), f"{prefix}{serial:0{room}d}")
    assert sscc.check(made) == made


@given(PREFIXES, st.integers(0, 9999), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_of_an_sscc_is_noticed(prefix, serial, place, by):
    made = sscc.make(prefix, serial)
    wrong = made[:place] + str((int(made[place]) + by) % 10) + made[place + 1 :]

    with pytest.raises(WrongNumber, match="check digit"):
        sscc.check(wrong)


@pytest.mark.parametrize(
    "text",
    [SSCC, f"00{SSCC}", f"(00){SSCC}", f"(00) {SSCC}\r\n", f"]C100{SSCC}", f"{FNC1}00{SSCC}"],
)
def test_an_sscc_is_taken_however_it_was_scanned(text):
    assert sscc.check(text) == SSCC
    assert scanned(text).sscc == SSCC
    assert scanned(text).kind == "sscc"


@pytest.mark.parametrize("prefix", ["", "401", "4012345678901", "40123x", "４０１２３４５"])
def test_a_prefix_that_is_none_is_refused(prefix):
    with pytest.raises(WrongNumber):
        sscc.make(prefix, 1)


@pytest.mark.parametrize("text", ["", "12", f"01{SSCC}", f"{SSCC}1", "x" * 10**5])
def test_what_is_no_sscc_is_refused(text):
    with pytest.raises(WrongNumber):
        sscc.check(text)


def test_elements_are_written_fixed_ones_first_with_fnc1_between_the_others():
    elements = {"10": "AB-1", "01": GTIN, "37": 12, "17": date(2027, 1, 31)}

    assert gs1.write(elements) == f"01{GTIN}1727013110AB-1{FNC1}3712"
    assert gs1.write(elements, parentheses=True) == f"(01){GTIN}(17)270131(10)AB-1(37)12"


@given(VALUES, VALUES, st.integers(0, 99_999_999), st.dates(date(2000, 1, 1), date(2049, 12, 31)))
def test_what_was_written_is_read(batch, serial, count, day):
    elements = {"01": GTIN, "10": batch, "15": day, "21": serial, "37": count}

    assert gs1.read(gs1.write(elements)) == elements


def test_an_element_string_for_people_is_read():
    read = gs1.read(f"(01){GTIN}(10)AB-1(17)270200(30)5")

    assert read == {"01": GTIN, "10": "AB-1", "17": date(2027, 2, 28), "30": 5}


@pytest.mark.parametrize(
    ("ai", "value"),
    [
        ("00", "340123450000000018"),
        ("00", "17"),
        ("01", "4006381333931"),
        ("01", "09506000134351"),
        ("10", "A" * 21),
        ("10", "Ä"),
        ("17", "271301"),
        ("37", "123456789"),
        ("410", "4012345000001"),
        ("420", ""),
        ("421", "DE10115"),
        ("05", "1"),
    ],
)
def test_an_element_of_another_form_is_refused(ai, value):
    with pytest.raises(WrongNumber):
        gs1.write({ai: value})
    with pytest.raises(WrongNumber):
        gs1.read(f"({ai}){value}")


@pytest.mark.parametrize(
    ("text", "scan"),
    [
        ("4006381333931", Scan("gtin", "4006381333931", gtin="04006381333931")),
        ("]E04006381333931\r", Scan("gtin", "4006381333931", gtin="04006381333931")),
        ("96385074", Scan("gtin", "96385074", gtin="00000096385074")),
        ("4006381333932", Scan("code", "4006381333932")),
        (f"01{GTIN}", Scan("gs1", f"01{GTIN}", gtin=GTIN)),
        (f"01{GTIN[:-1]}1", Scan("code", f"01{GTIN[:-1]}1")),
        (
            f"]C101{GTIN}10AB{FNC1}21S-9{FNC1}3712",
            Scan("gs1", f"01{GTIN}10AB{FNC1}21S-9{FNC1}3712", GTIN, "AB", "S-9", count=12),
        ),
        (f"(02){GTIN}(37)12", Scan("gs1", f"(02){GTIN}(37)12", GTIN, count=12)),
        ("10ABC", Scan("code", "10ABC")),
        ("]C110ABC", Scan("gs1", "10ABC", batch="ABC")),
        ("A-01-02", Scan("code", "A-01-02")),
        ("BP-00001 (黑)", Scan("code", "BP-00001 (黑)")),
        ("", Scan("code", "")),
    ],
)
def test_a_scanned_text_is_told(text, scan):
    assert scanned(text) == scan


@given(st.text(max_size=60) | st.text("()0123456789]C\x1dA", max_size=60))
def test_whatever_is_scanned_is_something(text):
    scan = scanned(text)

    assert scan.kind in {"gtin", "sscc", "gs1", "code"}
    assert not scan.gtin or ean.is_valid(scan.gtin)
