# SPDX-License-Identifier: Apache-2.0
"""Bytes of XML to elements, and nothing that could do harm.

A document type, and with it every entity, is refused where it begins; nothing is fetched; depth and
number of elements are bounded. Expat gives the line of every element.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

#: Elements within each other at most; a statement has fewer than twenty.
DEEPEST = 40
#: Elements of one file at most.
MOST = 4_000_000


class Node:
    """One element: its name without the namespace, its line, its text and what it holds."""

    __slots__ = ("attributes", "children", "line", "tag", "texts")

    def __init__(self, tag: str, attributes: dict[str, str], line: int) -> None:
        self.tag, self.attributes, self.line = tag, attributes, line
        self.children: list[Node] = []
        self.texts: list[str] = []

    @property
    def text(self) -> str:
        """The text directly within it, without blanks around."""
        return "".join(self.texts).strip()

    def all(self, path: str) -> Iterator[Node]:
        """Every element at a path of names parted by /."""
        first, _, rest = path.partition("/")
        for child in self.children:
            if child.tag == first:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def find(self, path: str) -> Node | None:
        """The first element at a path."""
        return next(self.all(path), None)

    def said(self, *paths: str) -> str:
        """The text at the first of several paths that has one."""
        for path in paths:
            for node in self.all(path):
                if node.text:
                    return node.text
        return ""


class Stopped(Exception):
    """Reading has stopped: why, and in which line."""

    def __init__(self, line: int, found: str, expected: str) -> None:
        super().__init__(found)
        self.line, self.found, self.expected = line, found, expected


def parse(data: bytes) -> tuple[Node, str]:
    """The root of an XML document, and its namespace.

    Raises:
        Stopped: it is no XML, or holds what no statement holds.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    listener = _Listener(parser)
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        found = f"no XML from here on: {expat.ErrorString(error.code)}"
        raise Stopped(error.lineno, found, "a whole XML message") from error
    except (LookupError, ValueError) as error:
        raise Stopped(1, "an encoding that is not known", "UTF-8") from error
    assert listener.root is not None  # expat refuses a document without a root
    return listener.root, listener.namespace


class _Listener:
    """What expat calls."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.parser = parser
        self.root: Node | None = None
        self.namespace = ""
        self.stack: list[Node] = []
        self.count = 0
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.StartDoctypeDeclHandler = self.doctype

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(" ")
        node = Node(tag, attributes, self.parser.CurrentLineNumber)
        self.count += 1
        if len(self.stack) >= DEEPEST:
            raise Stopped(node.line, f"more than {DEEPEST} elements within each other", "fewer")
        if self.count > MOST:
            raise Stopped(node.line, f"more than {MOST:,} elements", "fewer: split the file")
        if self.stack:
            self.stack[-1].children.append(node)
        else:
            self.root, self.namespace = node, namespace
        self.stack.append(node)

    def end(self, name: str) -> None:
        self.stack.pop()

    def characters(self, text: str) -> None:
        self.stack[-1].texts.append(text)

    def doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        line = self.parser.CurrentLineNumber
        raise Stopped(line, "a document type, where entities can be declared", "no document type")
