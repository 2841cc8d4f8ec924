# SPDX-License-Identifier: Apache-2.0
"""Bytes to text: byte order marks, UTF-8, UTF-16 and the Chinese encodings, never a guess."""

from __future__ import annotations

import codecs
import re

from entrepot.customs.messages.faults import Fault

#: Bytes of a file at most. A hundred lists of a hundred lines each take about ten million.
LARGEST = 32 * 2**20
#: Encodings that a message may be declared in. GB18030 holds all that its forerunners hold.
ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "utf-16": "utf-16",
    "utf-16le": "utf-16",
    "utf-16be": "utf-16",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
}
_DECLARED = re.compile(
    rb"""\A\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']"""
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes) -> tuple[str, str] | Fault:
    """The text of a message and the encoding it was in, or why it cannot be read."""
    if len(data) > LARGEST:
        return _fault(
            "message.too_large",
            f"There are {len(data):,} bytes.",
            f"at most {LARGEST:,}",
            "Split the message.",
        )
    encoding, skipped = _encoding(data)
    if encoding not in (*ENCODINGS.values(), "utf-16-le", "utf-16-be"):
        return _fault(
            "message.encoding",
            f"It is declared as {encoding}.",
            "UTF-8, UTF-16 or GB18030",
            "Save the message as UTF-8.",
        )
    if encoding == "utf-16":  # a declaration that can be read is in no such encoding
        fits = [each.upper() for each in ("utf-8", "gb18030") if _reads(data, each)]
        return _fault(
            "message.encoding",
            "It is declared as UTF-16, and its bytes are not.",
            "UTF-16, as it declares",
            f"It reads as {fits[0]}: declare that." if fits else "Save it anew as UTF-8.",
            1,
        )
    try:
        text = data[skipped:].decode(encoding)
    except UnicodeDecodeError as error:
        return _not_as_declared(data[skipped:], encoding, error)
    return text.removeprefix("\ufeff"), encoding


def _encoding(data: bytes) -> tuple[str, int]:
    """The encoding, by mark, by shape or as declared, and how many bytes its mark takes."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding, len(mark)
    if data[:2] == b"<\x00":
        return "utf-16-le", 0
    if data[:2] == b"\x00<":
        return "utf-16-be", 0
    declared = _DECLARED.match(data[:400])
    if declared is None:
        return "utf-8", 0
    name = declared[1].decode("ascii").lower()
    return ENCODINGS.get(name, name), 0


def _not_as_declared(data: bytes, encoding: str, error: UnicodeDecodeError) -> Fault:
    fits = [each for each in ("utf-8", "gb18030") if each != encoding and _reads(data, each)]
    remedy = (
        f"It reads as {fits[0].upper()}: declare that, or save it as {encoding.upper()}."
        if fits
        else "Save it anew as UTF-8; it may be damaged."
    )
    line = data[: error.start].count(b"\n") + 1
    return _fault(
        "message.encoding",
        f"Byte {error.start + 1:,} is not {encoding.upper()}.",
        f"{encoding.upper()}, as it begins or declares",
        remedy,
        line,
    )


def _reads(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _fault(code: str, found: str, expected: str, remedy: str, line: int = 0) -> Fault:
    return Fault(code, "/", found, expected, remedy, line)
