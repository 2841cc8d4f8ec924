# SPDX-License-Identifier: Apache-2.0
"""Amounts as whole smallest units of their currency, and back; exact, whatever the currency."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from entrepot.packs.read import read
from entrepot.settlement.store import add

PACK = "world/currency_digits"
#: No amount has more digits before its decimal mark.
WHOLE_DIGITS = 13
#: Marks that may part thousands, by the decimal mark beside them.
_THOUSANDS = {".": ",'’ \u00a0\u202f", ",": ".'’ \u00a0\u202f"}
#: The cell without blanks around it, a minus of typesetters being a minus.
_TRIMMED = "trim(replace({cell}, '\u2212', '-'), ' \u00a0\u202f\t')"


def put_digits(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `digits`: how many decimals each currency has."""
    connection.execute("CREATE OR REPLACE TEMP TABLE digits (currency VARCHAR, digits INTEGER)")
    rows = read(PACK).rows
    columns = {
        "currency": [row.text("currency") for row in rows],
        "digits": pa.array([row.whole("digits") for row in rows], pa.int32()),
    }
    add(connection, "digits", pa.table(columns))


def minor_units(cell: str, digits: str, mark: str) -> str:
    """SQL for the smallest units in a text under a decimal mark; null where they are not whole.

    Read are a sign before or behind, brackets for less than zero, thousands parted in threes, and
    decimals beyond the currency's own only where they are zeros: 1000.00 is a thousand yen, 1000.50
    is no amount in yen.
    """
    trimmed = _TRIMMED.format(cell=cell)
    point = "[.]" if mark == "." else ","
    thousands = "".join(f"\\{each}" if each in ".'" else each for each in _THOUSANDS[mark])
    group = rf"[{thousands}]\d{{3}}"
    grouped = rf"\d{{1,3}}(?:{group}){{1,3}}|\d(?:{group}){{4}}"
    whole = rf"(?:\d{{1,{WHOLE_DIGITS}}}|{grouped})"
    plain = rf"{whole}(?:{point}\d{{0,4}}0*)?|{point}\d{{1,4}}0*"
    form = f"[+-]?(?:{plain})|(?:{plain})-|\\((?:{plain})\\)"
    form = form.replace("'", "''")
    kept = f"regexp_replace({trimmed}, '[^0-9{mark}]', '', 'g')"
    if mark == ",":
        kept = f"replace({kept}, ',', '.')"
    number = f"('0' || {kept})::DECIMAL(30, 4)"
    scaled = f"{number} * [1, 10, 100, 1000, 10000][{digits} + 1]"
    signed = f"CASE WHEN regexp_matches({trimmed}, '[-(]') THEN -1 ELSE 1 END"
    return (
        f"CASE WHEN regexp_full_match({trimmed}, '{form}') AND {scaled} = trunc({scaled})"
        f" THEN {signed} * ({scaled})::BIGINT END"
    )


def decimal_text(minor: str, digits: str) -> str:
    """SQL for smallest units as the decimal that a person reads."""
    size = f"abs({minor})"
    one = f"[1, 10, 100, 1000, 10000][{digits} + 1]"
    return (
        f"CASE WHEN {minor} < 0 THEN '-' ELSE '' END || ({size} // {one})::VARCHAR ||"
        f" CASE WHEN {digits} > 0"
        f" THEN '.' || lpad(({size} % {one})::VARCHAR, {digits}::INTEGER, '0') ELSE '' END"
    )


def decimal(minor: int, digits: int) -> str:
    """Smallest units as the decimal that a person reads."""
    whole, rest = divmod(abs(minor), 10**digits)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"
