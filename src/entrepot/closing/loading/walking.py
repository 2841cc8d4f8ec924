# SPDX-License-Identifier: Apache-2.0
"""Live a season's days, one after the other: what comes in first, then what leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from entrepot.closing.loading import consigned, returned, shipped
from entrepot.closing.loading.arriving import Exported, numbered
from entrepot.closing.loading.consigned import Written
from entrepot.closing.loading.leaving import Missing
from entrepot.closing.loading.masters import Masters
from entrepot.closing.loading.reading import Row
from entrepot.closing.loading.returned import Back
from entrepot.closing.loading.shipped import Parcel
from entrepot.ledger.actions import Posted, post_all
from entrepot.ledger.document import Document, Line
from entrepot.ledger.opening import open_places
from entrepot.logistics import arriving_home
from entrepot.logistics.arriving_home import Came
from entrepot.logistics.booking import Work
from entrepot.warehouse.outbound.shipping import KIND as SHIPMENT
from entrepot.warehouse.returns.outcomes import VOYAGE

#: The kinds of documents in the book with which goods leave home for buyers abroad, stock is
#: corrected, and units are found that left without having been there.
EXPORT, ADJUSTMENT, FOUND = "export", "adjustment", "found"
_REASONS: Final = {"lost": "lost/", "scrapped": "scrapped/", "found": "unknown/"}


@dataclass(slots=True)
class Day:
    """What happens on a day, in the order of these."""

    invoices: list[str] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    sent: list[Written] = field(default_factory=list)
    exports: list[Exported] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    backs: list[Back] = field(default_factory=list)
    transfers: list[Written] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    adjustments: list[Document] = field(default_factory=list)


@dataclass(slots=True)
class Diary:
    """A season by days; `purchases`: rows and ids by invoice."""

    masters: Masters
    purchases: Mapping[str, tuple[Any, Sequence[Row]]]
    days: defaultdict[date, Day] = field(default_factory=lambda: defaultdict(Day))

    def note(
        self,
        came: Mapping[str, date],
        missing: Iterable[Missing],
        written: Iterable[Written],
        surplus: Iterable[Work],
        exports: Iterable[Exported],
        backs: Iterable[Back],
        parcels: Iterable[Parcel],
        adjustments: Iterable[Document],
    ) -> None:
        """Put everything on its day."""
        for invoice, on in came.items():
            self.days[on].invoices.append(invoice)
        for lacking in missing:
            self.days[lacking.on].missing.append(lacking)
        for each in written:
            day = self.days[each.shipment.left_on]
            (day.transfers if each.shipment.source else day.sent).append(each)
            for work in each.works:
                if not each.shipment.source or work.day > each.shipment.left_on:
                    self.days[work.day].works.append(work)
        for work in surplus:
            self.days[work.day].works.append(work)
        for export in exports:
            self.days[export.on].exports.append(export)
        for back in backs:
            self.days[back.on].backs.append(back)
        for parcel in parcels:
            self.days[parcel.on].parcels.append(parcel)
        for document in adjustments:
            self.days[document.on].adjustments.append(document)


def adjustments_of(rows: Iterable[Row], masters: Masters) -> list[Document]:
    """The documents that stand for a season's adjustments: one for each number and day."""
    groups: dict[tuple[str, date], list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row["adjustment_no"], row["line_no"])):
        groups.setdefault((row["adjustment_no"], row["on"]), []).append(row)
    times: defaultdict[str, int] = defaultdict(int)
    documents = []
    for (number, on), its in groups.items():
        times[number] += 1
        lines = [_adjusted(row, masters) for row in its]
        documents.append(Document(ADJUSTMENT, numbered(number, times[number]), on, lines))
    return documents


def live(diary: Diary, tell: Callable[[str, float], None]) -> None:
    """Post the days, in their order."""
    _open_places(diary)
    for at, on in enumerate(sorted(diary.days)):
        tell("Posting the days", at / len(diary.days))
        _live(diary, on, diary.days[on])


