# SPDX-License-Identifier: Apache-2.0
"""The record of a container that was loaded from inspected loose cargo: each piece, step by step.

What customs asks for is that each step is collected and told; no form of a record was read. This
one is ours, and says so at its foot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from entrepot.papers.amounts import decimal, kilograms
from entrepot.papers.refusals import Unfit
from entrepot.papers.trade import Column, Paper, Row, render
from entrepot.papers.words import Language, Words

MOST_PIECES: Final = 10_000
_CUBIC_METRE_DECIMALS: Final = 6


@dataclass(frozen=True, slots=True)
class RecordedPiece:
    """A piece with the moments of its steps, in the time zone of the site; None: not yet."""

    mark: str
    declaration_no: str
    description: str
    weight_g: int
    volume_cm3: int
    arrived_at: datetime | None
    inspection: str  # passed, or not_selected
    inspected_at: datetime | None
    released_at: datetime | None
    consolidated_at: datetime | None


@dataclass(frozen=True, slots=True)
class LoadingRecord:
    """A container with what is in it; `zone` is the time zone of all moments."""

    container: str
    site: str
    seal_no: str
    zone: str
    pieces: tuple[RecordedPiece, ...]
    sealed_at: datetime | None = None
    loaded_at: datetime | None = None
    gate_out_at: datetime | None = None
    departed_at: datetime | None = None


def loading_record(given: LoadingRecord, language: Language = "zh+en") -> bytes:
    """The record as a PDF on A4.

    Raises:
        Unfit: no pieces or too many.
        Unprintable: a number with characters that the font does not have.
    """
    must_have_pieces(given.container, len(given.pieces))
    words = Words(language)
    paper = Paper(
        words("loading_record"),
        given.container,
        [
            (words("site"), given.site),
            (words("seal_no"), given.seal_no or "–"),
            (words("sealed_at"), _moment(given.sealed_at)),
            (words("loaded_at"), _moment(given.loaded_at)),
            (words("gate_out_at"), _moment(given.gate_out_at)),
            (words("departed_at"), _moment(given.departed_at)),
            (words("time_zone"), given.zone),
            (words("pieces"), f"{len(given.pieces):,}"),
        ],
        [],
        _columns(words),
        [[_row(place, each, words)] for place, each in enumerate(given.pieces, 1)],
        _total(given, words),
        notes=[words("loading_note")],
        signed=" ",
    )
    return render(paper, words)


def must_have_pieces(container: str, count: int) -> None:
    """Refuse a record of nothing, or of more pieces than one takes.

    Raises:
        Unfit: so it is.
    """
    if not 0 < count <= MOST_PIECES:
        raise Unfit(
            f"Cannot print the record of container {container}.",
            f"It holds {count} pieces; a record has 1 to {MOST_PIECES:,}.",
            "Load pieces first, or take the table.",
        )


def _columns(words: Words) -> list[Column]:
    return [
        Column(words.stacked("line"), 8, "centre"),
        Column(words.stacked("piece_mark"), 32),
        Column(words.stacked("declaration_or_list"), 32),
        Column(words.stacked("gross_kg"), 15, "right"),
        Column(words.stacked("cubic_metres"), 16, "right"),
        Column(words.stacked("arrived_at"), 19),
        Column(words.stacked("inspection"), 20),
        Column(words.stacked("released_at"), 19),
        Column(words.stacked("consolidated_at"), 19),
    ]


def _row(place: int, each: RecordedPiece, words: Words) -> Row:
    return Row(
        (
            str(place),
            "\n".join(said for said in (each.mark, each.description) if said),
            each.declaration_no,
            kilograms(each.weight_g),
            decimal(each.volume_cm3, _CUBIC_METRE_DECIMALS),
            _moment(each.arrived_at, "\n"),
            "\n".join((words(f"inspection_{each.inspection}"), _moment(each.inspected_at, "\n"))),
            _moment(each.released_at, "\n"),
            _moment(each.consolidated_at, "\n"),
        )
    )


def _total(given: LoadingRecord, words: Words) -> Row:
    weight = sum(each.weight_g for each in given.pieces)
    volume = sum(each.volume_cm3 for each in given.pieces)
    total = words("total")
    cubic = decimal(volume, _CUBIC_METRE_DECIMALS)
    return Row(("", total, f"{len(given.pieces):,}", kilograms(weight), cubic, "", "", "", ""))


def _moment(at: datetime | None, between: str = " ") -> str:
    return f"{at:%Y-%m-%d}{between}{at:%H:%M}" if at else ""
