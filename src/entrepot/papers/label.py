# SPDX-License-Identifier: Apache-2.0
"""The shipping label: 10 x 15 cm, one page each, its bar codes as GS1 asks of a logistic unit.

From above: who sends, to whom, where to in large letters; carrier, order, weight, which parcel of
how many; the tracking number; the postcode as (420) or (421); lowest the SSCC, or the parcel's own
number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.papers import barcode, gs1, sscc
from entrepot.papers.amounts import kilograms
from entrepot.papers.fitting import LEADING, MM
from entrepot.papers.fonts import must_print, printable
from entrepot.papers.parties import Address
from entrepot.papers.refusals import Unfit
from entrepot.papers.sheet import PALE, SOFT, Sheet, document
from entrepot.papers.words import Language, Words

SIZE: Final = (100.0, 150.0)
#: Labels in one document.
MOST: Final = 5000

_EDGE: Final = 4.0
_RIGHT: Final = SIZE[0] - _EDGE
_ROOM: Final = _RIGHT - _EDGE
#: Bars may come this close to the edge with the white beside them.
_BAR_ROOM: Final = SIZE[0] - 2.0
#: The text below bars, and how much height it takes.
_HRI_SIZE, _HRI = 9.5, 5.2
#: The bars of the tracking number: how high, and three dots of a printer of 203 per inch.
_TRACKING_HEIGHT, _TRACKING_X = 13.0, 0.375
#: The column with country and postcode beside the recipient.
_COUNTRY: Final = 25.0


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on a label.

    reference        the order's number
    sscc             18 digits; empty where the firm has no prefix of GS1
    parcel_no        the lowest bar code instead of it
    post             the postcode as an element: ("420", postcode) within one country, ("421", three
                     digits of ISO 3166 and the postcode) across borders; None for none
    weight_g         grams, None where it was not weighed
    parcel, parcels  which of how many
    """

    sender: Address
    recipient: Address
    carrier: str
    service: str
    tracking: str
    reference: str
    sscc: str = ""
    parcel_no: str = ""
    post: tuple[str, str] | None = None
    weight_g: int | None = None
    parcel: int = 1
    parcels: int = 1


def labels(given: Sequence[Label], language: Language = "en") -> bytes:
    """Labels as a PDF, one page each, in their order.

    Raises:
        Unfit: none, too many, a parcel beyond the last, a number too long for its bar code.
        Unprintable: an address with characters that the font does not have.
        WrongNumber: an SSCC or postcode that is not of the form of GS1.
    """
    if not 0 < len(given) <= MOST:
        raise Unfit(
            f"Cannot print {len(given)} labels.",
            f"A document holds 1 to {MOST:,} labels.",
            "Print them in parts." if given else "Choose at least one parcel.",
        )
    words = Words(language)

    def draw(sheet: Sheet) -> None:
        for label in given:
            _draw(sheet, label, words)
            sheet.next()

    return document(SIZE, f"Labels {given[0].reference}", draw)


def _draw(sheet: Sheet, label: Label, words: Words) -> None:
    _check(label)
    # The bar codes stand at the bottom and take what GS1 asks; addresses get the rest.
    end = _draw_unit(sheet, label, sheet.height - 2.5)
    if label.post:
        element = dict([label.post])
        end = _draw_gs1(sheet, gs1.write(element), gs1.write(element, parentheses=True), end)
    if label.tracking:
        symbol = barcode.code_128(label.tracking, _BAR_ROOM, _TRACKING_X)
        caption = f"{words('tracking')}  {label.tracking}"
        end = _draw_bars(sheet, symbol, caption, end, _TRACKING_HEIGHT)
    end = _draw_facts(sheet, label, words, end)
    top = _draw_sender(sheet, label.sender, words)
    _draw_recipient(sheet, label.recipient, words, top, end)


def _check(label: Label) -> None:
    if not 1 <= label.parcel <= label.parcels:
        raise Unfit(
            f"Cannot print the label of parcel {label.parcel} of {label.parcels}.",
            f"{label.reference} has {label.parcels} parcels.",
            "Give the parcel's place among those of its order.",
        )
    if not (label.sscc or label.parcel_no):
        raise Unfit(
            f"Cannot print a label for {label.reference}.",
            "The parcel has neither an SSCC nor a number.",
            "Pack the parcel first: it gets its number then.",
        )


