# SPDX-License-Identifier: Apache-2.0
"""Which product a scanned text means: a SKU, a GTIN in any form, or GS1 elements with one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Cursor

from entrepot.papers.gs1 import gtin_14, scanned
from entrepot.people.tenancy import acting

#: Lengths in which a GTIN is written; shorter ones are the longer without zeros in front.
_LENGTHS: Final = (8, 12, 13, 14)
_FIND: Final = """
    SELECT sku, name, name_zh, gtin FROM catalog_product
    WHERE enterprise_id = %(enterprise)s AND (sku = ANY(%(skus)s) OR gtin = ANY(%(gtins)s))
    ORDER BY sku
"""


@dataclass(frozen=True, slots=True)
class Product:
    """What a barcode says it is."""

    sku: str
    name: str
    name_zh: str
    gtin: str


def find(cursor: Cursor[Any], texts: Iterable[str]) -> dict[str, list[Product]]:
    """The products that scanned texts mean, with one statement: one each, as a rule.

    A text that is a SKU means that product, whatever else it could be.
    """
    wanted = set(texts)
    gtins = {text: scanned(text).gtin for text in wanted}
    given = {
        "enterprise": acting().enterprise,
        "skus": list(wanted),
        "gtins": [form for gtin in set(gtins.values()) if gtin for form in _forms(gtin)],
    }
    by_sku: dict[str, Product] = {}
    by_gtin: dict[str, list[Product]] = {}
    for row in cursor.execute(_FIND, given).fetchall():
        product = Product(*row)
        by_sku[product.sku] = product
        if product.gtin:
            by_gtin.setdefault(gtin_14(product.gtin), []).append(product)
    return {
        text: [by_sku[text]] if text in by_sku else by_gtin.get(gtins[text] or "-", [])
        for text in wanted
    }


def _forms(gtin: str) -> list[str]:
    """A GTIN of 14 digits in every length that it may be written in."""
    return [gtin[14 - length :] for length in _LENGTHS if not gtin[: 14 - length].strip("0")]
