# SPDX-License-Identifier: Apache-2.0
"""Cash tied up in the close: how long the money of each lot was away, and how much still is."""

from __future__ import annotations

from datetime import date
from typing import Final

import narwhals as nw
import pyarrow as pa

from entrepot.engine.base import Engine, Frame
from entrepot.engine.distinct import distinct
from entrepot.finance import tying
from entrepot.finance.tables_tied import CASH_TIED
from entrepot.ledger.numbers import SOLD
from entrepot.pipelines.collecting import Collected
from entrepot.pipelines.documents import Documents

_FIRST: Final = date(2000, 1, 1)


def work_out_tied(
    engine: Engine, documents: Documents, trace: Frame, collected: Collected
) -> Frame:
    """The rows of CASH_TIED, kept.

    Source: our own policy: an invoice counts as paid on its day, as the season has no other.
    """
    days = _numbers(engine, documents.bought, collected.home)
    paid = documents.bought.join(days.rename({"day": "issued_on"}), on="issued_on")
    came = collected.home.join(days.rename({"day": "home_on"}), on="home_on")
    runs = (
        trace.filter(~nw.col("sale").is_null(), ~nw.col("pline").is_null(), nw.col("fate") == SOLD)
        .select("sale", "pline", "quantity", "net_amount")
        .join(came.select("sale", "number"), on="sale")
    )
    rows = tying.tied(runs, paid, (documents.as_of - _FIRST).days)
    named = rows.with_columns(paid_on="issued_on").select(CASH_TIED.names)
    return engine.keep(named, "cash_tied")


def _numbers(engine: Engine, bought: Frame, home: Frame) -> Frame:
    """Days since the first, by day: worked out once a day, and joined."""
    asked = nw.concat([bought.select(day="issued_on"), home.select(day="home_on")])
    days = [row["day"] for row in engine.rows(distinct(asked, "day"), ["day"])]
    return engine.table(
        pa.table(
            {
                "day": pa.array(days, pa.date32()),
                "number": pa.array([(day - _FIRST).days for day in days], pa.int64()),
            }
        )
    )


def ties_sum_to_invoices(tied: Frame, documents: Documents) -> Frame:
    """Every lot once, what came home and what is open together what it cost, neither below 0."""
    key = ["invoice_no", "line_no", "sku"]
    both = documents.bought.select(*key, expected="net_amount", units="quantity").join(
        tied, on=key, how="left"
    )
    found = nw.col("home_amount") + nw.col("open_amount")
    return both.filter(
        (found != nw.col("expected")).fill_null(value=True)
        | (nw.col("open_amount") < 0)
        | (nw.col("home") > nw.col("units"))
    )
