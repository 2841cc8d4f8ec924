# SPDX-License-Identifier: Apache-2.0
"""What was scanned, as a SKU: the SKU itself, or the GTIN of one product.

A GTIN counts in each of its lengths, and within an element string of GS1, which may also say how
many units there are and of which batch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import Cursor

from entrepot.catalog.barcodes import find
from entrepot.papers.gs1 import scanned


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
    found = {}
    for text, products in find(cursor, barcodes).items():
        if len(products) != 1:
            continue
        (product,), said = products, says(text)
        if product.sku == text:
            found[text] = Meant(text)
        elif said.units:
            found[text] = Meant(product.sku, said.units, said.lot)
    return found
