# SPDX-License-Identifier: Apache-2.0
"""The masters that a season names: products, warehouses with a few bins, suppliers.

What the enterprise has already stays as it is, but for names and tariff numbers of products, which
the season says. A warehouse that is new lies where most of its goods go, by the time of the first
city that the time zone database names there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from entrepot.catalog import actions
from entrepot.catalog.models import Bin, Partner, Warehouse
from entrepot.catalog.nouns import BIN, PARTNER, PRODUCT, WAREHOUSE, Noun
from entrepot.closing.loading.fitting import one_line
from entrepot.closing.loading.reading import Row, Season, Unloadable
from entrepot.ledger.models import Item

#: Bins of a warehouse that has none; each SKU lies in one of them.
BINS: Final = 12
HOME: Final = "HOME"
#: Digits of a currency that the book does not have.
DIGITS: Final = 2
_AT_ONCE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Masters:
    """What the book calls the season's places and partners.

    `bins`: by warehouse overseas, the codes of its bins. `zones`: by warehouse. `suppliers`: codes
    of partners by USCC. `digits`: decimals of the currencies that the book has.
    """

    home: str
    bins: Mapping[str, Sequence[str]]
    zones: Mapping[str, str]
    suppliers: Mapping[str, str]
    digits: Mapping[str, int]
    skus: Mapping[str, int]

    def bin_of(self, warehouse: str, sku: str) -> str:
        """The bin in which a SKU lies."""
        bins = self.bins[warehouse]
        return bins[self.skus[sku] % len(bins)]

    def shelf_of(self, warehouse: str, sku: str) -> str:
        """The place of that bin in the book."""
        return f"warehouse/{warehouse}/{self.bin_of(warehouse, sku)}"


def store(season: Season) -> Masters:
    """Add the masters that are missing.

    Raises:
        Unloadable: a warehouse of the season is one at home.
    """
    products = season.rows["products"]
    _put(PRODUCT, [
        {"sku": row["sku"], "name": one_line(row["name"]), "hs_code": row["hs_code"]}
        for row in products
    ])  # fmt: skip
    overseas = _overseas(season)
    suppliers = _suppliers(season.rows["purchases"])
    return Masters(
        _home(overseas),
        _bins(overseas),
        dict(Warehouse.objects.values_list("code", "time_zone")),
        suppliers,
        dict(Item.objects.filter(kind="money").values_list("code", "digits")),
        {row["sku"]: at for at, row in enumerate(sorted(products, key=lambda row: row["sku"]))},
    )


def _put(noun: Noun, lines: Sequence[Mapping[str, Any]]) -> None:
    for at in range(0, len(lines), _AT_ONCE):
        actions.put(noun, lines[at : at + _AT_ONCE])


def _overseas(season: Season) -> list[str]:
    """Warehouses overseas of the season; those that are new are added."""
    countries = _countries(season)
    known = dict(Warehouse.objects.values_list("code", "kind"))
    if at_home := sorted(code for code in countries if known.get(code) == "home"):
        raise Unloadable(
            f"Cannot load {season.folder}.",
            f"Warehouse {at_home[0]} of the season lies overseas, and at home by the masters.",
            "Load it into an enterprise of its own, or give the warehouse another code.",
            warehouses=at_home,
        )
    new = [
        {
            "code": code, "name": code, "kind": "overseas", "country": country,
            "time_zone": _zone_of(country),
        }
        for code, country in sorted(countries.items())
        if code not in known
    ]  # fmt: skip
    _put(WAREHOUSE, new)
    return sorted(countries)


def _countries(season: Season) -> dict[str, str]:
    """By warehouse overseas, the country that most of its goods are declared for, or sold to."""
    seen: dict[str, Counter[str]] = {}
    for table in ("receipts", "returns", "adjustments"):
        for row in season.rows[table]:
            seen.setdefault(row["warehouse"], Counter())
    for row in season.rows["transfers"]:
        for column in ("from_warehouse", "to_warehouse"):
            seen.setdefault(row[column], Counter())
    # What is declared for a warehouse goes before what leaves it.
    for table, weight in (("declarations", 1_000_000), ("sales", 1)):
        for row in season.rows[table]:
            if row["warehouse"]:
                seen.setdefault(row["warehouse"], Counter())[row["destination"]] += weight
    known = _zones()
    return {
        code: next((c for c, _ in its.most_common() if c in known), "CN")
        for code, its in seen.items()
    }


def _home(overseas: Iterable[str]) -> str:
    """The first warehouse at home, which is added where there is none."""
    found = Warehouse.objects.filter(kind="home", is_active=True).order_by("code").first()
    if found is not None:
        return found.code
    code = next(code for code in (HOME, f"{HOME}-0") if code not in overseas)
    home = {"code": code, "name": code, "kind": "home", "country": "CN"}
    _put(WAREHOUSE, [home | {"time_zone": "Asia/Shanghai"}])
    return code


def _bins(overseas: Iterable[str]) -> dict[str, list[str]]:
    bins: dict[str, list[str]] = {code: [] for code in overseas}
    rows = Bin.objects.filter(is_active=True, warehouse__code__in=list(bins))
    order = rows.order_by("pick_sequence", "code").values_list("warehouse__code", "code")
    for warehouse, code in order:
        bins[warehouse].append(code)
    new = [
        {"warehouse": warehouse, "code": f"A-{at:02}", "pick_sequence": at}
        for warehouse, its in bins.items()
        if not its
        for at in range(1, BINS + 1)
    ]
    _put(BIN, new)
    for line in new:
        bins[str(line["warehouse"])].append(str(line["code"]))
    return bins


def _suppliers(purchases: Sequence[Row]) -> dict[str, str]:
    """Codes of suppliers by USCC; those that are new are called by it."""
    wanted = {row["supplier_uscc"] for row in purchases}
    known = Partner.objects.filter(uscc__in=wanted, is_active=True, roles__contains=["supplier"])
    found = dict(known.order_by("-code").values_list("uscc", "code"))
    new = sorted(wanted - found.keys())
    _put(PARTNER, [
        {"code": uscc, "name": uscc, "roles": ["supplier"], "country": "CN", "uscc": uscc}
        for uscc in new
    ])  # fmt: skip
    return found | {uscc: uscc for uscc in new}


def _zone_of(country: str) -> str:
    return _zones()[country]


@cache
def _zones() -> Mapping[str, str]:
    """The first time zone of each country.

    Source: the IANA time zone database (zone.tab)
    """
    listed = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    zones: dict[str, str] = {}
    for line in listed.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            zones.setdefault(country, zone)
    return zones
