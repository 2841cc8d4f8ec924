# SPDX-License-Identifier: Apache-2.0
"""Write a message: values to bytes, every field checked while it is written.

The bytes are UTF-8, without blanks between elements, and each document begins a line of its own.
What may be left out and is empty is left out. Written, read and written again, the bytes are the
same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from entrepot.customs.messages import forms, telling
from entrepot.customs.messages.editions import (
    CEB,
    DXP,
    PREFIXES,
    Child,
    Edition,
    Part,
    edition,
    newest,
)
from entrepot.customs.messages.facets import FORBIDDEN, SEPARATOR
from entrepot.customs.messages.faults import Fault, FaultyMessage, TooManyDocuments, quoted
from entrepot.customs.messages.parsing import parse
from entrepot.customs.messages.rows import Row, part_tag, rows_of

#: The version that a message is written with.
VERSION = "1.0"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
#: Forms whose values must have them when we write; codes may grow, and are remarked on only.
_STRICT = frozenset(forms.SAYS)
#: Kinds of values whose text is what is written, unless a decimal has an exponent.
_EXACT = frozenset({str, int, Decimal})
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ESCAPES_OF_ATTRIBUTES = {
    **_ESCAPES,
    ord('"'): "&quot;",
    ord("\t"): "&#9;",
    ord("\n"): "&#10;",
}

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A message to write.

    `kind`: 603, CEB603 or CEB603Message. `documents`: 1 to 100; a document with parts names them,
    as {"InventoryHead": {...}, "InventoryList": [{...}, ...]}. `transfer`: BaseTransfer, for what a
    firm sends. `subscribes`: BaseSubscribe. `signature`, `extension`: written as they are.
    """

    kind: str
    edition: str
    guid: str
    documents: Sequence[Values]
    transfer: Values | None = None
    subscribes: Sequence[Values] = ()
    signature: str = ""
    extension: str = ""
    version: str = VERSION


def build(message: Message) -> bytes:
    """Write a message.

    Raises:
        FaultyMessage: values that do not fit their fields, each with its place.
        TooManyDocuments: more than one message may carry; `splitting` divides them.
        UnknownMessage, UnknownEdition: there is none of that name.
    """
    chosen = edition(message.edition)
    kind = chosen.kind(message.kind)
    if len(message.documents) > kind.most:
        raise TooManyDocuments(
            f"Cannot write {kind.name} with {len(message.documents):,} documents.",
            f"One message carries at most {kind.most}.",
            "Split them over several messages.",
        )
    writer = _Writer(chosen)
    part = chosen.part(kind.name)
    values: dict[str, Any] = {"@guid": message.guid, "@version": message.version}
    values[kind.carries] = message.documents if kind.most > 1 else message.documents[0]
    if message.transfer is not None:
        values["BaseTransfer"] = message.transfer
    if message.subscribes:
        values["BaseSubscribe"] = message.subscribes
    raw = {"Signature": message.signature, "ExtendMessage": message.extension}
    values |= {name: _Raw(text) for name, text in raw.items() if text}
    writer.root(part, values)
    return writer.written(kind.name)


def build_envelope(values: Values) -> bytes:
    """Write an envelope: `TransInfo`, `Data` in base64, and `AddInfo` where there is one.

    Raises:
        FaultyMessage: values that do not fit.
    """
    chosen = newest()
    writer = _Writer(chosen)
    writer.root(chosen.part("DxpMsg", DXP), {"@ver": "1.0", **values})
    return writer.written("DxpMsg")


class _Raw(str):
    """XML that is written as it is."""

    __slots__ = ()


