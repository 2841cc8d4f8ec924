# SPDX-License-Identifier: Apache-2.0
"""From the bytes of a report to UTF-8 text: which encoding it has, found out or told.

A report begins with a byte order mark, or is UTF-8, or is what the marketplaces wrote before:
Shift-JIS where it speaks of yen, Windows-1252 elsewhere. Amazon's reports come as UTF-8 or as
ISO-8859-1 by marketplace and report, without saying so (issues 21, 2101 and 2338 of
amzn/selling-partner-api-docs); that Japanese ones are Shift-JIS was read in public programs only.
Nothing is replaced: a byte that the encoding does not know refuses the file.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, cast

from entrepot.engine.mistakes import Mistake, refusal
from entrepot.errors import Misused
from entrepot.settlement.mistakes import UnreadableReport

#: Bytes of text that a report may have, unpacked.
LARGEST = 8 << 30
_BLOCK = 1 << 22
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_YEN = (b"JPY", b"Amazon.co.jp")


@dataclass(frozen=True, slots=True)
class Text:
    """A report as text: `path` is UTF-8, the report itself or a copy; `sha256` is the report's."""

    name: str
    path: Path
    encoding: str
    sha256: str
    bytes: int


def as_text(path: Path, work: Path, encoding: str = "") -> Text:
    """Have a report as UTF-8 text with one kind of line end.

    Args:
        path: the report, plain or gzip.
        work: an existing folder for a copy, where one is needed.
        encoding: what it is in; empty: to be found out.

    Raises:
        Misused: no such encoding is known.
        UnreadableReport: it is no text, or not in this encoding.
    """
    if encoding:
        _check_encoding(encoding)
    look = _Look()
    with path.open("rb") as file:
        hashed = _Hashed(file)
        for block in _blocks(path, hashed):
            look.at(block)
        digest = hashed.finish()
    look.end()
    if look.size == 0:
        raise _unreadable(path, "an empty file", "a report", "Fetch the report again.")
    found = encoding or look.encoding
    name = codecs.lookup(found).name
    if look.zeros and not name.startswith(("utf-16", "utf-32")):
        raise _unreadable(
            path,
            f"{look.zeros} zero bytes",
            "text",
            "It is another kind of file, or UTF-16 without its mark: say --encoding utf-16-le.",
        )
    plain = path
    if is_packed(path) or not look.is_plain or name not in {"utf-8", "utf-8-sig"}:
        plain = work / f"{digest}.txt"
        _copy(path, plain, found)
    return Text(path.name, plain, found, digest, path.stat().st_size)


def _check_encoding(encoding: str) -> None:
    try:
        if codecs.lookup(encoding)._is_text_encoding:
            return
    except LookupError:
        pass
    raise Misused(
        f"Cannot use --encoding {encoding}.",
        "No such encoding is known.",
        "Say utf-8, cp1252 (Windows, western), cp932 (Japanese) or utf-16-le.",
    )


class _Look:
    """What the bytes of a file tell: whether they are UTF-8, and how its lines end."""

    def __init__(self) -> None:
        self.size = 0
        self.first = b""
        self.zeros = 0
        self.ends: set[str] = set()
        self.utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._last = b""

    def at(self, block: bytes) -> None:
        self.first = self.first or block[: 1 << 16]
        self.size += len(block)
        self.zeros += block.count(0)
        if self.utf8:
            self._decode(block, final=False)
        joined = self._last + block
        self._last = b"\r" if joined.endswith(b"\r") else b""
        joined = joined.removesuffix(b"\r")
        returns, both, breaks = joined.count(b"\r"), joined.count(b"\r\n"), joined.count(b"\n")
        if both:
            self.ends.add("crlf")
        if breaks > both:
            self.ends.add("lf")
        if returns > both:
            self.ends.add("cr")

    def end(self) -> None:
        if self._last:
            self.ends.add("cr")
        if self.utf8:
            self._decode(b"", final=True)

    def _decode(self, block: bytes, *, final: bool) -> None:
        assert self.utf8 is not None
        try:
            self.utf8.decode(block, final=final)
        except UnicodeDecodeError:
            self.utf8 = None

    @property
    def is_plain(self) -> bool:
        """The file can be read as it lies: it is UTF-8 and its lines end alike."""
        return bool(self.utf8) and len(self.ends) < 2 and "cr" not in self.ends

    @property
    def encoding(self) -> str:
        for mark, name in _BOMS:
            if self.first.startswith(mark):
                return name
        if self.utf8:
            return "utf-8"
        return "cp932" if any(yen in self.first for yen in _YEN) else "cp1252"


class _Hashed:
    """A file that remembers the sha256 of what has been read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.sha256 = file, sha256()

    def read(self, size: int = -1) -> bytes:
        block = self.file.read(size)
        self.sha256.update(block)
        return block

    def finish(self) -> str:
        while self.read(_BLOCK):  # what follows the last gzip member counts as well
            pass
        return self.sha256.hexdigest()


def is_packed(path: Path) -> bool:
    """Whether a file is gzip, by its name."""
    return path.name.lower().endswith(".gz")


def _blocks(path: Path, source: Any) -> Iterator[bytes]:
    """The bytes of a file, unpacked where it is gzip; bounded."""
    if is_packed(path):
        source = gzip.GzipFile(fileobj=cast("IO[bytes]", source))
    size = 0
    while True:
        try:
            block = source.read(_BLOCK)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise _unreadable(path, f"{error}", "a gzip file", "Fetch the report again.") from error
        if not block:
            return
        size += len(block)
        if size > LARGEST:
            raise _unreadable(
                path, f"more than {LARGEST} bytes", "a report", "Split it, or look what it is."
            )
        yield block


def _copy(path: Path, plain: Path, encoding: str) -> None:
    """Write the text as UTF-8 with line ends of one kind."""
    inner = codecs.getincrementaldecoder(encoding)()
    decoder = io.IncrementalNewlineDecoder(inner, translate=True)
    row = 1
    with path.open("rb") as file, plain.open("wb") as out:
        blocks = _blocks(path, file)
        block = b"\n"
        while block:
            block = next(blocks, b"")
            try:
                decoded = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                row += error.object[: error.start].count(b"\n")
                found = error.object[error.start : error.start + 4].hex(" ")
                raise refusal(
                    UnreadableReport,
                    f"Cannot read {path.name} as {encoding}.",
                    [
                        Mistake(
                            path.name,
                            row,
                            "",
                            f"the bytes {found}",
                            f"text in {encoding}",
                            "The report has another encoding.",
                        )
                    ],
                    "Say which with --encoding, for example cp1252 or cp932.",
                ) from error
            row += decoded.count("\n")
            if "\0" in decoded:
                raise _unreadable(path, "zero bytes", "text", "It is another kind of file.")
            out.write(decoded.encode())


def _unreadable(path: Path, found: str, expected: str, remedy: str) -> UnreadableReport:
    return refusal(
        UnreadableReport,
        f"Cannot read {path.name}.",
        [Mistake(path.name, None, "", found, expected, remedy)],
        "Give the report as it was downloaded.",
    )
