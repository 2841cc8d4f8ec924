# SPDX-License-Identifier: Apache-2.0
"""Open a file of orders: CSV, also gzip, or Excel, bounded before it is read.

What it is, its bytes say, whatever its name. It is unpacked into a folder of its own, which only
the program can see into and which goes when it has been read.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import duckdb
from python_calamine import CalamineWorkbook

from entrepot.catalog.reading import MOST_BYTES as MOST_EXCEL
from entrepot.catalog.reading import TooLargeFile, UnreadableFile, repacked
from entrepot.engine.duck import Duck
from entrepot.errors import EntrepotError
from entrepot.warehouse.importing.mapping import Mapping, parse_mapping
from entrepot.warehouse.importing.read import read_export
from entrepot.warehouse.intake.plain import NEEDED, plain_mapping
from entrepot.warehouse.intake.refusals import NoTable, TooLargeTable

#: Bytes of a file unpacked.
MOST_PLAIN: Final = 2 * 1024 * 1024 * 1024
MOST_COLUMNS: Final = 300
#: How many headings, and characters of each, are said back.
MOST_SAID: Final = 30
#: What the heading of a file has to end within.
_HEAD: Final = 256 * 1024
_BLOCK: Final = 1024 * 1024
_DELIMITERS: Final = (",", ";", "\t")
#: What DuckDB may take; the rest goes to disk.
MEMORY: Final = "320MB"
_PREFIX: Final = "entrepot-orders-"
#: Seconds after which a folder was left behind by a process that was killed.
_OLD: Final = 24 * 3600


@contextmanager
def opened(sent: Path, file: str, toml: str, name: str) -> Iterator[tuple[Duck, Mapping, str]]:
    """The cells of a file as the table `raw`, its mapping, and what to call it.

    Args:
        sent: the bytes as they were sent, in a folder of `folder()`.
        file: what whoever sent it calls it.
        toml: the mapping; empty for our own columns.
        name: what the mapping is called.

    Raises:
        NoTable, UnreadableExport: it is no table, or not the one that the mapping describes.
        TooLargeTable: it is larger than what is read.
        BadMapping: the mapping makes no sense.
    """
    work = sent.parent
    plain = _unpacked(sent, file)
    headings = _headings(plain)
    if not toml:
        _refuse_other_headings(file, headings[0])
    ours = parse_mapping(name, toml.encode(), is_of_desk=True) if toml else None
    mapping = ours or plain_mapping(*headings)
    spill = work / "spill"
    spill.mkdir()
    duck = Duck(spill, MEMORY)
    try:
        _read(duck, plain, mapping, work)
        plain.unlink()
        yield duck, mapping, plain.name
    finally:
        duck.close()


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that only this program sees into, and that is gone in the end."""
    _sweep()
    made = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _sweep() -> None:
    """Remove what processes left behind that were killed."""
    for each in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            found = each.lstat()
            if found.st_uid == os.getuid() and time.time() - found.st_mtime > _OLD:
                shutil.rmtree(each, ignore_errors=True)
        except OSError:
            continue


def _unpacked(sent: Path, file: str) -> Path:
    """The file under a name that says what it is, near to what it was called."""
    with sent.open("rb") as opened:
        begin = opened.read(4)
    if begin.startswith(b"PK"):
        path = sent.with_name(_safe(file, ".xlsx"))
        path.write_bytes(_excel(file, sent))
        sent.unlink()
        return path
    path = sent.with_name(_safe(file, ".csv"))
    if begin.startswith(b"\x1f\x8b"):
        _gunzip(sent, path, file)
        sent.unlink()
        return path
    if begin.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"PAR1")):
        _refuse(file, "It is neither CSV nor .xlsx.", "Save it as CSV or .xlsx.")
    return sent.rename(path)


def _safe(file: str, suffix: str) -> str:
    """A name for a file of ours that people recognise: no path, nothing hidden, not too long."""
    plain = re.sub(r"[^\w .()+-]", "_", file.removesuffix(".gz"))
    return f"{plain.removesuffix(suffix).strip(' ._')[:60] or 'orders'}{suffix}"


def _excel(file: str, sent: Path) -> bytes:
    """An Excel file that hides nothing.

    Raises:
        NoTable, TooLargeTable: it is none, or too large.
    """
    if (size := sent.stat().st_size) > MOST_EXCEL:
        raise TooLargeTable(
            f"Cannot take {file}.",
            f"It is an Excel file of {size:,} bytes; at most {MOST_EXCEL:,} are read.",
            "Save it as CSV.",
        )
    try:
        return repacked(file, sent.read_bytes())
    except UnreadableFile as error:
        raise NoTable(error.asked, error.found, error.remedy) from error
    except TooLargeFile as error:
        raise TooLargeTable(error.asked, error.found, "Save it as CSV.") from error


