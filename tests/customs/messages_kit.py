# SPDX-License-Identifier: Apache-2.0
"""Messages to test with: made-up ones, the official schemas where they lie, and mutations."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from entrepot.customs.messages.building import build
from entrepot.customs.messages.editions import CEB, DS, DXP, edition, names
from entrepot.customs.messages.sampling import messages

DATA = Path(os.environ.get("ENTREPOT_DATA", Path(__file__).parents[3] / "shared" / "data"))
#: Where each edition's schemas lie: what they are called for exports, imports and the envelope.
SCHEMAS = {"2018": "xsd-2018", "2022-05": "xsd-2022-05"}
_FILES = {"export": "*出口*.xsd", "import": "*进口*.xsd", "envelope": "*终端*.xsd"}
KINDS = [(name, kind) for name in names() for kind in edition(name).kinds]

needs_schemas = pytest.mark.skipif(
    not (DATA / "china_ceb").is_dir(),
    reason="no official schemas: set ENTREPOT_DATA to the folder that holds china_ceb",
)


@cache
def official(name: str, file: str = "export") -> etree.XMLSchema:
    """The official schema of an edition."""
    (path,) = (DATA / "china_ceb" / SCHEMAS[name]).glob(_FILES[file])
    return etree.XMLSchema(etree.parse(path))


def schema_of(name: str, kind: str) -> etree.XMLSchema:
    """The official schema that holds a message: 900 stands among imports only."""
    return official(name, "import" if kind == "CEB900Message" else "export")


def made(name: str, kind: str, count: int = 2, seed: int = 1) -> bytes:
    """One made-up message."""
    chosen = edition(name)
    message, _ = next(messages(chosen, chosen.kind(kind), count, seed))
    return build(message)


NUMBERS = (
    *(
        "+1",
        "-1",
        "1.",
        ".5",
        ".",
        "-",
        "+",
        "-0",
        "1e3",
        "1E-2",
        "NaN",
        "INF",
        "0x10",
        "1,5",
        "1 2",
    ),
    *("00012", "1" * 5, "1" * 6, "1" * 9, "1" * 10, "2147483647", "2147483648", "-2147483649"),
    *("1" * 14, "1" * 15, "1" * 19, "1" * 20, "1" * 25, "0.12345", "0.123456", "1.1000000"),
    *(
        "99999999999999.99999",
        "100000000000000.00001",
        "0" * 30 + "1.5",
        "0" * 5000 + "1",
        " 7 ",
        "\n7\t",
        "五",
        "٣",
    ),
    *("3", "2", "12.50", "0", "", " ", "   ", "--1", "1.2.3", "1.0", "1.50000", "-0.0", "+.5"),
)
SIGNATURE = (
    f'<Signature xmlns="{DS}"><SignedInfo>'
    '<CanonicalizationMethod Algorithm="urn:c14n"/><SignatureMethod Algorithm="urn:rsa"/>'
    '<Reference URI=""><Transforms><Transform Algorithm="urn:enveloped"/></Transforms>'
    '<DigestMethod Algorithm="urn:sha1"/><DigestValue>AAECAw==</DigestValue></Reference>'
    "</SignedInfo><SignatureValue>AAEC AwQF</SignatureValue>"
    "<KeyInfo><KeyName>01</KeyName></KeyInfo></Signature>"
)
EXTENSION = (
    f'<ceb:ExtendMessage xmlns:ceb="{CEB}"><ceb:name>n</ceb:name><ceb:version>1</ceb:version>'
    '<ceb:Message><other xmlns="urn:x">text<inner/></other></ceb:Message></ceb:ExtendMessage>'
)
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
Element = etree._Element


def _texts(chance: Random, element: Element) -> str:
    length = chance.choice((0, 1, 2, 3, 4, 5, 8, 10, 14, 17, 18, 20, 30, 32, 36, 37, 50, 60, 80))
    length = chance.choice((length, length + 1, 100, 101, 250, 251, 500, 501, 1000, 1001))
    filler = chance.choice(("x", "X", "1", "中", "𠀀", " ", "&", "<", "a b", "  a  b  ", "\n", "é"))
    return (filler * length)[:length]


def _somewhere(chance: Random, root: Element) -> Element:
    return chance.choice(list(root.iterdescendants("*")))


def drop(chance: Random, root: Element) -> None:
    element = _somewhere(chance, root)
    element.getparent().remove(element)


def duplicate(chance: Random, root: Element) -> None:
    element = _somewhere(chance, root)
    element.addnext(deepcopy(element))


def duplicate_often(chance: Random, root: Element) -> None:
    element = _somewhere(chance, root)
    for _ in range(chance.choice((4, 5, 98, 99, 100))):
        element.addnext(deepcopy(element))


def swap(chance: Random, root: Element) -> None:
    element = _somewhere(chance, root)
    if (other := element.getnext()) is not None:
        other.addnext(element)


def move(chance: Random, root: Element) -> None:
    element, other = _somewhere(chance, root), _somewhere(chance, root)
    if element not in other.iterancestors() and element is not other:
        other.addnext(element)


def change_text(chance: Random, root: Element) -> None:
    element = _somewhere(chance, root)
    if len(element) == 0:
        element.text = _texts(chance, element)


def change_number(chance: Random, root: Element) -> None:
    numbers = [
        each
        for each in root.iterdescendants("*")
        if len(each) == 0 and each.text and each.text.replace(".", "").isdigit()
    ]
    if numbers:
        chance.choice(numbers).text = chance.choice(NUMBERS)


def empty(chance: Random, root: Element) -> None:
    element = _somewhere(chance, root)
    for inner in list(element):
        element.remove(inner)
    element.text = chance.choice((None, "", " ", "\n"))


def other_namespace(chance: Random, root: Element) -> None:
    element = _somewhere(chance, root)
    local = etree.QName(element).localname
    element.tag = chance.choice(
        (local, f"{{urn:x}}{local}", f"{{{DS}}}{local}", f"{{{DXP}}}{local}")
    )


def rename(chance: Random, root: Element) -> None:
    element = _somewhere(chance, root)
    local = etree.QName(element).localname
    new = chance.choice((local.lower(), local + "x", "note", "guid", "OrderHead", "gnum"))
    element.tag = f"{{{CEB}}}{new}"


def add(chance: Random, root: Element) -> None:
    name = chance.choice(("extra", "note", "guid", "BaseSubscribe", "preNo", "gnum"))
    new = etree.Element(f"{{{CEB}}}{name}")
    new.text = chance.choice((None, "1"))
    element = _somewhere(chance, root)
    if chance.random() < 0.5:
        element.addnext(new)
    else:
        element.append(new)


def add_attribute(chance: Random, root: Element) -> None:
    element = chance.choice((root, _somewhere(chance, root)))
    name, value = chance.choice(
        (
            ("id", "1"),
            ("guid", "x" * 36),
            ("version", ""),
            ("version", "1" * 11),
            ("guid", "x" * 35),
            ("{http://www.w3.org/XML/1998/namespace}lang", "zh"),
            (f"{_XSI}schemaLocation", f"{CEB} a.xsd"),
            (f"{_XSI}noNamespaceSchemaLocation", "a.xsd"),
            (f"{_XSI}nil", "true"),
            (f"{_XSI}nil", "false"),
            ("{urn:x}guid", "1"),
        )
    )
    element.set(name, value)


def drop_attribute(chance: Random, root: Element) -> None:
    root.attrib.pop(chance.choice(("guid", "version")), None)


def stray_text(chance: Random, root: Element) -> None:
    element = chance.choice((root, _somewhere(chance, root)))
    text = chance.choice((" ", "\n\t ", "x", "\u00a0", "0"))
    if chance.random() < 0.5:
        element.tail = text if element is not root else None
    elif len(element):
        element.text = text


def comment(chance: Random, root: Element) -> None:
    element = _somewhere(chance, root)
    new = etree.Comment("c") if chance.random() < 0.5 else etree.ProcessingInstruction("p", "i")
    if chance.random() < 0.5:
        element.addnext(new)
    else:
        new.tail, element.text = element.text, None
        element.insert(0, new)


def sign(chance: Random, root: Element) -> None:
    signature = etree.fromstring(SIGNATURE)
    if chance.random() < 0.5:
        chance.choice((drop, duplicate, swap, empty))(chance, signature.find(f"{{{DS}}}SignedInfo"))
    _after(root, signature, chance)


def extend(chance: Random, root: Element) -> None:
    extension = etree.fromstring(EXTENSION)
    if chance.random() < 0.5:
        chance.choice((drop, duplicate, swap, stray_text))(chance, extension)
    _after(root, extension, chance)


def _after(root: Element, new: Element, chance: Random) -> None:
    if chance.random() < 0.8:
        root.append(new)
    else:
        root.insert(0, new)


MUTATIONS: tuple[Callable[[Random, Element], None], ...] = (
    *(drop, duplicate, duplicate_often, swap, move, change_text, change_text, change_text),
    *(change_number, change_number, change_number, empty, other_namespace, rename, add),
    *(add_attribute, drop_attribute, stray_text, comment, sign, extend),
)


def mutants(count: int, seed: int) -> Iterator[tuple[str, str, bytes, list[str]]]:
    """Messages of every kind, changed once or twice by chance, some not at all.

    Returns:
        edition that it was made for, kind, bytes, names of the changes.
    """
    chance = Random(seed)
    kinds = [each for each in KINDS if each[1] != "CEB900Message"]
    roots = {each: etree.fromstring(made(*each)) for each in kinds}
    for _ in range(count):
        which = chance.choice(kinds)
        root = deepcopy(roots[which])
        done = []
        # A signature comes last: what is put into one is not looked at, on purpose.
        few = [chance.choice(MUTATIONS) for _ in range(chance.choice((0, 1, 1, 1, 1, 1, 2)))]
        for mutation in sorted(few, key=lambda each: each is sign):
            if len(root):
                mutation(chance, root)
                done.append(mutation.__name__)
        yield (
            *which,
            etree.tostring(root, encoding="UTF-8", pretty_print=chance.random() < 0.3),
            done,
        )