class _Writer:
    """Gathers what is written, and every fault of it."""

    def __init__(self, chosen: Edition) -> None:
        self.edition = chosen
        self.rows: dict[tuple[str, str], Row] = rows_of(chosen.name)
        self.out: list[str] = [_HEAD]
        self.faults: list[Fault] = []

    def written(self, name: str) -> bytes:
        if self.faults:
            raise FaultyMessage(name, self.edition.name, self.faults)
        return "".join(self.out).encode("utf-8")

    def root(self, part: Part, values: Values) -> None:
        prefix = PREFIXES[part.namespace]
        self.part(part, values, f"/{part.name}", f' xmlns:{prefix}="{part.namespace}"', "\n")
        self.out.append("\n")

    def part(self, part: Part, values: Values, place: str, more: str = "", apart: str = "") -> None:
        """Write a part that holds other parts, or has attributes."""
        tag = part_tag(part)
        self.out.append(f"<{tag}{more}{''.join(self.attributes(part, values, place))}>{apart}")
        names = {each.name for each in part.children}
        for name in values:
            if name not in names and not name.startswith(("@", "#")):
                self.fault(_unknown(name, sorted(names), f"{place}/{name}"))
        for child in part.children:
            value = values.get(child.name)
            if value is None or value == "" or (child.most > 1 and not len(value)):
                if value == "" and child.least and child.facet is not None:
                    self.field(child, "", f"{place}/{child.name}")
                elif child.least:
                    self.fault(_missing(child, f"{place}/{child.name}"))
            elif child.most > 1:
                self.several(child, value, f"{place}/{child.name}", apart)
            else:
                self.one(child, value, f"{place}/{child.name}")
                self.out.append(apart)
        if part.text is not None:
            child = Child("#text", "", 1, 1, part.text)
            self.out.append(self.text(child, values.get("#text", ""), place))
        self.out.append(f"</{tag}>")

    def several(self, child: Child, values: Sequence[Any], place: str, apart: str) -> None:
        if len(values) > child.most:
            self.fault(_too_many(child, len(values), place))
        row = self.rows.get((child.namespace, child.name))
        for at, each in enumerate(values, start=1):
            if row is None or not self.at_once(row, each):
                self.one(child, each, f"{place}[{at}]")
            self.out.append(apart)

    def one(self, child: Child, value: Any, place: str) -> None:
        if isinstance(value, _Raw):
            if not _is_one(child, value):
                self.fault(_unfit(child, place))
            self.out.append(str(value))
        elif child.facet is not None:
            self.field(child, value, place)
        elif not isinstance(value, Mapping):
            raise TypeError(f"{place} is a part: give a mapping")
        else:
            row = self.rows.get((child.namespace, child.name))
            if row is not None:
                self.row(row, value, place)
            else:
                self.part(self.edition.part(child.name, child.namespace), value, place)

    def at_once(self, row: Row, values: Values) -> bool:
        """Write a row as a whole, if it is certain to be valid as it is."""
        shape = row.to_write(tuple(values))
        if shape is None:
            return False
        given: list[Any] = list(values.values())
        for at, form in shape.times:
            if type(given[at]) is not str and given[at] is not None:
                given[at] = forms.as_text(given[at], form)
        if not _EXACT.issuperset(map(type, given)):
            return False
        # A decimal with an exponent does not match as it is, and goes the slow way.
        texts = tuple(map(str, given))
        if not shape.matches(SEPARATOR.join(texts)):
            return False
        self.out.append(shape.template % texts)
        return True

    def row(self, row: Row, values: Values, place: str) -> None:
        """Write a row; empty fields that may be left out are, and fields may come in any order."""
        if self.at_once(row, values):
            return
        filled = {
            name: values[name]
            for name, child in row.by_name.items()
            if values.get(name) is not None and (values[name] != "" or child.least)
        }
        is_known = values.keys() <= row.by_name.keys()
        if not (is_known and self.at_once(row, filled)):
            self.part(row.part, values, place)

    def field(self, child: Child, value: Any, place: str) -> None:
        self.out.append(f"<{child.written}>{self.text(child, value, place)}</{child.written}>")

    def text(self, child: Child, value: Any, place: str) -> str:
        """A value as it is written in a field."""
        return self.checked(child, value, place).translate(_ESCAPES)

    def checked(self, child: Child, value: Any, place: str) -> str:
        """A value as a text; what is wrong with it is told."""
        assert child.facet is not None
        form = child.meaning.form
        text = forms.as_text(value, form)
        if FORBIDDEN.search(text):
            self.fault(telling.forbidden(text, place))
        elif not child.facet.accepts(text):
            self.fault(telling.misfit(text, child.facet, place))
        elif form in _STRICT and text and not forms.has_form(form, text):
            self.fault(telling.without_form(text, form, place))
        return text

    def attributes(self, part: Part, values: Values, place: str) -> Iterator[str]:
        for child in part.attributes:
            value = values.get(f"@{child.name}")
            if value is None:
                if child.least:
                    self.fault(_missing(child, f"{place}/@{child.name}"))
                continue
            text = self.checked(child, value, f"{place}/@{child.name}")
            yield f' {child.name}="{text.translate(_ESCAPES_OF_ATTRIBUTES)}"'

    def fault(self, fault: Fault) -> None:
        self.faults.append(fault)


def _is_one(child: Child, text: str) -> bool:
    """Whether a text is one element of the child's name, and well formed where it is put."""
    found: list[str] = []
    around = f'<r xmlns:ceb="{CEB}">{text}</r>'
    _, stopped = parse(around, lambda root: None, lambda node: found.append(node.tag))
    return stopped is None and found == [child.tag]


def _unfit(child: Child, place: str) -> Fault:
    return Fault(
        "element.unknown",
        place,
        "What is given is something else, or not whole.",
        f"one element {child.name} of {child.namespace}, its prefixes declared",
        "Give it as it was read, or as it was made.",
    )


def _missing(child: Child, place: str) -> Fault:
    return Fault("element.missing", place, "It is not there.", telling.holds(child), "Fill it in.")


def _unknown(name: str, names: Sequence[str], place: str) -> Fault:
    near = telling.nearest(name, names)
    remedy = f"Perhaps {near} is meant." if near else "Leave it out."
    return Fault(
        "element.unknown", place, f"There is no {quoted(name)} here.", "no such element", remedy
    )


def _too_many(child: Child, count: int, place: str) -> Fault:
    return Fault(
        "element.repeated",
        place,
        f"There are {count:,}.",
        f"at most {child.most:,}",
        "Split the document.",
    )


def rebuilt(reading: Any) -> Message:
    """What was read, as a message to write again."""
    values = reading.values
    return Message(
        kind=reading.message,
        edition=reading.edition,
        guid=values.get("@guid", ""),
        documents=reading.documents,
        transfer=values.get("BaseTransfer"),
        subscribes=values.get("BaseSubscribe", ()),
        signature=reading.signature,
        extension=reading.extension,
        version=values.get("@version", ""),
    )
