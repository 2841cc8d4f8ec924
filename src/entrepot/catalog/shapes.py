# SPDX-License-Identifier: Apache-2.0
"""What the API takes and gives of masters. `nouns` says what each field holds; here is its form."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, create_model

from entrepot.web.fields import Body, Lines, code, text, whole
from entrepot.web.paging import Paging

Sku = Annotated[str, code(64)]
Code = Annotated[str, code(40)]
Name = Annotated[str, text(200)]
Given = Annotated[str, text(200, at_least=1)]
Short = Annotated[str, text(100)]
Number = Annotated[str, text(40)]
Country = Annotated[str, Field(strict=True, pattern="^[A-Z]{2}$")]
Truth = Annotated[bool, Field(strict=True)]
Millimetres = Annotated[int, whole(1, 100_000)] | None
Grams = Annotated[int, whole(1, 100_000_000)] | None
Version = Annotated[int, whole(1, 2**31 - 1)]
Battery = Literal[
    "", "lithium_ion", "lithium_metal", "nickel_metal_hydride", "alkaline", "other"
]  # fmt: skip
Role = Literal[
    "supplier", "customer", "carrier", "forwarder", "bank", "insurer",
    "overseas_warehouse_operator",
]  # fmt: skip
Roles = Annotated[list[Role], Field(min_length=1, max_length=7)]
Prefix = Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ProductFields(Body):
    """What is said of a product."""

    name: Given = Field(default="", validate_default=False)
    name_zh: Name = ""
    gtin: Annotated[str, Field(strict=True, pattern="^([0-9]{8}|[0-9]{12,14})?$")] = Field(
        default="", description="8, 12, 13 or 14 digits; the check digit is checked."
    )
    hs_code: Annotated[str, Field(strict=True, pattern="^([0-9]{10})?$")] = ""
    length_mm: Millimetres = None
    width_mm: Millimetres = None
    height_mm: Millimetres = None
    weight_g: Grams = None
    contains_battery: Truth = False
    battery_kind: Battery = ""
    is_dangerous_goods: Truth = False
    un_number: Annotated[str, Field(strict=True, pattern="^(UN[0-9]{4})?$")] = ""
    is_active: Truth = True


class ProductLine(ProductFields):
    """A product by its SKU: what is left out stays, or is blank where it is new."""

    sku: Sku


class ProductIn(ProductLine):
    """A new product. Its SKU never changes, since the book names it."""

    name: Given


class ProductChange(ProductFields):
    """What changes of a product; the rest stays. `version` is the one that was looked at."""

    version: Version


class WarehouseFields(Body):
    """What is said of a warehouse."""

    name: Given = Field(default="", validate_default=False)
    time_zone: Annotated[str, text(64, at_least=1)] = Field(
        default="", description="Such as Europe/Berlin."
    )
    country: Country = ""
    region: Short = ""
    city: Short = ""
    postcode: Annotated[str, text(20)] = ""
    street: Name = ""
    operator: Code | Literal[""] = Field(default="", description="The code of a partner.")
    is_active: Truth = True


class WarehouseLine(WarehouseFields):
    """A warehouse by its code."""

    code: Code
    kind: Literal["home", "overseas"] = Field(
        default="home", description="It never changes: the book names places by it."
    )


class WarehouseIn(WarehouseLine):
    """A new warehouse. Its code and kind never change, since the book names places by them."""

    name: Given
    kind: Literal["home", "overseas"]
    time_zone: Annotated[str, text(64, at_least=1)]
    country: Country


class WarehouseChange(WarehouseFields):
    """What changes of a warehouse."""

    version: Version


class ZoneFields(Body):
    """What is said of a zone."""

    name: Name = ""
    is_active: Truth = True


class ZoneIn(ZoneFields):
    """A zone of a warehouse."""

    warehouse: Code
    code: Code


class ZoneChange(ZoneFields):
    """What changes of a zone."""

    version: Version


class BinFields(Body):
    """What is said of a bin."""

    zone: Code | Literal[""] = Field(default="", description="A zone of the same warehouse.")
    pick_sequence: Annotated[int, whole(0, 10**9)] = 0
    capacity_units: Annotated[int, whole(1, 10**9)] | None = None
    is_active: Truth = True


class BinIn(BinFields):
    """A bin of a warehouse. Its code never changes, since the book names a place by it."""

    warehouse: Code
    code: Code


class BinChange(BinFields):
    """What changes of a bin."""

    version: Version


class PartnerFields(Body):
    """What is said of a partner."""

    name: Given = Field(default="", validate_default=False)
    name_zh: Name = ""
    roles: Roles = Field(default_factory=list)
    country: Country = ""
    uscc: Number = Field(default="", description="Unified social credit code; checked.")
    vat_number: Number = Field(
        default="", description="Checked where it is one of the EU or the United Kingdom."
    )
    eori_number: Number = ""
    is_active: Truth = True


class PartnerLine(PartnerFields):
    """A partner by its code."""

    code: Code


class PartnerIn(PartnerLine):
    """A new partner. Its code never changes, since the book names places by it."""

    name: Given
    roles: Roles
    country: Country


class PartnerChange(PartnerFields):
    """What changes of a partner."""

    version: Version


class MasterOut(Schema):
    """What every master has."""

    id: UUID
    is_active: bool
    version: int
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str


class ProductOut(MasterOut):
    """A product."""

    sku: str
    name: str
    name_zh: str
    gtin: str
    hs_code: str
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    weight_g: int | None
    contains_battery: bool
    battery_kind: str
    is_dangerous_goods: bool
    un_number: str


class WarehouseOut(MasterOut):
    """A warehouse."""

    code: str
    name: str
    kind: str
    time_zone: str
    country: str
    region: str
    city: str
    postcode: str
    street: str
    operator: str


class ZoneOut(MasterOut):
    """A zone of a warehouse."""

    warehouse: str
    code: str
    name: str


class BinOut(MasterOut):
    """A bin of a warehouse."""

    warehouse: str
    code: str
    zone: str
    pick_sequence: int
    capacity_units: int | None


class PartnerOut(MasterOut):
    """A partner."""

    code: str
    name: str
    name_zh: str
    roles: list[str]
    country: str
    uscc: str
    vat_number: str
    eori_number: str


class DeactivateIn(Body):
    """Which version is put out of use."""

    version: Version


class MasterFilter(Paging):
    """Which masters."""

    is_active: bool | None = None
    code: Prefix = Field("", description="What the code begins with.")


class ProductFilter(Paging):
    """Which products."""

    is_active: bool | None = None
    sku: Prefix = Field("", description="What the SKU begins with.")
    gtin: Prefix = Field("", description="What the GTIN begins with.")
    hs_code: Prefix = Field("", description="What the HS code begins with.")


class PlaceFilter(MasterFilter):
    """Which zones or bins."""

    warehouse: Prefix = Field("", description="The code of the warehouse.")


class Search(Paging):
    """What to look for."""

    q: str = Field(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description=(
            "The beginning of a code, or words: all of them have to be there, capitals make no"
            " difference. Chinese is found by any two characters that follow each other."
        ),
    )
    is_active: bool | None = None


class PutOut(Schema):
    """What became of one line."""

    line: int = Field(description="The line, counted from 1.")
    id: UUID
    what: Literal["new", "changed", "unchanged"]


class PutsOut(Schema):
    """What became of every line."""

    lines: list[PutOut]


class ImportOut(Schema):
    """A file of masters: what it would do, and how far it is."""

    id: UUID
    about: str
    file: str
    state: Literal["previewed", "committed", "undone"]
    preview: dict[str, Any] = Field(
        description="How many rows are new, changed and unchanged; old and new of the first 500."
    )
    uploaded_at: datetime
    uploaded_by: str
    committed_at: datetime | None
    committed_by: str
    undone_at: datetime | None
    undone_by: str


def lines_of(line: type[Body]) -> type[Body]:
    """The body of a bulk call with such lines."""
    return create_model(
        f"{line.__name__}s",
        __base__=Body,
        __doc__="Masters to store together: all of them, or none.",
        lines=(Lines[line], ...),  # type: ignore[valid-type]
        only_new=(Truth, Field(False, description="Refuse masters that are there already.")),
    )
