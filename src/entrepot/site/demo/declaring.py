# SPDX-License-Identifier: Apache-2.0
"""What the demo has of declaring: a flow to the own warehouse, and a list that disagrees."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from entrepot.catalog.models import Product, Warehouse
from entrepot.customs.classifying.models import ACCEPTED, Classification
from entrepot.declaring.booking import follow
from entrepot.declaring.configuring import change_setup, put_codes
from entrepot.declaring.opening import open_flow
from entrepot.logistics import consigning
from entrepot.logistics.consigning import NewConsignment, Says, Sent

#: Made up, as all of this: the codes of customs were not verified.
_SAID: Final = {
    "ebcCode": "3302969001", "ebcName": "示例贸易有限公司", "ownerCode": "3302969001",
    "ownerName": "示例贸易有限公司", "agentCode": "3302969002", "agentName": "示例报关行",
    "customsCode": "3104", "portCode": "3104", "logisticsCode": "3302969004",
    "logisticsName": "示例物流", "trafMode": "2", "wrapType": "2", "freight": "0",
    "insuredFee": "0", "freightCurrency": "CNY", "statisticsFlag": "B", "licence": "no",
    "inspection": "no", "export_duty": "no",
}  # fmt: skip
_UNITS: Final = 2


def open_demo_flow(now: datetime, home: str) -> None:
    """A consignment that is to be declared, in a flow; and what of the lists disagrees.

    The goods are some that were classified before.
    """
    abroad = Warehouse.objects.filter(kind="overseas", is_active=True).order_by("code")[0]
    accepted = Classification.objects.filter(state=ACCEPTED).values("sku")
    products = Product.objects.filter(is_active=True, weight_g__gt=0, sku__in=accepted)
    goods = [each for each in products.order_by("sku") if len(each.sku) <= 20][:_UNITS]
    change_setup(_SAID)
    put_codes([
        ("currency", "CNY", "902", ""), ("country", abroad.country, "903", ""),
        ("port", abroad.country, "P001", ""), ("platform", abroad.code, "无", abroad.name),
        *(("price", each.sku, "80.00", "CNY") for each in goods),
    ])  # fmt: skip
    lines = [Sent(at, each.sku, _UNITS) for at, each in enumerate(goods, 1)]
    made = consigning.create(
        NewConsignment("SEA-9810-01", home, abroad.code, lines, Says(tracking="SEA981001"))
    )
    said = {"packNo": "1", "grossWeight": "500"}
    open_flow("9810_list", [made.id], now.date(), said)
    follow()
