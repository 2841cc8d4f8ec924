# SPDX-License-Identifier: Apache-2.0
"""What a value of a master may be, where more than its form decides: used by API and import alike.

Each takes what was given and gives back what is kept, or raises `Wrong`; see `forms`.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import ModuleType
from typing import Any, Final

from stdnum import ean
from stdnum.cn import uscc
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as gb_vat

from entrepot.catalog.forms import SHOWN, Fault, Wrong, as_text_of, form, shown

_HS_CODE: Final = form("[0-9]{10}", "10 digits")
_UN_NUMBER: Final = form("UN[0-9]{4}", "UN and 4 digits")
_EORI: Final = form("[A-Z]{2}[A-Z0-9]{1,15}", "a country's two letters, then letters and digits")


def gtin(value: object) -> str:
    """The number under a bar code: 8, 12, 13 or 14 digits with a check digit.

    What stdnum leaves open stays open: whether the prefix was ever issued, and whether eight digits
    are an EAN-8 or a shortened UPC.
    Source: python-stdnum, stdnum.ean
    """
    return _by_stdnum(ean, value, "a GTIN of 8, 12, 13 or 14 digits")


def hs_code(value: object) -> str:
    """A customs tariff number: ten digits; whether the tariff has it is not asked here.

    Source: our own policy, docs/decisions/0018
    """
    return str(_HS_CODE(value))


def un_number(value: object) -> str:
    """The number of dangerous goods: UN and four digits; whether it was given out is not asked.

    Source: our own policy, docs/decisions/0018
    """
    return str(_UN_NUMBER(value))


def uscc_number(value: object) -> str:
    """A unified social credit code, with its check character.

    Source: python-stdnum, stdnum.cn.uscc
    """
    return _by_stdnum(uscc, value, "a unified social credit code of 18 characters")


def eori_number(value: object) -> str:
    """An EORI number, by its outline only: python-stdnum 2.2 has no check of it.

    Source: our own policy, docs/decisions/0018
    """
    return str(_EORI(value))


def time_zone(value: object) -> str:
    """A time zone, such as Europe/Berlin.

    Source: the IANA time zone database, in zoneinfo
    """
    if not isinstance(value, str) or value not in _time_zones():
        raise Wrong("a time zone such as Europe/Berlin")
    return value


def country(value: object) -> str:
    """A country by its two letters.

    Source: ISO 3166-1 as listed in the IANA time zone database (iso3166.tab)
    """
    if not isinstance(value, str) or value not in _countries():
        raise Wrong("a country's two letters, such as CN")
    return value


def vat_number(value: object) -> str:
    """A VAT number; one that begins with the letters of the EU or the United Kingdom is checked.

    One without letters is that of its partner's country: see `with_country`.
    Source: python-stdnum, stdnum.eu.vat and stdnum.gb.vat
    """
    expected = "a VAT number of at most 20 letters and digits"
    text = re.sub("[ .-]", "", as_text_of(value, expected)).upper()
    if not re.fullmatch("[A-Z0-9+*]{2,20}", text):
        raise Wrong(expected)
    return _checked_vat(text[:2], text)


def with_country(number: str, its_country: str) -> str:
    """A VAT number with the letters of its country in front, checked as that country's.

    Numbers of countries outside the EU and the United Kingdom are kept as they were given.
    Source: python-stdnum, stdnum.eu.vat and stdnum.gb.vat
    """
    if not number or number[:2].isalpha() or not _vat_module(its_country):
        return number
    prefix = "EL" if its_country == "GR" else its_country
    return _checked_vat(prefix, prefix + number)


def check_product(values: Mapping[str, Any]) -> list[Fault]:
    """What the fields of a product say against each other.

    Source: our own policy, docs/decisions/0018
    """
    faults = []
    if values["battery_kind"] and not values["contains_battery"]:
        found = shown(values["battery_kind"])
        faults.append(Fault("battery_kind", found, "nothing without a battery"))
    if values["un_number"] and not values["is_dangerous_goods"]:
        found = shown(values["un_number"])
        faults.append(Fault("un_number", found, "nothing unless dangerous goods"))
    return faults


def check_partner(values: dict[str, Any]) -> list[Fault]:
    """Complete the VAT number by the country, and check it as that country's.

    Source: python-stdnum, stdnum.eu.vat and stdnum.gb.vat
    """
    try:
        values["vat_number"] = with_country(values["vat_number"], values["country"])
    except Wrong as error:
        return [Fault("vat_number", shown(values["vat_number"]), error.expected)]
    return []


def _by_stdnum(module: ModuleType, value: object, expected: str) -> str:
    """A number that python-stdnum knows, without spaces and hyphens."""
    text = as_text_of(value, expected)
    if len(text) > SHOWN or not text.isascii():
        raise Wrong(expected)
    try:
        return str(module.validate(text))
    except ValidationError as error:
        said = str(error).rstrip(".")
        raise Wrong(f"{expected} ({said[:1].lower()}{said[1:]})") from error


def _checked_vat(prefix: str, number: str) -> str:
    module = _vat_module(prefix)
    if module is None:
        return number
    found = _by_stdnum(module, number, f"a VAT number of {prefix}")
    return found if found.startswith(prefix) else prefix + found


def _vat_module(prefix: str) -> ModuleType | None:
    if prefix in {"GB", "XI"}:
        return gb_vat
    is_eu = prefix == "EL" or prefix.lower() in eu_vat.MEMBER_STATES
    return eu_vat if is_eu else None


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


@cache
def _countries() -> frozenset[str]:
    listed = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line[:2] for line in listed.splitlines() if line and line[0] != "#")
