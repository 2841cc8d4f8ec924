# SPDX-License-Identifier: Apache-2.0
"""Scanned texts as SKUs, or refused in words that a hand-held can sound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import Cursor

from entrepot.catalog.barcodes import find
from entrepot.errors import Refused


class UnknownBarcode(Refused):
    """Scanned texts that are no SKU and no GTIN of a product, or the GTIN of several."""

    code = "warehouse.unknown_barcode"


def skus_of(cursor: Cursor[Any], texts: Iterable[str], asked: str) -> Mapping[str, str]:
    """The SKUs that scanned texts mean.

    Raises:
        UnknownBarcode: with every text that means no product, or several.
    """
    found = find(cursor, texts)
    if wrong := sorted(text for text, products in found.items() if len(products) != 1):
        raise unknown(asked, wrong[0], [product.sku for product in found[wrong[0]]], wrong)
    return {text: products[0].sku for text, products in found.items()}


def unknown(asked: str, text: str, skus: list[str], all_of: list[str]) -> UnknownBarcode:
    """What to say of a barcode that means no product, or several."""
    more = f", and {len(all_of) - 1:,} more like it" if len(all_of) > 1 else ""
    found = f"several products have it: {', '.join(skus[:5])}" if skus else "no product has it"
    return UnknownBarcode(
        asked,
        f"{text[:60]!r} is not the barcode of one product: {found}{more}.",
        "Scan the SKU, or give the product its GTIN.",
        barcodes=all_of[:1000],
        skus=skus,
    )
