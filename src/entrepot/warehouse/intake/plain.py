# SPDX-License-Identifier: Apache-2.0
"""Our own columns of a file of orders: no mapping is needed where a file has these headings."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import xlsxwriter

from entrepot.warehouse.importing.mapping import Mapping, parse_mapping

#: What a column of ours is called in a mapping.
COLUMNS: Final = {
    "channel": "channel",
    "number": "order_no",
    "ordered_at": "ordered_at",
    "promised_on": "promised_on",
    "country": "destination",
    "postcode": "postcode",
    "currency": "currency",
    "service": "service",
    "priority": "priority",
    "note": "note",
    "line_no": "line_no",
    "sku": "sku",
    "quantity": "quantity",
    "amount": "amount",
    "recipient": "recipient",
    "company": "company",
    "street": "street",
    "city": "city",
    "region": "region",
    "phone": "phone",
    "email": "email",
}
NEEDED: Final = ("channel", "number", "ordered_at", "country", "sku", "quantity")
#: Times with their zone, and without it in UTC.
FORMS: Final = (
    "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
)  # fmt: skip
TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def plain_mapping(headings: Sequence[str], delimiter: str, encoding: str) -> Mapping:
    """The mapping of a file with our own headings; those that are needed are asked for."""
    named = [name for name in COLUMNS if name in headings or name in NEEDED]
    columns = "".join(f'{COLUMNS[name]} = "{name}"\n' for name in named)
    forms = ", ".join(f'"{form}"' for form in FORMS)
    mark = {"\t": "\\t"}.get(delimiter, delimiter)
    toml = (
        f'[file]\ndelimiter = "{mark}"\nencoding = "{encoding}"\n[columns]\n{columns}'
        f"[days]\nforms = [{forms}]\n"
    )
    return parse_mapping("our own columns", toml.encode(), is_of_desk=True)


def template(form: str) -> bytes:
    """A file with our headings, to be filled in: `csv` or `xlsx`."""
    if form == "csv":
        return (",".join(COLUMNS) + "\r\n").encode("utf-8-sig")
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True}) as workbook:
        # Texts, so that no order number is taken for a day.
        sheet, as_text = workbook.add_worksheet("orders"), workbook.add_format({"num_format": "@"})
        sheet.set_column(0, len(COLUMNS) - 1, 14, as_text)
        sheet.write_row(0, 0, list(COLUMNS))
        sheet.freeze_panes(1, 0)
    return kept.getvalue()
