# SPDX-License-Identifier: Apache-2.0
"""Every sentence that the source of the desk says of a refusal, found without running it.

A sentence with something filled in stands here with marks in its holes: `Cannot pack order ⟦0⟧.`
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, product
from pathlib import Path

import entrepot
from entrepot.errors import EntrepotError

SOURCE = Path(entrepot.__file__).parent
#: What the desk raises lies here; the commands say what they refuse in English.
FOLDERS = (
    "catalog", "closing", "consolidating", "costing", "customs/classifying", "customs/returns",
    "customs/sending", "declaring", "jobs",
    "ledger", "logistics", "papers", "people", "reconciling",
    "warehouse", "web",
)  # fmt: skip
#: They say nothing to who uses the desk, but to who runs a command.
ASIDE = (
    "commands.py", "tables.py", "rules_season.py", "mail.py", "audit.py", "auditing.py",
)  # fmt: skip
#: What is loaded, and what is planned, is so by a command.
FOLDERS_ASIDE = {"loading", "migrations", "planning"}
#: Functions that are given sentences, and the first of their arguments that is one.
SAYING = {
    "Cannot": 1, "Fault": 1, "Mistake": 1, "Unreadable": 0, "Wrong": 0, "form": 1, "of": 3,
    "refuse": 1, "refuse_faults": 0, "refuse_otherwise": 0, "refuse_unfit": 0, "skus_of": 2,
    "_decided": 0, "_refuse": 1, "_refuse_unfit": 0, "_too_large": 1, "_unfit": 1,
    "as_text_of": 1, "_by_stdnum": 2, "must_print": 1, "unfit": 1,
}  # fmt: skip
#: What a fault of a file of orders says comes behind its code.
SAYING_OF_FILES = {"importing/faults.py": {"Fault": 3}, "intake/actions.py": {"Fault": 2}}
#: Names that are given sentences before they are raised.
NAMED = {
    "asked", "found", "remedy", "expected", "says", "what", "whose", "wanted", "_ASKED", "_CANCEL",
    "_WITHOUT_ORDER_REMEDY",
}  # fmt: skip
KEYS = {"found", "expected"}
#: Raised as they are by commands only.
_BARE = {"Misused", "Refused"}
#: Sentences that are put together of words: what they come to.
COMPOSED = {
    "It has ⟦0⟧; at most ⟦1⟧ are read.": (
        "It has 5 bytes; at most 4 bytes are read.",
        "It has more than 5 rows; at most 5 rows are read.",
        "It has 5 columns; at most 4 columns are read.",
        "It has 5 bytes unpacked, in 2 parts; at most 4 bytes in 3 parts are read.",
    ),
    "⟦0⟧ bytes": (), "more than ⟦0⟧ rows": (), "⟦0⟧ rows": (), "⟦0⟧ columns": (),
    "⟦0⟧ bytes unpacked, in ⟦1⟧ parts": (), "⟦0⟧ bytes in ⟦1⟧ parts": (),
    "⟦0⟧ (⟦1⟧⟦2⟧)": (
        "a VAT number of DE (the number has an invalid length)",
        "a GTIN of 8, 12, 13 or 14 digits (the number has an invalid format)",
        "a unified social credit code of 18 characters (the number has an invalid length)",
    ),
    "at least the ⟦0⟧ that are ⟦1⟧": (
        "at least the 3 that are on consignments", "at least the 3 that are linked to invoices",
    ),
    "Cannot ⟦0⟧ ⟦1⟧ of ⟦2⟧.": (
        "Cannot change F-1 of Sea line.", "Cannot drop F-1 of Sea line.",
        "Cannot book F-1 of Sea line.",
    ),
    "⟦0⟧⟦1⟧ of it were booked.": (
        "F-1 of it were booked.", "F-1 and 2 more of it were booked.",
    ),
    "There is no ⟦0⟧.": (
        "There is no consignment of this number.", "There is no warehouse of this code in use.",
    ),
    "There is no such ⟦0⟧.": ("There is no such section.", "There is no such key."),
    "⟦0⟧ is no ⟦1⟧.": ("7 is no text.", "7 is no yes or no.", "7 is no list of texts."),
    "⟦0⟧ Correct [columns] or [file] in ⟦1⟧.": (
        "No header can be read there. Correct [columns] or [file] in a.toml.",
        'Columns there: "a". Correct [columns] or [file] in a.toml.',
        "Columns there: \"a;b\". The delimiter is ';', not ','. Correct [columns] or [file] in a.",
    ),
    "No header can be read there.": (),
    "It has ⟦0⟧.": ("It has no lines.", "It has two lines of one number."),
    "⟦0⟧ ⟦1⟧ more came than were shipped and have not come back yet⟦2⟧.": (
        "3 A more came than were shipped and have not come back yet.",
        "3 A more came than were shipped and have not come back yet, and 2 more SKUs like it.",
    ),
    "Cannot ⟦0⟧ ⟦1⟧.": (
        "Cannot take over a.csv.", "Cannot undo a.csv.", "Cannot look at a.csv.",
        "Cannot take back a.csv.",
    ),
    "What was before cannot be again: ⟦0⟧.": (
        "What was before cannot be again: row 2, sku: found nothing, expected a value.",
        "What was before cannot be again: sku: found nothing, expected a value.",
    ),
    "Cannot reverse ⟦0⟧.": ("Cannot reverse sale S-1.",),
    "Cannot post ⟦0⟧.": ("Cannot post 1 document.", "Cannot post 2 documents."),
    "⟦0⟧, first: ⟦1⟧.": (
        "1 fault, first: sale S-1: 0 lines, expected 1 to 10,000.",
        "2 faults, first: sale S-1, line 3: quantity 0, expected 1 to 9007199254740991.",
    ),
    "Cannot ⟦0⟧ differences of ⟦1⟧.": (
        "Cannot approve differences of C-1.", "Cannot reject differences of C-1.",
    ),
    "Cannot receive ⟦0⟧.": (
        "Cannot receive return R-1.", "Cannot receive order web 1001.",
        "Cannot receive parcel 340000000000000012.", "Cannot receive a return without order.",
    ),
    "⟦0⟧ ⟦1⟧: ⟦2⟧ (expected ⟦3⟧).": (
        "One fault: on: nothing (expected a value).",
        "3 faults, first: the whole: an object (expected a valid list).",
    ),
    "Cannot cancel {order}.": (
        "Cannot cancel order web 1001.", "Cannot cancel order web 1001 and 3 more like it.",
    ),
    "Cannot hold {order}.": ("Cannot hold order web 1001.",),
    "Cannot release {order}.": ("Cannot release order web 1001.",),
    "Cannot change {order}.": ("Cannot change order web 1001.",),
    "Cannot split {order}.": ("Cannot split order web 1001.",),
    "Cannot read ⟦0⟧.": ("Cannot read the file.",),
    "Cannot take ⟦0⟧.": ("Cannot take the file.",),
    "Cannot take over ⟦0⟧.": ("Cannot take over the file.",),
    "Nothing is left to be picked of this ⟦0⟧.": (
        "Nothing is left to be picked of this wave.", "Nothing is left to be picked of this order.",
    ),
    "Nothing is to be picked there; expected is ⟦0⟧.": (
        "Nothing is to be picked there; expected is the warehouse.",
        "Nothing is to be picked there; expected is bin A-01.",
    ),
    "should be ⟦0⟧ in a cancellation, with a price of zero or more": (
        "should be negative in a cancellation, with a price of zero or more",
        "should be positive in a cancellation, with a price of zero or more",
    ),
    "at most what is ⟦0⟧, unlinked": (
        "at most what is declared, unlinked", "at most what is invoiced, unlinked",
    ),
    "Cannot take ⟦0⟧ ⟦1⟧ and ⟦2⟧ more.": (
        "Cannot take declaration line 3101/1 A and 2 more.", "Cannot take purchase P-1 and 2 more.",
    ),
    "The book does not know the currency ⟦0⟧.": (
        "The book does not know the currency of the order.",
    ),
    "⟦0⟧⟦1⟧ were bought, declared or moved overseas and have no HS code.": (
        "A and 3 more were bought, declared or moved overseas and have no HS code.",
    ),
    # What is put together where the search does not look.
    "": (
        "Cannot pick 3 of 'A' from the warehouse.", "Cannot raise the claim for 3 A, short.",
        "Cannot settle the claim for 3 A, damaged.", "Cannot drop the claim for 3 A, short.",
        "Cannot take declaration line 3101/1 A.", "Cannot take link 3101/1 B/1 A.",
        "1 to 64 visible characters without spaces or slashes, not beginning with @",
        "1 fault, first: sale S-1, line 3: quantity 0, expected 1 to 9007199254740991.",
        "No header can be read there. The delimiter is ';', not ','."
        " Correct [columns] or [file] in a.toml.",
        "'a longer text'",
        "1 to 64 visible characters, spaces only between them",
    ),
}  # fmt: skip


def errors(of: type[EntrepotError] = EntrepotError) -> Iterator[type[EntrepotError]]:
    """Every error of the program, those of tests left out."""
    for each in of.__subclasses__():
        if each.__module__.startswith("entrepot."):
            yield each
        yield from errors(each)


@dataclass(frozen=True)
class Sentence:
    """What the source says, where, and the codes of those that say it; none where it is not said.

    One that has words in it that may differ is there once with each of them.
    """

    where: str
    text: str
    codes: frozenset[str]


def sentences() -> Iterator[Sentence]:
    """Every sentence of the desk's source."""
    codes: dict[str, frozenset[str]] = {}
    for each in errors():
        codes[each.__name__] = codes.get(each.__name__, frozenset()) | {each.code}
    for folder in FOLDERS:
        for path in sorted((SOURCE / folder).rglob("*.py")):
            if path.name in ASIDE or not FOLDERS_ASIDE.isdisjoint(path.relative_to(SOURCE).parts):
                continue
            saying = dict.fromkeys(codes.keys() - _BARE, 0) | SAYING
            saying |= SAYING_OF_FILES.get("/".join(path.parts[-2:]), {})
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                name, said = _said(node, saying)
                for each in said:
                    for text in variants(each):
                        where = f"{path.relative_to(SOURCE)}:{each.lineno}"
                        yield Sentence(where, text, codes.get(name, frozenset()))


