# SPDX-License-Identifier: Apache-2.0
"""Elements that were read against the tables of one edition: every fault, and the values.

The verdict is that of the schema: an element that has no fault here is valid there, and the other
way round (tests/customs/test_official.py says where we differ on purpose). What has a fault is
read all the same, as far as it can be told what it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from entrepot.customs.messages import forms, telling
from entrepot.customs.messages.editions import Child, Edition, Part
from entrepot.customs.messages.facets import SEPARATOR, Facet, Value
from entrepot.customs.messages.faults import KEPT, Fault
from entrepot.customs.messages.ordering import out_of_place
from entrepot.customs.messages.parsing import Node
from entrepot.customs.messages.rows import rows_of

_SPACE = " \t\n\r"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance "
#: Attributes that any element may have: they say where a schema lies.
_ANYWHERE = {f"{_INSTANCE}schemaLocation", f"{_INSTANCE}noNamespaceSchemaLocation"}
#: Unknown elements that are kept, and how much of their text.
_UNKNOWN_KEPT, _TEXT_KEPT = 100, 200


@dataclass(slots=True)
class Findings:
    """What was found while checking: faults and remarks (kept up to a bound, all counted)."""

    faults: list[Fault] = field(default_factory=list)
    remarks: list[Fault] = field(default_factory=list)
    unknown: list[dict[str, object]] = field(default_factory=list)
    fault_count: int = 0
    remark_count: int = 0

    def fault(self, make: Callable[..., Fault], *about: Any) -> None:
        """Count a fault; it is put into words only where it is kept."""
        self.fault_count += 1
        if len(self.faults) < KEPT:
            self.faults.append(make(*about))

    def remark(self, make: Callable[..., Fault], *about: Any) -> None:
        """Count a remark, likewise."""
        self.remark_count += 1
        if len(self.remarks) < KEPT:
            self.remarks.append(make(*about))


class Checker:
    """Checks elements against one edition, and gathers what it finds."""

    def __init__(self, edition: Edition, *, keep: bool = True) -> None:
        self.edition, self.keep = edition, keep
        self.found = Findings()
        self.rows = rows_of(edition.name)

    def part(self, node: Node, child: Child, place: str) -> dict[str, Any]:
        """Check an element that is a part; its values by name, as `building` takes them."""
        row = self.rows.get((child.namespace, child.name))
        if row is not None and not node.is_deep and not node.attributes:
            shape = row.to_check(tuple([each.tag for each in node.children]))
            if shape is not None:
                texts = [each.text for each in node.children]
                if shape.matches(SEPARATOR.join(texts)) and not self.stray(node, place):
                    if not self.keep:
                        return {}
                    values: dict[str, Any] = dict(zip(shape.names, texts, strict=True))
                    for at, name, value in shape.numbers:
                        values[name] = value(texts[at])
                    return values
        return self.one_by_one(node, self.edition.part(child.name, child.namespace), place)

    def one_by_one(self, node: Node, part: Part, place: str) -> dict[str, Any]:
        """Check an element that is a part, each of its elements by itself."""
        values: dict[str, Any] = dict(self.attributes(node, part.attributes, place))
        if part.text is not None:
            child = Child("#text", "", 1, 1, part.text)
            return {**values, "#text": self.field(node, child, place)}
        if not part.children and node.text:
            self.found.fault(telling.stray, node, node.text, place)
        else:
            self.stray(node, place)
        met: Counter[str] = Counter()
        for each, child in self.in_order(node, part, place):
            met[child.name] += 1
            inner = f"{place}/{child.name}"
            if child.most > 1:
                inner += f"[{met[child.name]}]"
            value = self.child(each, child, inner)
            if child.most > 1:
                values.setdefault(child.name, []).append(value)
            else:
                values.setdefault(child.name, value)
        return values

    def child(self, node: Node, child: Child, place: str) -> Any:
        """Check an element that is a field or a part."""
        if child.facet is None:
            return self.part(node, child, place)
        if child.facet.is_open:
            if child.facet.notation == "one":
                self.attributes(node, (), place)
                self.stray(node, place)
                for extra in node.children[1:]:
                    self.found.fault(telling.beside_the_one, extra, place)
            return node.text.strip(_SPACE)
        self.attributes(node, (), place)
        return self.field(node, child, place)

    def in_order(self, node: Node, part: Part, place: str) -> Iterator[tuple[Node, Child]]:
        """The elements that the part has, as they stand; whatever is wrong about that is told."""
        known = [
            (each, child)
            for each in node.children
            if (child := self.known(each, part.children, place)) is not None
        ]
        order = {child.name: at for at, child in enumerate(part.children)}
        moved = out_of_place([order[child.name] for _, child in known])
        met: Counter[str] = Counter()
        for at, (each, child) in enumerate(known):
            met[child.name] += 1
            if met[child.name] == child.most + 1:
                extra = sum(other is child for _, other in known) - child.most
                self.found.fault(telling.too_many, each, child, extra, place)
            if at in moved:
                self.found.fault(telling.out_of_order, each, child, part, place)
        for child in part.children:
            if met[child.name] < child.least:
                self.found.fault(telling.missing, node, child, part, place)
        yield from known

    def known(self, node: Node, children: Sequence[Child], place: str) -> Child | None:
        """The child that an element is; one of another namespace is told and taken all the same."""
        namespace, _, name = node.tag.rpartition(" ")
        for child in children:
            if child.name == name:
                if child.namespace != namespace:
                    self.found.fault(telling.other_namespace, node, child, place)
                return child
        self.found.fault(telling.unknown, node, name, children, place)
        if len(self.found.unknown) < _UNKNOWN_KEPT:
            text = "".join(_texts(node))[:_TEXT_KEPT]
            self.found.unknown.append({"place": f"{place}/{name}", "line": node.line, "text": text})
        return None

    def field(self, node: Node, child: Child, place: str) -> Value:
        """Check the text of a field: that it fits, and that it has its form."""
        assert child.facet is not None
        text = node.text
        for inner in node.children:
            self.found.fault(telling.element_in_field, inner, place)
        return self.value(text, child.facet, child.meaning.form, place, node.line, node.column)

    def value(
        self, text: str, facet: Facet, form: str, place: str, line: int, column: int
    ) -> Value:
        """Check a text, and give it as a value where it fits."""
        if not facet.accepts(text):
            self.found.fault(telling.misfit, text, facet, place, line, column)
            return text
        if form and text and not forms.has_form(form, text):
            self.found.remark(telling.without_form, text, form, place, line, column)
        return facet.value(text)

    def attributes(
        self, node: Node, expected: Sequence[Child], place: str
    ) -> list[tuple[str, Value]]:
        """Check the attributes of an element; those that are known, with an @ before them."""
        values: list[tuple[str, Value]] = []
        if not node.attributes and not expected:
            return values
        known = {each.name: each for each in expected}
        for name, text in node.attributes.items():
            child = known.get(name)
            if child is None:
                if name not in _ANYWHERE:
                    self.found.fault(telling.unknown_attribute, node, name, expected, place)
                continue
            assert child.facet is not None
            at = f"{place}/@{name}"
            form = child.meaning.form
            value = self.value(text, child.facet, form, at, node.line, node.column)
            values.append((f"@{name}", value))
        for child in expected:
            if child.least and child.name not in node.attributes:
                self.found.fault(telling.missing_attribute, node, child, place)
        return values

    def stray(self, node: Node, place: str) -> bool:
        """Whether text stands between the elements of an element; it is told."""
        texts = node.texts
        if not texts or (len(texts) == 1 and not texts[0].strip(_SPACE)):
            return False
        text = node.text.strip(_SPACE)
        if text:
            self.found.fault(telling.stray, node, text, place)
        return bool(text)


def _texts(node: Node) -> Iterator[str]:
    yield node.text
    for each in node.children:
        yield from _texts(each)
