# SPDX-License-Identifier: Apache-2.0
"""What is given to judge the origin of products under RCEP, and what comes out."""

from typing import Any

from entrepot.engine.schema import Column, Kind, Reference, Table

#: Rules that are judged, and `other`: any that is not one of these, which a person judges.
RULES = ("CC", "CTH", "CTSH", "RVC40", "other")
#: In the order in which they are named where a product meets several.
CRITERIA = ("WO", "PE", *RULES[:-1])
VERDICTS = ("qualifies", "does_not", "open")
#: What may be missing, and whether the product stays open for it alone.
MISSING = {
    "no_materials": True,
    "no_rule": True,
    "other_rule": True,
    "no_exchange_rate": True,
    "no_weight": True,
    "not_a_party": False,
    "no_proof": False,
    "unknown_origin": False,
}

_HS: dict[str, Any] = {
    "pattern": "^[0-9]{6}([0-9]{2}){0,2}$",
    "form": "6, 8 or 10 digits without points",
}
_COUNTRY: dict[str, Any] = {"pattern": "^[A-Z]{2}$", "form": "two capital letters"}
_CURRENCY: dict[str, Any] = {"pattern": "^[A-Z]{3}$", "form": "three capital letters"}
_AMOUNT: dict[str, Any] = {
    "pattern": "^[0-9]{1,12}([.][0-9]{1,6})?$",
    "form": "a number such as 12 or 0.75, without signs or separators",
}


def _cost(name: str, meaning: str, *, negative: bool = False) -> Column:
    return Column(name, Kind.MONEY, meaning, empty=True, absent=True, negative=negative)


PRODUCTS = Table(
    "products",
    "product to judge",
    (
        Column("product", Kind.TEXT, "product", key=True),
        Column("name", Kind.TEXT, "what it is called"),
        Column("name_zh", Kind.TEXT, "the same in Chinese", empty=True, absent=True),
        Column("hs_code", Kind.TEXT, "tariff number", **_HS),
        Column("made_in", Kind.TEXT, "country of its production", **_COUNTRY),
        Column("judged_on", Kind.DAY, "day whose rules and exchange rates count"),
        Column("quantity", Kind.TEXT, "how much `fob` and the materials are for", **_AMOUNT),
        Column("unit", Kind.TEXT, "unit of the quantity"),
        Column("fob", Kind.MONEY, "FOB value, above 0"),
        Column("currency", Kind.TEXT, "its ISO 4217 code", **_CURRENCY),
        Column(
            "weight_g",
            Kind.QUANTITY,
            "grams, net, of all of it; asked in chapters that may be judged by weight",
            empty=True,
            absent=True,
        ),
        _cost("labour", "direct labour cost, in `currency`"),
        _cost("overhead", "direct overhead cost"),
        _cost("profit", "profit; below 0: a loss", negative=True),
        _cost("other_costs", "other cost"),
        Column(
            "wholly_obtained",
            Kind.FLAG,
            "true: the firm declares it wholly obtained; that is not judged",
            empty=True,
            absent=True,
        ),
    ),
)

MATERIALS = Table(
    "materials",
    "material of a product",
    (
        Column("product", Kind.TEXT, "product", key=True),
        Column("line_no", Kind.NUMBER, "line of its bill of materials", key=True),
        Column("material", Kind.TEXT, "what it is"),
        Column("hs_code", Kind.TEXT, "tariff number", **_HS),
        Column("origin", Kind.TEXT, "country of origin; empty: unknown", empty=True, **_COUNTRY),
        Column(
            "proof",
            Kind.TEXT,
            "number of the certificate or declaration that it originates there",
            empty=True,
            absent=True,
        ),
        Column("quantity", Kind.TEXT, "how much goes into the product's quantity", **_AMOUNT),
        Column("unit", Kind.TEXT, "unit of the quantity"),
        Column("value", Kind.MONEY, "value of that quantity"),
        Column("currency", Kind.TEXT, "its ISO 4217 code", **_CURRENCY),
        Column("weight_g", Kind.COUNT, "grams, net, of that quantity", empty=True, absent=True),
    ),
    references=(Reference(("product",), "products", ("product",)),),
)

PRODUCT_RULES = Table(
    "rules",
    "product-specific rule",
    (
        Column(
            "hs_code",
            Kind.TEXT,
            "chapter, heading or subheading that it is for; the longest that fits counts",
            key=True,
            pattern="^[0-9]{2}([0-9]{2}){0,2}$",
            form="2, 4 or 6 digits",
        ),
        Column("rule", Kind.TEXT, "rule; several rows are alternatives", key=True, values=RULES),
        Column("valid_from", Kind.DAY, "first day in force", key=True),
        Column("valid_to", Kind.DAY, "first day no longer in force", empty=True, absent=True),
        Column("words", Kind.TEXT, "the rule as it is written", empty=True, absent=True),
        Column("source", Kind.TEXT, "where it was read"),
    ),
)

FX_RATES = Table(
    "fx_rates",
    "exchange rate",
    (
        Column("on", Kind.DAY, "day", key=True),
        Column("currency", Kind.TEXT, "ISO 4217 code", key=True, **_CURRENCY),
        Column("cny_per_unit", Kind.FX_RATE, "CNY for one unit"),
    ),
    optional=True,
)

GIVEN = (PRODUCTS, MATERIALS, PRODUCT_RULES, FX_RATES)

