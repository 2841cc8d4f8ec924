# SPDX-License-Identifier: Apache-2.0
"""Text to elements, one document of a message after the other, and nothing that could do harm.

A document type, and with it every entity, is refused where it begins; nothing is fetched; size,
depth and number of elements are bounded. Expat gives the line and the column of every element.
"""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat

from entrepot.customs.messages.faults import Fault

#: Elements within each other at most.
DEEPEST = 60
#: Elements of one document at most.
MOST = 500_000
#: Documents, and what follows them, at most; a message has a hundred.
WIDEST = 10_000


class Node:
    """One element: its name, where it begins, and what it holds."""

    __slots__ = (
        "attributes",
        "begins",
        "children",
        "column",
        "ends",
        "is_deep",
        "line",
        "scope",
        "tag",
        "texts",
    )

    def __init__(self, tag: str, attributes: dict[str, str], line: int, column: int) -> None:
        self.tag, self.attributes, self.line, self.column = tag, attributes, line, column
        self.children: list[Node] = []
        self.texts: list[str] = []
        #: Whether an element within it has elements or attributes of its own.
        self.is_deep = False
        self.begins = self.ends = 0
        #: Of the root: the prefixes that it declares, "" for the namespace without one.
        self.scope: dict[str, str]

    @property
    def text(self) -> str:
        """The text directly within it, comments left out."""
        return self.texts[0] if len(self.texts) == 1 else "".join(self.texts)


class Stopped(Exception):
    """Reading has stopped: what follows is not looked at."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.found)
        self.fault = fault


def parse(
    text: str, begun: Callable[[Node], None], ended: Callable[[Node], None]
) -> tuple[bytes, Fault | None]:
    """Call `begun` with the root, then `ended` with each element directly within it.

    Returns:
        the text in UTF-8, which `begins` and `ends` of a node count in, and why reading stopped.
    """
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.buffer_size = 65536
    _Listener(parser, begun, ended)
    data = text.encode("utf-8", "surrogatepass")
    try:
        parser.Parse(data, True)
    except Stopped as stopped:
        return data, stopped.fault
    except expat.ExpatError as error:
        return data, Fault(
            "message.unreadable",
            "/",
            f"It is no XML from here on: {expat.ErrorString(error.code)}.",
            "a whole XML message",
            "Ask for the message again, or write it anew.",
            error.lineno,
            error.offset + 1,
        )
    return data, None


class _Listener:
    """What expat calls."""

    def __init__(
        self,
        parser: expat.XMLParserType,
        begun: Callable[[Node], None],
        ended: Callable[[Node], None],
    ) -> None:
        self.parser, self.begun, self.ended = parser, begun, ended
        self.stack: list[Node] = []
        self.count = self.width = 0
        self.scope: dict[str, str] = {}
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        parser.StartDoctypeDeclHandler = self.doctype
        parser.StartNamespaceDeclHandler = self.namespace

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        parser, stack = self.parser, self.stack
        node = Node(tag, attributes, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)
        depth = len(stack)
        if depth > 1:
            stack[-1].children.append(node)
            self.count += 1
            if depth > DEEPEST or self.count > MOST:
                self.too_much(depth > DEEPEST)
        elif depth == 1:
            node.begins = parser.CurrentByteIndex
            self.count = 0
            self.width += 1
            if self.width > WIDEST:
                self.too_much(False)
        else:
            node.scope = self.scope
            self.begun(node)
        stack.append(node)

    def end(self, tag: str) -> None:
        stack = self.stack
        node = stack.pop()
        depth = len(stack)
        if depth > 1:
            if node.children or node.attributes:
                stack[-1].is_deep = True
        elif depth == 1:
            node.ends = self.parser.CurrentByteIndex
            self.ended(node)

    def characters(self, text: str) -> None:
        self.stack[-1].texts.append(text)

    def namespace(self, prefix: str | None, uri: str | None) -> None:
        if not self.stack:
            self.scope[prefix or ""] = uri or ""

    def doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        self.stop(
            "message.doctype",
            f"It has a document type ({name}), where entities can be declared.",
            "no document type",
            "Leave <!DOCTYPE ...> out; no message has one.",
        )

    def too_much(self, too_deep: bool) -> None:
        if too_deep:
            self.stop(
                "message.too_deep",
                f"There are more than {DEEPEST} elements within each other.",
                "a message, which has at most 10",
                "Look whether the file is a message at all.",
            )
        self.stop(
            "message.too_large",
            f"It has more than {WIDEST:,} documents, or one of more than {MOST:,} elements.",
            "fewer",
            "Split the message, or the document.",
        )

    def stop(self, code: str, found: str, expected: str, remedy: str) -> None:
        line, column = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        raise Stopped(Fault(code, "/", found, expected, remedy, line, column))
