# SPDX-License-Identifier: Apache-2.0
"""Messages that are valid at a glance: the tables of an edition as one pattern for a whole text.

A text that matches is certain to be valid and to have nothing remarked on: well formed, without
entities, comments or foreign attributes, each element in its turn with a value that fits. What we
write matches, unless a value has to be escaped. What does not match says nothing: it is read.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import permutations

from entrepot.customs.messages.editions import CEB, DS, MANY, Child, Edition, Part, edition
from entrepot.customs.messages.forms import pattern
from entrepot.customs.messages.rows import part_tag

_BLANK = r"[ \t\n\r]*+"
_HEAD = rf"(?:<\?xml version=[\"']1\.0[\"'](?: encoding=[\"'][A-Za-z0-9._-]+[\"'])? ?\?>)?{_BLANK}"
#: What is declared asks for a signature, which is of another form.
_DECLARED = "<ceb:appStatus>2<"
_ROOT = re.compile(rf"\A{_HEAD}<ceb:([A-Za-z0-9]{{1,40}}) ")
_ATTRIBUTES = (
    f' xmlns:ceb="{re.escape(CEB)}"',
    f' guid="{pattern("guid")}"',
    r' version="[0-9.]{1,10}"',
)


def recognised(text: str, editions: list[Edition]) -> tuple[str, str, int] | None:
    """The message, the edition it fits and how many documents it carries; nothing if unsure."""
    root = _ROOT.match(text)
    if root is None or _DECLARED in text:
        return None
    for each in editions:
        kind = each.kinds.get(root[1])
        if kind is not None and _whole(each.name, kind.name).fullmatch(text):
            return kind.name, each.name, text.count(f"<ceb:{kind.carries}>")
    return None


@cache
def _whole(name: str, message: str) -> re.Pattern[str]:
    chosen = edition(name)
    part = chosen.part(message)
    attributes = "|".join("".join(order) for order in permutations(_ATTRIBUTES))
    tag = part_tag(part)
    inner = "".join(_child(chosen, each) for each in part.children)
    return re.compile(f"{_HEAD}<{tag}(?:{attributes})>{_BLANK}{inner}</{tag}>{_BLANK}")


def _child(chosen: Edition, child: Child) -> str:
    """An element and the blanks after it, as often as it may stand."""
    if child.namespace == DS or child.name == "ExtendMessage":
        return ""  # of another form: a message that has it is read
    if child.facet is None:
        one = _part(chosen, chosen.part(child.name, child.namespace))
    else:
        form = child.meaning.form
        held = pattern(form) if form and child.facet.only is None else child.facet.quick
        one = f"<{child.written}>(?:{held})</{child.written}>{_BLANK}"
    if (child.least, child.most) == (1, 1):
        return one
    return f"(?:{one}){{{child.least},{'' if child.most >= MANY else child.most}}}+"


def _part(chosen: Edition, part: Part) -> str:
    tag = part_tag(part)
    inner = "".join(_child(chosen, each) for each in part.children)
    return f"<{tag}>{_BLANK}{inner}</{tag}>{_BLANK}"
