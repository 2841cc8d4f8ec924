# SPDX-License-Identifier: Apache-2.0
"""Plain masters for tests, and files of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

import xlsxwriter

from entrepot.catalog.actions import add
from entrepot.catalog.models import Import
from entrepot.catalog.nouns import BIN, PARTNER, PRODUCT, WAREHOUSE, ZONE, Noun
from entrepot.catalog.reading import open_sheet
from entrepot.ledger.actions import post
from entrepot.ledger.document import Document, Line
from entrepot.people.tenancy import within

PRODUCT_A = {"sku": "SKU-7", "name": "Fast charger"}
PARTNER_A = {"code": "LSP", "name": "Rhein Lager", "country": "DE", "roles": ["supplier"]}
WAREHOUSE_A = {
    "code": "DUI1",
    "name": "Duisburg",
    "kind": "overseas",
    "time_zone": "Europe/Berlin",
    "country": "DE",
}
ZONE_A = {"warehouse": "DUI1", "code": "COLD"}
BIN_A = {"warehouse": "DUI1", "code": "A-01", "zone": "COLD"}
#: One of each kind, in an order in which they can be added.
PLAIN: Sequence[tuple[Noun, Mapping[str, object]]] = (
    (PARTNER, PARTNER_A),
    (WAREHOUSE, WAREHOUSE_A),
    (ZONE, ZONE_A),
    (BIN, BIN_A),
    (PRODUCT, PRODUCT_A),
)


def add_plain(enterprise: UUID) -> dict[str, UUID]:
    """One master of each kind, with its id."""
    with within(enterprise):
        return {noun.name: add(noun, values).id for noun, values in PLAIN}


def as_csv(*rows: Sequence[str], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


def as_xlsx(rows: Iterable[Sequence[object]], first_row: int = 0, first_column: int = 0) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as workbook:
        sheet = workbook.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(first_row + at, first_column, row)
    return file.getvalue()


def read(noun: Noun, content: bytes, file: str = "file.csv") -> list[dict[str, object]]:
    """The rows of a file by field."""
    sheet = open_sheet(noun, file, content)
    return [dict(zip(sheet.columns, cells, strict=False)) for _, cells in sheet.rows]


def buy(enterprise: UUID, sku: str, number: str = "P-1", place: str = "warehouse/DUI1") -> None:
    """Post a purchase of a SKU, so that it is in use in the book."""
    with within(enterprise):
        post(Document("purchase", number, date(2026, 1, 2), [Line(sku, 5, "supplier/LSP", place)]))


def counts(source: Import) -> dict[str, int]:
    found: dict[str, int] = source.preview["counts"]
    return found
