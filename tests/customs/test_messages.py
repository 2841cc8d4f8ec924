# SPDX-License-Identifier: Apache-2.0
"""Messages written and read: exact bytes, round trips, every field's bounds, faults all at once."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.customs.messages import forms, splitting
from entrepot.customs.messages.building import Message, build, rebuilt
from entrepot.customs.messages.editions import DS, TABLES, edition, names
from entrepot.customs.messages.envelope import wrap
from entrepot.customs.messages.facets import facet
from entrepot.customs.messages.faults import (
    FaultyMessage,
    TooManyDocuments,
    UnknownEdition,
    UnknownMessage,
)
from entrepot.customs.messages.ordering import out_of_place
from entrepot.customs.messages.reading import read
from entrepot.customs.messages.sampling import documents
from tests.customs.messages_kit import EXTENSION, KINDS, SIGNATURE, made

GUID = "6F9619FF-8B86-4D11-B42D-00C04FC964FF"
OTHER = "7A0D6BD4-3C55-4E0B-9A52-5B4C3F8C9E10"
TRANSFER = {
    "copCode": "330296900A",
    "copName": "样例",
    "dxpMode": "DXP",
    "dxpId": "DXPENT0000000001",
}
WAYBILL = {
    "guid": GUID,
    "appType": "1",
    "appTime": datetime(2026, 1, 31, 18, 5),  # noqa: DTZ001 - messages hold local times
    "appStatus": "1",
    "logisticsCode": "330298002C",
    "logisticsName": "Carrier & Sons",
    "logisticsNo": "YT1",
    "freight": Decimal("12.50"),
    "insuredFee": 0,
    "currency": "142",
    "grossWeight": Decimal("1E+1"),
    "packNo": 1,
    "goodsInfo": "mug",
    "ebcCode": "",
    "note": None,
}


def waybill(**changes):
    return Message("505", "2022-05", OTHER, [{**WAYBILL, **changes}], TRANSFER)


def faults_of(message):
    with pytest.raises(FaultyMessage) as refused:
        build(message)
    return [(fault.code, fault.place) for fault in refused.value.faults]


def test_a_waybill_to_the_byte():
    assert build(waybill()).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ceb:CEB505Message xmlns:ceb="http://www.chinaport.gov.cn/ceb"'
        f' guid="{OTHER}" version="1.0">\n'
        f"<ceb:Logistics><ceb:guid>{GUID}</ceb:guid><ceb:appType>1</ceb:appType>"
        "<ceb:appTime>20260131180500</ceb:appTime><ceb:appStatus>1</ceb:appStatus>"
        "<ceb:logisticsCode>330298002C</ceb:logisticsCode>"
        "<ceb:logisticsName>Carrier &amp; Sons</ceb:logisticsName>"
        "<ceb:logisticsNo>YT1</ceb:logisticsNo><ceb:freight>12.50</ceb:freight>"
        "<ceb:insuredFee>0</ceb:insuredFee><ceb:currency>142</ceb:currency>"
        "<ceb:grossWeight>10</ceb:grossWeight><ceb:packNo>1</ceb:packNo>"
        "<ceb:goodsInfo>mug</ceb:goodsInfo></ceb:Logistics>\n"
        "<ceb:BaseTransfer><ceb:copCode>330296900A</ceb:copCode><ceb:copName>样例</ceb:copName>"
        "<ceb:dxpMode>DXP</ceb:dxpMode><ceb:dxpId>DXPENT0000000001</ceb:dxpId>"
        "</ceb:BaseTransfer>\n</ceb:CEB505Message>\n"
    )


def test_an_answer_written_by_others_is_read():
    reading = read(
        '<?xml version="1.0" encoding="GB18030"?>\r\n<CEB304Message guid="'
        f'{OTHER}" version="1.0" xmlns="http://www.chinaport.gov.cn/ceb">\r\n  <OrderReturn>'
        f"<guid>{GUID}</guid><ebpCode>无</ebpCode><ebcCode>330296900A</ebcCode>"
        "<orderNo>SO<!-- kept together -->1</orderNo><returnStatus>100</returnStatus>"
        "<returnTime>20260131180500123</returnTime><returnInfo><![CDATA[退单 & 重报]]></returnInfo>"
        "</OrderReturn>\r\n</CEB304Message>".encode("gb18030")
    )

    assert reading.is_valid
    assert reading.fits == names()
    assert (reading.message, reading.encoding, reading.count) == ("CEB304Message", "gb18030", 1)
    assert reading.documents[0]["orderNo"] == "SO1"
    assert reading.documents[0]["returnInfo"] == "退单 & 重报"


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_written_read_and_written_again_is_the_same(name, kind):
    data = made(name, kind, count=4, seed=3)
    reading = read(data, name)

    assert (reading.faults, reading.remarks) == ([], [])
    assert read(data, name, keep=False).count == reading.count
    assert build(rebuilt(reading)) == data
    assert build(rebuilt(read(data.replace(b"><", b"> \n <"), name))) == data


def test_signature_extension_and_subscribers_come_back_as_they_were():
    subscribes = [{"status": "ALL", "dxpMode": "DXP", "dxpAddress": "DXPENT0000000002"}] * 2
    signature = SIGNATURE.replace("<Signature", "<ds:Signature", 1)
    signature = re.sub(r"<(/?)(?!ds:)", r"<\1ds:", signature).replace("xmlns=", "xmlns:ds=")
    message = Message(
        "CEB505", "2018", OTHER, [WAYBILL], TRANSFER, subscribes, signature, EXTENSION
    )
    data = build(message)
    reading = read(data)

    assert reading.is_valid
    assert (reading.signature, reading.extension) == (signature, EXTENSION)
    assert build(rebuilt(reading)) == data


def test_prefixes_that_only_the_root_declares_come_with_what_is_kept():
    data = build(Message("505", "2018", OTHER, [WAYBILL], TRANSFER)).decode()
    signature = re.sub(r"<(/?)", r"<\1ds:", SIGNATURE.replace(f' xmlns="{DS}"', ""))
    data = data.replace(" guid=", f' xmlns:ds="{DS}" xmlns:no="urn:no" guid=', 1)
    data = data.replace("</ceb:CEB505Message>", f"{signature}</ceb:CEB505Message>")
    reading = read(data.encode())

    assert reading.is_valid
    assert reading.signature == signature.replace(
        "<ds:Signature", f'<ds:Signature xmlns:ds="{DS}"', 1
    )
    assert read(build(rebuilt(reading))).signature == reading.signature


@pytest.mark.parametrize(
    "given",
    ["<x/>", "<ds:Signature/>", f'<Signature xmlns="{DS}">', "x", f'<Signature xmlns="{DS}"/><a/>'],
)
def test_what_is_no_signature_is_not_written(given):
    message = Message("505", "2018", OTHER, [WAYBILL], TRANSFER, signature=given)

    assert faults_of(message) == [("element.unknown", "/CEB505Message/Signature")]


def test_an_envelope_is_opened_and_its_faults_are_told_with_those_of_the_message():
    data = wrap(
        build(waybill()).replace(b"<ceb:packNo>1<", b"<ceb:packNo>one<"),
        kind="CEB505Message",
        cop_msg_id="1",
        sender="DXPENT0000000001",
        receivers=["DXPEDCCEB0000003"],
        created=datetime(2026, 1, 31, 18, 5),  # noqa: DTZ001
    ).replace(b"2026-01-31T", b"2026-01-32T")
    reading = read(data)

    assert reading.envelope["TransInfo"]["MsgType"] == "CEB505Message"
    assert [fault.place for fault in reading.faults] == [
        "/DxpMsg/TransInfo/CreatTime",
        "/CEB505Message/Logistics[1]/packNo",
    ]
    assert reading.fits == ()


def test_every_fault_is_told_when_writing():
    broken = waybill(
        guid=GUID.lower(),
        appTime="20260231180500",
        logisticsNo="Y" * 33,
        freight="12.123456",
        packNo="1x",
        goodsInfo=None,
        note="\x00",
        weight="1",
    )

    assert faults_of(broken) == [
        ("element.unknown", "/CEB505Message/Logistics[1]/weight"),
        ("remark.guid", "/CEB505Message/Logistics[1]/guid"),
        ("remark.time", "/CEB505Message/Logistics[1]/appTime"),
        ("value.length", "/CEB505Message/Logistics[1]/logisticsNo"),
        ("value.number", "/CEB505Message/Logistics[1]/freight"),
        ("value.number", "/CEB505Message/Logistics[1]/packNo"),
        ("element.missing", "/CEB505Message/Logistics[1]/goodsInfo"),
        ("value.character", "/CEB505Message/Logistics[1]/note"),
    ]


def test_every_fault_is_told_when_reading():
    data = made("2022-05", "CEB303Message", count=1).decode()
    data = data.replace("<ceb:orderType>E</ceb:orderType>", "")
    data = re.sub(
        r"<ceb:orderNo>.*?</ceb:orderNo>", "<ceb:orderNo>" + "9" * 61 + "</ceb:orderNo>", data
    )
    data = re.sub(
        r"(<ceb:ebpCode>.*?</ceb:ebpCode>)(<ceb:ebpName>.*?</ceb:ebpName>)", r"\2\1", data
    )
    data = data.replace("<ceb:currency>", "<ceb:curency>1</ceb:curency><ceb:currency x='1'>", 1)
    reading = read(data.encode(), "2022-05")

    assert [(fault.code, fault.place.rpartition("/")[2]) for fault in reading.faults] == [
        ("element.unknown", "curency"),
        ("element.out_of_order", "ebpName"),
        ("element.missing", "orderType"),
        ("value.length", "orderNo"),
        ("attribute.unknown", "@x"),
    ]
    assert reading.faults[0].remedy == "Perhaps currency is meant."
    assert {fault.line for fault in reading.faults} == {3}
    assert all(fault.column > 1 and fault.found and fault.expected for fault in reading.faults)
    assert reading.unknown == [
        {"place": "/CEB303Message/Order[1]/OrderHead/curency", "line": 3, "text": "1"}
    ]
    assert reading.documents[0]["OrderHead"]["orderNo"] == "9" * 61


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"appType": "7"}, "remark.code"),
        ({"guid": GUID.lower()}, "remark.guid"),
        ({"appTime": "20260230000000"}, "remark.time"),
        ({"appStatus": "2"}, "remark.unsigned"),
    ],
)
def test_what_a_schema_takes_and_customs_would_not_is_remarked_on(change, code):
    data = build(waybill())
    for name, value in change.items():
        pattern = f"(<ceb:Logistics>.*<ceb:{name}>).*?(</ceb:{name}>)"
        data = re.sub(pattern.encode(), f"\\g<1>{value}\\g<2>".encode(), data)
    for keep in (True, False):
        reading = read(data, keep=keep)

        assert reading.is_valid
        assert [remark.code for remark in reading.remarks] == [code]


def test_the_edition_that_fits_is_named():
    assert read(made("2018", "CEB603Message")).fits == names()
    assert read(made("2022-05", "CEB213Message")).fits == ("2022-05",)
    long = build(Message("505", "2018", OTHER, [{**WAYBILL, "logisticsNo": "Y" * 80}], TRANSFER))
    assert (read(long).fits, read(long).edition) == (("2018",), "2018")
    assert read(long, "2022-05").faults[0].code == "value.length"


def test_what_cannot_be_written_is_refused():
    with pytest.raises(TooManyDocuments):
        build(Message("505", "2018", OTHER, [WAYBILL] * 101, TRANSFER))
    with pytest.raises(UnknownMessage):
        build(Message("213", "2018", OTHER, []))
    with pytest.raises(UnknownEdition):
        build(Message("505", "2019", OTHER, []))
    with pytest.raises(TypeError):
        build(waybill(freight=12.5))
    assert faults_of(Message("505", "2018", OTHER, [])) == [
        ("element.missing", "/CEB505Message/Logistics"),
        ("element.missing", "/CEB505Message/BaseTransfer"),
    ]


def test_documents_are_split_a_hundred_a_message():
    groups = list(splitting.over_messages(edition("2022-05"), "603", [{}] * 250))

    assert [len(group) for group in groups] == [100, 100, 50]


def test_a_long_document_is_split_into_numbered_parts():
    chosen = edition("2022-05")
    document = next(documents(chosen, chosen.kind("607"), 1))
    document["WayBillList"] = [
        {**document["WayBillList"][0], "gnum": number} for number in range(1, 252)
    ]
    guids = (f"{GUID[:-3]}{number:03d}" for number in count())
    parts = splitting.over_parts(chosen, "607", document, guids)

    heads = [part["WayBillHead"] for part in parts]
    assert [(head["msgSeqNo"], head["msgCount"]) for head in heads] == [(1, 3), (2, 3), (3, 3)]
    assert len({head["guid"] for head in heads}) == 3
    assert [row["gnum"] for part in parts for row in part["WayBillList"]] == list(range(1, 252))
    assert read(build(Message("607", "2022-05", OTHER, parts, TRANSFER))).is_valid


def test_an_element_without_a_name_is_a_fault_like_any_other():
    with pytest.raises(FaultyMessage) as refused:
        build(waybill(**{"": None}))

    assert [fault.place.rpartition("/")[2] for fault in refused.value.faults] == [""]


def test_the_fewest_elements_are_out_of_place():
    assert out_of_place([0, 1, 1, 2]) == set()
    assert out_of_place([3, 0, 1, 2]) == {0}
    assert out_of_place([0, 2, 1, 3]) in ({1}, {2})
    assert len(out_of_place([4, 3, 2, 1])) == 3


def test_the_tables_are_whole():
    for name in names():
        chosen = edition(name)
        for part in chosen.parts.values():
            for child in part.children:
                if child.facet is None:
                    chosen.part(child.name, child.namespace)
                elif child.namespace.endswith("/ceb"):
                    assert "" not in (child.meaning.en, child.meaning.zh), child.name
        for kind in chosen.kinds.values():
            assert not kind.answered_by or kind.answered_by in chosen.kinds
    assert not [row for row in (TABLES / "meanings.csv").read_text().splitlines()[1:] if '"' in row]


FIELDS = sorted(
    {
        (name, part.name, child.name)
        for name in names()
        for part in edition(name).parts.values()
        if part.is_row and part.namespace.endswith("/ceb")
        for child in part.children
    }
)
NUMBERLIKE = st.from_regex(r"\A[ +-]?[0-9]{0,22}(\.[0-9]{0,8})?[ ]?\Z")
ANY = st.one_of(
    st.text(max_size=40),
    st.text("0123456789.-+eE \nAB中𠀀", max_size=40),
    st.integers(0, 1002).map(lambda length: "x" * length),
    NUMBERLIKE,
    st.sampled_from(["1", "2", "3", "E", GUID, "20260131", "20240229", "20260131180500"]),
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(FIELDS), ANY)
def test_a_value_is_written_exactly_when_its_field_takes_it(field, text):
    """For every field of every edition: what is written reads back the same; the rest is told."""
    name, part_name, child_name = field
    part = edition(name).part(part_name)
    child = next(each for each in part.children if each.name == child_name)
    form = child.meaning.form
    takes = child.facet.accepts(text) and not re.search(
        r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text
    )
    if re.fullmatch(child.facet.quick, text):
        assert takes
    if form and re.fullmatch(forms.pattern(form), text):
        assert forms.has_form(form, text)
        assert child.facet.only or child.facet.accepts(text)
    kind, document = _around(name, part_name, child_name, text)
    if kind is None:
        return
    message = Message(kind.name, name, OTHER, [document], TRANSFER if kind.from_firm else None)
    if takes and not (form in forms.SAYS and text and not forms.has_form(form, text)):
        reading = read(build(message), name)
        back = _found(reading.documents[0], part_name).get(child_name, "")

        assert reading.is_valid
        assert forms.as_text(back).strip() == forms.as_text(child.facet.value(text)).strip()
        assert build(rebuilt(reading)) == build(rebuilt(read(build(rebuilt(reading)), name)))
    elif text or child.least:
        assert [place.rpartition("/")[2] for _, place in faults_of(message)] == [child_name]


def _around(name, part_name, child_name, text):
    """A document of a made-up message whose part has that text, and its kind."""
    chosen = edition(name)
    for kind in chosen.kinds.values():
        document = next(documents(chosen, kind, 1))
        if kind.carries == part_name or part_name in document:
            _found(document, part_name)[child_name] = text
            return kind, document
    return None, None


def _found(document, part_name):
    inner = document.get(part_name, document)
    return inner[0] if isinstance(inner, list) else inner


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=5, min_value=1 - 10**14, max_value=10**14 - 1
    )
)
def test_decimals_are_written_exactly(number):
    text = forms.as_text(number)

    assert "E" not in text
    assert Decimal(text) == number
    assert facet("N19.5").accepts(text)
