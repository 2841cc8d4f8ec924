# SPDX-License-Identifier: Apache-2.0
"""What is looked up is the same whether it is taken from columns or joined."""

from __future__ import annotations

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from entrepot.engine.base import Engine, Frame
from entrepot.engine.joining import join_texts
from entrepot.engine.local import Taker
from entrepot.engine.lookup import (
    Always,
    Finder,
    Numbered,
    Place,
    Rows,
    first_of,
    joined,
    look,
)
from entrepot.engine.schema import Column, Kind, Table

SIZE = 2**40
ROWS = pa.table(
    {
        "at": pa.array([0, 1, 2, 3], pa.int64()),
        "sale": pa.array([2, 0, None, 1], pa.int64()),
        "sku_no": pa.array([None, None, 1, None], pa.int64()),
        "code": pa.array([1, 0, None, 1], pa.int8()),
        "place": pa.array([0, SIZE + 1, 3 * SIZE + 2, 4 * SIZE], pa.int64()),
    }
)
EXPECTED = {
    "sku": ["kettle", "lamp", "lamp", "台灯"],
    "order": ["web/A-3", "web/A-1", None, "shop/A-2"],
    "fate": ["unsold", "sold", None, "unsold"],
    "kind": ["sale", "sale", "sale", "sale"],
    "path": ["home/stock", "warehouse/DUI1", "lost/LEJ1", "customer/web"],
}


def finders(engine: Engine) -> dict[str, Finder]:
    """Everything that a finder can be, over small tables."""

    def numbered(number: str, **columns: list[object]) -> Numbered:
        count = len(next(iter(columns.values())))
        table = pa.table({number: pa.array(range(count), pa.int64()), **columns})
        # Kept in order, as every numbered table is.
        index = f"{number}_kept"
        frame = engine.keep_in_order(engine.table(table), f"table of {number}", [number], index)
        return Numbered(frame.drop(index), number, tuple(columns))

    skus = numbered("sku_no", sku=["kettle", "lamp", "台灯"])["sku"]
    channels = numbered("channel_no", channel=["web", "shop"])["channel"]
    warehouses = numbered("warehouse_no", warehouse=["BER1", "DUI1", "LEJ1"])["warehouse"]
    sold = numbered(
        "sale",
        order_no=["A-1", "A-2", "A-3"],
        sku_no=[1, 2, 0],
        channel_no=[0, 1, 0],
    )
    return {
        "sku": look(first_of("sku_no", look("sale", sold["sku_no"])), skus),
        "order": joined(
            "/", look("sale", sold["channel_no"], channels), look("sale", sold["order_no"])
        ),
        "fate": look("code", ("sold", "unsold")),
        "kind": Always("sale"),
        "path": Place(
            "place",
            SIZE,
            (
                (0, "home", ("stock", "returned")),
                (1, "warehouse", warehouses),
                (3, "lost", warehouses),
                (4, "customer", channels),
            ),
        ),
    }


def test_columns_are_taken(engine):
    taker, asked = Taker(engine), finders(engine)
    taker.read(asked.values())
    batch = ROWS.combine_chunks().to_batches()[0]

    found = {name: taker.find(finder, batch).to_pylist() for name, finder in asked.items()}

    assert found == EXPECTED


def test_columns_are_joined(engine):
    found = engine.rows(join_texts(engine.table(ROWS), finders(engine)), ["at"])

    assert {name: [row[name] for row in found] for name in EXPECTED} == EXPECTED
    assert [row["sale"] for row in found] == [2, 0, None, 1]


def test_a_table_is_joined_once_for_each_number(engine, monkeypatch):
    """Across machines a join is what costs: sold, skus, channels twice and warehouses."""
    joins: list[object] = []
    join = nw.LazyFrame.join
    monkeypatch.setattr(
        nw.LazyFrame, "join", lambda *a, **options: joins.append(a[1]) or join(*a, **options)
    )

    join_texts(engine.table(ROWS), finders(engine))

    assert len(joins) == 5


def test_a_writer_writes_part_after_part_with_what_it_looks_up(engine, tmp_path):
    table = Table(
        "sales",
        "order line",
        (
            Column("order", Kind.TEXT, "order", empty=True),
            Column("sku", Kind.TEXT, "SKU"),
            Column("at", Kind.NUMBER, "place", key=True),
        ),
    )
    frame: Frame = engine.table(ROWS)
    asked = {name: finder for name, finder in finders(engine).items() if name in ("order", "sku")}
    parts = [
        Rows(frame.filter(nw.col("at") >= 2), ["at"], asked),
        Rows(frame.filter(nw.col("at") < 2), ["at"], asked),
    ]

    written = engine.writer(tmp_path, "parquet").write(table, parts)

    rows = pq.read_table(tmp_path / written.file).to_pylist()
    assert [row["at"] for row in rows] == [2, 3, 0, 1]
    assert [row["order"] for row in rows] == [None, "shop/A-2", "web/A-3", "web/A-1"]
    assert written.rows == 4