def _said(node: ast.AST, saying: Mapping[str, int]) -> tuple[str, list[ast.expr]]:
    """Who says something, and what."""
    said: list[ast.expr] = []
    name = ""
    match node:
        case ast.Call(func=ast.Attribute(attr="of")):
            pass
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in saying:
            said = node.args[saying[name] :]
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ) if name in NAMED and " " in "".join(variants(value)):
            said = [value]
        case ast.Dict():
            both = zip(node.keys, node.values, strict=True)
            said = [value for key, value in both if getattr(key, "value", "") in KEYS]
    return name, [each for each in said if _is_text(each)]


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return isinstance(node.value, str) and node.value.strip() != ""
        case ast.JoinedStr():
            return True
        case ast.BinOp(op=ast.Add()):
            return _is_text(node.left) and _is_text(node.right)
        case ast.IfExp():
            return _is_text(node.body) or _is_text(node.orelse)
        case ast.BoolOp():
            return _is_text(node.values[-1])
    return False


def variants(node: ast.expr) -> list[str]:
    """What an expression can say, with marks where something is filled in."""
    marks = count()
    return [
        "".join(part if part is not None else f"⟦{next(marks)}⟧" for part in parts)
        for parts in _parts(node)
    ]


def _parts(node: ast.expr) -> list[tuple[str | None, ...]]:
    match node:
        case ast.Constant(value=str(text)):
            return [(text,)]
        case ast.JoinedStr():
            return [sum(each, ()) for each in product(*map(_parts, node.values))]
        case ast.FormattedValue(value=ast.IfExp() as inner):
            return _parts(inner)
        case ast.BinOp(op=ast.Add()):
            both = product(_parts(node.left), _parts(node.right))
            return [left + right for left, right in both]
        case ast.IfExp():
            return _parts(node.body) + _parts(node.orelse)
    return [(None,)]


def texts() -> str:
    """Every text in the source of the program, one after the other."""
    return "\n".join(
        node.value
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
