# SPDX-License-Identifier: Apache-2.0
"""What the tests of settlements share: reports of a few lines, and short answers about them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from entrepot.settlement.actions import Asked, read_settlements

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "settlements"
DATA = Path(os.environ.get("ENTREPOT_DATA", ROOT.parent / "shared" / "data"))
V2 = (
    "settlement-id",
    "settlement-start-date",
    "settlement-end-date",
    "deposit-date",
    "total-amount",
    "currency",
    "transaction-type",
    "order-id",
    "marketplace-name",
    "amount-type",
    "amount-description",
    "amount",
    "posted-date",
    "posted-date-time",
    "order-item-code",
    "sku",
    "quantity-purchased",
)
STATEMENT = {
    "settlement-id": "S1",
    "settlement-start-date": "2026-03-11 06:10:11 UTC",
    "settlement-end-date": "2026-03-25 06:10:11 UTC",
    "deposit-date": "2026-03-27 06:10:11 UTC",
    "currency": "USD",
}
LINE = {
    "settlement-id": "S1",
    "transaction-type": "Order",
    "order-id": "111-1",
    "amount-type": "ItemPrice",
    "amount-description": "Principal",
    "posted-date-time": "2026-03-12 10:00:00 UTC",
    "sku": "LAMP",
    "quantity-purchased": "1",
}

Row = Mapping[str, str]


def v2(total: str, *amounts: str | Row, **statement: str) -> str:
    """A report of V2: what it states, and one line per amount or row."""
    first = (
        STATEMENT | {"total-amount": total} | {k.replace("_", "-"): v for k, v in statement.items()}
    )
    lines = (LINE | ({"amount": each} if isinstance(each, str) else dict(each)) for each in amounts)
    return tsv(V2, [first, *lines])


def tsv(columns: Sequence[str], rows: Sequence[Row]) -> str:
    lines = ["\t".join(columns), *("\t".join(row.get(c, "") for c in columns) for row in rows)]
    return "\n".join(lines) + "\n"


def read(folder: Path, content: str | bytes | Any, form: str = "amazon-v2", **asked: Any) -> Any:
    """Read one report of this content."""
    path = folder / ("report.json" if isinstance(content, dict | list) else "report.txt")
    put(path, content)
    return read_settlements(path, Asked(form, **asked))


def put(path: Path, content: str | bytes | Any) -> Path:
    if isinstance(content, dict | list):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def amounts(each: dict[str, Any]) -> dict[str, str]:
    """Account to amount of a settlement."""
    return {account: found["amount"] for account, found in each["accounts"].items()}


def table(out: Path, name: str, columns: str = "*") -> list[tuple[Any, ...]]:
    return duckdb.sql(f"SELECT {columns} FROM '{out}/{name}.parquet'").fetchall()
