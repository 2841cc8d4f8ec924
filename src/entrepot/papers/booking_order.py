# SPDX-License-Identifier: Apache-2.0
"""The booking order (订仓单) of goods that go to an overseas warehouse: a PDF and an Excel sheet.

What stands on it, and in which order, is the template of the single window as a public script
reads it; every column has to be filled. The headings are our words for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

import xlsxwriter

from entrepot.papers.amounts import exact
from entrepot.papers.parties import Address, Party
from entrepot.papers.refusals import Unfit
from entrepot.papers.trade import Column, Paper, Row, render
from entrepot.papers.words import Language, Words

MOST_LINES: Final = 5000
#: The columns of the template, in its order.
HEAD: Final = (
    "warehouse_name", "number", "warehouse_address", "goods_total", "platform", "platform_code",
    "country", "currency",
)  # fmt: skip
BODY: Final = (
    "number", "line_no", "name", "sku", "hs_code", "specification", "quantity", "unit",
    "statutory_unit", "statutory_quantity", "unit_price", "line_total",
)  # fmt: skip
#: What a column is called, where its word has another key.
_CALLED: Final = {
    "number": "booking_no", "country": "consignee_country", "name": "goods_name",
    "quantity": "declared_quantity", "unit": "declared_unit", "unit_price": "price",
}  # fmt: skip
#: A spreadsheet keeps so many digits of a number exactly; a longer one is written as a text.
_EXACT_DIGITS: Final = 15
_LACKING: Final = "–"
#: Lines that a draft names one by one where something of them is missing.
_NAMED: Final = 12


@dataclass(frozen=True, slots=True)
class BookedLine:
    """Goods of a booking order; units and currencies are codes. None or empty: not known yet."""

    name: str
    sku: str
    hs_code: str
    specification: str
    quantity: Decimal | None
    unit: str
    statutory_unit: str
    statutory_quantity: Decimal | None
    unit_price: Decimal | None
    line_total: Decimal | None


@dataclass(frozen=True, slots=True)
class BookingOrder:
    """What stands on a booking order; `exporter` is not of the template, and heads the paper."""

    number: str
    issued_on: date
    warehouse_name: str
    warehouse_address: str
    platform: str
    platform_code: str
    country: str
    currency: str
    lines: tuple[BookedLine, ...]
    exporter: Party

    @property
    def goods_total(self) -> Decimal | None:
        """The sum of the lines; None while one of them is not known."""
        totals = [line.line_total for line in self.lines]
        return None if None in totals else sum((each for each in totals if each), Decimal())


def lacking(order: BookingOrder) -> dict[str, list[int]]:
    """The columns that are not filled, with the lines; no lines where it is the head."""
    found: dict[str, list[int]] = {
        name: [] for name in HEAD if name != "goods_total" and not getattr(order, name)
    }
    for place, line in enumerate(order.lines, 1):
        for each in fields(line):
            if getattr(line, each.name) in (None, ""):
                found.setdefault(each.name, []).append(place)
    return found


def booking_order(
    order: BookingOrder, language: Language = "zh+en", *, draft: bool = False
) -> bytes:
    """The booking order as a PDF on A4; a `draft` may lack something, and says what.

    Raises:
        Unfit: no lines or too many; something missing, where it is no draft.
        Unprintable: a name, address or number with characters that the font does not have.
    """
    words = Words(language)
    missing = _check(order, draft)
    title = words("booking_order")
    paper = Paper(
        f"{title} ({words('draft')})" if draft else title,
        order.number,
        [
            (words("date"), order.issued_on.isoformat()),
            (words("consignee_country"), order.country or _LACKING),
            (words("currency"), order.currency or _LACKING),
            (words("platform_code"), order.platform_code or _LACKING),
        ],
        _parties(order, words),
        _columns(words),
        [[_row(place, line)] for place, line in enumerate(order.lines, 1)],
        sums=[(words("goods_total"), _amount(order.goods_total))],
        notes=[words("lacking", what=", ".join(_told(missing, words)))] if missing else (),
    )
    return render(paper, words)


def booking_sheet(order: BookingOrder, language: Language = "zh", *, draft: bool = False) -> bytes:
    """The booking order as a workbook: head and body, each with the template's columns in order.

    Raises:
        Unfit: no lines or too many; something missing, where it is no draft.
    """
    _check(order, draft)
    words = Words(language)
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": datetime.combine(order.issued_on, time.min)})
        _fill(book, "head", HEAD, [tuple(getattr(order, name) for name in HEAD)], words)
        rows = [
            tuple({"number": order.number, "line_no": place}.get(name) or getattr(line, name)
                  for name in BODY)
            for place, line in enumerate(order.lines, 1)
        ]  # fmt: skip
        _fill(book, "body", BODY, rows, words)
    return out.getvalue()


def must_have_lines(number: str, count: int) -> None:
    """Refuse a booking order without lines, or with more than one takes.

    Raises:
        Unfit: so it is.
    """
    if not 0 < count <= MOST_LINES:
        found = f"It has {count} lines; a booking order has 1 to {MOST_LINES:,}."
        raise Unfit(f"Cannot print booking order {number}.", found, "Choose what it is for.")


def _check(order: BookingOrder, draft: bool) -> dict[str, list[int]]:
    must_have_lines(order.number, len(order.lines))
    missing = lacking(order)
    if missing and not draft:
        found = "Not given: " + ", ".join(missing) + "."
        raise Unfit(
            f"Cannot print booking order {order.number}.",
            found,
            "Give every column; the template asks for all of them.",
        )
    return missing


def _told(missing: dict[str, list[int]], words: Words) -> Iterator[str]:
    for name, lines in missing.items():
        said = words(_CALLED.get(name, name))
        if lines:
            more = "…" if len(lines) > _NAMED else ""
            said = words("of_lines", what=said, lines=", ".join(map(str, lines[:_NAMED])) + more)
        yield said


def _parties(order: BookingOrder, words: Words) -> list[tuple[str, str, Party]]:
    warehouse = Address(
        order.warehouse_name or _LACKING, (order.warehouse_address or _LACKING,), "", "", ""
    )
    platform = Address(order.platform or _LACKING, (), "", "", "")
    return [
        (words("exporter"), "the exporter", order.exporter),
        (words("overseas_warehouse"), "the overseas warehouse", Party(warehouse)),
        (words("platform"), "the platform", Party(platform)),
    ]


def _columns(words: Words) -> list[Column]:
    def column(name: str, room: float, align: Any = "left") -> Column:
        return Column(words.stacked(_CALLED.get(name, name)), room, align, lines=24)

    return [
        column("line_no", 8, "centre"),
        column("name", 28),
        column("sku", 20),
        column("hs_code", 21),
        column("specification", 28),
        column("quantity", 13, "right"),
        column("unit", 10, "centre"),
        column("statutory_unit", 10, "centre"),
        column("statutory_quantity", 13, "right"),
        column("unit_price", 13, "right"),
        column("line_total", 16, "right"),
    ]


def _row(place: int, line: BookedLine) -> Row:
    return Row(
        (
            str(place),
            line.name or _LACKING,
            line.sku or _LACKING,
            line.hs_code or _LACKING,
            line.specification or _LACKING,
            _LACKING if line.quantity is None else exact(line.quantity),
            line.unit or _LACKING,
            line.statutory_unit or _LACKING,
            _LACKING if line.statutory_quantity is None else exact(line.statutory_quantity),
            _amount(line.unit_price),
            _amount(line.line_total),
        )
    )


def _amount(value: Decimal | None) -> str:
    return _LACKING if value is None else exact(value, 2)


def _fill(book: Any, sheet: str, names: tuple[str, ...], rows: list[Any], words: Words) -> None:
    heading = book.add_format({"bold": True, "text_wrap": True})
    page = book.add_worksheet({"head": "表头", "body": "表体"}[sheet])
    page.freeze_panes(1, 0)
    page.set_column(0, len(names) - 1, 18)
    for column, name in enumerate(names):
        page.write_string(0, column, words(_CALLED.get(name, name)), heading)
    for at, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, (Decimal, int)) and len(f"{value:f}") <= _EXACT_DIGITS:
                page.write_number(at, column, value)
            elif value is not None:
                page.write_string(at, column, f"{value:f}" if isinstance(value, Decimal) else value)
