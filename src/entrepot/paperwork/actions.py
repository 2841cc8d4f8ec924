# SPDX-License-Identifier: Apache-2.0
"""Make a document of a file: read it, check it, draw it, and only then write."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from entrepot.engine.folder import replacing
from entrepot.papers.words import Language
from entrepot.paperwork.attorney import POWER_OF_ATTORNEY
from entrepot.paperwork.booking import BOOKING_ORDER
from entrepot.paperwork.elements import ELEMENTS_SHEET
from entrepot.paperwork.forms import Wrong, read_form
from entrepot.paperwork.kinds import Kind
from entrepot.paperwork.originating import ORIGIN_SHEET
from entrepot.paperwork.reading import read_file, refused
from entrepot.paperwork.trading import COMMERCIAL_INVOICE, PACKING_LIST

KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        BOOKING_ORDER, COMMERCIAL_INVOICE, ELEMENTS_SHEET, ORIGIN_SHEET, PACKING_LIST,
        POWER_OF_ATTORNEY,
    )
}  # fmt: skip
#: The file that every folder of documents holds.
CONTENTS: Final = "papers.json"


def make(
    kind: str, path: Path, out: Path, language: Language = "zh+en", *, data: bool = False
) -> list[str]:
    """Make the document of a file.

    Args:
        kind: one of `KINDS`.
        path: TOML or JSON.
        out: a folder for documents; this one gets a folder in it, which is replaced whole.
        data: write what the document says as well, as JSON and what else the kind has.

    Returns:
        the files written, below `out`.

    Raises:
        Misused: no such file, or the document's folder holds something else.
        BadDocument: every mistake of the file; nothing is written.
        Unprintable: a name or address with characters that the font does not have.
    """
    chosen = KINDS[kind]
    said = read_file(path)
    wrong: list[Wrong] = []
    values = read_form(said, chosen.form, wrong)
    wrong += chosen.check(values)
    if wrong:
        raise refused(path, wrong)
    made = chosen.make(values, language, path.parent)
    stem = f"{kind}-{_safe(values[chosen.number])}"
    files = {f"{stem}.pdf": made.pdf}
    if data:
        told = _told(values)
        if made.worked_out:
            files[f"{stem}-judged.json"] = _json(made.worked_out)
        files[f"{stem}.json"] = _json(told)
        files |= {f"{stem}{ending}": content for ending, content in made.files.items()}
    with replacing(out / stem, marker=CONTENTS) as (new, _):
        for name, content in files.items():
            (new / name).write_bytes(content)
        contents = {"kind": kind, "language": language, "files": sorted(files)}
        (new / CONTENTS).write_bytes(_json(contents))
    return [f"{stem}/{name}" for name in sorted(files)]


def _told(values: Any) -> Any:
    """Values as the file of a document would have them, without what is empty."""
    if isinstance(values, dict):
        told = {name: _told(each) for name, each in values.items()}
        return {name: each for name, each in told.items() if each not in (None, "", [], {})}
    if isinstance(values, (list, tuple)):
        return [_told(each) for each in values]
    if isinstance(values, Decimal):
        return f"{values:f}"
    return values.isoformat() if isinstance(values, date) else values


def _json(values: Any) -> bytes:
    return (json.dumps(values, ensure_ascii=False, indent=2, default=str) + "\n").encode()


def _safe(number: str) -> str:
    """A number as part of a file's name."""
    return re.sub(r"[^\w.-]+", "-", number).strip(".-") or "document"
