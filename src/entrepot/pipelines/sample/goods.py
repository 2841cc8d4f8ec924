# SPDX-License-Identifier: Apache-2.0
"""What the sample's exporter sells, from whom it buys and where it stores: all of it made up.

The goods' first six digits are headings of the Harmonized System; the last four digits, the costs
and the refund rates are made up, and every refund rate says so in its source.
"""

from __future__ import annotations

from dataclasses import dataclass

from stdnum.cn import uscc

#: Kinds of rate a made-up HS code has over the season; see rates.refund_rates.
FULL, REDUCED, CHANGED, NONE, GAP = "full", "reduced", "changed", "none", "gap"


@dataclass(frozen=True, slots=True)
class Good:
    """A kind of goods: its HS code, what it is called, what a piece costs (fen, without VAT)."""

    hs_code: str
    name: str
    cost_from: int
    cost_to: int
    rate: str = FULL


#: The first two are rare by design: one is not refunded, one has no rate for some months.
GOODS = (
    Good("4420199010", "Carved wooden box", 1800, 6500, NONE),
    Good("8711600090", "Electric scooter", 52000, 98000, GAP),
    Good("8516710000", "Coffee maker", 9500, 26000),
    Good("8507600090", "Power bank", 3500, 11000, REDUCED),
    Good("9403200090", "Steel shelf", 6800, 21000, CHANGED),
    Good("4202920090", "Backpack", 3200, 9800),
    Good("6302600090", "Terry towel set", 1900, 5200),
    Good("8518300000", "Headphones", 4200, 17500),
    Good("7323930000", "Stainless pan", 2900, 8800),
    Good("9503008900", "Building blocks", 2100, 9600),
    Good("8414519900", "Table fan", 4700, 12800),
    Good("9405210090", "Desk lamp", 3100, 9900),
    Good("3924100000", "Lunch box", 900, 3100),
    Good("9506911900", "Exercise mat", 2200, 7900),
    Good("8504401900", "Charger", 1500, 6400),
    Good("6911101900", "Porcelain cup set", 2600, 8200),
    Good("9401790000", "Folding chair", 5200, 16800, CHANGED),
    Good("8509409000", "Hand blender", 6100, 15900),
    Good("6306220090", "Tent for two", 11800, 32500),
    Good("4016999090", "Rubber floor tile", 700, 2400, REDUCED),
    Good("8715000010", "Pushchair", 16500, 46800),
    Good("9004100000", "Sunglasses", 1100, 5600),
    Good("8467210000", "Cordless drill", 12500, 33800),
    Good("6404110000", "Running shoes", 6200, 15400),
    Good("7013370000", "Drinking glasses", 1300, 4700),
    Good("8508110000", "Vacuum cleaner", 21500, 58000),
    Good("6301400000", "Fleece blanket", 2700, 7600),
    Good("9507100010", "Fishing rod", 4100, 15800),
    Good("8544421900", "Charging cable", 500, 2200),
    Good("9603210000", "Toothbrush set", 600, 1900),
    Good("4820100000", "Notebook", 500, 2300, REDUCED),
    Good("8205590000", "Tool set", 4400, 18900),
    Good("6109100090", "Cotton T-shirt", 1400, 4300),
    Good("9403609990", "Bedside table", 9800, 27500, CHANGED),
    Good("8513109000", "Head torch", 1700, 6800),
    Good("4202129000", "Hard-shell suitcase", 9200, 28800),
    Good("7117190000", "Necklace", 600, 3900),
    Good("9506620090", "Football", 1800, 5900),
    Good("8712003000", "Folding bicycle", 48000, 112000),
    Good("6110300090", "Knitted pullover", 3900, 11600),
)

#: What a unit of the currency is worth, in ten-thousandths of a CNY; rates move around it.
CURRENCIES = {"USD": 71900, "EUR": 81800, "GBP": 95200, "JPY": 482, "AUD": 46900}
#: What else real sales may be in. A currency that is in neither list is taken to be worth 1 CNY.
MORE_CURRENCIES = {
    "CAD": 51800, "CHF": 87600, "SEK": 7420, "NOK": 7050, "DKK": 10960, "PLN": 19250, "CZK": 3320,
    "HKD": 9240, "SGD": 55400, "KRW": 52, "MXN": 3880, "BRL": 13200, "AED": 19580, "SAR": 19170,
    "THB": 2210, "MYR": 16900, "NZD": 42300, "TRY": 1720, "CNY": 10000,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """An overseas warehouse: its sales channel, their currency, and where the parcels go."""

    warehouse: str
    country: str
    currency: str
    channel: str
    #: Of a thousand sales, how many this warehouse ships (where all of PLACES are used).
    share: int
    #: Days from export to arrival, customs at both ends included.
    voyage: int
    #: Sixteen destinations; a parcel goes to one of them.
    destinations: tuple[str, ...]


PLACES = (
    Place("DUI1", "DE", "EUR", "amazon-de", 320, 31,
          ("DE",) * 9 + ("FR", "FR", "NL", "AT", "IT", "PL", "ES")),
    Place("LAX2", "US", "USD", "amazon-us", 350, 26, ("US",) * 15 + ("CA",)),
    Place("TYO1", "JP", "JPY", "rakuten-jp", 130, 21, ("JP",) * 16),
    Place("LON1", "GB", "GBP", "ebay-uk", 140, 37, ("GB",) * 15 + ("IE",)),
    Place("SYD1", "AU", "AUD", "ebay-au", 60, 24, ("AU",) * 14 + ("NZ", "NZ")),
)  # fmt: skip
#: Of a thousand sales, how many come through the firm's own shop, shipped from any warehouse.
OWN_SHOP, OWN_SHOP_SHARE = "webshop", 140

#: The exporter itself, made up; the digits check.
EXPORTER = "91330782MA2E7TQX5"


def checked_uscc(start: str) -> str:
    """A unified social credit code of 18 characters from its first 17."""
    return start + str(uscc.calc_check_digit(start))


def supplier_usccs(count: int) -> list[str]:
    """Codes of made-up suppliers in four towns; the digits check."""
    towns = ("330782", "330206", "440306", "440115")
    return [checked_uscc(f"91{towns[n % 4]}MA{2000 + 37 * n:04d}X8F") for n in range(count)]
