# SPDX-License-Identifier: Apache-2.0
"""The five kinds of masters, described once as data: their fields, keys and checks.

Reading, checking, storing, import, export and search follow these descriptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from entrepot.catalog import forms, rules
from entrepot.catalog.forms import Check, Fault, Wrong, shown

#: The package whose headings.toml says what the columns of masters are called.
MASTERS: Final = "entrepot.catalog"
CODE, NAME = 40, 200
BATTERIES: Final = ("lithium_ion", "lithium_metal", "nickel_metal_hydride", "alkaline", "other")
KINDS: Final = ("home", "overseas")
ROLES: Final = (
    "supplier", "customer", "carrier", "forwarder", "bank", "insurer",
    "overseas_warehouse_operator",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field of a master.

    `blank` is what nothing given stands for; a field that `must` be given has none. A field that
    is `fixed` cannot change once made, since the book names it. One that `refers` holds the code
    of another master.
    """

    name: str
    check: Check
    says: str
    blank: Any = ""
    must: bool = False
    fixed: bool = False
    refers: str = ""

    @property
    def path(self) -> str:
        """How a query names its value."""
        return f"{self.name}__code" if self.refers else self.name

    @property
    def column(self) -> str:
        """Its column in the database."""
        return f"{self.name}_id" if self.refers else self.name

    def take(self, value: object) -> Any:
        """What is kept of what was given.

        Raises:
            Wrong: it is not what the field holds.
        """
        if value is None or (isinstance(value, str) and not value.strip()):
            if self.must:
                raise Wrong("a value")
            return self.blank
        return self.check(value.strip() if isinstance(value, str) else value)


