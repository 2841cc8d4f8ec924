# SPDX-License-Identifier: Apache-2.0
"""What the goods of the desk do not tell, and is asked for once: named as in the messages.

Nothing here has a value of its own: customs codes of three digits were not verified, and are the
firm's to say. Each name is an element of a message, which says what it means and what fits.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from entrepot.customs.messages.editions import Child, newest

ORDER, WAYBILL, LIST = "CEB303Message", "CEB505Message", "CEB603Message"
CANCEL, HOUSE, ARRIVAL = "CEB605Message", "CEB607Message", "CEB507Message"
DEPARTURE, SUMMARY, RESULT = "CEB509Message", "CEB701Message", "CEB792Message"

_LIST_HEAD, _WAYBILL = (LIST, "InventoryHead"), (WAYBILL, "Logistics")
_ARRIVAL, _DEPARTURE = (ARRIVAL, "ArrivalHead"), (DEPARTURE, "DepartureHead")
_HOUSE, _SUMMARY = (HOUSE, "WayBillHead"), (SUMMARY, "SummaryApplyHead")
#: Of the firm, by the message and part that each stands in.
OF_FIRM: Final = {
    "ebcCode": _LIST_HEAD,
    "ebcName": _LIST_HEAD,
    "ebcTelephone": _WAYBILL,
    "ownerCode": _LIST_HEAD,
    "ownerName": _LIST_HEAD,
    "agentCode": _LIST_HEAD,
    "agentName": _LIST_HEAD,
    "declAgentCode": _SUMMARY,
    "declAgentName": _SUMMARY,
    "summaryFlag": _SUMMARY,
    "itemNameFlag": _SUMMARY,
    "iacCode": _LIST_HEAD,
    "iacName": _LIST_HEAD,
    "emsNo": _LIST_HEAD,
}
#: Of the way that goods take: the firm says the usual, a flow says otherwise.
OF_FLOW: Final = {
    "customsCode": _LIST_HEAD,
    "portCode": _LIST_HEAD,
    "loctNo": _LIST_HEAD,
    "operatorCode": _ARRIVAL,
    "operatorName": _ARRIVAL,
    "logisticsCode": _LIST_HEAD,
    "logisticsName": _LIST_HEAD,
    "trafMode": _LIST_HEAD,
    "wrapType": _LIST_HEAD,
    "statisticsFlag": _LIST_HEAD,
    "freight": _LIST_HEAD,
    "insuredFee": _LIST_HEAD,
}
#: Of one voyage: said where a flow comes to the step that needs it.
OF_VOYAGE: Final = {
    "packNo": _LIST_HEAD,
    "grossWeight": _LIST_HEAD,
    "billNo": _HOUSE,
    "trafName": _HOUSE,
    "voyageNo": _HOUSE,
    "totalPackageNo": (HOUSE, "WayBillList"),
    "domesticTrafNo": _ARRIVAL,
    "leaveTime": _DEPARTURE,
}
ELEMENTS: Final = OF_FIRM | OF_FLOW | OF_VOYAGE
#: The ISO code of the currency that freight and insurance are in.
FREIGHT_CURRENCY: Final = "freightCurrency"
#: What decides which way is open, and is true of all goods of a flow: yes, no, or not said.
FLAGS: Final = (
    "licence", "inspection", "export_duty", "refund_wanted", "pilot_zone", "special_area",
)  # fmt: skip
#: May stay empty: asked for where a district, a way or a product needs it.
OPTIONAL: Final = frozenset(
    {"ebcTelephone", "loctNo", "totalPackageNo", "iacCode", "iacName", "emsNo"}
)

#: Mappings of the firm: what is its own, what `code` holds, what `name` holds.
KINDS: Final = (
    "currency",  # ISO 4217 code: customs code
    "country",  # ISO 3166 code: customs code
    "port",  # ISO 3166 code: code of the port of destination there (POD)
    "platform",  # channel, or warehouse overseas: code and name of the platform
    "record",  # SKU: item number of the account book, for special areas
    "price",  # SKU: declared price of a stock unit; name: ISO code of its currency
)


@cache
def element(name: str) -> Child:
    """The element of a message: what it means, in both languages, and what fits."""
    message, part = ELEMENTS[name]
    chosen = newest()
    carried = chosen.part(chosen.kind(message).carries)
    its = carried if carried.name == part else chosen.part(part)
    return next(child for child in its.children if child.name == name)
