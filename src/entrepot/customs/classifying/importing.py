# SPDX-License-Identifier: Apache-2.0
"""Take a firm's tariff over: every mistake at once, the same again changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final

from entrepot.customs.classifying.models import TariffFile
from entrepot.customs.classifying.models import TariffLine as Kept
from entrepot.customs.classifying.reading import faulty, read_tariff
from entrepot.customs.classifying.tables import TariffLine
from entrepot.engine.mistakes import Mistake
from entrepot.people.audit import record
from entrepot.people.database import planned_for, raw_cursor
from entrepot.people.tenancy import acting

#: Two files of one enterprise come one after the other.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_LATEST: Final = """
    SELECT DISTINCT ON (t.hs_code, t.valid_from) t.id, t.version, t.hs_code, t.name, t.elements,
        t.unit1, t.unit2, t.valid_from, t.valid_to, t.source
    FROM classifying_tariffline AS t
    WHERE t.enterprise_id = %(enterprise)s AND t.hs_code = ANY(%(codes)s)
    ORDER BY t.hs_code, t.valid_from, t.version DESC
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file: its lines, those that are new, correct another, or were known."""

    lines: int
    added: int
    corrected: int
    known: int


def latest(codes: Sequence[str]) -> dict[tuple[str, date], tuple[Any, int, TariffLine]]:
    """The newest version of every line of some HS codes: its id, its version, what it says."""
    given = {"enterprise": acting().enterprise, "codes": sorted(set(codes))}
    with raw_cursor() as cursor:
        rows = cursor.execute(_LATEST, given, prepare=planned_for(len(codes))).fetchall()
    found = {}
    for id, version, code, name, elements, unit1, unit2, begins, ends, source in rows:
        line = TariffLine(code, name, tuple(elements), unit1, unit2, begins, ends, source)
        found[code, begins] = (id, version, line)
    return found


def take_tariff(file: str, content: bytes) -> Taken:
    """Take a file of tariff lines over, all of it or nothing.

    A line is known by its HS code and its first day. The same again changes nothing, another one
    is a correction: a newer version, and the older stays to be looked at.

    Raises:
        FaultyTable: with every mistake; also lines that overlap with those that are there.
        UnreadableFile, TooLargeFile: it is no such table.
    """
    lines = read_tariff(file, content)
    with raw_cursor() as cursor:
        cursor.execute(_LOCK, [f"tariff {acting().enterprise}"])
    before = latest([line.hs_code for line in lines])
    _refuse_overlapping(file, lines, [line for _, _, line in before.values()])
    new: list[tuple[int, TariffLine]] = []
    corrected = 0
    for line in lines:
        _, version, known = before.get((line.hs_code, line.valid_from), (None, 0, None))
        if known != line:
            new.append((version + 1, line))
            corrected += known is not None
    taken = Taken(len(lines), len(new) - corrected, corrected, len(lines) - len(new))
    if new:
        _keep(file, content, taken, new)
    return taken


def _keep(
    file: str, content: bytes, taken: Taken, new: Sequence[tuple[int, TariffLine]]
) -> None:  # fmt: skip
    kept = TariffFile.objects.create(
        name=file[:200], sha256=hashlib.sha256(content).digest(), lines=taken.lines,
        added=taken.added, corrected=taken.corrected, taken_by=acting().actor,
    )  # fmt: skip
    Kept.objects.bulk_create(
        [
            Kept(
                hs_code=line.hs_code, valid_from=line.valid_from, version=version,
                valid_to=line.valid_to, name=line.name, elements=list(line.elements),
                unit1=line.unit1, unit2=line.unit2, source=line.source, file=kept,
            )
            for version, line in new
        ],
        batch_size=1000,
    )  # fmt: skip
    record(
        "classifying.tariff_taken", file, added=taken.added, corrected=taken.corrected,
        sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip


def _refuse_overlapping(
    file: str, lines: Sequence[TariffLine], before: Sequence[TariffLine]
) -> None:
    """Refuse periods that overlap with those that are there and are not in the file.

    A line without an end holds until the next one begins; one with an end says itself until when.
    """
    named = {(line.hs_code, line.valid_from) for line in lines}
    by_code: dict[str, list[TariffLine]] = {}
    for line in (
        *lines,
        *(each for each in before if (each.hs_code, each.valid_from) not in named),
    ):
        by_code.setdefault(line.hs_code, []).append(line)
    mistakes = [
        Mistake(
            file, None, "valid_to", f"{line.hs_code} until {line.valid_to}, and from {later} again",
            "periods of one HS code that do not overlap",
            "Bring both lines in the file, the first with its right end.",
        )
        for its in by_code.values()
        for line, later in _pairs(its)
        if line.valid_to is not None and line.valid_to > later
    ]  # fmt: skip
    if mistakes:
        raise faulty(file, mistakes)


def _pairs(its: Sequence[TariffLine]) -> list[tuple[TariffLine, date]]:
    """Each line of a code, and the day the next one begins; those taken back do not count."""
    held = sorted(
        (each for each in its if each.valid_to != each.valid_from), key=lambda each: each.valid_from
    )
    return [(line, later.valid_from) for line, later in pairwise(held)]
