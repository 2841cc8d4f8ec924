# SPDX-License-Identifier: Apache-2.0
"""Load a season into an enterprise: it becomes its live book, as if the desk had been there.

All of it in one transaction: a season is loaded whole, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from entrepot.closing.loading import consigned, fitting, masters, papers, returned, shipped
from entrepot.closing.loading.arriving import journeys
from entrepot.closing.loading.leaving import Missing, at_home, without_stock
from entrepot.closing.loading.reading import Row, Season, read_season, refuse_faults
from entrepot.closing.loading.walking import Diary, adjustments_of, live
from entrepot.engine.faults import ROW
from entrepot.errors import Refused
from entrepot.ledger.models import Document
from entrepot.logistics.models import Consignment, Declaration, Purchase
from entrepot.people.audit import record
from entrepot.people.models import AuditEntry, Profile
from entrepot.people.tenancy import within
from entrepot.warehouse.models import Order

Tell = Callable[[str, float], None]
LOADED: Final = "book.loaded"
#: Stages that loading tells of.
STAGES: Final = 6


class BookNotEmpty(Refused):
    """An enterprise that has documents already, of which a season says nothing."""

    code = "loading.book_not_empty"


class OtherFirm(Refused):
    """A season of another firm than the enterprise is."""

    code = "loading.other_firm"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded: rows by table; `is_new` is false where the same season was there.

    `found`: units that left a warehouse which by the season did not have them, and were found
    first; `without_invoice`: units that left home without an invoice, and likewise.
    """

    is_new: bool
    rows: dict[str, int] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    without_invoice: int = 0


def load_season(enterprise: UUID, folder: Path, tell: Tell = lambda step, share: None) -> Loaded:
    """Make the season in a folder the live book of an enterprise that has no documents yet.

    The same season again changes nothing.

    Args:
        tell: is told each stage as it begins, and what share of it is done.

    Raises:
        Unloadable: the season has faults, or says what the desk does not keep; with every row.
        OtherFirm: the enterprise is another firm.
        BookNotEmpty: it has documents already.
    """
    tell("Reading the season", 0)
    season = read_season(folder)
    refuse_faults(folder, fitting.faults_of(season))
    with within(enterprise):
        if AuditEntry.objects.filter(action=LOADED, facts__sha256=season.sha256).exists():
            return Loaded(is_new=False)
        _refuse_other(season)
        return _load(season, tell)


def _refuse_other(season: Season) -> None:
    """Refuse another firm, and a book that is not empty; a firm without a code has the season's."""
    profile = Profile.objects.select_for_update().first()
    asked = f"Cannot load {season.folder}."
    if profile is not None and profile.uscc not in ("", season.about.uscc):
        raise OtherFirm(
            asked,
            f"It is the season of {season.about.uscc}; the enterprise is {profile.uscc}.",
            "Load it into an enterprise of that firm.",
        )
    if profile is not None and profile.kind != season.about.kind:
        raise OtherFirm(
            asked,
            f"It is the season of a {season.about.kind} firm; the enterprise is {profile.kind}.",
            f"Load it into an enterprise opened with --kind {season.about.kind}.",
        )
    if profile is not None and not profile.uscc:
        profile.uscc = season.about.uscc
        profile.save(update_fields=["uscc"])
    for kind in (Document, Order, Purchase, Declaration, Consignment):
        if kind.objects.exists():
            raise BookNotEmpty(
                asked,
                f"The enterprise has {kind._meta.verbose_name_plural} already.",
                "Load it into a new one: entrepot enterprise open NAME --owner ADDRESS",
            )


def _load(season: Season, tell: Tell) -> Loaded:
    tell("Storing the masters", 0)
    its = masters.store(season)
    tell("Taking in papers", 0)
    ids = papers.take_papers(season, its)
    tell("Taking in orders", 0)
    parcels = shipped.take_orders(season, its)
    sold = {shipped.key_of(row): row for row in season.rows["sales"]}
    backs = returned.take_returns(season.rows["returns"], sold)
    moved = journeys(season)
    came, lacking = at_home(season.rows["purchases"], moved)
    unmet = without_stock(season, moved, sold)
    written, surplus = consigned.write(moved, its)
    tell("Posting the days", 0)
    invoices: dict[str, list[Row]] = {}
    for row in season.rows["purchases"]:
        invoices.setdefault(row["invoice_no"], []).append(row)
    diary = Diary(its, {number: (ids[number], rows) for number, rows in invoices.items()})
    diary.note(
        came, [*lacking, *unmet], written, surplus, moved.exports, backs, parcels,
        adjustments_of(season.rows["adjustments"], its),
    )  # fmt: skip
    live(diary, tell)
    tell("Writing down what became of it", 0)
    shipped.write(parcels)
    returned.write(backs, shipped.shipped_lines(parcels), its)
    consigned.close(each for each in written if each.shipment.closed_on)
    rows = {name: len(its) for name, its in season.rows.items()}
    record(LOADED, season.about.name, sha256=season.sha256, rows=rows)
    return Loaded(
        True, rows, [_told(season, each) for each in unmet], sum(each.quantity for each in lacking)
    )


def _told(season: Season, missing: Missing) -> str:
    assert missing.row is not None
    source = season.sources[missing.table]
    return (
        f"{source.file}:{source.row(missing.row[ROW])}: {missing.quantity:,} of"
        f" {missing.sku} left {missing.warehouse} on {missing.on} and were not there"
    )
