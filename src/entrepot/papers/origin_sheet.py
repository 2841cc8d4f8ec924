# SPDX-License-Identifier: Apache-2.0
"""Data to apply for a certificate of origin under RCEP with: parties, voyage, goods, criterion.

It is no certificate, and says so; the form of an issuing body is not reproduced.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from entrepot.papers.amounts import exact, kilograms
from entrepot.papers.parties import Party
from entrepot.papers.refusals import Unfit
from entrepot.papers.trade import Column, Paper, Row, render
from entrepot.papers.words import Language, Words

MOST_LINES: Final = 1000


@dataclass(frozen=True, slots=True)
class OriginLine:
    """Goods that originate, as they were judged, and how they are packed.

    rvc_percent     of the criterion RVC40 only
    quantity, fob   those that were judged
    """

    product: str
    name: str
    name_zh: str
    hs_6: str
    criterion: str
    made_in: str
    quantity: Decimal
    unit: str
    fob: Decimal
    currency: str
    judged_on: date
    rvc_percent: str = ""
    by_de_minimis: bool = False
    accumulated: bool = False
    marks: str = ""
    packages: int = 0
    package_kind: str = ""
    gross_g: int = 0


@dataclass(frozen=True, slots=True)
class OriginSheet:
    """What an application needs."""

    number: str
    issued_on: date
    exporter: Party
    importer: Party
    lines: tuple[OriginLine, ...]
    producer: Party | None = None
    invoice_no: str = ""
    invoice_on: date | None = None
    departure_on: date | None = None
    vessel: str = ""
    loading: str = ""
    discharge: str = ""
    remarks: str = ""


def origin_sheet(given: OriginSheet, language: Language = "zh+en") -> bytes:
    """The data as a PDF on A4.

    Raises:
        Unfit: no lines or too many.
        Unprintable: a name, address or number with characters that the font does not have.
    """
    if not 0 < len(given.lines) <= MOST_LINES:
        raise Unfit(
            f"Cannot print origin data {given.number}.",
            f"It has {len(given.lines)} lines; there may be 1 to {MOST_LINES:,}.",
            "Choose what it is for.",
        )
    words = Words(language)
    days = ", ".join(sorted({str(line.judged_on) for line in given.lines}))
    paper = Paper(
        words("origin_sheet"),
        given.number,
        _facts(given, words),
        _parties(given, words),
        _columns(words),
        [[_row(place, line, words)] for place, line in enumerate(given.lines, 1)],
        sums=_sums(given, words),
        notes=[words("origin_note", days=days), *([given.remarks] if given.remarks else [])],
        signed=" ",
    )
    return render(paper, words)


def _facts(given: OriginSheet, words: Words) -> list[tuple[str, str]]:
    return [
        (words("date"), given.issued_on.isoformat()),
        (words("invoice"), given.invoice_no),
        (words("invoice_on"), given.invoice_on.isoformat() if given.invoice_on else ""),
        (words("departure_on"), given.departure_on.isoformat() if given.departure_on else ""),
        (words("vessel"), given.vessel),
        (words("loading"), given.loading),
        (words("discharge"), given.discharge),
    ]


def _parties(given: OriginSheet, words: Words) -> list[tuple[str, str, Party]]:
    parties = [
        (words("exporter"), "the exporter", given.exporter),
        (words("importer"), "the importer", given.importer),
    ]
    if given.producer:
        parties.append((words("producer"), "the producer", given.producer))
    return parties


def _columns(words: Words) -> list[Column]:
    return [
        Column(words.stacked("line"), 8, "centre"),
        Column(words.stacked("marks_and_packages"), 34, lines=12),
        Column(words.stacked("goods_name"), 43, lines=12),
        Column(words.stacked("hs_code"), 15),
        Column(words.stacked("criterion"), 21),
        Column(words.stacked("rvc"), 13, "right"),
        Column(words.stacked("made_in"), 10, "centre"),
        Column(words.stacked("quantity"), 17, "right"),
        Column(words.stacked("fob"), 19, "right"),
    ]


def _row(place: int, line: OriginLine, words: Words) -> Row:
    count = f"{line.packages:,} × {line.package_kind}" if line.packages else ""
    gross = f"{kilograms(line.gross_g)} kg" if line.gross_g else ""
    criterion = [line.criterion]
    criterion += [words("de_minimis")] if line.by_de_minimis else []
    criterion += [words("accumulated")] if line.accumulated else []
    return Row(
        (
            str(place),
            "\n".join(each for each in (line.marks, count, gross) if each),
            "\n".join(words.of(line.name_zh, line.name)),
            line.hs_6,
            "\n".join(criterion),
            line.rvc_percent,
            line.made_in,
            f"{exact(line.quantity)} {line.unit}",
            f"{exact(line.fob, 2)} {line.currency}",
        )
    )


def _sums(given: OriginSheet, words: Words) -> list[tuple[str, str]]:
    fob: dict[str, Decimal] = {}
    for line in given.lines:
        fob[line.currency] = fob.get(line.currency, Decimal()) + line.fob
    gross = sum(line.gross_g for line in given.lines)
    packages = sum(line.packages for line in given.lines)
    return [
        *([(words("packages"), f"{packages:,}")] if packages else []),
        *([(words("total_gross"), f"{kilograms(gross)} kg")] if gross else []),
        *((f"{words('fob')} {code}", exact(each, 2)) for code, each in sorted(fob.items())),
    ]
