# SPDX-License-Identifier: Apache-2.0
"""The seals of a season around one close of it: held to before, added to afterwards."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

from entrepot.engine.base import Frame
from entrepot.engine.write import Written
from entrepot.errors import Misused, Refused
from entrepot.pipelines.sealing.chain import FOLDER, Chain, Tampered, read_chain
from entrepot.pipelines.sealing.checking import Again, Held, Tell, hold, refuse_changes
from entrepot.pipelines.sealing.desk import Desk
from entrepot.pipelines.sealing.keeping import (
    RUN,
    Final,
    Signed,
    sealing,
    unwritable,
    write_amendment,
)


class SealsLost(Refused):
    """A folder was closed under seals that its season no longer has."""

    code: ClassVar[str] = "seals.lost"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a close is asked to do about seals.

    `final`: seal its day. `reason`: amend what changed, and why; empty: refuse instead.
    `by`: who, in place of the login name. `folder`: where seals lie, in place of the season.
    """

    final: bool = False
    reason: str = ""
    by: str = ""
    folder: Path | None = None

    @property
    def writes(self) -> bool:
        """Whether a seal may have to be written."""
        return self.final or bool(self.reason)


def wish(*, final: bool, amend: str | None, by: str, folder: Path | None) -> Wish:
    """What a close is asked to do about seals; `amend` is None where it is not asked for.

    Raises:
        Misused: an amendment without a reason, or somebody who does nothing.
    """
    if amend is not None and not amend.strip():
        raise Misused(
            "Cannot amend without a reason.",
            "--amend is empty.",
            'Say why the sealed figures change: --amend "supplier corrected invoice 2433..."',
        )
    if by and not final and amend is None:
        raise Misused(
            f"Cannot use --by {by}.",
            "Nothing is sealed or amended.",
            "Leave --by out, or add --final or --amend.",
        )
    return Wish(final, (amend or "").strip(), by, folder)


@dataclass(frozen=True, slots=True)
class Subject:
    """The season that is closed: where it lies, whose it is, for which day, its tables and files.

    `tables`: typed. `files`: the name of each table's file.
    """

    path: Path
    name: str
    uscc: str
    as_of: date
    tables: Mapping[str, Frame]
    files: Mapping[str, str]


