# SPDX-License-Identifier: Apache-2.0
"""What of the export VAT refund came for what was sold stands beside a margin, and is not in it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from entrepot.finance.tables_margin import OF_REFUNDS, PARTS
from tests.finance.bank_kit import line
from tests.finance.costs_kit import LOT, on, season
from tests.on_engines import Row, close_season

AS_OF = date(2025, 5, 31)


def claim(number: str, kind: str, amount: str, finished: date | None, **rest: object) -> Row:
    return {
        "claim_no": number, "declaration_no": LOT["declaration_no"], "item_no": 1, "kind": kind,
        "of_claim": None, "quantity": 100, "amount": Decimal(amount), "filed_on": on("20"),
        "finished_on": finished, **rest,
    }  # fmt: skip


#: 13% of 1,000.01 is 130.00; of it 45.50 are on the 35 lamps that stayed sold.
ADVANCE = claim("C1", "advance", "130.00", on("28"))
PAID_BACK = claim("C2", "reversal", "-130.00", on("05-20"), of_claim="C1")
#: What is filed, and of it on the lamps sold: refundable, filed and not finished, received.
CASES = {
    "nothing is filed": ([], "0.00", "0.00"),
    "an advance is filed": ([ADVANCE | {"finished_on": None}], "45.50", "0.00"),
    "an advance is finished": ([ADVANCE], "0.00", "45.50"),
    "it is finished after the close": ([ADVANCE | {"finished_on": on("06-02")}], "45.50", "0.00"),
    "the advance is paid back": ([ADVANCE, PAID_BACK], "0.00", "0.00"),
    "what is sold is claimed": ([claim("C1", "ordinary", "45.50", on("28"))], "0.00", "45.50"),
    "a part of it came": ([claim("C1", "ordinary", "20.01", on("28"))], "0.00", "20.01"),
    "more was claimed than is due": ([claim("C1", "ordinary", "99.99", on("28"))], "0.00", "45.50"),
}


def closed(engine, claims: list[Row], rate: str = "0.13") -> Row:
    made = season() | {"refund_claims": claims, "costs": []}
    made["settlements"] = [line(1, "sales", "1999.00")]
    made["fx_rates"] = [{"on": on("12"), "currency": "EUR", "cny_per_unit": Decimal("7.6")}]
    made["refund_rates"] = [
        {
            "hs_code": "9405210000", "valid_from": date(2024, 1, 1), "source": "the case",
            "refund_rate": Decimal(rate),
        }
    ]  # fmt: skip
    [row] = close_season(engine, made, AS_OF).rows["margin"]
    return row


@pytest.mark.parametrize("name", CASES)
def test_the_refund_of_what_was_sold(name, polars):
    claims, filed, received = CASES[name]

    row = closed(polars, claims)

    found = [str(row[column]) for column in OF_REFUNDS]
    assert found == ["45.50", filed, received]
    # Neither changes what was earned: the part of the VAT that is refunded is no cost of it.
    assert row["margin"] == sum(row[part] for part in PARTS)
    assert row["vat"] == Decimal("0.00")


def test_what_is_refunded_and_what_is_not_are_together_the_vat(engine):
    row = closed(engine, [], rate="0.09")

    # 37 units are no longer ours, 35 of them sold: 9% of 350.00 comes back, 4% of 370.00 does not.
    assert (row["refundable"], row["vat"]) == (Decimal("31.50"), Decimal("-14.80"))
