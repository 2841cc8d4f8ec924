# SPDX-License-Identifier: Apache-2.0
"""Made-up documents for trying out: plausible, different, and for a seed always the same.

Firms, goods, numbers and codes are made up, and no customs office has them. Every document is a
draft (appStatus 1), so that nothing asks for a signature.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from entrepot.customs.messages.building import Message
from entrepot.customs.messages.editions import Child, Edition, Kind, Part
from entrepot.customs.messages.facets import Value

_BEGINS = datetime(2026, 1, 5, 8, 0)  # noqa: DTZ001 - messages hold local times without a zone
#: Name, model, HS code, price and weight of made-up goods.
_GOODS = (
    ("陶瓷马克杯", "ceramic mug", "示例牌|350毫升|陶瓷", "6912001000", "18.50", "0.380"),
    ("棉质T恤", "cotton T-shirt", "示例牌|男式|针织|100%棉", "6109100021", "39.90", "0.210"),
    ("硅胶手机壳", "silicone phone case", "示例牌|硅胶|6.1英寸", "3926909090", "12.80", "0.045"),
    ("LED台灯", "LED desk lamp", "示例牌|5瓦|220伏", "9405210090", "66.00", "0.940"),
    ("不锈钢保温杯", "steel flask", "示例牌|500毫升|不锈钢", "9617009000", "49.00", "0.420"),
    ("瑜伽垫", "yoga mat", "示例牌|6毫米|TPE", "9506919000", "58.00", "1.150"),
    ("蓝牙耳机", "Bluetooth earphones", "示例牌|入耳式", "8518300000", "89.00", "0.120"),
    ("儿童积木", "toy bricks", "示例牌|塑料|120件", "9503002900", "75.00", "0.860"),
)
_FIRMS = {
    "ebc": ("330296900A", "宁波样例电子商务有限公司"),
    "ebp": ("330296901B", "样例跨境电商平台"),
    "logistics": ("330298002C", "样例国际物流有限公司"),
    "agent": ("330298003D", "样例报关有限公司"),
    "declAgent": ("330298003D", "样例报关有限公司"),
    "owner": ("330296900A", "宁波样例电子商务有限公司"),
    "pay": ("330296905F", "样例支付有限公司"),
    "operator": ("330298004E", "样例监管场所经营有限公司"),
    "cop": ("330296900A", "宁波样例电子商务有限公司"),
}
#: States that customs reports, by the message that reports them; 120 elsewhere.
_STATES = {
    "CEB604Message": ("2", "120", "800", "899"),
    "CEB606Message": ("2", "100", "399"),
    "CEB702Message": ("2", "100", "399"),
    "CEB900Message": ("-621001",),
}
_WORDS = {
    "100": "退单：样例原因",
    "800": "放行",
    "899": "结关",
    "399": "审结",
    "-621001": "报文格式错误",
}
#: Optional elements that a sample leaves out, as most firms do; a new list has no number yet.
_LEFT_OUT = {"preNo", "iacCode", "iacName", "emsNo", "licenseNo", "itemRecordNo", "sumNo", "note"}
_LINES = 4
#: What every document has alike.
_ALIKE: dict[str, Value] = {
    **{"appType": "1", "appStatus": "1", "orderType": "E", "tradeMode": "9610"},
    **{"currency": "142", "fCurrency": "142", "iCurrency": "142", "fFlag": "3", "iFlag": "3"},
    **{"customsCode": "3104", "portCode": "3104", "loctNo": "310401", "POD": "502"},
    **{"trafMode": "5", "trafName": "CA1041", "voyageNo": "CA1041", "domesticTrafNo": "浙B00001"},
    **{"packNo": 1, "wrapType": "2", "msgCount": 1, "msgSeqNo": 1, "decState": "10"},
    **{"summaryFlag": "1", "itemNameFlag": "1", "location": "A区01架"},
    **{"ebcTelephone": "0574-00000000"},
    **{"oriMessageType": "CEB603Message", "oriBizMessage": "<样例/>"},
}


def documents(edition: Edition, kind: Kind, count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Make up documents of a kind."""
    part = edition.part(kind.carries)
    for at in range(count):
        yield _document(edition, kind, part, Random(f"{seed}/{kind.name}/{at}"), at)


def messages(
    edition: Edition, kind: Kind, count: int, seed: int = 1
) -> Iterator[tuple[Message, datetime]]:
    """Make up messages that carry `count` documents between them, with the time of each."""
    made = documents(edition, kind, count, seed)
    for at, begin in enumerate(range(0, count, kind.most)):
        chance = Random(f"{seed}/{kind.name}/message/{at}")
        few = [next(made) for _ in range(min(kind.most, count - begin))]
        message = Message(
            kind=kind.name,
            edition=edition.name,
            guid=guid(chance),
            documents=few,
            transfer=transfer() if kind.from_firm else None,
        )
        yield message, _BEGINS + timedelta(seconds=at * 60)


def transfer() -> dict[str, Value]:
    """BaseTransfer of the made-up firm."""
    code, name = _FIRMS["cop"]
    return {"copCode": code, "copName": name, "dxpMode": "DXP", "dxpId": "DXPENTSAMPLE0001"}


def guid(chance: Random) -> str:
    """A GUID in capital letters."""
    return str(UUID(int=chance.getrandbits(128), version=4)).upper()


