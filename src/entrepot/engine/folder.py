# SPDX-License-Identifier: Apache-2.0
"""Replace a folder whole, or add one whole: it is there complete or not at all."""

from __future__ import annotations

import ctypes
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from entrepot.errors import Misused

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_RENAME_SWAP = 2


@contextmanager
def replacing(out: Path, *, marker: str) -> Iterator[tuple[Path, Path]]:
    """Give a folder to fill and one to work in; once filled, it takes the place of `out`.

    Both lie beside `out`, so that the last step is a rename. If anything goes wrong, or the process
    is killed, `out` is what it was.

    Args:
        out: the folder to replace; if it exists it must hold `marker` or nothing at all.
        marker: the file that every complete folder of this kind holds.

    Raises:
        Misused: `out` is a file, or a folder that holds something else.
    """
    out = out.resolve()
    _refuse_foreign(out, marker)
    with _working_beside(out) as work:
        new = work / "new"
        scratch = work / "scratch"
        new.mkdir()
        scratch.mkdir()
        yield new, scratch
        _flush(new)
        if out.exists():
            _exchange(new, out)
        else:
            new.rename(out)


@contextmanager
def adding(out: Path) -> Iterator[Path]:
    """Give a folder to fill; once filled, it becomes `out`, and its files can only be read.

    It is filled beside `out`, flushed to the disk and renamed. If anything goes wrong, or the
    process is killed, there is no `out`.

    Raises:
        FileExistsError: `out` is there by then: somebody else was faster, and theirs stays.
    """
    out = out.resolve()
    with _working_beside(out) as work:
        new = work / "new"
        new.mkdir()
        yield new
        _flush(new)
        for path in new.rglob("*"):
            if path.is_file():
                path.chmod(0o444)
        try:
            # A folder that holds something is never renamed over: of two at once one fails here.
            new.rename(out)
        except OSError as error:
            if not out.exists():
                raise
            raise FileExistsError(f"{out} was made meanwhile") from error
        _flush_names(out.parent, out.parent.parent)


@contextmanager
def _working_beside(out: Path) -> Iterator[Path]:
    """A folder beside `out` that is gone in the end, however that comes."""
    out.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(out)
    # Named before it is made: Ctrl-C may come as soon as it is there.
    work = out.parent / f".{out.name}.{os.getpid()}.{secrets.token_hex(8)}"
    try:
        work.mkdir(mode=0o700)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _refuse_foreign(out: Path, marker: str) -> None:
    if out.is_file():
        raise Misused(
            f"Cannot write to {out}.", "It is a file.", "Name a folder, new or written before."
        )
    if out.is_dir() and any(out.iterdir()) and not (out / marker).is_file():
        raise Misused(
            f"Cannot replace {out}.",
            f"It holds files, but no {marker}: they were not written by this command.",
            "Name a new folder, or one that this command wrote.",
        )


def _remove_abandoned(out: Path) -> None:
    """Remove what a killed run left beside `out`; a run that still lives keeps its folder."""
    for left in out.parent.glob(f".{out.name}.*"):
        process = left.name.removeprefix(f".{out.name}.").split(".")[0]
        if left.is_dir() and process.isdigit() and not _lives(int(process)):
            shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _flush(folder: Path) -> None:
    """Bring every file to the disk before it takes the old one's place."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())


def _flush_names(*folders: Path) -> None:
    """Bring to the disk what folders hold by name: a rename outlives a power cut."""
    if sys.platform == "win32":
        return
    for folder in folders:
        held = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(held)
        finally:
            os.close(held)


def _exchange(new: Path, out: Path) -> None:
    """Swap two folders in one step where the system can; otherwise in two."""
    if sys.platform == "linux":
        call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
        arguments = (_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(out), _RENAME_EXCHANGE)
        if call and call(*arguments) == 0:
            return
    if sys.platform == "darwin":
        call = getattr(ctypes.CDLL(None, use_errno=True), "renamex_np", None)
        if call and call(os.fsencode(new), os.fsencode(out), _RENAME_SWAP) == 0:
            return
    old = new.with_name("old")
    out.rename(old)
    new.rename(out)
