# SPDX-License-Identifier: Apache-2.0
"""Cells as they stand in a file, read exactly: texts, days, whole numbers.

Text (from CSV or Excel) is matched against one form a kind and nothing else: "1e3", " 5" and
"12,50" are not numbers here. Amounts become whole fen without passing through a decimal or a float.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from entrepot.engine.amounts import FEN_LIMIT, QUANTITY_LIMIT
from entrepot.engine.schema import PLACES, WHOLE, Column, Kind

FIRST_YEAR, LAST_YEAR = 2000, 2099
NUMBER_LIMIT = 2**53
#: Amounts and rates from here on are not read; the same as what `_FORM` lets a text hold.
_LARGEST = {Kind.MONEY: 10**15, Kind.RATE: 10**9, Kind.FX_RATE: 10**9}
#: A rate of 1.
_ONE = 10_000

_FORM = {
    Kind.QUANTITY: r"^-?[0-9]{1,18}$",
    Kind.CHANGE: r"^-?[0-9]{1,18}$",
    Kind.COUNT: r"^-?[0-9]{1,18}$",
    Kind.NUMBER: r"^-?[0-9]{1,18}$",
    Kind.MONEY: r"^-?[0-9]{1,15}(\.[0-9]{1,2})?$",
    Kind.RATE: r"^-?[0-9]{1,9}(\.[0-9]{1,4})?$",
    Kind.FX_RATE: r"^-?[0-9]{1,9}(\.[0-9]{1,6})?$",
}

#: Whole numbers that may not fit where the engine holds them.
_WIDER = (nw.UInt64, nw.Int128, nw.UInt128)

#: What a person is told a column of this kind holds.
EXPECTED = {
    Kind.TEXT: "a text",
    Kind.DAY: f"a day such as 2026-04-30, from {FIRST_YEAR} to {LAST_YEAR}",
    Kind.QUANTITY: f"a whole number of units, at least 1 and below {QUANTITY_LIMIT:,}",
    Kind.CHANGE: f"a whole number of units, not 0, within ±{QUANTITY_LIMIT:,}",
    Kind.COUNT: "a whole number, at least 0",
    Kind.NUMBER: "a whole number, at least 0",
    Kind.MONEY: f"digits and a point with at most two places, such as 12.50, "
    f"below {FEN_LIMIT // 100:,}",
    Kind.RATE: "a share from 0 to 1 with at most four places, such as 0.13",
    Kind.FX_RATE: "a rate above 0 with at most six places, such as 7.123456",
    Kind.FLAG: "true or false",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """How one column is read: its `value`, whether it `is_empty`, whether it `is_unreadable`."""

    value: nw.Expr
    is_empty: nw.Expr
    is_unreadable: nw.Expr


def accepts(column: Column, dtype: nw.dtypes.DType) -> bool:
    """Whether a file's own type can hold this kind exactly. Floats cannot hold an amount."""
    if dtype == nw.String or isinstance(dtype, (nw.Categorical, nw.Enum)):
        return True
    if column.kind is Kind.DAY:
        # A moment with a zone is another day elsewhere, and engines differ on which one.
        return dtype == nw.Date or (isinstance(dtype, nw.Datetime) and dtype.time_zone is None)
    if column.kind is Kind.FLAG:
        return dtype == nw.Boolean
    if column.kind in PLACES:
        return dtype.is_integer() or dtype.is_decimal()
    return column.kind in WHOLE and dtype.is_integer()


def cell(column: Column, dtype: nw.dtypes.DType) -> Cell:
    """Read `column`, which a file holds as `dtype` (one that `accepts` allows)."""
    raw = nw.col(column.name)
    if isinstance(dtype, (nw.Categorical, nw.Enum)):
        raw = raw.cast(nw.String)
        dtype = nw.String()
    if dtype == nw.String:
        return _from_text(column, raw)
    if column.kind in PLACES:
        return _from_number(column, raw, dtype)
    if column.kind is Kind.DAY and dtype != nw.Date:
        return Cell(raw.cast(nw.Date), raw.is_null(), raw.dt.truncate("1d") != raw)
    if column.kind in WHOLE and dtype in _WIDER:
        fits = (raw < NUMBER_LIMIT) & (raw > -NUMBER_LIMIT)
        return Cell(nw.when(fits).then(raw).cast(nw.Int64), raw.is_null(), ~fits)
    value = raw.cast(nw.Int64) if column.kind in WHOLE else raw
    return Cell(value, raw.is_null(), _never(raw))


