# SPDX-License-Identifier: Apache-2.0
"""Which rate is used for what: a rule with its source, of the firm's own or published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from entrepot.exchange.finding import DAY_RULES
from entrepot.exchange.mistakes import NoUse
from entrepot.packs.read import OWN, in_force, names, read

#: The firm's own rules come first, use by use.
PACKS = (f"{OWN}/rate_uses", "cn/rate_uses")


@dataclass(frozen=True, slots=True)
class Use:
    """What is used for `use`: rates of `source`, of the day that `day_rule` gives, and says who."""

    use: str
    source: str
    day_rule: str
    pack: str
    law: str
    confidence: str
    checked: str


def use_of(use: str, on: date) -> Use:
    """The rule in force on the day `on`.

    Raises:
        NoUse: there is none, or the published one leaves source or day to the firm.
    """
    asked = f"Cannot say which rate is used for {use} on {on}."
    there = [pack for pack in PACKS if pack in names()]
    open_choice = ""
    for pack in there:
        row = in_force(read(pack), on, use=use)
        if row and row["rate_source"] and row["day_rule"]:
            rule = row.text("day_rule")
            if rule not in DAY_RULES:
                raise NoUse(
                    asked,
                    f'{pack} says day_rule "{rule}".',
                    f"Write one of {', '.join(DAY_RULES)}.",
                )
            return Use(
                use,
                row.text("rate_source"),
                rule,
                pack,
                row.text("source"),
                row.text("confidence"),
                row.text("checked"),
            )
        if row:
            open_choice = f"{pack} names no rate for it: {row.text('checked')}."
    raise NoUse(
        asked,
        open_choice or f"It is not one of: {', '.join(known())}.",
        f"Say it in a pack of your own, {PACKS[0]}, or name --source.",
        use=use,
    )


def known() -> list[str]:
    """Every use that a pack speaks of."""
    packs = [read(pack) for pack in PACKS if pack in names()]
    return sorted({row.text("use") for pack in packs for row in pack.rows})


def packs_used() -> dict[str, Any]:
    """The packs of rules with their sha256."""
    return {pack: dict(read(pack).sha256) for pack in PACKS if pack in names()}
