# SPDX-License-Identifier: Apache-2.0
"""Powers of attorney for customs declaration: the file of one, and what must agree in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from entrepot.papers.power_of_attorney import PowerOfAttorney, power_of_attorney
from entrepot.papers.words import Language
from entrepot.paperwork.forms import Field, Wrong, day, party, text, texts
from entrepot.paperwork.kinds import Kind, Made, Values, party_of

_FORM: Final = (
    Field("number", text(60)),
    Field("signed_on", day),
    Field("valid_from", day),
    Field("valid_to", day),
    Field("scope", texts(500, 100)),
    Field("terms", texts(500, 100), empty=()),
    Field("declaration_no", text(18), empty=""),
    Field("booking_order", text(60), empty=""),
    Field("goods", text(60), empty=""),
    party("principal"),
    party("agent"),
)


def _check(values: Values) -> Iterator[Wrong]:
    """Days in order, and two parties that are not one."""
    begins, ends = values["valid_from"], values["valid_to"]
    if begins and ends and ends < begins:
        yield "valid_to", str(ends), f"a day from {begins} on", "Give the last day that it counts."
    principal, agent = values["principal"], values["agent"]
    if principal and agent and principal["uscc"] and principal["uscc"] == agent["uscc"]:
        found = f'"{agent["uscc"]}", that of the principal'
        yield "agent.uscc", found, "another firm", "Name the firm that declares."


def _make(values: Values, language: Language, folder: Path) -> Made:
    parties = {name: party_of(values[name]) for name in ("principal", "agent")}
    return Made(power_of_attorney(PowerOfAttorney(**{**values, **parties}), language))


POWER_OF_ATTORNEY: Final = Kind("power-of-attorney", _FORM, _make, _check)