def _open_places(diary: Diary) -> None:
    days = diary.days.values()
    opened = {"unknown/home"}
    opened |= {f"customer/{export.channel}" for day in days for export in day.exports}
    for warehouse in diary.masters.bins:
        opened |= {f"{root}/{warehouse}" for root in ("lost", "scrapped", "unknown")} | {
            f"unknown/blind/{warehouse}"
        }
    documents = [
        document
        for day in days
        for document in (
            *day.adjustments,
            *(each for back in day.backs for each in returned.documents_of(back, diary.masters)),
        )
    ]
    opened |= {line.to_place for each in documents for line in each.lines}
    open_places(opened)


def _live(diary: Diary, on: date, day: Day) -> None:
    masters = diary.masters
    for invoice in day.invoices:
        _come_home(diary, invoice, on)
    _post(_found(day.missing, on, masters))
    consigned.dispatch(day.sent)
    consigned.receive(day.works)
    coming = [*_exported(day.exports, masters), *consigned.put_away(1, on, day.works, masters)]
    backs = [returned.documents_of(back, masters) for back in day.backs]
    coming += [document for its in backs for document in its]
    leaving = [shipped.document_of(each, masters) for each in day.parcels]
    if day.transfers:
        posted = _post(coming)
        _transfer(day.transfers, on, masters)
        posted += _post([*leaving, *day.adjustments])
    else:
        # All at once is the same: what came on a day comes before what leaves on it.
        posted = _post([*coming, *leaving, *day.adjustments])
    ids = {(each.kind, each.number): each.id for each in posted}
    for back, its in zip(day.backs, backs, strict=True):
        back.received = ids["return", back.number]
        back.decided = {each.kind: ids[each.kind, each.number] for each in its[1:]}
    for parcel in day.parcels:
        parcel.document = ids[SHIPMENT, parcel.number]


def _post(documents: Sequence[Document]) -> list[Posted]:
    return post_all(documents) if documents else []


def _come_home(diary: Diary, invoice: str, on: date) -> None:
    id, rows = diary.purchases[invoice]
    lines = [Came(row["line_no"], row["sku"], row["quantity"]) for row in rows]
    arriving_home.receive(id, invoice, diary.masters.home, lines, on)


def _transfer(transfers: Sequence[Written], on: date, masters: Masters) -> None:
    """Transfers leave one after the other: what arrives on the same day may leave again."""
    for at, each in enumerate(transfers, 2):
        consigned.dispatch([each])
        if now := [work for work in each.works if work.day == on]:
            consigned.receive(now)
            _post(consigned.put_away(at, on, now, masters))


def _found(missing: Iterable[Missing], on: date, masters: Masters) -> list[Document]:
    """The documents with which units are found that left without having been there."""
    by: dict[str, list[Line]] = {}
    for each in missing:
        if each.warehouse:
            shelf = masters.shelf_of(each.warehouse, each.sku)
            line = Line(each.sku, each.quantity, f"unknown/{each.warehouse}", shelf)
        else:
            line = Line(each.sku, each.quantity, "unknown/home", f"home/{masters.home}")
        by.setdefault(each.warehouse or masters.home, []).append(line)
    return [Document(FOUND, f"{where} {on}", on, lines) for where, lines in sorted(by.items())]


def _exported(exports: Iterable[Exported], masters: Masters) -> list[Document]:
    home = f"home/{masters.home}"
    return [
        Document(EXPORT, each.number, each.on, [
            Line(sku, units, home, f"customer/{each.channel}") for sku, units in each.lines
        ])
        for each in exports
    ]  # fmt: skip


def _adjusted(row: Row, masters: Masters) -> Line:
    shelf = masters.shelf_of(row["warehouse"], row["sku"])
    root = _REASONS.get(row["reason"])
    other = f"{root}{row['warehouse']}" if root else f"{VOYAGE}{row['adjustment_no']}"
    units = abs(row["quantity"])
    if row["quantity"] > 0:
        return Line(row["sku"], units, other, shelf)
    return Line(row["sku"], units, shelf, other)
