# SPDX-License-Identifier: Apache-2.0
"""The faults of a message in words: each function makes one."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from entrepot.customs.messages import forms
from entrepot.customs.messages.editions import Child, Part
from entrepot.customs.messages.facets import FORBIDDEN, Facet, number
from entrepot.customs.messages.faults import Fault, quoted
from entrepot.customs.messages.parsing import Node

#: Names of elements that are looked at for a near one; a longer name is no slip of the pen.
_LONGEST_NAME = 40


def missing(node: Node, child: Child, part: Part, place: str) -> Fault:
    """An element that must be there is not."""
    before = part.children[: part.children.index(child)]
    where = f"after {before[-1].name}" if before else "at the beginning"
    return Fault(
        "element.missing",
        f"{place}/{child.name}",
        "It is not there.",
        holds(child),
        f"Add it {where}.",
        node.line,
        node.column,
    )


def unknown(node: Node, name: str, children: Sequence[Child], place: str) -> Fault:
    """An element that the edition does not have here."""
    near = nearest(name, [each.name for each in children])
    remedy = f"Perhaps {near} is meant." if near else "Leave it out."
    return _at(
        node, "element.unknown", f"{place}/{name}", "There is none here.", "no such element", remedy
    )


def other_namespace(node: Node, child: Child, place: str) -> Fault:
    """An element that has the right name and stands in another namespace."""
    namespace = node.tag.rpartition(" ")[0]
    return _at(
        node,
        "element.namespace",
        f"{place}/{child.name}",
        f"It is in the namespace {quoted(namespace)}.",
        f"the namespace {child.namespace}",
        "Correct xmlns, or the prefix of the element.",
    )


def too_many(node: Node, child: Child, extra: int, place: str) -> Fault:
    """An element that stands more often than it may, told at the first that is too many."""
    return _at(
        node,
        "element.repeated",
        f"{place}/{child.name}",
        f"There are {extra} too many.",
        "one" if child.most == 1 else f"at most {child.most}",
        "Leave out what is too many." if child.most == 1 else "Split the message.",
    )


def out_of_order(node: Node, child: Child, part: Part, place: str) -> Fault:
    """An element that stands before or after its turn."""
    at = part.children.index(child)
    where = f"after {part.children[at - 1].name}" if at else "at the beginning"
    return _at(
        node,
        "element.out_of_order",
        f"{place}/{child.name}",
        "It stands out of its turn.",
        f"it {where}",
        "Elements have a fixed order: move it there.",
    )


def element_in_field(node: Node, place: str) -> Fault:
    """An element within a field."""
    name = node.tag.rpartition(" ")[2]
    return _at(
        node,
        "element.in_field",
        f"{place}/{name}",
        "An element stands in a field.",
        "a text",
        "Write < as &lt; where it belongs to the text; otherwise leave the element out.",
    )


def beside_the_one(node: Node, place: str) -> Fault:
    """A second element where one may stand."""
    return _at(
        node,
        "element.repeated",
        f"{place}/{node.tag.rpartition(' ')[2]}",
        "Another element stands before it.",
        "at most one element",
        "Put what belongs together into one element.",
    )


def stray(node: Node, text: str, place: str) -> Fault:
    """Text between elements."""
    return _at(
        node,
        "element.text",
        place,
        f"{quoted(text)} stands between its elements.",
        "elements only",
        "Leave the text out.",
    )


def unknown_attribute(node: Node, name: str, expected: Sequence[Child], place: str) -> Fault:
    """An attribute that the element does not have."""
    shown = name.rpartition(" ")[2]
    near = nearest(shown, [each.name for each in expected])
    remedy = f"Perhaps {near} is meant." if near and near != shown else "Leave it out."
    return _at(
        node,
        "attribute.unknown",
        f"{place}/@{shown}",
        "The element has no such attribute.",
        "none of that name",
        remedy,
    )


def missing_attribute(node: Node, child: Child, place: str) -> Fault:
    """An attribute that must be there is not."""
    return _at(
        node,
        "attribute.missing",
        f"{place}/@{child.name}",
        "It is not there.",
        holds(child),
        "Add it.",
    )


def misfit(text: str, facet: Facet, place: str, line: int = 0, column: int = 0) -> Fault:
    """A value that its field cannot hold."""
    remedy = "Correct it."
    if facet.only is not None:
        code, found = "value.fixed", f"{quoted(text)}."
        remedy = f"Write {facet.only}."
    elif text == "":
        code, found, remedy = "value.empty", "It is empty.", "Fill it in, or leave it out."
    elif facet.is_number:
        code, found = "value.number", f"{quoted(text)} is none."
        if number(text.strip()) is not None:
            found = f"{quoted(text)} has too many digits."
            if "e" in text.lower():
                found = f"{quoted(text)} has an exponent."
            remedy = "Round it, or look whether columns have slipped."
    elif facet.notation.startswith("C"):
        count = "1 character" if len(text) == 1 else f"{len(text):,} characters"
        code, found = "value.length", f"{quoted(text)} has {count}."
        remedy = "Shorten it, or fill it in whole; blanks count."
    else:
        code, found = "value.form", f"{quoted(text)} is none."
    return Fault(code, place, found, facet.says, remedy, line, column)


def without_form(text: str, form: str, place: str, line: int = 0, column: int = 0) -> Fault:
    """A value that fits and does not have the form that its field asks for."""
    code = "remark.code"
    if form in forms.SAYS:
        code = "remark.guid" if form == "guid" else "remark.time"
    return Fault(code, place, f"{quoted(text)}.", forms.says(form), "Correct it.", line, column)


def forbidden(text: str, place: str) -> Fault:
    """A value with a character that no XML can hold."""
    found = FORBIDDEN.search(text)
    assert found is not None
    return Fault(
        "value.character",
        place,
        f"Character {found.start() + 1} is U+{ord(found[0]):04X}.",
        "characters that XML can hold",
        "Take it out.",
    )


def holds(child: Child) -> str:
    """What an element holds, in words."""
    return f"the part {child.name}" if child.facet is None else child.facet.says


def nearest(name: str, names: Sequence[str]) -> str:
    """The one of `names` that was probably meant, or an empty text."""
    if len(name) > _LONGEST_NAME:
        return ""
    folded = {other.casefold(): other for other in names}
    close = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.75)
    return folded[close[0]] if close else ""


def _at(node: Node, code: str, place: str, found: str, expected: str, remedy: str) -> Fault:
    return Fault(code, place, found, expected, remedy, node.line, node.column)
