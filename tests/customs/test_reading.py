# SPDX-License-Identifier: Apache-2.0
"""Whatever a file holds, reading it ends soon, in bounds, with a fault that says what is wrong."""

from __future__ import annotations

import base64
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.customs.messages import decoding, parsing
from entrepot.customs.messages.faults import KEPT
from entrepot.customs.messages.reading import Reading, read
from tests.customs.messages_kit import KINDS, made

MESSAGE = made("2022-05", "CEB603Message", count=2)
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><m>&j;</m>"
)


def codes(data):
    reading = read(data)

    assert reading.faults
    assert reading.fault_count == len(reading.faults)
    assert not reading.fits
    return [fault.code for fault in reading.faults]


@pytest.mark.parametrize(
    ("case", "data"),
    [
        ("entities in entities", BOMB),
        ("an external entity", '<!DOCTYPE m [<!ENTITY x SYSTEM "file:/etc/hosts">]><m>&x;</m>'),
        ("an external document type", '<!DOCTYPE m SYSTEM "http://127.0.0.1:9/x.dtd"><m/>'),
        ("a parameter entity", '<!DOCTYPE m [<!ENTITY % p SYSTEM "http://127.0.0.1:9/">%p;]><m/>'),
        ("a message after it", "<!DOCTYPE m>" + MESSAGE.decode().partition("?>")[2]),
    ],
)
def test_a_document_type_is_refused_where_it_begins(case, data):
    assert codes(data.encode()) == ["message.doctype"]
    assert codes(data.encode("utf-16")) == ["message.doctype"]


@pytest.mark.parametrize(
    ("case", "data", "code"),
    [
        ("nothing", b"", "message.unreadable"),
        ("blanks", b"  \n ", "message.unreadable"),
        ("no XML", b"order,quantity\n1,2\n", "message.unreadable"),
        ("a zip file", b"PK\x03\x04" + bytes(40), "message.unreadable"),
        ("an unknown entity", b"<CEB603Message>&nbsp;</CEB603Message>", "message.unreadable"),
        ("two roots", b"<a/><b/>", "message.unknown"),
        ("another message", b"<CEB621Message/>", "message.unknown"),
        ("a local variant", b"<SZCPORTCEB603Message/>", "message.unknown"),
        ("too deep", b"<CEB603Message>" + b"<a>" * 5000, "message.too_deep"),
        ("too large", b"<a>" + b" " * decoding.LARGEST, "message.too_large"),
        (
            "an encoding nobody has",
            b'<?xml version="1.0" encoding="klingon"?><a/>',
            "message.encoding",
        ),
        ("one that is no text", b'<?xml version="1.0" encoding="zlib"?><a/>', "message.encoding"),
    ],
)
def test_what_is_no_message_is_said(case, data, code):
    assert code in codes(data)


def test_too_many_elements_are_refused(monkeypatch):
    monkeypatch.setattr(parsing, "MOST", 1000)
    data = b"<CEB603Message><Inventory>" + b"<a/>" * 2000 + b"</Inventory></CEB603Message>"

    assert "message.too_large" in codes(data)


def test_millions_of_faults_are_counted_and_some_kept():
    data = MESSAGE.replace(b"<ceb:Inventory>", b"<ceb:Inventory>" + b"<x/>" * 60_000, 1)
    begun = time.perf_counter()
    reading = read(data)

    assert time.perf_counter() - begun < 5
    assert reading.fault_count == 60_000
    assert len(reading.faults) == KEPT
    assert len(reading.unknown) == 100


def test_a_hundred_full_documents_take_little_memory():
    data = made("2022-05", "CEB603Message", count=100)
    tracemalloc.start()
    assert read(data.replace(b"><", b"> <"), keep=False).is_valid
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 12 * len(data)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]
)
@pytest.mark.parametrize("declared", ["", "UTF-8", "as it is"])
def test_encodings(encoding, declared):
    names = {"utf-8-sig": "UTF-8", "utf-16-le": "UTF-16LE", "utf-16-be": "UTF-16BE"}
    name = names.get(encoding, encoding) if declared == "as it is" else declared
    head = f'<?xml version="1.0" encoding="{name}"?>' if name else ""
    data = (head + MESSAGE.decode().partition("?>")[2].strip()).encode(encoding)
    reading = read(data)
    if encoding == "gb18030" and declared != "as it is":
        assert [fault.code for fault in reading.faults] == ["message.encoding"]
        assert reading.faults[0].line == 2 - bool(head) or reading.faults[0].line >= 1
        assert reading.faults[0].remedy.startswith("It reads as GB18030")
    else:
        assert reading.is_valid, reading.faults
        assert reading.documents[0]["InventoryHead"]["ebcName"] == "宁波样例电子商务有限公司"


def test_a_wrong_encoding_is_told_with_its_place_and_what_it_reads_as():
    data = MESSAGE.replace(b"UTF-8", b"UTF-16")
    assert codes(data) == ["message.encoding"]

    data = MESSAGE.decode().encode("gb18030")
    fault = read(data).faults[0]
    assert (fault.line, fault.remedy) == (
        3,
        "It reads as GB18030: declare that, or save it as UTF-8.",
    )


def test_a_message_that_breaks_off_is_shown_as_far_as_it_goes():
    whole = read(MESSAGE).documents
    for at in range(0, len(MESSAGE), 97):
        reading = read(MESSAGE[:at])

        assert not reading.is_valid
        assert list(reading.documents) == whole[: len(reading.documents)]
    assert len(read(MESSAGE[:-40]).documents) == 2


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_harm(data):
    assert isinstance(read(data), Reading)
    assert read(data, keep=False).is_valid == read(data).is_valid


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.integers(0, 10**6),
    st.binary(min_size=0, max_size=6),
    st.integers(0, 12),
)
def test_damaged_messages_are_read_without_harm(which, place, put, taken):
    data = made(*which, count=1)
    at = place % len(data)
    reading = read(data[:at] + put + data[at + taken :])

    assert reading.is_valid or all(fault.found and fault.remedy for fault in reading.faults)


def test_an_envelope_within_an_envelope_is_not_opened():
    inner = b"<dxp:DxpMsg xmlns:dxp='http://www.chinaport.gov.cn/dxp'/>"
    data = b"<DxpMsg xmlns='http://www.chinaport.gov.cn/dxp' ver='1.0'><Data>%s</Data></DxpMsg>"
    reading = read(data % base64.b64encode(inner))

    assert "It holds another envelope." in [fault.found for fault in reading.faults]