def breaks_bounds(column: Column, value: nw.Expr) -> nw.Expr:
    """True where a readable value is outside what its column allows; null where it is empty."""
    match column.kind:
        case Kind.QUANTITY:
            return (value < 1) | (value >= QUANTITY_LIMIT)
        case Kind.CHANGE:
            return (value == 0) | (value >= QUANTITY_LIMIT) | (value <= -QUANTITY_LIMIT)
        case Kind.NUMBER | Kind.COUNT:
            return (value < 0) | (value >= NUMBER_LIMIT)
        case Kind.MONEY if column.negative:
            return (value >= FEN_LIMIT) | (value <= -FEN_LIMIT)
        case Kind.MONEY:
            return (value < 0) | (value >= FEN_LIMIT)
        case Kind.RATE:
            return (value < 0) | (value > _ONE)
        case Kind.FX_RATE:
            return value < 1
        case Kind.DAY:
            return (value.dt.year() < FIRST_YEAR) | (value.dt.year() > LAST_YEAR)
        case Kind.TEXT if column.values:
            return ~value.is_in(list(column.values))
        case Kind.TEXT if column.pattern:
            return ~value.str.contains(column.pattern)
    return _never(value)


def expected(column: Column) -> str:
    """What a person is told the column holds."""
    if column.values:
        return "one of " + ", ".join(column.values)
    if column.form:
        return column.form
    if column.kind is Kind.MONEY and not column.negative:
        return EXPECTED[Kind.MONEY] + ", not negative"
    return EXPECTED[column.kind]


def _never(value: nw.Expr) -> nw.Expr:
    """False in every row; a bare literal could not be counted."""
    return value.is_null() & nw.lit(value=False)


def _from_text(column: Column, raw: nw.Expr) -> Cell:
    is_empty = raw.is_null() | (raw == "")
    if column.kind is Kind.TEXT:
        return Cell(nw.when(~is_empty).then(raw), is_empty, _never(raw))
    if column.kind is Kind.FLAG:
        is_true, is_false = (raw.is_in([w, w.upper(), w.title()]) for w in ("true", "false"))
        truth = nw.when(is_true | is_false).then(is_true)
        return Cell(truth, is_empty, ~is_empty & ~(is_true | is_false))
    if column.kind is Kind.DAY:
        fits = _is_a_day(raw)
        day = nw.when(fits).then(raw).str.to_date(format="%Y-%m-%d")
        return Cell(day, is_empty, ~is_empty & ~fits)
    fits = raw.str.contains(_FORM[column.kind])
    value = _scaled(nw.when(fits).then(raw), PLACES.get(column.kind, 0))
    return Cell(value, is_empty, ~is_empty & ~fits)


def _from_number(column: Column, raw: nw.Expr, dtype: nw.dtypes.DType) -> Cell:
    """A decimal or whole number as fen: exactly, and unreadable where it has more places."""
    places, largest = PLACES[column.kind], _LARGEST[column.kind]
    if dtype.is_integer():
        fits = (raw < largest) & (raw > -largest)
        value = nw.when(fits).then(raw).cast(nw.Int64) * 10**places
        return Cell(value, raw.is_null(), ~fits)
    assert isinstance(dtype, nw.Decimal)
    # As text the digits are what they are, whatever scale the file chose; spare zeros go.
    if column.kind is Kind.MONEY and dtype.scale <= places:
        # The common case, and the fast one: bounded first, so that the product cannot overflow.
        fits = (raw < largest) & (raw > -largest)
        value = (nw.when(fits).then(raw) * 10**places).cast(nw.Int64)
        return Cell(value, raw.is_null(), ~fits)
    text = raw.cast(nw.String)
    if dtype.scale > places:
        text = text.str.replace_all(rf"0{{{dtype.scale - places}}}$", "")
    fits = text.str.contains(_FORM[column.kind])
    return Cell(_scaled(nw.when(fits).then(text), places), raw.is_null(), ~fits)


def _scaled(text: nw.Expr, places: int) -> nw.Expr:
    """The whole number that `text` is once its point has moved `places` to the right."""
    if not places:
        return text.cast(nw.Int64)
    before = text.str.replace_all(r"\..*$", "")
    after = text.str.replace_all(r"^[^.]*\.?", "")
    padded = nw.concat_str([after, nw.lit("0" * places)]).str.slice(0, places)
    return nw.concat_str([before, padded]).cast(nw.Int64)


def _is_a_day(raw: nw.Expr) -> nw.Expr:
    """True where a text is a day of the calendar, 29 February included only in leap years."""
    form = raw.str.contains("^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    text = nw.when(form).then(raw).otherwise(nw.lit("2000-01-01"))
    year, month, day = (
        text.str.slice(start, length).cast(nw.Int64) for start, length in ((0, 4), (5, 2), (8, 2))
    )
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    longest = (
        nw.when(month.is_in([4, 6, 9, 11]))
        .then(30)
        .when((month == 2) & leap)
        .then(29)
        .when(month == 2)
        .then(28)
        .otherwise(31)
    )
    return form & (year >= 1) & month.is_between(1, 12) & (day >= 1) & (day <= longest)