def _draw_unit(sheet: Sheet, label: Label, end: float) -> float:
    if label.sscc:
        element = {"00": sscc.check(label.sscc)}
        return _draw_gs1(sheet, gs1.write(element), gs1.write(element, parentheses=True), end)
    symbol = barcode.code_128(label.parcel_no, _BAR_ROOM, barcode.GS1_X)
    return _draw_bars(sheet, symbol, label.parcel_no, end, barcode.GS1_HEIGHT)


def _draw_gs1(sheet: Sheet, string: str, said: str, end: float) -> float:
    symbol = barcode.gs1_128(string, _BAR_ROOM)
    return _draw_bars(sheet, symbol, said, end, barcode.GS1_HEIGHT)


def _draw_bars(sheet: Sheet, symbol: barcode.Symbol, said: str, end: float, high: float) -> float:
    """Bars with their text below, above `end`, and a line above them; answers where that is."""
    top = end - _HRI - high
    sheet.bars((sheet.width - symbol.width) / 2, top, symbol, high)
    sheet.fit(_EDGE, end - _HRI + 0.5, _ROOM, said, _HRI_SIZE, least=6, align="centre")
    sheet.line(_EDGE, top - 1.3, _RIGHT, grey=PALE)
    return top - 1.3


def _draw_facts(sheet: Sheet, label: Label, words: Words, end: float) -> float:
    top = end - 8.6
    weight = f"{kilograms(label.weight_g)} kg" if label.weight_g is not None else "–"
    carrier = " · ".join(each for each in (label.carrier, label.service) if each)
    cells = [
        (_EDGE, 37.0, "carrier", carrier or "–"),
        (_EDGE + 38.0, 26.0, "reference", must_print(label.reference, "the order's number")),
        (_EDGE + 65.0, 15.0, "weight", weight),
    ]
    for x, room, key, said in cells:
        sheet.text(x, top + 3.2, words(key), 5.5, grey=SOFT)
        sheet.fit(x, top + 3.7, room, printable(said), 9, least=5.5)
    count = f"{label.parcel} / {label.parcels}"
    sheet.fit(_RIGHT - 12, top + 1.6, 12, count, 14, least=6, align="right", strong=True)
    sheet.line(_EDGE, top, _RIGHT, grey=PALE)
    return top


def _draw_sender(sheet: Sheet, sender: Address, words: Words) -> float:
    whose = "the sender's address"
    country = sender.country_name or sender.country
    parts = [
        must_print(sender.name, whose),
        *sender.street(whose),
        *sender.town(whose),
        must_print(country, whose),
    ]
    sheet.text(_EDGE, 5.4, words("from"), 5.5, grey=SOFT)
    sheet.fit(_EDGE, 6.0, _ROOM, " · ".join(parts), 7, least=5.5, lines=2)
    sheet.line(_EDGE, 12.6, _RIGHT, grey=PALE)
    return 12.6


def _draw_recipient(sheet: Sheet, to: Address, words: Words, top: float, end: float) -> None:
    whose = "the recipient's address"
    # With room the type grows: name and town are read first, from a metre away.
    large = next(size for least, size in ((60, 18.0), (40, 15.0), (0, 12.5)) if end - top > least)
    room = _ROOM - _COUNTRY - 2
    street, town = to.street(whose), to.town(whose)

    sheet.text(_EDGE, top + 3.2, words("to"), 5.5, grey=SOFT)
    name = must_print(to.name, whose)
    y = sheet.fit(_EDGE, top + 3.6, room, name, large, least=8, lines=2, strong=True)
    left = end - y - (large * LEADING / MM + 0.6) * len(town)
    plain = large - 2
    lines = left / (plain * LEADING / MM)
    y = sheet.fit(_EDGE, y, room, "\n".join(street), plain, least=6, lines=lines)
    for each in town:
        sheet.fit(_EDGE, y, room, each, large, least=7, strong=True)
    _draw_country(sheet, to, words, top)


def _draw_country(sheet: Sheet, to: Address, words: Words, top: float) -> None:
    whose = "the recipient's address"
    x = _RIGHT - _COUNTRY
    phone = f"{words('phone')} {must_print(to.phone, whose)}" if to.phone else ""
    sheet.text(
        _RIGHT, top + 13.4, must_print(to.country, whose)[:2], 42, align="right", strong=True
    )
    postcode, country = must_print(to.postcode, whose), must_print(to.country_name, whose)
    sheet.fit(x, top + 15.2, _COUNTRY, postcode, 15, least=7, align="right", strong=True)
    sheet.fit(x, top + 22.2, _COUNTRY, country, 7.5, least=5.5, align="right")
    sheet.fit(x, top + 25.7, _COUNTRY, phone, 7.5, least=5.5, align="right")
