# SPDX-License-Identifier: Apache-2.0
"""What a firm says once, and its mappings from its own codes to those of customs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.utils import timezone

from entrepot.catalog.actions import unfit
from entrepot.catalog.forms import Fault, shown
from entrepot.customs.messages.editions import newest
from entrepot.declaring.asked import (
    ELEMENTS,
    FLAGS,
    FREIGHT_CURRENCY,
    KINDS,
    LIST,
    OF_VOYAGE,
    element,
)
from entrepot.declaring.models import Code, Setup
from entrepot.declaring.refusals import UnfitSetup
from entrepot.people.audit import record
from entrepot.people.tenancy import acting

#: CNY of a unit of the currency, where a way hangs on the value and it is in another.
CNY_RATE: Final = "cnyRate"
#: What is said of a flow and of no message.
_FREE: Final = (FREIGHT_CURRENCY, CNY_RATE, *FLAGS)
NAMES: Final = (*ELEMENTS, *_FREE)
#: What the setup holds: all but what each voyage has of its own.
SETUP_NAMES: Final = tuple(name for name in NAMES if name not in OF_VOYAGE and name != CNY_RATE)
#: Kinds that are told back: from the code of customs to the firm's own.
ONE_TO_ONE: Final = ("currency", "country")
_CODES_OF: Final = {
    "currency": (LIST, "InventoryHead", "fCurrency"),
    "country": (LIST, "InventoryHead", "country"),
    "port": (LIST, "InventoryHead", "POD"),
    "platform": (LIST, "InventoryHead", "ebpCode"),
    "record": (LIST, "InventoryList", "itemRecordNo"),
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """What customs calls something of the firm's."""

    code: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """All that was said: of a flow before the setup; and the mappings by kind and own code."""

    said: Mapping[str, str]
    codes: Mapping[tuple[str, str], Mapped] = field(default_factory=dict)

    def code(self, kind: str, own: str) -> Mapped | None:
        """What customs calls it; None where nobody said."""
        return self.codes.get((kind, own))

    def owns(self, kind: str) -> dict[str, str]:
        """What the firm calls the codes of customs, of a kind that is one to one."""
        return {mapped.code: own for (its, own), mapped in self.codes.items() if its == kind}


def known(said: Mapping[str, str] | None = None) -> Known:
    """What is said by now: of a flow, of the firm, and its mappings."""
    setup = Setup.objects.first()
    merged = dict(setup.said) if setup is not None else {}
    merged |= {name: value for name, value in (said or {}).items() if value}
    rows = Code.objects.values_list("kind", "own", "code", "name")
    return Known(merged, {(kind, own): Mapped(code, name) for kind, own, code, name in rows})


def change_setup(new: Mapping[str, str]) -> Setup:
    """Change what is named; empty takes it away, what is not named stays.

    Raises:
        UnfitSetup: with everything that no message would take.
    """
    refuse_unfit("Cannot change what the firm says once.", faults_of(new, SETUP_NAMES))
    by = acting().actor
    Setup.objects.get_or_create(defaults={"changed_by": by})
    found = Setup.objects.select_for_update().get()
    said = {**found.said, **new}
    found.said = {name: value for name, value in said.items() if value}
    found.changed_at, found.changed_by = timezone.now(), by
    found.save()
    record("declaring.setup_changed", "declaring", fields=sorted(new))
    return found


def put_codes(rows: Sequence[tuple[str, str, str, str]]) -> int:
    """Keep mappings: kind, own code, code at customs, name; the same again changes nothing.

    Returns:
        how many are new or different.

    Raises:
        UnfitSetup: with every row that no message would take.
    """
    faults = [fault for at, row in enumerate(rows, 1) for fault in _row_faults(at, row)]
    keys = [row[:2] for row in rows]
    faults += [
        Fault("own", shown(row[1]), "each code of a kind once", at)
        for at, row in enumerate(rows, 1) if row[:2] in keys[: at - 1]
    ]  # fmt: skip
    before = known().codes
    faults += _said_twice(rows, before)
    refuse_unfit(f"Cannot keep {len(rows):,} codes.", faults)
    new = [row for row in rows if before.get((row[0], row[1])) != Mapped(row[2], row[3])]
    Code.objects.bulk_create(
        [Code(kind=kind, own=own, code=code, name=name) for kind, own, code, name in new],
        update_conflicts=True, update_fields=["code", "name"],
        unique_fields=["enterprise", "kind", "own"], batch_size=1000,
    )  # fmt: skip
    if new:
        record("declaring.codes_changed", "declaring", codes=[list(row) for row in new[:100]])
    return len(new)


