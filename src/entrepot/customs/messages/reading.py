# SPDX-License-Identifier: Apache-2.0
"""Read a message: what it holds, which edition it fits, and every fault with its place.

Nothing that a file holds raises: what cannot be read is a fault of it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import quoteattr

from entrepot.customs.messages.checking import Checker
from entrepot.customs.messages.decoding import decode
from entrepot.customs.messages.editions import CEB, DS, DXP, Edition, edition, names
from entrepot.customs.messages.faults import Fault, quoted
from entrepot.customs.messages.parsing import Node, parse
from entrepot.customs.messages.recognising import recognised
from entrepot.customs.messages.telling import nearest

ENVELOPE = "DxpMsg"
_ENVELOPE_WITHIN = Fault(
    "message.unknown",
    f"/{ENVELOPE}/Data",
    "It holds another envelope.",
    "a message",
    "Open the envelope within first.",
)
#: Parts of a message that are kept as they are written, since their form is not ours.
_AS_WRITTEN = {f"{DS} Signature": "signature", f"{CEB} ExtendMessage": "extension"}


@dataclass(slots=True)
class Reading:
    """What a file holds.

    `message`: its root's name, empty where there is none. `edition`: the one it fits best.
    `fits`: the editions that it has no fault in. `values`: the attributes of the root (@guid,
    @version), its documents and what follows them, as `building` takes them. `signature`,
    `extension`: as they are written. `envelope`: the values of the envelope that it came in, and
    `inside` the bytes of the message that lay in it.
    `faults`, `remarks`: the first of them, `fault_count` and `remark_count` of all.
    """

    message: str = ""
    edition: str = ""
    fits: tuple[str, ...] = ()
    encoding: str = ""
    carries: str = ""
    count: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    signature: str = ""
    extension: str = ""
    envelope: dict[str, Any] | None = None
    inside: bytes = b""
    faults: list[Fault] = field(default_factory=list)
    remarks: list[Fault] = field(default_factory=list)
    unknown: list[dict[str, object]] = field(default_factory=list)
    fault_count: int = 0
    remark_count: int = 0

    @property
    def documents(self) -> Sequence[dict[str, Any]]:
        """The documents that the message carries."""
        found = self.values.get(self.carries, [])
        return [found] if isinstance(found, dict) else found

    @property
    def is_valid(self) -> bool:
        return not self.fault_count


def read(data: bytes, only: str | None = None, *, keep: bool = True) -> Reading:
    """Read a message, or the one within an envelope.

    Args:
        data: the bytes of a file.
        only: the edition to check against; without it the one that fits best, the newest of those.
        keep: whether to keep the values of documents, and to say every edition that fits; without,
            the verdict is there, and the newest edition that fits.

    Raises:
        UnknownEdition: there is no edition called `only`.
    """
    editions = [edition(only)] if only else [edition(each) for each in reversed(names())]
    found = _read(data, editions, keep)
    if found.envelope is None:
        return found
    inside = base64_bytes(str(found.envelope.pop("Data", "")))
    if not inside:
        return found
    whole = _with(found, _read(inside, editions, keep))
    whole.inside = inside
    return whole


def _read(data: bytes, editions: list[Edition], keep: bool) -> Reading:
    decoded = decode(data)
    if isinstance(decoded, Fault):
        return Reading(faults=[decoded], fault_count=1)
    text, encoding = decoded
    if not keep and (known := recognised(text, editions)) is not None:
        message, fits, count = known
        return Reading(message, fits, (fits,), encoding, count=count)
    read_here = _Reader(editions, keep=keep)
    written, stopped = parse(text, read_here.begin, read_here.end)
    found = read_here.best(written, stopped)
    found.encoding = encoding
    return found


def base64_bytes(text: str) -> bytes:
    """What a text in base64 holds; nothing where it is none, which is a fault of its field."""
    try:
        return base64.b64decode(text.encode("ascii", "replace"))
    except binascii.Error:
        return b""


def _with(envelope: Reading, inner: Reading) -> Reading:
    """The message in an envelope, with the faults of both."""
    if inner.envelope is not None:
        inner.faults.append(_ENVELOPE_WITHIN)
        inner.fault_count += 1
    inner.envelope = envelope.envelope
    inner.faults[:0], inner.remarks[:0] = envelope.faults, envelope.remarks
    inner.fault_count += envelope.fault_count
    inner.remark_count += envelope.remark_count
    inner.unknown[:0] = envelope.unknown
    if inner.fault_count:
        inner.fits = ()
    return inner


class _Reader:
    """Takes the parts of a message as they are read, and checks each against every edition."""

    def __init__(self, editions: Sequence[Edition], *, keep: bool) -> None:
        self.editions, self.keep = editions, keep
        self.asked = ", ".join(each.name for each in reversed(editions))
        self.root: Node | None = None
        self.checkers: list[Checker] = []
        self.values: list[dict[str, Any]] = []
        self.parts: list[Node] = []
        self.seen: dict[str, int] = {}
        self.raw: dict[str, tuple[int, int]] = {}
        self.lost: list[Fault] = []
        self.declared: Node | None = None

    def begin(self, node: Node) -> None:
        self.root = node
        namespace, _, self.name = node.tag.rpartition(" ")
        if self.name == ENVELOPE:
            self.editions = self.editions[:1]
        else:
            self.editions = [each for each in self.editions if self.name in each.kinds]
        if not self.editions:
            self.lost.append(_unknown(node, self.name, self.asked))
            return
        self.namespace = DXP if self.name == ENVELOPE else CEB
        self.checkers = [Checker(each, keep=self.keep) for each in self.editions]
        part = self.editions[0].part(self.name, self.namespace)
        self.children = {each.name: each for each in part.children}
        for checker in self.checkers:
            self.values.append(dict(checker.attributes(node, part.attributes, f"/{self.name}")))
            if namespace != self.namespace:
                checker.found.fault(_other_namespace, node, namespace, self.namespace, self.name)

    def end(self, node: Node) -> None:
        if not self.checkers:
            return
        name = node.tag.rpartition(" ")[2]
        child = self.children.get(name)
        if child is None:  # told, with what else the root holds, at the end
            self.parts.append(node)
            return
        self.seen[name] = self.seen.get(name, 0) + 1
        place = f"/{self.name}/{name}" + (f"[{self.seen[name]}]" if child.most > 1 else "")
        for checker, values in zip(self.checkers, self.values, strict=True):
            value = checker.child(node, child, place)
            if not self.keep and child.most > 1:
                continue
            if child.most > 1:
                values.setdefault(name, []).append(value)
            else:
                values.setdefault(name, value)
        if self.declared is None:
            self.declared = _declared(node)
        if node.tag in _AS_WRITTEN:
            self.raw.setdefault(_AS_WRITTEN[node.tag], (node.begins, node.ends))
        self.parts.append(_shell(node))

    def best(self, written: bytes, stopped: Fault | None) -> Reading:
        """What was found against the edition that fits best."""
        if stopped is not None:
            self.lost.append(stopped)
        if not self.checkers or self.root is None:
            name = self.name if self.root is not None else ""
            return Reading(message=name, faults=self.lost, fault_count=len(self.lost))
        self.root.children = self.parts
        for checker in self.checkers:
            self._order(checker, stopped)
        at = min(range(len(self.checkers)), key=lambda at: self.checkers[at].found.fault_count)
        found, best = self.checkers[at].found, self.editions[at]
        kind = best.kinds.get(self.name)
        reading = Reading(
            message=self.name,
            edition=best.name,
            fits=tuple(
                reversed(
                    [
                        each.edition.name
                        for each in self.checkers
                        if not each.found.fault_count and not self.lost
                    ]
                )
            ),
            carries=kind.carries if kind else "",
            count=self.seen.get(kind.carries, 0) if kind else 0,
            values=self.values[at],
            faults=sorted([*self.lost, *found.faults], key=lambda fault: fault.line),
            remarks=found.remarks,
            unknown=found.unknown,
            fault_count=found.fault_count + len(self.lost),
            remark_count=found.remark_count,
        )
        for name, (begins, ends) in self.raw.items():
            setattr(reading, name, _slice(written, begins, ends, self.root.scope))
            reading.values.pop("Signature" if name == "signature" else "ExtendMessage", None)
        if self.name == ENVELOPE:
            reading.envelope = self.values[at]
            reading.values = {}
        return reading

    def _order(self, checker: Checker, stopped: Fault | None) -> None:
        """Whether the parts of the root are there, in their order; not where reading stopped."""
        assert self.root is not None
        part = checker.edition.part(self.name, self.namespace)
        checker.stray(self.root, f"/{self.name}")
        if stopped is not None:
            return
        for _ in checker.in_order(self.root, part, f"/{self.name}"):
            pass
        if (
            self.declared is not None
            and "Signature" in self.children
            and "signature" not in self.raw
        ):
            checker.found.remark(_unsigned, self.declared, f"/{self.name}")


def _shell(node: Node) -> Node:
    """An element without what it holds: enough to see whether it stands in its place."""
    node.children, node.texts = [], []
    return node


def _slice(written: bytes, begins: int, ends: int, scope: Mapping[str, str]) -> str:
    """An element as it is written, with the prefixes that only its root declares."""
    end = written.find(b">", max(begins, ends))
    text = written[begins : end + 1].decode("utf-8", "replace")
    name = re.match(r"<[^\s/>]+", text)
    head = text[: text.find(">")]
    more = ""
    for prefix, uri in scope.items():
        attribute = f"xmlns:{prefix}" if prefix else "xmlns"
        is_used = f"{prefix}:" in text if prefix else True
        if is_used and f" {attribute}=" not in head and (prefix, uri) != ("ceb", CEB):
            more += f" {attribute}={quoteattr(uri)}"
    return f"{name[0]}{more}{text[name.end() :]}" if name else text


def _declared(node: Node) -> Node | None:
    """Where a document says that it is declared, and no draft."""
    for each in (*node.children, *(inner for head in node.children[:1] for inner in head.children)):
        if each.tag == f"{CEB} appStatus":
            return each if each.text == "2" else None
    return None


def _unsigned(node: Node, place: str) -> Fault:
    return Fault(
        "remark.unsigned",
        f"{place}/Signature",
        "A document is declared (appStatus 2), and there is no signature.",
        "a signature, or appStatus 1",
        "Sign the message before it is sent.",
        node.line,
        node.column,
    )


def _other_namespace(node: Node, namespace: str, expected: str, name: str) -> Fault:
    return Fault(
        "element.namespace",
        f"/{name}",
        f"It is in the namespace {quoted(namespace)}.",
        f"the namespace {expected}",
        "Correct xmlns, or the prefix of the element.",
        node.line,
        node.column,
    )


def _unknown(node: Node, name: str, asked: str) -> Fault:
    known = [*{kind: None for each in names() for kind in edition(each).kinds}, ENVELOPE]
    near = nearest(name, known)
    return Fault(
        "message.unknown",
        f"/{name}",
        f"{quoted(name)} is no message of edition {asked}.",
        "a message of the export edition, or its envelope",
        f"Perhaps {near} is meant."
        if near and near != name
        else "Look at it as of another edition."
        if name in known
        else "Look where it came from.",
        node.line,
        node.column,
    )
