# SPDX-License-Identifier: Apache-2.0
"""The messages of every edition, read from the tables beside this file.

tables/messages.csv  which messages there are, what each carries, who sends it, in which editions
tables/fields.csv    every part of a message: its elements in their order, one column an edition
tables/envelope.csv  the envelope of the exchange platform, the same in every edition
tables/signature.csv what is looked at of an XML signature
tables/meanings.csv  what an element means, and the form or the codes of its value
tables/about.toml    the editions, where the tables are from and how they were compared
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from entrepot.customs.messages.facets import Facet, facet
from entrepot.customs.messages.faults import UnknownEdition, UnknownMessage

TABLES = Path(__file__).parent / "tables"
CEB = "http://www.chinaport.gov.cn/ceb"
DXP = "http://www.chinaport.gov.cn/dxp"
DS = "http://www.w3.org/2000/09/xmldsig#"
#: The prefix that a namespace is shown with, and written with.
PREFIXES = {CEB: "ceb", DXP: "dxp", DS: "ds"}
#: A message, and how its parts follow each other after the documents, when a firm sends it.
_AFTER = (
    ("BaseTransfer", CEB, 1, 1),
    ("BaseSubscribe", CEB, 0, 5),
    ("Signature", DS, 0, 1),
    ("ExtendMessage", CEB, 0, 1),
)
MANY = 1_000_000_000
#: Documents of one message at most, which the tables say for each.
DOCUMENTS = 100


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an element means: the Chinese term, a sentence, and a form or the codes it may hold."""

    zh: str = ""
    en: str = ""
    form: str = ""


@dataclass(frozen=True, slots=True)
class Child:
    """One element of a part: a field where `facet` is there, otherwise a part of its own."""

    name: str
    namespace: str
    least: int
    most: int
    facet: Facet | None
    meaning: Meaning = field(default_factory=Meaning)

    @property
    def tag(self) -> str:
        """The name as the parser gives it."""
        return f"{self.namespace} {self.name}"

    @property
    def written(self) -> str:
        """The name as it is written."""
        return f"{PREFIXES[self.namespace]}:{self.name}"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message: its attributes, and its elements in their order."""

    name: str
    namespace: str
    attributes: tuple[Child, ...]
    children: tuple[Child, ...]
    text: Facet | None = None

    @property
    def is_row(self) -> bool:
        """Whether it holds fields only, none of them twice."""
        return not self.attributes and all(
            each.facet is not None and each.most == 1 and not each.facet.is_open
            for each in self.children
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message: what it carries and who answers it."""

    name: str
    carries: str
    most: int
    from_firm: bool
    answered_by: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition of the messages: every kind, every part by its name."""

    name: str
    title: str
    kinds: Mapping[str, Kind]
    parts: Mapping[tuple[str, str], Part]

    def kind(self, message: str) -> Kind:
        """The kind of message called 603, CEB603 or CEB603Message.

        Raises:
            UnknownMessage: this edition has none of that name.
        """
        digits = message.upper().removeprefix("CEB").removesuffix("MESSAGE")
        found = self.kinds.get(f"CEB{digits}Message")
        if found is None:
            raise UnknownMessage(
                f"Cannot find the message {message}.",
                f"Edition {self.name} has "
                + ", ".join(each[3:6] for each in sorted(self.kinds))
                + ".",
                "Name one of these.",
            )
        return found

    def part(self, name: str, namespace: str = CEB) -> Part:
        """The part of that name; asking for one that is not there is a mistake of ours."""
        return self.parts[namespace, name]


def edition(name: str) -> Edition:
    """The edition of that name.

    Raises:
        UnknownEdition: there is none.
    """
    if name not in about()["editions"]:
        raise UnknownEdition(
            f"Cannot find the edition {name}.",
            f"There are {', '.join(names())}.",
            "Name one of these.",
        )
    return _edition(name)


def names() -> tuple[str, ...]:
    """The editions, oldest first."""
    return tuple(about()["editions"])


def newest() -> Edition:
    """The edition in force."""
    return edition(names()[-1])


def cells(name: str) -> dict[tuple[str, str], str]:
    """What the tables say of every element of an edition, by part and element."""
    return {(row["part"], row["element"]): row[name] for row in _rows("fields.csv") if row[name]}


@cache
def about() -> dict[str, Any]:
    """What about.toml says."""
    return tomllib.loads((TABLES / "about.toml").read_text(encoding="utf-8"))


@cache
def _edition(name: str) -> Edition:
    kinds = {
        row["message"]: Kind(
            row["message"],
            row["carries"],
            _often(row["how_many"])[1],
            row["sent_by"] == "firm",
            row["answered_by"],
            row["zh"],
            row["en"],
        )
        for row in _rows("messages.csv")
        if row[name]
    }
    parts: dict[tuple[str, str], Part] = {}
    for file, namespace, column in (
        ("fields.csv", CEB, name),
        ("envelope.csv", DXP, "every"),
        ("signature.csv", DS, "every"),
    ):
        parts |= _parts(file, namespace, column)
    head = (
        Child("guid", "", 1, 1, facet("C36"), Meaning(form="guid")),
        Child("version", "", 1, 1, facet("C1..10")),
    )
    for kind in kinds.values():
        after = _AFTER if kind.from_firm else ()
        parts[CEB, kind.name] = Part(
            kind.name,
            CEB,
            head,
            (
                Child(kind.carries, CEB, 1, kind.most, None),
                *(Child(part, where, least, most, None) for part, where, least, most in after),
            ),
        )
    return Edition(name, about()["editions"][name]["title"], kinds, parts)


def _parts(file: str, namespace: str, column: str) -> dict[tuple[str, str], Part]:
    meanings = {
        row["element"]: Meaning(row["zh"], row["en"], row["form"]) for row in _rows("meanings.csv")
    }
    rows: dict[str, list[tuple[str, str]]] = {}
    for row in _rows(file):
        if row[column]:
            rows.setdefault(row["part"], []).append((row["element"], row[column]))
    return {
        (namespace, part): Part(
            part,
            namespace,
            tuple(_child(name[1:], "", cell, Meaning()) for name, cell in cells if name[0] == "@"),
            tuple(
                _child(
                    name,
                    DS if (name, part) == ("Signature", "DxpMsg") else namespace,
                    cell,
                    meanings.get(name, Meaning()) if namespace == CEB else Meaning(),
                )
                for name, cell in cells
                if name[0] not in "@#"
            ),
            next((facet(cell) for name, cell in cells if name == "#text"), None),
        )
        for part, cells in rows.items()
    }


def _child(name: str, namespace: str, cell: str, meaning: Meaning) -> Child:
    if cell[0].isdigit():
        return Child(name, namespace, *_often(cell), None, meaning)
    kind, *rest = cell.split()
    least, most = 1, 1
    if rest and (rest[0] == "?" or rest[0][0].isdigit()):
        least, most = (0, 1) if rest[0] == "?" else _often(rest[0])
        rest = rest[1:]
    return Child(name, namespace, least, most, facet(" ".join([kind, *rest])), meaning)


def _often(cell: str) -> tuple[int, int]:
    least, _, most = cell.partition("..")
    return int(least), MANY if most == "n" else int(most or least)


def _rows(file: str) -> list[dict[str, str]]:
    with (TABLES / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
