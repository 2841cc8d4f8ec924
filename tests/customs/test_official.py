# SPDX-License-Identifier: Apache-2.0
"""Our tables beside the official schemas: what we write is valid there, and verdicts agree.

Where we differ on purpose:

- A root that is no message, such as <Order>, is refused; the schema takes any element it defines.
- Within an XML signature only the skeleton is looked at; what it says about keys, objects and
  methods is for whoever checks the signature.
- xsi:type is refused, even where it names the very type that the schema has.
- Two attributes of type ID with the same value are not compared.
"""

from __future__ import annotations

import os
from copy import deepcopy
from datetime import datetime
from random import Random

import pytest
from lxml import etree

from entrepot.customs.messages.building import build, rebuilt
from entrepot.customs.messages.editions import CEB, DS, edition
from entrepot.customs.messages.envelope import wrap
from entrepot.customs.messages.reading import read
from tests.customs.messages_kit import (
    EXTENSION,
    KINDS,
    MUTATIONS,
    NUMBERS,
    SIGNATURE,
    made,
    mutants,
    needs_schemas,
    official,
    schema_of,
)

pytestmark = needs_schemas
CREATED = datetime(2026, 1, 31, 18, 5)  # noqa: DTZ001 - the platform writes no zone
#: More of them where somebody has the time: each is judged by both editions.
MUTANTS = int(os.environ.get("ENTREPOT_MUTANTS", "2000"))


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_what_we_write_is_valid(name, kind):
    for seed in range(3):
        data = made(name, kind, count=5, seed=seed)

        schema_of(name, kind).assertValid(etree.fromstring(data))
        assert build(rebuilt(read(data, name))) == data


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_every_element_by_itself(name, kind):
    """Left out, twice, one place further, and with texts around its bounds."""
    schema = schema_of(name, kind)
    root = etree.fromstring(made(name, kind, count=1))
    for at, element in enumerate(list(root.iterdescendants("*"))):
        _agree(name, schema, root, _without, at)
        _agree(name, schema, root, _twice, at)
        _agree(name, schema, root, _swapped, at)
        if len(element) == 0:
            for text in _around(name, element, at):
                before, element.text = element.text, text
                _same_verdict(name, schema, root, (element.tag, text))
                element.text = before


def _around(name, element, at):
    part = edition(name).part(etree.QName(element.getparent()).localname)
    local = etree.QName(element).localname
    child = next(each for each in part.children if each.name == local)
    if child.facet.is_number:
        return NUMBERS[at % 4 :: 4]  # all of them, over four fields
    most = child.facet.most or 100
    return (
        "",
        " ",
        "\n",
        "中" * most,
        "中" * (most + 1),
        "x" * max(most - 1, 0),
        f" {'x' * most} ",
    )


def _agree(name, schema, root, change, at):
    changed = deepcopy(root)
    element = list(changed.iterdescendants("*"))[at]
    change(element)
    _same_verdict(name, schema, changed, (change.__name__, element.tag))


def _without(element):
    element.getparent().remove(element)


def _twice(element):
    element.addnext(deepcopy(element))


def _swapped(element):
    if (after := element.getnext()) is not None:
        after.addnext(element)


def _same_verdict(name, schema, root, what):
    data = etree.tostring(root, encoding="UTF-8")
    reading = read(data, name)

    # Read again, for a tree can hold an empty text, which no file can.
    assert reading.is_valid == schema.validate(etree.fromstring(data)), (what, reading.faults[:3])


def test_thousands_of_changed_messages_get_the_same_verdict():
    judged = {True: 0, False: 0}
    for _, kind, data, done in mutants(MUTANTS, seed=20260131):
        for name in ("2018", "2022-05"):
            if kind not in edition(name).kinds:
                continue
            valid = official(name).validate(etree.fromstring(data))
            reading = read(data, name)
            judged[valid] += 1

            assert reading.is_valid == valid, (name, kind, done, reading.faults[:3], data)
            assert read(data, name, keep=False).is_valid == valid, (name, kind, done)
    assert min(judged.values()) > MUTANTS // 4


def test_changed_envelopes_get_the_same_verdict():
    schema, chance = official("2022-05", "envelope"), Random(5)
    inner = made("2022-05", "CEB303Message")
    root = etree.fromstring(
        wrap(
            inner,
            kind="CEB303Message",
            cop_msg_id="1",
            sender="S",
            receivers=["R", "Q"],
            created=CREATED,
            file_name="a.xml",
            ic_card="1",
        )
    )
    more = etree.fromstring(
        '<a xmlns="http://www.chinaport.gov.cn/dxp"><BizKey><Key name="n">k</Key><Key>l</Key>'
        '</BizKey><IsText Encode="UTF-8"/><RecMapId><x/>y</RecMapId></a>'
    )
    root.find("{*}AddInfo").extend(list(more))
    schema.assertValid(root)
    for _ in range(MUTANTS // 4):
        changed = deepcopy(root)
        mutation = chance.choice(MUTATIONS)
        mutation(chance, changed)
        data = etree.tostring(changed)
        valid = schema.validate(etree.fromstring(data))
        # What the message within is like is not the envelope's matter.
        faults = [f for f in read(data).faults if "DxpMsg" in f.place]

        assert (not faults) == valid, (mutation.__name__, faults, data)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-31T18:05:00", "2026-02-29T00:00:00", "2024-02-29T24:00:00", "2026-01-31"),
        *("2026-01-31T18:05:00Z", "2026-01-31T18:05:00+08:00", "2026-01-31T18:05:00+14:01"),
        *("2026-01-31T18:05:00.123", "2026-01-31T18:05:60", "12026-01-31T18:05:00", "0000-01-01"),
        *("2026-13-01T00:00:00", "-2026-01-31T18:05:00", " 2026-01-31T18:05:00 ", "", "x"),
        *("0000-01-01T00:00:00", "2026-01-31 18:05:00", "2026-1-31T18:05:00"),
    ],
)
def test_times_of_an_envelope(text):
    schema = official("2022-05", "envelope")
    root = etree.fromstring(
        wrap(b"x", kind="k", cop_msg_id="1", sender="S", receivers=["R"], created=CREATED)
    )
    root.find(".//{*}CreatTime").text = text
    ours = not [f for f in read(etree.tostring(root)).faults if "CreatTime" in f.place]

    assert ours == schema.validate(root)


def test_where_we_differ_on_purpose():
    data = made("2022-05", "CEB603Message", count=1)
    order = etree.fromstring(made("2022-05", "CEB303Message", count=1)).find(f"{{{CEB}}}Order")
    assert official("2022-05").validate(order)
    assert read(etree.tostring(order)).faults[0].code == "message.unknown"

    root = etree.fromstring(data)
    signature = etree.fromstring(SIGNATURE)
    signature.find(f"{{{DS}}}KeyInfo").append(etree.Element(f"{{{DS}}}Unheard"))
    root.append(signature)
    assert not official("2022-05").validate(root)
    assert read(etree.tostring(root)).is_valid

    root = etree.fromstring(data)
    extension = etree.fromstring(EXTENSION)
    kind = "{http://www.w3.org/2001/XMLSchema-instance}type"
    extension.find(f"{{{CEB}}}Message").set(kind, "ceb:XMLElement")
    root.append(extension)
    assert official("2022-05").validate(root)
    assert read(etree.tostring(root)).faults[0].code == "attribute.unknown"
