# SPDX-License-Identifier: Apache-2.0
"""One plain case of what papers are made of; each test states what differs."""

from __future__ import annotations

from datetime import date

from entrepot.papers.amounts import Currency
from entrepot.papers.commercial_invoice import Invoice, InvoiceLine
from entrepot.papers.goods import Goods
from entrepot.papers.label import Label
from entrepot.papers.packing_list import Package, PackedLine, PackingList
from entrepot.papers.parties import Address, Party
from entrepot.papers.pick_list import Cart, Stop

SENDER = Address(
    "深圳市海行科技有限公司",
    ("Lagerhaus DUI1", "Ruhrorter Straße 112"),
    "47059 Duisburg",
    "47059",
    "DE",
    "Germany",
)
RECIPIENT = Address(
    "Łukasz Wiśniewski",
    ("Müller & Söhne GmbH", "Straße der Pariser Kommune 8"),
    "10243 Berlin",
    "10243",
    "DE",
    "Germany",
    "+49 30 1234567",
)
SSCC = "340123450000000017"
LABEL = Label(
    SENDER,
    RECIPIENT,
    "DHL",
    "Paket",
    "00340434161094042557",
    "ORD-10024",
    SSCC,
    post=("420", "10243"),
    weight_g=12345,
    parcel=1,
    parcels=3,
)

SELLER, BUYER = Party(SENDER, uscc="91440300MA5EXAMPLE"), Party(RECIPIENT, eori_number="DE1234567")
POWER_BANK = Goods(
    "BP-00001",
    "Power bank 20,000 mAh",
    "移动电源",
    "8507600090",
    "CN",
    contains_battery=True,
    is_dangerous=True,
    un_number="UN3480",
)
CABLE = Goods("CB-00002", "USB-C cable, 1 m", "数据线", "8544421900", "CN", lot="L2026-10")
EUR = Currency("EUR", 2)
ON = date(2026, 11, 26)

INVOICE = Invoice(
    "INV-2026-0001",
    ON,
    SELLER,
    BUYER,
    EUR,
    (InvoiceLine(POWER_BANK, 3, 3000, 1500, 1600), InvoiceLine(CABLE, 7, 1000, 350, 400)),
    incoterm="DAP Berlin",
    reason="Sale",
    packages=2,
    package_kind="carton",
)
PACKING_LIST = PackingList(
    "PL-2026-0001",
    ON,
    SELLER,
    BUYER,
    (
        Package("1", "carton", 1900, (PackedLine(POWER_BANK, 3, 1500),), (400, 300, 255)),
        Package("2", "carton", 500, (PackedLine(CABLE, 7, 350),)),
    ),
)
CART = Cart(
    "C-7",
    "W-3",
    "DUI1",
    (("A", "ORD-1"), ("B", "ORD-2")),
    (
        Stop("A-01-02", POWER_BANK, 3, (("A", 1), ("B", 2))),
        Stop("A-01-04", CABLE, 7, (("B", 7),)),
    ),
)
