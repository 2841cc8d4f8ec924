# SPDX-License-Identifier: Apache-2.0
"""What the API takes and gives of classification."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, Field

from entrepot.customs.classifying.factors import EXPECTED, factor
from entrepot.customs.classifying.tables import DECLARED, MOST_ELEMENTS, NAME, VALUE
from entrepot.web.fields import Body, Day, Flag, Lines, code, text, whole

Status = Literal["unclassified", "draft", "proposed", "changed", "fine"]
State = Literal["draft", "proposed", "accepted", "returned", "dropped", "undone"]
Event = Literal["proposed", "accepted", "returned", "dropped", "undone"]
Severity = Literal["refuse", "look", "off"]

Sku = Annotated[str, code(64)]
HsCode = Annotated[str, Field(strict=True, pattern="^([0-9]{10})?$")]
Unit = Annotated[str, Field(strict=True, pattern="^([0-9]{3})?$")]
Country = Annotated[str, Field(strict=True, pattern="^([A-Z]{2})?$")]
Currency = Annotated[str, Field(strict=True, pattern="^([A-Z]{3}|[0-9]{3})$")]
Price = Annotated[str, Field(strict=True, pattern=r"^[0-9]{1,14}(\.[0-9]{1,5})?$")]
Why = Annotated[str, text(200, at_least=1)]


def _factor(value: str) -> str:
    if value and factor(value) is None:
        raise ValueError(EXPECTED)
    return value


Factor = Annotated[
    str, Field(strict=True, max_length=19, pattern="^[0-9./]*$"), AfterValidator(_factor)
]


def _of_our_time(day: date) -> date:
    if not 1949 <= day.year <= 2999:
        raise ValueError("a day of our time")
    return day


OnDay = Annotated[Day, AfterValidator(_of_our_time)]


class ElementIn(Body):
    """An element by its name, and what is declared."""

    name: Annotated[str, text(NAME, at_least=1)]
    value: Annotated[str, text(VALUE)]


class GoodsIn(Body):
    """How goods are declared; what is left out is not said."""

    sku: Sku
    hs_code: HsCode = ""
    name_zh: Annotated[str, text(DECLARED)] = ""
    name_en: Annotated[str, text(DECLARED)] = ""
    elements: Annotated[list[ElementIn], Field(max_length=MOST_ELEMENTS)] = Field(
        default=[], description="Put into the order of the tariff."
    )
    unit: Unit = Field("", description="Declared unit, a code of customs.")
    per_unit: Factor = Field(
        "", description="Declared units that one stock unit is: 1, 0.25, 1/12."
    )
    unit1: Unit = Field("", description="First statutory unit.")
    per_unit1: Factor = ""
    unit2: Unit = Field("", description="Second statutory unit, where there is one.")
    per_unit2: Factor = ""
    country: Country = Field("", description="Of origin, two letters.")

    def given(self) -> dict[str, object]:
        """The fields as a file has them."""
        said = self.model_dump()
        said["elements"] = [(each.name, each.value) for each in self.elements]
        return said


class DraftsIn(Body):
    """How goods are declared from a day on."""

    valid_from: OnDay
    note: Annotated[str, text(200)] = ""
    goods: Lines[GoodsIn]


class DraftedOut(Schema):
    """What became of drafts: the new ones, and how many were there already."""

    made: list[UUID]
    known: int


class IdsIn(Body):
    """Which classifications."""

    ids: Lines[UUID]


class DecidedIn(IdsIn):
    """Which classifications, and why."""

    reason: Why


class ElementOut(Schema):
    """An element, and what is declared."""

    name: str
    value: str


class ClassificationOut(Schema):
    """A version of how goods are declared; it never changes, only its state does."""

    id: UUID
    sku: str
    version: int
    state: State
    valid_from: date
    hs_code: str
    name_zh: str
    name_en: str
    elements: list[ElementOut]
    unit: str
    per_unit: str
    unit1: str
    per_unit1: str
    unit2: str
    per_unit2: str
    country: str
    note: str
    made_at: datetime
    made_by: str
    proposed_by: str


class ClassifiedOut(Schema):
    """Classifications that went a step."""

    classifications: list[ClassificationOut]


class FindingOut(Schema):
    """What is missing or odd: the check, how severe, why and what to do, in both languages."""

    check: str
    severity: Severity
    field: str
    facts: dict[str, str]
    en: str
    zh: str
    next_en: str
    next_zh: str


class ClassifyStepOut(Schema):
    """A step of a classification."""

    step_no: int
    event: Event
    was: State
    became: State
    reason: str
    findings: list[FindingOut] = Field(description="Those that it was proposed or accepted with.")
    at: datetime
    by: str


class ClassificationShown(ClassificationOut):
    """A classification with what is found about it now, and all its steps."""

    findings: list[FindingOut]
    history: list[ClassifyStepOut]


class WorkOut(Schema):
    """A product, how it is declared on a day, and what is to be done."""

    id: UUID = Field(description="Of the product.")
    sku: str
    name: str
    name_zh: str
    status: Status
    accepted: UUID | None = Field(description="The classification that holds.")
    hs_code: str | None
    declared: str | None = Field(description="Its declared name.")
    open: UUID | None = Field(description="The one that is a draft or proposed.")


class TariffOut(Schema):
    """A line of the tariff."""

    id: UUID
    hs_code: str
    name: str
    elements: list[str]
    unit1: str
    unit2: str
    valid_from: date
    valid_to: date | None
    version: int
    is_newest: bool = Field(description="No correction of it came.")
    source: str


class TariffTakenOut(Schema):
    """What became of a file of tariff lines."""

    lines: int
    added: int
    corrected: int
    known: int


class SuggestionOut(Schema):
    """What goods may be declared as, and why."""

    kind: Literal["accepted", "released", "alike"]
    of: str
    on: date
    permille: int = Field(description="How much alike the names are, of a thousand.")
    shared: list[str] = Field(description="Words that both names have.")
    hs_code: str
    name_zh: str
    elements: list[ElementOut]
    unit: str
    unit1: str
    unit2: str


class SuggestionsOut(Schema):
    """Suggestions, the nearest first."""

    suggestions: list[SuggestionOut]


class ClassifyLineIn(Body):
    """A line that is drafted."""

    sku: Sku
    quantity: Annotated[int, whole(1, 10**9)] = Field(description="Stock units.")
    price: Price = Field(description="Of one declared unit.")
    currency: Currency


class ClassifyLinesIn(Body):
    """Lines that are drafted, and the day they are declared on."""

    on: OnDay
    lines: Lines[ClassifyLineIn]


class DeclaredOut(Schema):
    """What a line of a declaration list says of goods; quantities end in five decimals."""

    sku: str
    classification: UUID
    hs_code: str
    name_zh: str
    name_en: str
    text: str
    unit: str
    quantity: str | None
    unit1: str
    quantity1: str | None
    unit2: str
    quantity2: str | None
    country: str
    findings: list[FindingOut]


class DeclaredsOut(Schema):
    """Lines, in their order."""

    lines: list[DeclaredOut]


class LimitsBody(Body):
    """From when on a price is far from accepted ones."""

    least: Annotated[int, whole(1, 1000)] = 5
    times_percent: Annotated[int, whole(0, 100_000)] = 500
    share_percent: Annotated[int, whole(0, 10_000)] = 30


class ClassifySettingsIn(Body):
    """What is to be different; what is left out stays."""

    four_eyes: Flag | None = None
    severities: dict[Annotated[str, text(40)], Severity] | None = None
    counted_units: list[Unit] | None = Field(None, max_length=500)
    weight_units: list[Unit] | None = Field(None, max_length=500)
    brand_elements: list[Annotated[str, text(NAME)]] | None = Field(None, max_length=500)
    brand_kind_elements: list[Annotated[str, text(NAME)]] | None = Field(None, max_length=500)
    no_brand: list[Annotated[str, text(VALUE)]] | None = Field(None, max_length=500)
    brands: list[Annotated[str, text(VALUE)]] | None = Field(None, max_length=500)
    joiner: Annotated[str, text(5, at_least=1)] | None = None
    limits: LimitsBody | None = None

    def given(self) -> dict[str, Any]:
        """What was named."""
        return self.model_dump(exclude_none=True)


class ClassifySettingsOut(Schema):
    """How goods are looked at."""

    four_eyes: bool
    severities: dict[str, Severity]
    counted_units: list[str]
    weight_units: list[str]
    brand_elements: list[str]
    brand_kind_elements: list[str]
    no_brand: list[str]
    brands: list[str]
    joiner: str
    limits: dict[str, int]
