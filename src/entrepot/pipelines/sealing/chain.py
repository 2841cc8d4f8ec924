# SPDX-License-Identifier: Apache-2.0
"""The seals of a season: a chain of folders, each of which holds the hash of the one before.

A seal lies in a folder 0001, 0002, ... It holds every period that one close sealed or amended, each
in a folder called by its day, and seal.json, which names every file with its sha256. What is sealed
is added to and never changed, so the last seal that speaks of a day says what holds for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from entrepot.errors import Refused

FOLDER = "sealed"
SEAL = "seal.json"
#: How seal.json is laid out; a program reads every earlier form.
FORM = 1


class Tampered(Refused):
    """What is sealed is no longer as it was sealed; nothing is compared with it until it is."""

    code: ClassVar[str] = "seals.tampered"


class NewerSeal(Refused):
    """A seal that a later version of the program wrote, in a form that this one does not know."""

    code: ClassVar[str] = "seals.newer"


@dataclass(frozen=True, slots=True)
class Period:
    """What a seal says of one day: `about` is its part of seal.json, `folder` holds its tables."""

    as_of: date
    seal: Seal
    about: dict[str, Any]

    @property
    def folder(self) -> Path:
        """Where the tables of the period lie."""
        return self.seal.folder / self.as_of.isoformat()

    @property
    def is_amended(self) -> bool:
        """Whether this replaces figures that were sealed before."""
        return bool(self.about["kind"] == "amendment")


@dataclass(frozen=True, slots=True)
class Seal:
    """One folder of the chain; `about` is seal.json."""

    folder: Path
    about: dict[str, Any]

    @property
    def number(self) -> int:
        """Its place in the chain, from 1."""
        return int(self.about["number"])

    @property
    def sha256(self) -> str:
        """The hash of everything that it says, and so of everything that it holds."""
        return str(self.about["sha256"])

    @property
    def periods(self) -> list[Period]:
        """What it seals or amends, by day."""
        return [
            Period(date.fromisoformat(each["as_of"]), self, each) for each in self.about["periods"]
        ]


@dataclass(frozen=True, slots=True)
class Broken:
    """Something sealed that is not as it was: the number of its seal, its file, what is wrong."""

    number: int
    file: str
    found: str

    @property
    def text(self) -> str:
        """As a person reads it."""
        return f"{FOLDER}/{self.number:04d}/{self.file}: {self.found}"


@dataclass(frozen=True, slots=True)
class Chain:
    """The seals of a season in order, and what is broken; with anything broken, trust none."""

    folder: Path
    seals: list[Seal]
    broken: list[Broken]

    @property
    def current(self) -> dict[date, Period]:
        """For every sealed day what holds for it: its last seal or amendment; by day."""
        found = {each.as_of: each for seal in self.seals for each in seal.periods}
        return dict(sorted(found.items()))

    @property
    def next_number(self) -> int:
        """The number that the next seal has."""
        return len(self.seals) + 1

    @property
    def head(self) -> str:
        """The hash of the last seal, which the next one will hold; empty where there is none."""
        return self.seals[-1].sha256 if self.seals else ""

    def refuse_broken(self, asked: str) -> None:
        """Refuse what is `asked` where anything sealed is not as it was."""
        if self.broken:
            listed = "\n".join(each.text for each in self.broken[:20])
            rest = len(self.broken) - 20
            raise Tampered(
                asked,
                listed + (f"\nand {rest:,} more" if rest > 0 else ""),
                f"Put {self.folder} back from a copy, whole. What is sealed is not mended: a "
                "figure that was wrong is amended.",
                broken=[each.text for each in self.broken],
            )


def read_chain(folder: Path) -> Chain:
    """Read the seals in `folder` and prove them: every link, every file, every byte.

    Raises:
        NewerSeal: a later version of the program wrote one.
    """
    seals: list[Seal] = []
    broken: list[Broken] = []
    numbers = sorted(
        int(path.name)
        for path in (folder.iterdir() if folder.is_dir() else ())
        if path.is_dir() and path.name.isdecimal() and len(path.name) >= 4
    )
    before = ""
    for number in range(1, max(numbers, default=0) + 1):
        if number not in numbers:
            broken.append(Broken(number, SEAL, "the seal is gone, and later ones are there."))
            before = ""
            continue
        seal, found = _read_seal(folder / f"{number:04d}", number)
        broken += found
        if seal is None:
            before = ""
            continue
        if before and seal.about["before"] != before:
            broken.append(
                Broken(number, SEAL, "it follows another seal than the one that lies before it.")
            )
        seals.append(seal)
        before = seal.sha256
    broken += _broken_files(seals)
    return Chain(folder, seals, sorted(broken, key=lambda each: (each.number, each.file)))


def signed(about: dict[str, Any]) -> dict[str, Any]:
    """What seal.json says, with the hash of all of it as its last word."""
    return about | {"sha256": _hash_of(about)}


def sha256_of(paths: Iterable[Path]) -> Iterator[str]:
    """The sha256 of each file, in order, two at a time."""
    with ThreadPoolExecutor(2, thread_name_prefix="sha256") as pool:
        yield from pool.map(_sha256, paths)


def files_of(folder: Path) -> list[Path]:
    """The files of a folder and those below it, but for hidden ones, in order of their names."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    )


def _read_seal(folder: Path, number: int) -> tuple[Seal | None, list[Broken]]:
    path = folder / SEAL
    try:
        about = json.loads(path.read_bytes().decode("utf-8"))
    except OSError:
        return None, [Broken(number, SEAL, "there is no such file.")]
    except ValueError:
        return None, [Broken(number, SEAL, "it cannot be read.")]
    if isinstance(about, dict) and isinstance(about.get("form"), int) and about["form"] > FORM:
        raise NewerSeal(
            f"Cannot read {path}.",
            f"It is of form {about['form']}; this program knows seals up to form {FORM}.",
            "Update Entrepot.",
        )
    # Its own hash proves that it is as this program wrote it, so that nothing else needs a look.
    if not isinstance(about, dict) or about.get("sha256") != _hash_of(about):
        return None, [Broken(number, SEAL, "it does not say what it said when it was sealed.")]
    if about["number"] != number:
        return None, [Broken(number, SEAL, f"it is seal {about['number']:04d}, in a wrong place.")]
    return Seal(folder, about), []


def _broken_files(seals: list[Seal]) -> list[Broken]:
    broken: list[Broken] = []
    there: list[tuple[int, str, Path, str]] = []
    for seal in seals:
        for name, sha256 in seal.about["files"].items():
            path = seal.folder / name
            if path.is_file():
                there.append((seal.number, name, path, sha256))
            else:
                broken.append(Broken(seal.number, name, "it is gone."))
    found = sha256_of(path for _, _, path, _ in there)
    for (number, name, _, expected), sha256 in zip(there, found, strict=True):
        if sha256 != expected:
            found_there = "it was changed after it was sealed." if sha256 else "it cannot be read."
            broken.append(Broken(number, name, found_there))
    return broken


def _hash_of(about: dict[str, Any]) -> str:
    told = {key: value for key, value in about.items() if key != "sha256"}
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _sha256(path: Path) -> str:
    """The sha256 of a file; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