class Guard:
    """Holds one close to the seals of its season.

    Args:
        subject: the season.
        out: where the close is written; what lies there may know of seals.

    Raises:
        Tampered: a seal, or what is sealed, is not as it was.
        SealsLost: `out` was closed under a seal that is gone.
        CannotSeal: a seal is asked for, and cannot be written.
    """

    def __init__(self, subject: Subject, out: Path, wish: Wish, desk: Desk) -> None:
        self._subject, self._wish, self._desk = subject, wish, desk
        folder = wish.folder or subject.path / FOLDER
        _refuse_within(folder, out)
        self._chain = read_chain(folder)
        self._chain.refuse_broken(f"Cannot close {subject.path}: what is sealed was changed.")
        _refuse_others(subject, self._chain)
        _refuse_lost(subject, out, self._chain)
        if wish.writes:
            _refuse_unwritable(folder)
        self._held = Held(self._chain)

    @property
    def will_seal(self) -> bool:
        """Whether the day of this close is to be sealed and is not yet."""
        return self._wish.final and self._subject.as_of not in self._chain.current

    def hold(self, again: Again, scratch: Path, tell: Tell) -> None:
        """Refuse the close where sealed figures would change and no amendment is asked for.

        Raises:
            SealedFiguresChange: nothing is written.
        """
        self._held = hold(
            self._chain, self._desk, self._subject.tables, again, scratch, self._wish.reason, tell
        )
        if not self._wish.reason:
            refuse_changes(self._subject.path, self._held, self._subject.files)

    def write_amendment(self, folder: Path, form: str) -> dict[str, Written]:
        """Write what is amended beside the tables of the close, where anything is."""
        if not self._held.changes:
            return {}
        return write_amendment(self._held.changes, folder, form)

    @contextmanager
    def seal(
        self, folder: Path, outputs: Mapping[str, Written], facts: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Add to the chain what is to be sealed, and give what run.json says of seals.

        The seal takes its place when what is inside is done, and before the close takes its own: a
        close that says it was sealed always was.

        Args:
            folder: the tables of the close, in Parquet where `will_seal`.
        """
        final = None
        if self.will_seal:
            final = Final(self._subject.as_of, folder, outputs, facts)
        # Sealing again what is sealed writes down that all of it held under today's program, so
        # that no later close has to work it out once more.
        is_renewed = self._wish.final and bool(self._held.same)
        if not (final or self._held.changes or is_renewed):
            yield self._told(None)
            return
        days = {change.period.as_of for change in self._held.changes}
        days |= {final.as_of} if final else set()
        days |= {max({*days, *self._chain.current})}
        rows = {day: self._desk.counted(self._subject.tables, day) for day in sorted(days)}
        who = Signed(self._wish.by or _login(), self._subject.name, self._subject.uscc)
        with sealing(self._held, final, self._wish.reason, who, self._desk, rows) as made:
            yield self._told(made)

    def _told(self, made: dict[str, Any] | None) -> dict[str, Any]:
        """What run.json says of seals; `made` is the seal that this close adds."""
        changed = {change.period.as_of: change for change in self._held.changes}
        chain = [{"number": s.number, "sha256": s.sha256} for s in self._chain.seals]
        if made:
            chain.append({"number": made["number"], "sha256": made["sha256"]})
        return {
            "chain": chain,
            "held": [
                {
                    "as_of": as_of.isoformat(),
                    "seal": period.seal.number,
                    "worked_out_again": as_of in self._held.same,
                }
                for as_of, period in self._chain.current.items()
                if as_of not in changed
            ],
            "amended": [
                {
                    "as_of": as_of.isoformat(),
                    "of": change.period.seal.number,
                    "figures": change.figures,
                    "causes": change.causes,
                }
                for as_of, change in changed.items()
            ],
            "reason": self._wish.reason,
            "sealed": self._sealed(made),
            "made": made and {name: made[name] for name in ("number", "sha256", "by", "made_at")},
        }

    def _sealed(self, made: dict[str, Any] | None) -> dict[str, Any] | None:
        """The seal of the day that was to be sealed, and whether it was there before."""
        if not self._wish.final:
            return None
        period = self._chain.current.get(self._subject.as_of)
        number = period.seal.number if period else (made or {}).get("number")
        return {
            "as_of": self._subject.as_of.isoformat(),
            "seal": number,
            "was_sealed": period is not None,
        }


def _refuse_within(folder: Path, out: Path) -> None:
    """Refuse seals in a folder that this close replaces."""
    inside = out.resolve()
    if inside in (folder.resolve(), *folder.resolve().parents):
        raise Misused(
            f"Cannot keep seals in {folder}.",
            f"It lies in {out}, which every close replaces.",
            "Name another folder with --seals, or leave it out: seals then lie in the season.",
        )


def _refuse_unwritable(folder: Path) -> None:
    """Refuse at once what could only fail after all the work is done."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise unwritable(folder, f"{there} is a file")
    if not os.access(there, os.W_OK | os.X_OK):
        raise unwritable(folder, f"{there} can only be read")


def _refuse_others(subject: Subject, chain: Chain) -> None:
    other = next((s for s in chain.seals if s.about["uscc"] != subject.uscc), None)
    if other:
        raise Tampered(
            f"Cannot close {subject.path}.",
            f"Seal {other.number:04d} was made for {other.about['uscc']}, and season.toml says "
            f"{subject.uscc}.",
            f"Correct uscc in season.toml, or take {chain.folder} out of this season.",
        )


def _refuse_lost(subject: Subject, out: Path, chain: Chain) -> None:
    """Refuse to replace a close that knows of seals which are gone."""
    try:
        run = json.loads((out / RUN).read_text(encoding="utf-8"))
        if (run["name"], run["uscc"]) != (subject.name, subject.uscc):
            return
        known = {each["number"]: each["sha256"] for each in run["seals"]["chain"]}
    except (OSError, ValueError, KeyError, TypeError):
        return
    there = {seal.number: seal.sha256 for seal in chain.seals}
    lost = [number for number, sha256 in known.items() if there.get(number) != sha256]
    if lost:
        numbers = ", ".join(f"{number:04d}" for number in lost)
        raise SealsLost(
            f"Cannot close {subject.path} into {out}.",
            f"That folder was closed under seals that {chain.folder} does not have, or no longer "
            f"has as they were: {numbers}.",
            f"Put {chain.folder} back from a copy, or name it with --seals; to close without those "
            "seals, write to another folder.",
        )


def _login() -> str:
    """The login name; empty where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
