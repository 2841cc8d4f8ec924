# SPDX-License-Identifier: Apache-2.0
"""What customs answers is read, whatever a file holds, and nothing in it does harm."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from entrepot.customs.messages.editions import newest
from entrepot.customs.sending.pointing import pointed_at
from entrepot.customs.sending.receipts import answered_by, own_number, read_receipts
from tests.customs.messages_kit import made
from tests.customs.sending_kit import DOCUMENT, answer_file, receipt

ANSWERS = [kind.answered_by for kind in newest().kinds.values() if kind.answered_by]
PLAIN = answer_file("CEB604Message", receipt(DOCUMENT, "CEB604Message", "120", info="海关入库𠀀"))
BOMB = "".join(f"<!ENTITY l{at} '{f'&l{at - 1};' * 10}'>" for at in range(1, 12))


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_answer_is_read(answer):
    document = {"guid": DOCUMENT["guid"], "copNo": "C1", "coElNo": "C1", "logisticsNo": "C1"}
    document |= {"orderNo": "C1"}
    (told,) = read_receipts(answer_file(answer, receipt(document, answer, "2"))).receipts

    assert (told.answer, told.answers) == (answer, answered_by(answer))
    assert (told.guid, told.own_no, told.status) == (DOCUMENT["guid"], "C1", "2")
    assert told.at == "20261127120000000"


def test_a_message_that_could_not_be_read_is_about_that_message():
    (told,) = read_receipts(made("2022-05", "CEB900Message", 1)).receipts

    assert told.about
    assert told.status.startswith("-")


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "gb2312", "utf-16", "utf-8-sig"])
def test_the_same_receipt_in_another_encoding_is_the_same(encoding):
    text = PLAIN.decode().replace("𠀀", "")
    declared = {"utf-8-sig": "UTF-8"}.get(encoding, encoding.upper())
    data = text.replace('encoding="UTF-8"', f'encoding="{declared}"').encode(encoding)
    (told,), (plain,) = read_receipts(data).receipts, read_receipts(text.encode()).receipts

    assert told == plain


def test_gb18030_with_signs_that_gbk_does_not_have():
    data = PLAIN.decode().replace('"UTF-8"', '"GB18030"').encode("gb18030")

    assert read_receipts(data).receipts[0].info == "海关入库𠀀"


@pytest.mark.parametrize(
    ("case", "data"),
    [
        ("nothing", b""),
        ("an XML bomb", f"<!DOCTYPE a [<!ENTITY l0 'x'>{BOMB}]><a>&l11;</a>".encode()),
        ("an external entity", b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:/etc/passwd'>]><a>&b;</a>"),
        ("an external DTD", b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a/>"),
        ("a bomb of attributes", b"<a " + b" ".join(b"a%d='1'" % n for n in range(99999)) + b"/>"),
        ("depth", b"<a>" * 100_000),
        ("GB18030 said to be UTF-8", PLAIN.decode().encode("gb18030")),
        ("an unknown encoding", PLAIN.replace(b"UTF-8", b"UTF-7")),
        ("half of it", PLAIN[: len(PLAIN) // 3]),
        ("a spreadsheet", b"PK\x03\x04" + bytes(range(256)) * 20),
        ("what a firm sends", made("2022-05", "CEB603Message", 1)),
        ("zeros", bytes(1_000_000)),
        ("another language", b"{\"returnStatus\": \"120\"}"),
    ],
)  # fmt: skip
def test_what_is_no_receipt_is_a_fault_and_gives_none(case, data):
    began = time.monotonic()
    found = read_receipts(data)

    assert found.receipts == [], case
    assert found.fault_count
    assert found.faults
    assert not any("root:" in str(fault) for fault in found.faults)
    assert time.monotonic() - began < 30, "it ends"


def test_what_is_no_answer_answers_nothing():
    assert answered_by("CEB604Message") == "CEB603Message"
    assert answered_by("CEB603Message") == ""
    assert answered_by("") == ""


@given(some.binary(max_size=400))
def test_any_bytes_are_read_without_harm(data):
    assert read_receipts(data).receipts == []


@given(some.integers(0, 2**32))
def test_a_damaged_receipt_is_read_or_has_faults(seed):
    chance, data = Random(seed), bytearray(PLAIN)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data))
        change = chance.choice(("set", "cut", "twice", "insert"))
        if change == "set":
            data[at] = chance.randrange(256)
        elif change == "cut":
            del data[at : at + chance.randint(1, 40)]
        elif change == "twice":
            data[at:at] = data[at : at + chance.randint(1, 400)]
        else:
            data[at:at] = chance.choice((b"<", b"&", b"]]>", b"<!--", b"\x00", "中".encode("gbk")))
        if not data:
            break
    found = read_receipts(bytes(data))

    assert found.is_read or found.fault_count
    for told in found.receipts:
        assert told.status
        assert len(told.own_no) <= 80


def test_a_receipt_with_a_fault_elsewhere_is_taken():
    data = PLAIN.replace(b"<ceb:preNo>B20261127000000001<", b"<ceb:preNo>B2<")
    found = read_receipts(data)

    assert found.fault_count == 1
    assert [told.status for told in found.receipts] == ["120"]


def test_the_same_receipt_has_the_same_content_in_any_file():
    one = receipt(DOCUMENT, "CEB604Message", "120")
    other = receipt(DOCUMENT, "CEB604Message", "120", info="other words")
    first, second = (
        read_receipts(answer_file("CEB604Message", one, chance=Random(seed))).receipts[0].content
        for seed in (1, 2)
    )

    assert first == second
    (third,) = read_receipts(answer_file("CEB604Message", other)).receipts
    assert third.content != first


def test_the_firms_own_number_is_the_one_of_the_document():
    assert own_number({"orderNo": "O", "copNo": "C", "logisticsNo": "L"}) == "C"
    assert own_number({"orderNo": "O", "logisticsNo": "L"}) == "L"
    assert own_number({"orderNo": "O"}) == "O"
    assert own_number({}) == ""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("[Code:1800;Desc:逻辑校验通过]", []),
        ("币制有误", [("currency", 0)]),
        ("[Code:20004;Desc:ebcCode未备案]", [("ebcCode", 0)]),
        ("第2项商品编码不存在", [("gcode", 2)]),
        ("ITEMNO: gnum=3 itemNo", [("gnum", 3), ("itemNo", 3)]),
        ("totalPrice, not price", [("price", 0), ("totalPrice", 0)]),
        ("nothing that is a field", []),
    ],
)
def test_fields_that_a_rejection_names_are_pointed_at(said, expected):
    found = pointed_at(newest(), "CEB603Message", said)

    assert {(each.element, each.line) for each in found} == set(expected)
