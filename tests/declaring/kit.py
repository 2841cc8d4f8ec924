# SPDX-License-Identifier: Apache-2.0
"""A firm that ships parcels from home, has said what customs asks for, and talks to customs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import BIN, PRODUCT, WAREHOUSE
from entrepot.customs.sending.intake import take_in
from entrepot.customs.sending.models import Document, Message
from entrepot.customs.sending.outbox import mark_sent
from entrepot.declaring.configuring import change_setup, put_codes
from entrepot.ledger.opening import open_items, open_places
from entrepot.people.models import Profile
from entrepot.people.tenancy import within
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.allocation.ruling import put_routes
from entrepot.warehouse.models import Parcel
from entrepot.warehouse.outbound.packing import NewParcel, pack
from entrepot.warehouse.outbound.picking import pick_orders
from entrepot.warehouse.outbound.shipping import ship
from tests.customs.classifying_kit import HEAD, accepted, goods, tariff
from tests.customs.desk_kit import set_up
from tests.customs.sending_kit import answer_file, receipt
from tests.warehouse.floor import order, stock, taken

HOME, HOME_BIN, DUI = "home/NGB1", "home/NGB1/A-01", "warehouse/DUI1"
ON = date(2026, 3, 2)
SKUS = ("LAMP-1", "BULB-1")
#: Made up, as every code here: what the codes of customs are was not verified.
SAID = {
    "ebcCode": "3302969001", "ebcName": "宁波样例贸易", "ownerCode": "3302969001",
    "ownerName": "宁波样例贸易", "agentCode": "3302969002", "agentName": "宁波样例报关",
    "declAgentCode": "3302969002", "declAgentName": "宁波样例报关", "summaryFlag": "1",
    "itemNameFlag": "1", "customsCode": "3104", "portCode": "3104", "operatorCode": "3302969003",
    "operatorName": "宁波样例监管场所", "logisticsCode": "3302969004",
    "logisticsName": "宁波样例物流", "trafMode": "5", "wrapType": "2",
    "freight": "0", "insuredFee": "0", "freightCurrency": "CNY", "licence": "no",
    "inspection": "no", "export_duty": "no", "refund_wanted": "no", "pilot_zone": "yes",
    "special_area": "no",
}  # fmt: skip
CODES = [
    ("currency", "EUR", "901", ""), ("currency", "CNY", "902", ""), ("country", "DE", "903", ""),
    ("port", "DE", "P001", ""), ("platform", "shop", "4403969009", "样例平台"),
    ("platform", "DUI1", "无", "杜伊斯堡海外仓"),
    ("price", "LAMP-1", "12.50", "CNY"), ("price", "BULB-1", "3.10", "CNY"),
]  # fmt: skip
#: A lamp is one piece, and weighs 0.1 kg.
TARIFF = HEAD + (
    "8504401400,样例灯具,1:品牌类型;2:用途;3:材质;4:品牌,001,035,2026-01-01,,made up\n"
)
DECLARED = {
    "hs_code": "8504401400",
    "unit": "001",
    "unit1": "001",
    "unit2": "035",
    "per_unit2": "0.1",
}
VOYAGE = {
    "billNo": "160-12345675", "trafName": "CA1041", "voyageNo": "CA1041",
    "domesticTrafNo": "浙B12345", "leaveTime": "20260303120000",
}  # fmt: skip


def open_firm(enterprise: UUID, said: dict[str, str] | None = None) -> UUID:
    """A warehouse at home and one overseas, two products; setup, codes, a way to customs."""
    names = dict(zip(SKUS, ("台灯", "灯泡"), strict=True))
    with within(enterprise):
        if not Profile.objects.exists():
            Profile.objects.create(name="Lanting Lamps", uscc="91110000600037341L", kind="trading")
        for code, kind, zone, country in (
            ("NGB1", "home", "Asia/Shanghai", "CN"), ("DUI1", "overseas", "Europe/Berlin", "DE"),
        ):  # fmt: skip
            masters.add(WAREHOUSE, {"code": code, "name": code, "kind": kind, "time_zone": zone,
                                    "country": country, "city": "Duisburg",
                                    "street": "Hafenstr. 1"})  # fmt: skip
        masters.add(BIN, {"warehouse": "NGB1", "code": "A-01", "pick_sequence": 1})
        masters.put(PRODUCT, [
            {"sku": sku, "name": sku, "name_zh": name, "weight_g": 100}
            for sku, name in names.items()
        ])  # fmt: skip
        open_places(["supplier/A"])
        open_items(["EUR", "CNY"], "money", 2)
        put_routes([{"country": "", "postcode": "", "warehouse": "NGB1"}])
        change_setup(SAID if said is None else said)
        put_codes(CODES)
    tariff(enterprise, TARIFF)
    accepted(enterprise, *(goods(sku, **DECLARED, name_zh=zh) for sku, zh in names.items()))
    set_up(enterprise)
    for sku in SKUS:
        stock(enterprise, HOME_BIN, 5_000, sku)
    return enterprise


def parcels(
    enterprise: UUID, count: int = 1, begin: int = 1, is_shipped: bool = True
) -> list[UUID]:
    """Parcels of as many orders of a lamp and two bulbs to Germany."""
    orders = taken(enterprise, *(
        order(f"O-{at}", ("LAMP-1", 1), ("BULB-1", 2)) for at in range(begin, begin + count)
    ))  # fmt: skip
    with within(enterprise):
        allocate_orders(orders)
        pick_orders(orders)
        made = pack([
            NewParcel(id, weight_g=350, tracking=f"T{at:05}")
            for at, id in enumerate(orders, begin)
        ])  # fmt: skip
        if is_shipped:
            ship([each.id for each in made])
        assert Parcel.objects.filter(id__in=[each.id for each in made]).count() == count
        return [each.id for each in made]


def documents(enterprise: UUID, kind: str) -> list[Document]:
    """The newest documents of a kind, by number and part."""
    with within(enterprise):
        rows = Document.objects.filter(kind=f"CEB{kind}Message", is_latest=True)
        return list(rows.order_by("own_no", "part"))


def sent(enterprise: UUID) -> None:
    """All messages are with customs."""
    with within(enterprise):
        for message in Message.objects.filter(state="waiting"):
            mark_sent(message)


def told(
    enterprise: UUID, kind: str, *statuses: str, only: Sequence[str] = (), at: str = "20991127"
) -> None:
    """Customs answers all documents of a kind, or only those of these numbers."""
    sent(enterprise)
    answer = f"CEB{int(kind) + 1}Message"
    said = []
    for number, each in enumerate(documents(enterprise, kind), 1):
        if only and each.own_no not in only:
            continue
        head = next((v for k, v in each.data.items() if k.endswith("Head")), each.data)
        about = {**head, "guid": each.guid, "invtNo": list_no(number)}
        said += [
            receipt(about, answer, status, f"{at}12{at_:02}{number % 60:02}000")
            for at_, status in enumerate(statuses)
        ]
    with within(enterprise):
        taken_in = [
            (f"{kind}-{begin}.xml", answer_file(answer, *said[begin : begin + 100]))
            for begin in range(0, len(said), 100)
        ]
        take_in(taken_in, "upload")


def list_no(number: int) -> str:
    """What customs calls the list with this place among all lists."""
    return f"31042026E{number:09}"
