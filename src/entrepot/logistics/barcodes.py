# SPDX-License-Identifier: Apache-2.0
"""What was scanned, as a SKU: the SKU itself, or the GTIN of one product.

A GTIN counts in each of its lengths, and within an element string of GS1, which may also say how
many units there are and of which batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Cursor

from entrepot.papers.gs1 import gtin_14, scanned
from entrepot.people.tenancy import acting

_LENGTHS: Final = (8, 12, 13, 14)
_FIND: Final = """
    SELECT sku, gtin FROM catalog_product
    WHERE enterprise_id = %(enterprise)s AND (sku = ANY(%(skus)s) OR gtin = ANY(%(gtins)s))
"""


@dataclass(frozen=True, slots=True)
class Says:
    """What a barcode says besides what it is of: so many units, and their lot."""

    units: int = 1
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a barcode means: a SKU, so many units of it, and their lot where the code says it."""

    sku: str
    units: int = 1
    lot: str = ""


def says(barcode: str) -> Says:
    """How many units a barcode stands for, and their lot; of a plain one, one without a lot."""
    found = scanned(barcode)
    return Says(1 if found.count is None else found.count, found.batch)


def meanings(cursor: Cursor[Any], barcodes: Iterable[str]) -> dict[str, Meant]:
    """What these barcodes mean; those that mean nothing, two things or no units are left out.

    A text that is a SKU means that product, whatever else it could be.
    """
    texts = set(barcodes)
    gtins = {text: scanned(text).gtin for text in texts}
    given = {
        "enterprise": acting().enterprise,
        "skus": sorted(texts),
        "gtins": sorted({form for gtin in gtins.values() if gtin for form in _forms(gtin)}),
    }
    skus: set[str] = set()
    by_gtin: dict[str, set[str]] = defaultdict(set)
    for sku, gtin in cursor.execute(_FIND, given):
        skus.add(sku)
        if gtin:
            by_gtin[gtin_14(gtin)].add(sku)
    found = {}
    for text in texts:
        if text in skus:
            found[text] = Meant(text)
            continue
        its, said = by_gtin[gtins[text]] if gtins[text] else set(), says(text)
        if len(its) == 1 and said.units:
            found[text] = Meant(next(iter(its)), said.units, said.lot)
    return found


def _forms(gtin: str) -> list[str]:
    """A GTIN of 14 digits in every length that it may be written in."""
    return [gtin[14 - length :] for length in _LENGTHS if not gtin[: 14 - length].strip("0")]
