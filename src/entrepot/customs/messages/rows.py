# SPDX-License-Identifier: Apache-2.0
"""A row, the innermost part of a message, checked and written all at once.

A row is matched as one text by one pattern, made from the tables for the elements that it has.
What matches is certain to be valid, which nearly every row is; what does not is looked at field
by field, and may turn out to be valid as well (see `checking`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from entrepot.customs.messages import forms
from entrepot.customs.messages.editions import Child, Part, edition
from entrepot.customs.messages.facets import SEPARATOR, Value

#: Sets of elements of a part that are remembered; a hostile sender could think of any number.
_REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class Shape:
    """A row that has certain elements, in a certain order.

    `matches`: whether its texts, joined, are valid for certain. `template`: what is written, with
    a place for each text. `numbers`: the fields whose texts are numbers. `times`: the fields that
    hold a day or a time, and which form it has.
    """

    names: tuple[str, ...]
    matches: Callable[[str], object]
    template: str
    numbers: tuple[tuple[int, str, Callable[[str], Value]], ...]
    times: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A part that is a row, with the shapes met so far."""

    part: Part
    by_name: Mapping[str, Child]
    by_tag: Mapping[str, Child]
    written: dict[tuple[str, ...], Shape | None] = field(default_factory=dict)
    read: dict[tuple[str, ...], Shape | None] = field(default_factory=dict)

    def to_write(self, names: tuple[str, ...]) -> Shape | None:
        """The shape of a row to write with these fields; none where it cannot be valid."""
        if names not in self.written:
            found = [self.by_name.get(name) for name in names]
            self._remember(self.written, names, found, may_be_empty=False)
        return self.written.get(names)

    def to_check(self, tags: tuple[str, ...]) -> Shape | None:
        """The shape of a row that was read with these elements; none where it is not valid."""
        if tags not in self.read:
            found = [self.by_tag.get(tag) for tag in tags]
            self._remember(self.read, tags, found, may_be_empty=True)
        return self.read.get(tags)

    def _remember(
        self,
        shapes: dict[tuple[str, ...], Shape | None],
        key: tuple[str, ...],
        found: Sequence[Child | None],
        *,
        may_be_empty: bool,
    ) -> None:
        if len(shapes) >= _REMEMBERED:
            shapes.clear()
        children = [each for each in found if each is not None]
        is_whole = (
            len(children) == len(found)
            and children == [each for each in self.part.children if each in children]
            and all(each in children or not each.least for each in self.part.children)
        )
        shapes[key] = _shape(self.part, children, may_be_empty) if is_whole else None


def _shape(part: Part, children: Sequence[Child], may_be_empty: bool) -> Shape:
    tag = part_tag(part)
    inner = "".join(f"<{each.written}>%s</{each.written}>" for each in children)
    return Shape(
        tuple(each.name for each in children),
        re.compile(SEPARATOR.join(_pattern(each, may_be_empty) for each in children)).fullmatch,
        f"<{tag}>{inner}</{tag}>",
        tuple(
            (at, each.name, each.facet.value)
            for at, each in enumerate(children)
            if each.facet and each.facet.is_number
        ),
        tuple(
            (at, each.meaning.form)
            for at, each in enumerate(children)
            if each.meaning.form in ("day", "time", "moment")
        ),
    )


def part_tag(part: Part) -> str:
    """A part's own name as it is written."""
    return Child(part.name, part.namespace, 1, 1, None).written


def _pattern(child: Child, may_be_empty: bool) -> str:
    assert child.facet is not None
    form = child.meaning.form
    allowed = f"(?:{forms.pattern(form)})" if form else f"(?:{child.facet.quick})"
    if form and child.facet.only is not None:
        allowed = re.escape(child.facet.only)
    # What may be left out and is empty is not written, so such a row does not match as it is.
    return allowed if child.least or may_be_empty else f"(?!{SEPARATOR}|\\Z){allowed}"


@cache
def rows_of(name: str) -> dict[tuple[str, str], Row]:
    """Every row of the edition of that name, by namespace and name."""
    return {
        key: Row(
            part,
            {each.name: each for each in part.children},
            {each.tag: each for each in part.children},
        )
        for key, part in edition(name).parts.items()
        if part.is_row
    }