_FRACTION = "as a fraction in lowest terms"

VERDICT = Table(
    "verdicts",
    "product judged",
    (
        Column("product", Kind.TEXT, "product", key=True),
        Column("hs_code", Kind.TEXT, "tariff number"),
        Column("judged_on", Kind.DAY, "day whose rules count"),
        Column("verdict", Kind.TEXT, "whether it originates", values=VERDICTS),
        Column("criterion", Kind.TEXT, "first criterion that it meets", empty=True),
        Column("criteria", Kind.TEXT, "all that it meets", empty=True),
        Column("de_minimis", Kind.FLAG, "the criterion is met by de minimis only", empty=True),
        Column("rule_of", Kind.TEXT, "tariff number that the rules are given for", empty=True),
        Column("fob", Kind.MONEY, "FOB value"),
        Column("currency", Kind.TEXT, "its currency"),
        Column("originating", Kind.TEXT, f"VOM / FOB {_FRACTION}", empty=True),
        Column("non_originating", Kind.TEXT, f"VNM / FOB {_FRACTION}", empty=True),
        Column("build_down", Kind.TEXT, f"(FOB - VNM) / FOB {_FRACTION}", empty=True),
        Column("build_down_percent", Kind.TEXT, "the same, rounded down", empty=True),
        Column("build_up", Kind.TEXT, f"(VOM + costs + profit) / FOB {_FRACTION}", empty=True),
        Column("build_up_percent", Kind.TEXT, "the same, rounded down", empty=True),
    ),
)

LINES = Table(
    "lines",
    "material judged",
    (
        Column("product", Kind.TEXT, "product", key=True),
        Column("line_no", Kind.NUMBER, "line of its bill of materials", key=True),
        Column("material", Kind.TEXT, "what it is"),
        Column("hs_code", Kind.TEXT, "tariff number"),
        Column("origin", Kind.TEXT, "country of origin", empty=True),
        Column("proof", Kind.TEXT, "proof of it", empty=True),
        Column("originates", Kind.FLAG, "counts as originating: a party, and a proof"),
        Column("lacks_proof", Kind.FLAG, "of a party, and counts as non-originating for no proof"),
        Column("changes_chapter", Kind.FLAG, "its chapter is not the product's"),
        Column("changes_heading", Kind.FLAG, "its heading is not the product's"),
        Column("changes_subheading", Kind.FLAG, "its subheading is not the product's"),
        Column("value", Kind.MONEY, "value"),
        Column("currency", Kind.TEXT, "its currency"),
        Column("share", Kind.TEXT, f"value / FOB {_FRACTION}", empty=True),
        Column("share_percent", Kind.TEXT, "the same, rounded up", empty=True),
    ),
)

TESTS = Table(
    "tests",
    "criterion tried",
    (
        Column("product", Kind.TEXT, "product", key=True),
        Column("criterion", Kind.TEXT, "criterion", key=True),
        Column("met", Kind.FLAG, "empty: cannot be told", empty=True),
        Column("de_minimis", Kind.FLAG, "met by de minimis only", empty=True),
        Column("unchanged", Kind.COUNT, "materials that do not change as it asks", empty=True),
        Column("share", Kind.TEXT, f"their value / FOB {_FRACTION}", empty=True),
        Column("share_percent", Kind.TEXT, "the same, rounded up", empty=True),
        Column("weight", Kind.TEXT, f"their weight / weight {_FRACTION}", empty=True),
        Column("weight_percent", Kind.TEXT, "the same, rounded up", empty=True),
        Column("words", Kind.TEXT, "the rule as it is written", empty=True),
        Column("source", Kind.TEXT, "where it was read", empty=True),
    ),
)

MISSING_TABLE = Table(
    "missing",
    "what a product that does not qualify lacks",
    (
        Column("product", Kind.TEXT, "product", key=True),
        Column("code", Kind.TEXT, "what is missing", key=True, values=tuple(MISSING)),
        Column("line_no", Kind.NUMBER, "line it is about", key=True, empty=True),
        Column("what", Kind.TEXT, "material, currency, country or rule", key=True, empty=True),
    ),
)

CERTIFICATE = Table(
    "certificate",
    "product to name on a certificate of origin",
    (
        Column("product", Kind.TEXT, "product", key=True),
        Column("name", Kind.TEXT, "what it is called"),
        Column("name_zh", Kind.TEXT, "the same in Chinese", empty=True),
        Column("hs_6", Kind.TEXT, "first six digits of its tariff number"),
        Column("criterion", Kind.TEXT, "criterion that it meets", values=CRITERIA),
        Column("de_minimis", Kind.FLAG, "met by de minimis only"),
        Column("accumulated", Kind.FLAG, "with originating materials of another party"),
        Column("rvc_percent", Kind.TEXT, "RVC, rounded down, where it counts", empty=True),
        Column("rvc_way", Kind.TEXT, "build-down or build-up", empty=True),
        Column("made_in", Kind.TEXT, "country of production"),
        Column("quantity", Kind.TEXT, "quantity"),
        Column("unit", Kind.TEXT, "its unit"),
        Column("fob", Kind.MONEY, "FOB value"),
        Column("currency", Kind.TEXT, "its currency"),
        Column("source", Kind.TEXT, "where the rule was read", empty=True),
    ),
)

RESULTS = (VERDICT, TESTS, LINES, MISSING_TABLE, CERTIFICATE)