@dataclass(frozen=True, slots=True, eq=False)
class Noun:
    """A kind of master: `key` names one within an enterprise, `words` are searched.

    `folder`: the package whose headings.toml says what its columns are called. `has_decimals`:
    whether a number of an Excel file with decimals is read, as its shortest exact form.
    """

    name: str
    plural: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    together: Callable[[dict[str, Any]], list[Fault]] = lambda values: []
    words: tuple[str, ...] = ()
    folder: str = MASTERS
    has_decimals: bool = False

    def field(self, name: str) -> Field:
        """The field of a name."""
        return next(field for field in self.fields if field.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    @property
    def table(self) -> str:
        return f"catalog_{self.name}"

    def key_of(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """The key of a master, by its fields."""
        return tuple(values[name] for name in self.key)


def check_fields(
    noun: Noun, given: Mapping[str, object], row: int | None = None
) -> tuple[dict[str, Any], list[Fault]]:
    """Check every field that was given, each on its own.

    Returns:
        what is kept of those that are right, and a fault for each of the others.
    """
    kept: dict[str, Any] = {}
    faults = []
    for field in noun.fields:
        if field.name not in given:
            continue
        value = given[field.name]
        try:
            kept[field.name] = field.take(value)
        except Wrong as wrong:
            faults.append(Fault(field.name, shown(value), wrong.expected, row))
    return kept, faults


def complete(
    noun: Noun, kept: Mapping[str, Any], was: Mapping[str, Any] | None, row: int | None = None
) -> tuple[dict[str, Any], list[Fault]]:
    """A whole master of what was given and what was there, with what contradicts itself.

    Args:
        noun: the kind of master.
        kept: fields that were given and are right.
        was: the master as it is; None where it is new.
        row: where it stands in a file or call.
    """
    blank = {field.name: field.blank for field in noun.fields}
    now = blank | dict(was or {}) | dict(kept)
    if was is None:
        missing = [f.name for f in noun.fields if f.must and f.name not in kept]
        if missing:
            return now, [Fault(name, "nothing", "a value", row) for name in missing]
    else:
        fixed = [f for f in noun.fields if f.fixed and now[f.name] != was[f.name]]
        if fixed:
            return now, [
                Fault(f.name, shown(now[f.name]), f"{shown(was[f.name])}: the book names it", row)
                for f in fixed
            ]
    return now, [replace(fault, row=row) for fault in noun.together(now)]


def _code(says: str, *, is_place: bool = True) -> Field:
    return Field("code", forms.code(CODE, is_place=is_place), says, must=True, fixed=True)


_IS_ACTIVE = Field("is_active", forms.truth, "no: kept, and not offered any more", blank=True)
_MILLIMETRES, _GRAMS = forms.whole(1, 100_000), forms.whole(1, 100_000_000)

PRODUCT: Final = Noun(
    "product",
    "products",
    ("sku",),
    (
        Field(
            "sku",
            # Articles of real firms have spaces in their numbers.
            forms.code(64, has_spaces=True),
            "the firm's own article number",
            must=True,
            fixed=True,
        ),
        Field("name", forms.name(NAME), "what the goods are called", must=True),
        Field("name_zh", forms.name(NAME), "what they are called in Chinese"),
        Field("gtin", rules.gtin, "the number under the bar code: 8, 12, 13 or 14 digits"),
        Field("hs_code", rules.hs_code, "customs tariff number of 10 digits"),
        Field("length_mm", _MILLIMETRES, "length of the packed unit, millimetres", None),
        Field("width_mm", _MILLIMETRES, "width, millimetres", None),
        Field("height_mm", _MILLIMETRES, "height, millimetres", None),
        Field("weight_g", _GRAMS, "weight of the packed unit, grams", None),
        Field("contains_battery", forms.truth, "whether a battery is in it or with it", False),
        Field("battery_kind", forms.choice(*BATTERIES), f"one of {', '.join(BATTERIES)}"),
        Field("is_dangerous_goods", forms.truth, "whether it is carried as dangerous goods", False),
        Field("un_number", rules.un_number, "UN number of dangerous goods, such as UN3481"),
        _IS_ACTIVE,
    ),
    rules.check_product,
    words=("sku", "gtin", "hs_code", "name", "name_zh"),
)

WAREHOUSE: Final = Noun(
    "warehouse",
    "warehouses",
    ("code",),
    (
        _code("the firm's own code; a place of the book is named after it"),
        Field("name", forms.name(NAME), "what it is called", must=True),
        Field("kind", forms.choice(*KINDS), "home or overseas", must=True, fixed=True),
        Field("time_zone", rules.time_zone, "such as Europe/Berlin", must=True),
        Field("country", rules.country, "two letters of ISO 3166-1", must=True),
        Field("region", forms.name(100), "state or province"),
        Field("city", forms.name(100), "city"),
        Field("postcode", forms.name(20), "postcode"),
        Field("street", forms.name(NAME), "street and number"),
        Field(
            "operator", forms.code(CODE, is_place=True), "code of the partner who runs it",
            refers="partner",
        ),
        _IS_ACTIVE,
    ),
    words=("code", "name", "city"),
)  # fmt: skip

_IN_WAREHOUSE = Field(
    "warehouse", forms.code(CODE, is_place=True), "code of the warehouse",
    must=True, fixed=True, refers="warehouse",
)  # fmt: skip

ZONE: Final = Noun(
    "zone",
    "zones",
    ("warehouse", "code"),
    (
        _IN_WAREHOUSE,
        _code("code within the warehouse"),
        Field("name", forms.name(NAME), "what it is called"),
        _IS_ACTIVE,
    ),
)

BIN: Final = Noun(
    "bin",
    "bins",
    ("warehouse", "code"),
    (
        _IN_WAREHOUSE,
        _code("code within the warehouse; a place of the book is named after it"),
        Field(
            "zone", forms.code(CODE, is_place=True), "code of its zone in the same warehouse",
            refers="zone",
        ),
        Field("pick_sequence", forms.whole(0, 10**9), "bins are walked in this order", 0),
        Field("capacity_units", forms.whole(1, 10**9), "how many stock units fit", None),
        _IS_ACTIVE,
    ),
)  # fmt: skip

PARTNER: Final = Noun(
    "partner",
    "partners",
    ("code",),
    (
        _code("the firm's own code; places of the book are named after it"),
        Field("name", forms.name(NAME), "what it is called", must=True),
        Field("name_zh", forms.name(NAME), "what it is called in Chinese"),
        Field("roles", forms.several(*ROLES), f"any of {', '.join(ROLES)}", blank=[], must=True),
        Field("country", rules.country, "two letters of ISO 3166-1", must=True),
        Field("uscc", rules.uscc_number, "unified social credit code"),
        Field("vat_number", rules.vat_number, "VAT number, with its country's letters"),
        Field("eori_number", rules.eori_number, "EORI number, with its country's letters"),
        _IS_ACTIVE,
    ),
    rules.check_partner,
    words=("code", "name", "name_zh", "uscc", "vat_number", "eori_number"),
)

NOUNS: Final = {noun.name: noun for noun in (PRODUCT, WAREHOUSE, ZONE, BIN, PARTNER)}