def _document(edition: Edition, kind: Kind, part: Part, chance: Random, at: int) -> dict[str, Any]:
    lines = [_line(chance, number) for number in range(1, chance.randint(1, _LINES) + 1)]
    head = _head(kind, chance, at, lines)
    if part.is_row:
        return _row(part, {**lines[0], **head})
    return {
        child.name: (
            _row(edition.part(child.name), {**lines[0], **head})
            if child.most == 1
            else [
                _row(edition.part(child.name), {**_carried(head, number), **line})
                for number, line in enumerate(lines, start=1)
            ]
        )
        for child in part.children
    }


def _carried(head: Mapping[str, Value], number: int) -> dict[str, Value]:
    """What a line repeats of its head, with numbers of parcels and lists of its own."""
    own = dict(head)
    own["logisticsNo"] = f"{head['logisticsNo']}{number:02d}"
    own["invtNo"] = f"{str(head['invtNo'])[:-2]}{number:02d}"
    return own


def _head(kind: Kind, chance: Random, at: int, lines: list[dict[str, Value]]) -> dict[str, Value]:
    when = _BEGINS + timedelta(seconds=at * 37 + chance.randrange(30))
    values = {**_times(when, chance), **_numbers(when, at), **_sums(chance, lines), **_ALIKE}
    for name, (code, firm) in _FIRMS.items():
        values[f"{name}Code"], values[f"{name}Name"] = code, firm
    state = chance.choice(_STATES.get(kind.name, ("2", "120")))
    is_return = kind.carries.startswith("InvtRefund")
    return {
        **values,
        "guid": guid(chance),
        "oriCopMsgId": guid(chance),
        "statisticsFlag": chance.choice("AB"),
        "country": chance.choice(("502", "304", "303", "305")),
        "ieFlag": "I" if is_return else "E",
        "reason": "样例：买家退货" if is_return else "样例：信息填写有误",
        "returnStatus": state,
        "returnInfo": _WORDS.get(state, "处理成功"),
    }


def _times(when: datetime, chance: Random) -> dict[str, Value]:
    return {
        "appTime": when,
        "accountingDate": when - timedelta(hours=2),
        "startTime": when.replace(day=1, hour=0, minute=0, second=0),
        "endTime": when,
        "leaveTime": when + timedelta(days=2),
        "ieDate": when + timedelta(days=1),
        "opDate": when,
        "returnTime": when + timedelta(milliseconds=chance.randrange(1000)),
    }


def _numbers(when: datetime, at: int) -> dict[str, Value]:
    day = f"{when:%y%m%d}"
    return {
        "orderNo": f"SO{day}{at:08d}",
        "payNo": f"PAY{day}{at:08d}",
        "logisticsNo": f"YT{day}{at:09d}CN",
        "copNo": f"CN{day}{at:010d}",
        "coElNo": f"RT{day}{at:010d}",
        "preNo": f"B{when:%Y%m%d}{at + 1:09d}",
        "invtNo": f"3104{when:%Y}E{(at * 100) % 10**9:09d}",
        "sumNo": f"3104{when:%Y}S{at + 1:09d}",
        "declSeqNo": f"E{when:%Y%m%d}{at + 1:09d}",
        "entryId": f"3104{when:%Y}0{at + 1:09d}",
        "billNo": f"999{at // 100:08d}",
        "totalPackageNo": f"BAG{at // 20:06d}",
    }


def _sums(chance: Random, lines: list[dict[str, Value]]) -> dict[str, Value]:
    gross = sum((Decimal(str(line["grossWeight"])) for line in lines), Decimal())
    total = sum((Decimal(str(line["totalPrice"])) for line in lines), Decimal())
    return {
        "goodsValue": total,
        "charge": total,
        "freight": Decimal(chance.randrange(800, 6000)).scaleb(-2),
        "insuredFee": Decimal(0),
        "grossWeight": gross,
        "netWeight": (gross * 9).scaleb(-1),
        "goodsInfo": "、".join(str(line["gname"]) for line in lines),
    }


def _line(chance: Random, number: int) -> dict[str, Value]:
    name, described, model, code, price, weight = chance.choice(_GOODS)
    quantity = chance.randint(1, 5)
    each = Decimal(price)
    net = Decimal(weight) * quantity
    return {
        "gnum": number,
        "gseqno": number,
        "itemNo": f"SKU-{_GOODS.index((name, described, model, code, price, weight)) + 1:03d}",
        "itemName": name,
        "itemDescribe": described,
        "gname": name,
        "gmodel": model,
        "gcode": code,
        "barCode": "无",
        "country": "502",
        "currency": "142",
        "unit": "011",
        "unit1": "011",
        "unit2": "035",
        "qty": Decimal(quantity),
        "qty1": Decimal(quantity),
        "qty2": net,
        "price": each,
        "totalPrice": each * quantity,
        "grossWeight": net + Decimal("0.050"),
    }


def _row(part: Part, pool: Mapping[str, Value]) -> dict[str, Value]:
    row: dict[str, Value] = {}
    for child in part.children:
        is_left_out = not child.least and (
            child.name not in pool
            or child.name in _LEFT_OUT
            or (part.name, child.name) == ("InventoryHead", "invtNo")
        )
        if not is_left_out:
            row[child.name] = _fitted(child, pool[child.name])
    return row


def _fitted(child: Child, value: Value) -> Value:
    """A value cut to what its field holds: some are shorter in another edition."""
    assert child.facet is not None
    return value[: child.facet.most] if isinstance(value, str) else value
