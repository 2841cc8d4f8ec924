# SPDX-License-Identifier: Apache-2.0
"""The pick list: a page for each cart, its stops along the path of the bins, in large type.

Where a cart has more stops than a page holds, it goes on on the next, with the same heading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.papers.barcode import code_128
from entrepot.papers.fitting import LEADING, MM, paged
from entrepot.papers.fonts import must_print, printable
from entrepot.papers.goods import Goods
from entrepot.papers.refusals import Unfit
from entrepot.papers.sheet import FILL, PALE, SOFT, Sheet, document
from entrepot.papers.words import Language, Words

SIZE: Final = (210.0, 297.0)
#: Stops in one document.
MOST: Final = 5000

_LEFT, _RIGHT, _BOTTOM = 12.0, 198.0, 283.0
_STOP: Final = 24.0
_HEAD: Final = 41.0
#: Columns: bin, goods, totes, quantity, box.
_GOODS, _TOTES, _COUNT, _BOX = 78.0, 142.0, 164.0, 186.0
#: Three dots of a printer of 203 per inch.
_X: Final = 0.375


@dataclass(frozen=True, slots=True)
class Stop:
    """Units of a product to take from a bin; `totes` says how many of them go where."""

    bin: str
    goods: Goods
    quantity: int
    totes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Cart:
    """Orders that are picked on one walk.

    orders   tote and order's number
    stops    in the order in which the bins are walked past
    """

    number: str
    wave: str
    warehouse: str
    orders: tuple[tuple[str, str], ...]
    stops: tuple[Stop, ...]


def pick_list(carts: Sequence[Cart], language: Language = "zh+en") -> bytes:
    """Pick lists as a PDF on A4, each cart on a page of its own.

    A bin or cart whose code has no room as a bar code, or is no ASCII, is given in letters only.

    Raises:
        Unfit: no cart, a cart without stops, too many stops, a stop without units, totes that do
            not sum to it.
        Unprintable: a code with characters that the font does not have.
    """
    count = sum(len(cart.stops) for cart in carts)
    if not carts or count > MOST or not all(cart.stops for cart in carts):
        raise Unfit(
            f"Cannot print pick lists for {len(carts)} carts.",
            f"They have {count} stops; every cart has one at least, all of them at most {MOST:,}.",
            "Choose carts with something to pick, and fewer of them where there are too many.",
        )
    words = Words(language)

    def draw(sheet: Sheet) -> None:
        for cart in carts:
            _draw_cart(sheet, cart, words)

    return document(SIZE, f"{words('pick_list')} {carts[0].wave}", draw)


def _draw_cart(sheet: Sheet, cart: Cart, words: Words) -> None:
    for stop in cart.stops:
        _check(stop)
    room = _BOTTOM - _HEAD
    pages = paged([_STOP] * len(cart.stops), room, room, 0.0)
    for page, stops in enumerate(pages, start=1):
        _draw_head(sheet, cart, words)
        y = _HEAD
        for place in stops:
            _draw_stop(sheet, cart.stops[place], words, y)
            y += _STOP
        said = words("page", between="  ", page=page, pages=len(pages))
        sheet.fit(_RIGHT - 80, 286, 80, said, 8, align="right", grey=SOFT)
        sheet.fit(_LEFT, 286, 90, printable(f"{cart.wave} / {cart.number}"), 8, grey=SOFT)
        sheet.next()


def _check(stop: Stop) -> None:
    if stop.quantity <= 0 or (stop.totes and sum(n for _, n in stop.totes) != stop.quantity):
        raise Unfit(
            f"Cannot print {stop.bin} for {stop.goods.sku}.",
            f"{stop.quantity} units, of which "
            f"{', '.join(f'{n} to {tote}' for tote, n in stop.totes) or 'none'} are shared out.",
            "Take units above zero, and as many as the totes get.",
        )


def _draw_head(sheet: Sheet, cart: Cart, words: Words) -> None:
    sheet.fit(_LEFT, 10, 90, words("pick_list"), 13, strong=True)
    number = must_print(cart.number, "the cart's number")
    sheet.fit(_LEFT, 16, 90, f"{words('cart')} {number}", 20, least=9, strong=True)
    _draw_bars(sheet, cart.number, 11, 13, is_right=True)
    units = sum(stop.quantity for stop in cart.stops)
    facts = [
        (words("wave"), cart.wave),
        (words("warehouse"), cart.warehouse),
        (words("orders"), f"{len(cart.orders):,}"),
        (words("stops"), f"{len(cart.stops):,}"),
        (words("units"), f"{units:,}"),
    ]
    said = " · ".join(f"{caption} {value}" for caption, value in facts)
    sheet.fit(_LEFT, 26.2, _RIGHT - _LEFT, printable(said), 10, least=7)
    totes = " · ".join(f"{tote}: {order}" for tote, order in cart.orders)
    sheet.fit(_LEFT, 31.2, _RIGHT - _LEFT, printable(totes), 8.5, least=5.5, lines=2, grey=SOFT)
    sheet.line(_LEFT, _HEAD, _RIGHT, wide=0.6)


def _draw_stop(sheet: Sheet, stop: Stop, words: Words, y: float) -> None:
    code = must_print(stop.bin, "the code of a bin")
    sheet.fit(_LEFT, y + 1.6, _GOODS - _LEFT - 4, code, 19, least=8, strong=True)
    _draw_bars(sheet, stop.bin, y + 11.4, 10.5)

    room = _TOTES - _GOODS - 3
    sku = must_print(stop.goods.sku, "the SKU")
    end = sheet.fit(_GOODS, y + 2.2, room, sku, 12, least=7, strong=True)
    lot = [f"{words('lot')} {stop.goods.lot}"] if stop.goods.lot else []
    said = [*words.of(stop.goods.name_zh, stop.goods.name), *lot]
    left = 3.2
    for place, each in enumerate(said):
        # Every text gets a line at least; what one leaves over is for the next.
        lines = left - (len(said) - 1 - place)
        start, end = end, sheet.fit(_GOODS, end, room, printable(each), 9.5, least=6, lines=lines)
        left -= (end - start) / (9.5 * LEADING / MM)

    totes = "\n".join(f"{tote} × {count:,}" for tote, count in stop.totes)
    sheet.fit(_TOTES, y + 3, _COUNT - _TOTES - 1, printable(totes), 10, least=5, lines=4)
    room = _BOX - _COUNT - 3
    sheet.rect(_COUNT, y + 4, room, _STOP - 8, fill=FILL)
    sheet.fit(_COUNT, y + 6.5, room, f"{stop.quantity:,}", 24, least=9, align="centre", strong=True)
    sheet.rect(_BOX, y + 6, 12, 12, line=0.6)
    sheet.line(_LEFT, y + _STOP, _RIGHT, wide=0.2, grey=PALE)


def _draw_bars(sheet: Sheet, code: str, y: float, high: float, *, is_right: bool = False) -> None:
    """The bar code of `code` at the edge, as wide as the column of bins, where it can be one."""
    try:
        symbol = code_128(code, _GOODS - _LEFT - 2, _X)
    except Unfit:
        return
    sheet.bars(_RIGHT - symbol.width if is_right else _LEFT + 0.5, y, symbol, high)
