# SPDX-License-Identifier: Apache-2.0
"""Deadlines: the accountants' cases, and every day the packs cover."""

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from entrepot.packs.read import read
from entrepot.taxrefund.deadlines import (
    CALENDAR,
    DEADLINES,
    NoDeadline,
    advance_deadlines,
    claim_deadlines,
    due,
)

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "deadlines.toml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES["advance"])
def test_advance_is_reconciled_between(case):
    given = CASES["advance"][case]

    found = advance_deadlines(given["finished_on"], read(DEADLINES), read(CALENDAR))

    assert found.reconcile_from == given["reconcile_from"]
    assert found.legal_until == given["legal_until"]
    assert found.file_by == given.get("file_by")


@pytest.mark.parametrize("case", CASES["claim"])
def test_export_is_claimed_by(case):
    given = CASES["claim"][case]

    found = claim_deadlines(given["exported_on"], read(DEADLINES))

    assert (found.claim_by, found.lapses_on) == (given["claim_by"], given["lapses_on"])


def test_every_day_from_2000_on_has_its_deadlines():
    deadlines, calendar = read(DEADLINES), read(CALENDAR)
    for days in range(0, 40 * 365, 3):
        on = date(2000, 1, 1) + timedelta(days=days)
        claim, advance = claim_deadlines(on, deadlines), advance_deadlines(on, deadlines, calendar)

        assert on < claim.claim_by < claim.lapses_on
        assert on < advance.reconcile_from <= advance.legal_until
        assert advance.file_by is None or advance.file_by <= advance.legal_until


def test_money_from_abroad_is_in_by_the_day_of_the_claim():
    deadlines = read(DEADLINES)

    for exported_on in (date(2024, 5, 1), date(2026, 5, 1)):
        assert due(deadlines, "foreign_exchange_by", exported_on) == due(
            deadlines, "claim_by", exported_on
        )


def test_papers_are_on_file_within_fifteen_days():
    deadlines = read(DEADLINES)

    assert due(deadlines, "sales_proof_on_file", date(2026, 12, 20)) == date(2027, 1, 4)
    assert due(deadlines, "filing_documents_on_file", date(2026, 2, 20)) == date(2026, 3, 7)
    assert due(deadlines, "filing_documents_kept", date(2026, 2, 20)) == date(2036, 2, 20)
    assert due(deadlines, "filing_documents_kept", date(2025, 2, 20)) == date(2030, 2, 20)


def test_before_the_pack_starts_no_day_is_guessed():
    with pytest.raises(NoDeadline) as refused:
        claim_deadlines(date(1999, 12, 31), read(DEADLINES))

    assert "1999-12-31" in refused.value.asked
    assert refused.value.code == "taxrefund.no_deadline"
