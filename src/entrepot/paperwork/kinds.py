# SPDX-License-Identifier: Apache-2.0
"""What every kind of document has: a form, a check of what stands in it, and what it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from entrepot.papers.parties import Address, Party
from entrepot.papers.words import Language
from entrepot.paperwork.forms import Form, Wrong

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """A document: its PDF, other files by the ending of their names, what was worked out for it."""

    pdf: bytes
    files: Mapping[str, bytes] = field(default_factory=dict)
    worked_out: Mapping[str, Any] = field(default_factory=dict)


def nothing_wrong(values: Values) -> Iterator[Wrong]:
    """A form whose fields say all there is to check."""
    yield from ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document.

    check   what is wrong between fields; a field that is wrong by itself is None
    make    the document of a form without mistakes; the folder is where its file lies
    number  the field that files are named by
    """

    name: str
    form: Form
    make: Callable[[Values, Language, Path], Made]
    check: Callable[[Values], Iterator[Wrong]] = nothing_wrong
    number: str = "number"


def party_of(said: Values) -> Party:
    """Somebody as papers name them; a customs code stands among the lines of the address."""
    lines = tuple(said["lines"])
    if said["customs_code"]:
        lines += (f"海关编码 Customs code {said['customs_code']}",)
    address = Address(
        said["name"], lines, said["place"], "", said["country"], said["country_name"],
        said["phone"],
    )  # fmt: skip
    return Party(address, said["vat_number"], said["eori_number"], said["uscc"])
