# SPDX-License-Identifier: Apache-2.0
"""What the tests of the import share: a plain mapping, and imports of a few lines."""

from __future__ import annotations

import json
import os
from pathlib import Path

import duckdb
import pytest

from entrepot.errors import EntrepotError
from entrepot.warehouse.importing.actions import import_orders

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
DATA = Path(os.environ.get("ENTREPOT_DATA", ROOT.parent / "shared" / "data"))
RETAIL = DATA / "uci_online_retail" / "online_retail.csv.gz"
UCI = EXAMPLES / "mappings" / "uci-online-retail.toml"
real = pytest.mark.skipif(
    not RETAIL.exists(), reason=f"no {RETAIL.name}: set ENTREPOT_DATA to the folder of real data"
)

PLAIN = {
    "": 'channel = "shop"\nwarehouse = "W1"\ncurrency = "EUR"',
    "file": "",
    "columns": 'order_no = "order"\nsku = "sku"\nquantity = "units"\nunit_price = "price"\n'
    'shipped_at = "when"\nbuyer = "buyer"\ndestination = "country"',
    "numbers": "",
    "days": 'forms = ["%Y-%m-%d %H:%M"]',
    "countries": "",
    "cancellations": "negative_quantity = true",
    "rules": "",
}
HEADER = "order,sku,units,price,when,buyer,country"
MONDAY = "2025-11-03 10:00"


def mapping_file(folder: Path, **changes: str) -> Path:
    """The plain mapping with some sections replaced; `top` is what stands before them."""
    sections = PLAIN | {("" if name == "top" else name): body for name, body in changes.items()}
    body = "\n".join(f"[{name}]\n{body}" if name else body for name, body in sections.items())
    path = folder / "mapping.toml"
    path.write_text(body, "utf-8")
    return path


def imported(folder: Path, lines: list[str], header: str = HEADER, **changes: str) -> Path:
    """Import CSV lines with the plain mapping and its changes."""
    export = folder / "export.csv"
    export.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    out = folder / "out"
    import_orders(export, mapping_file(folder, **changes), out)
    return out


def rows(out: Path, table: str, columns: str = "*") -> list[tuple]:
    return duckdb.sql(f"SELECT {columns} FROM '{out}/{table}.parquet'").fetchall()


def report(out: Path) -> dict:
    return json.loads((out / "import.json").read_text("utf-8"))


def refused(call, kind: type[EntrepotError]) -> EntrepotError:
    with pytest.raises(kind) as caught:
        call()
    return caught.value