def _gunzip(sent: Path, path: Path, file: str) -> None:
    """Unpack a file; several archives glued together are one."""
    reader, size, is_within = zlib.decompressobj(wbits=31), 0, False
    with sent.open("rb") as packed, path.open("wb") as plain:
        try:
            while block := packed.read(_BLOCK):
                while block:
                    text = reader.decompress(block, _BLOCK)
                    size += plain.write(text)
                    _bound(file, size)
                    block, is_within = reader.unconsumed_tail, not reader.eof
                    if reader.eof:
                        block, reader = reader.unused_data, zlib.decompressobj(wbits=31)
            if is_within:
                size += plain.write(reader.flush())
                _bound(file, size)
        except zlib.error as error:
            _refuse(file, f"It is no gzip file: {error}.", "Send it again.")
    if is_within and not reader.eof:
        _refuse(file, "It is only a part of a gzip file.", "Send it again.")


def _bound(file: str, size: int) -> None:
    if size > MOST_PLAIN:
        raise TooLargeTable(
            f"Cannot take {file}.",
            f"Unpacked it is larger than {MOST_PLAIN:,} bytes.",
            "Send it in parts.",
        )


def _headings(path: Path) -> tuple[Sequence[str], str, str]:
    """The headings, the delimiter and the encoding of a file, as far as they can be seen."""
    if path.suffix == ".xlsx":
        with _calm(path.name):
            rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows()
            first = next((row for row in rows if any(cell != "" for cell in row)), [])
        return _bounded(path.name, [str(cell) for cell in first]), ",", "utf-8"
    with path.open("rb") as file:
        head, _, rest = file.read(_HEAD).partition(b"\n")
        if len(head) == _HEAD and not rest:
            _refuse(path.name, "Its first line has no end.", "Save it as CSV again.")
    encoding = "utf-8"
    try:
        text = head.decode("utf-8-sig")
        _whole_is_utf8(path)
    except UnicodeDecodeError:
        encoding = "gb18030"
        text = head.decode(encoding, errors="replace")
    delimiter = max(_DELIMITERS, key=text.count)
    try:
        row = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    except csv.Error:
        row = []
    return _bounded(path.name, row), delimiter, encoding


def _whole_is_utf8(path: Path) -> None:
    with path.open(encoding="utf-8") as file:
        while file.read(_BLOCK):
            pass


def _bounded(file: str, headings: Sequence[str]) -> Sequence[str]:
    if len(headings) > MOST_COLUMNS:
        raise TooLargeTable(
            f"Cannot read {file}.",
            f"It has {len(headings):,} columns; at most {MOST_COLUMNS} are read.",
            "Leave out columns that say nothing of orders.",
        )
    return headings


def _refuse_other_headings(file: str, headings: Sequence[str]) -> None:
    """Refuse a file that needs a mapping and came without.

    Raises:
        NoTable: with every column of ours that it lacks.
    """
    if missing := [name for name in NEEDED if name not in headings]:
        there = ", ".join(each[:MOST_SAID] for each in headings[:MOST_SAID]) or "nothing"
        _refuse(
            file,
            f"It has no column {', '.join(missing)}; its first line has: {there}.",
            "Name the columns as the template does, or send the name of a mapping along.",
        )


def _read(duck: Duck, plain: Path, mapping: Mapping, work: Path) -> None:
    inside = work / "decoded"
    inside.mkdir()
    with _calm(plain.name):
        read_export(duck.connection, plain, mapping, inside)
    # The cells are in a table by now, and the text need not lie there longer.
    shutil.rmtree(inside)


@contextmanager
def _calm(file: str) -> Iterator[None]:
    """A damaged spreadsheet makes its reader panic, and what it raises then is no Exception."""
    try:
        yield
    except (EntrepotError, KeyboardInterrupt, SystemExit, OSError, duckdb.Error):
        raise
    except BaseException as error:
        raise NoTable(
            f"Cannot read {file}.", "It is damaged, or no Excel file.", "Save it as .xlsx again."
        ) from error


def _refuse(file: str, found: str, remedy: str) -> NoReturn:
    raise NoTable(f"Cannot read {file}.", found, remedy)