def _said_twice(
    rows: Sequence[tuple[str, str, str, str]], before: Mapping[tuple[str, str], Mapped]
) -> list[Fault]:
    """Codes of customs for two currencies or countries: which is meant could not be told back."""
    after = {key: mapped.code for key, mapped in before.items()}
    after |= {(kind, own): code for kind, own, code, _ in rows}
    owns: dict[tuple[str, str], set[str]] = {}
    for (kind, own), code in after.items():
        if kind in ONE_TO_ONE:
            owns.setdefault((kind, code), set()).add(own)
    return [
        Fault("code", shown(code), "a code of its own for each", at)
        for at, (kind, _, code, _) in enumerate(rows, 1)
        if len(owns.get((kind, code), ())) > 1
    ]


def drop_code(kind: str, own: str) -> None:
    """Take a mapping away.

    Raises:
        Code.DoesNotExist: there is none.
    """
    Code.objects.get(kind=kind, own=own).delete()
    record("declaring.code_dropped", f"{kind} {own}")


def faults_of(said: Mapping[str, str], names: Sequence[str] = NAMES) -> list[Fault]:
    """What of this no message would take; an empty text is nothing said, and fits."""
    found = []
    for name, value in said.items():
        if name not in names:
            found.append(Fault(name, shown(value), "a field that is asked for"))
        elif value and (expected := _expected(name, value)):
            found.append(Fault(name, shown(value), expected))
    return found


def _expected(name: str, value: str) -> str:
    """What would fit instead; empty where it fits."""
    if name in FLAGS:
        return "" if value in ("yes", "no") else "yes or no"
    if name == FREIGHT_CURRENCY:
        return "" if _is_currency(value) else "an ISO 4217 code, as EUR"
    if name == CNY_RATE:
        return "" if (amount := _decimal(value)) and amount > 0 else "a number above 0, as 7.8"
    facet = element(name).facet
    assert facet is not None
    return "" if facet.accepts(value) else facet.says


def _row_faults(at: int, row: tuple[str, str, str, str]) -> list[Fault]:
    kind, own, code, name = row
    if kind not in KINDS:
        return [Fault("kind", shown(kind), f"one of {', '.join(KINDS)}", at)]
    found = []
    if not own or len(own) > 80:
        found.append(Fault("own", shown(own), "1 to 80 characters", at))
    if kind == "price":
        amount = _decimal(code)
        if amount is None or amount <= 0:
            found.append(Fault("code", shown(code), "a price above 0, as 12.50", at))
        if not _is_currency(name):
            found.append(Fault("name", shown(name), "an ISO 4217 code, as EUR", at))
        return found
    _, part, field_name = _CODES_OF[kind]
    facet = next(c.facet for c in newest().part(part).children if c.name == field_name)
    assert facet is not None
    if not (code and facet.accepts(code)):
        found.append(Fault("code", shown(code), facet.says, at))
    if kind == "platform" and not name:
        found.append(Fault("name", shown(name), "a text", at))
    if len(name) > 250:
        found.append(Fault("name", shown(name), "at most 250 characters", at))
    return found


def _is_currency(value: str) -> bool:
    return len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()


def _decimal(value: str) -> Decimal | None:
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    exponent: Any = amount.as_tuple().exponent
    fits = amount.is_finite() and -5 <= exponent <= 0 and amount < Decimal("1e14")
    return amount if fits else None


def refuse_unfit(asked: str, faults: Sequence[Fault]) -> None:
    """Refuse where there are faults, with all of them.

    Raises:
        UnfitSetup: there are some.
    """
    if faults:
        raise unfit(UnfitSetup, asked, faults)
