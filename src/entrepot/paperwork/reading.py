# SPDX-License-Identifier: Apache-2.0
"""Read the file of a document, TOML or JSON: numbers stay exact, and nothing is read twice."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from entrepot.engine.mistakes import Mistake, refusal
from entrepot.errors import Misused, Refused
from entrepot.paperwork.forms import Wrong

_LARGEST = 16 << 20


class BadDocument(Refused):
    """The file of a document says something that makes no document."""

    code: ClassVar[str] = "paperwork.bad_document"


def read_file(path: Path) -> dict[str, Any]:
    """What a file says.

    Raises:
        Misused: there is no such file, or it is neither .toml nor .json.
        BadDocument: it cannot be read as what it is.
    """
    asked = f"Cannot make a document of {path.name}."
    if path.suffix.lower() not in (".toml", ".json"):
        raise Misused(asked, "It is neither .toml nor .json.", "Name a file that is.")
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        remedy = "Name a file; there are examples in the guide."
        raise Misused(asked, f"{path}: {error.strerror}.", remedy) from error
    if len(raw) > _LARGEST:
        raise BadDocument(asked, "It is larger than 16 MiB.", "Make several documents of it.")
    try:
        said = _parsed(raw.decode("utf-8-sig"), path.suffix.lower())
    except (ValueError, RecursionError) as error:
        remedy = f"Write it as {path.suffix[1:].upper()} in UTF-8."
        raise BadDocument(asked, f"{path.name}: {error}", remedy) from error
    if not isinstance(said, dict):
        raise BadDocument(asked, "It holds no object.", "Begin it with names and values.")
    return said


def _parsed(text: str, suffix: str) -> Any:
    if suffix == ".toml":
        return tomllib.loads(text, parse_float=Decimal)
    return json.loads(text, parse_float=Decimal, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'"{twice}" stands there twice')
    return found


def refused(path: Path, wrong: Iterable[Wrong]) -> BadDocument:
    """The refusal that tells every mistake of a file."""
    mistakes = [Mistake(path.name, None, *each) for each in wrong]
    return refusal(
        BadDocument,
        f"Cannot make a document of {path.name}.",
        mistakes,
        "Correct the file and ask again.",
    )
