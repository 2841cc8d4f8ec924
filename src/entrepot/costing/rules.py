# SPDX-License-Identifier: Apache-2.0
"""What a line of a cost invoice may be for, and how an amount is split: pure, no database.

Source: our own policy, docs/decisions/0029
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, get_args

from entrepot.finance.tables_costs import ACCOUNTS, GIVEN_BACK, SPREADS

Account = Literal[
    "freight", "insurance", "duty", "import_vat", "brokerage", "inbound", "storage", "handling",
    "delivery", "returns_handling", "advertising", "other",
]  # fmt: skip
Spread = Literal["quantity", "value", "weight", "volume"]
Purpose = Literal["declaration", "consignment", "container", "shares", "sales", "all"]

DRAFT, BOOKED = "draft", "booked"
STATES: Final = (DRAFT, BOOKED)
DECLARATION: Final = "declaration"
CONSIGNMENT: Final = "consignment"
CONTAINER: Final = "container"
SHARES: Final = "shares"
SALES: Final = "sales"
ALL: Final = "all"
PURPOSES: Final[tuple[Purpose, ...]] = (
    DECLARATION, CONSIGNMENT, CONTAINER, SHARES, SALES, ALL,
)  # fmt: skip
#: Purposes whose lines are spread over declared goods.
OF_GOODS: Final = frozenset({DECLARATION, CONSIGNMENT, CONTAINER, SHARES})
assert set(ACCOUNTS) == set(get_args(Account))
assert set(SPREADS) == set(get_args(Spread))

#: Amounts are below so many hundredths; shares given by hand are at most so much.
MOST_AMOUNT: Final = 10**14
MOST_SHARE: Final = 1_000_000
#: Lines of an invoice, shares by hand of a line, and declared lines that a line is spread over.
MOST_LINES: Final = 200
MOST_SHARES: Final = 500
MOST_PARTS: Final = 20_000
#: Shares of a line are below this in all, so that a close takes them as they are
#: (`finance.spreading.stepped`).
WHOLE: Final = 2**29 - 1


@dataclass(frozen=True, slots=True)
class Names:
    """Which fields a purpose asks for, and which it takes besides."""

    asks: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


#: What names the goods or sales that a line paid for.
NAMES: Final[Mapping[str, Names]] = {
    DECLARATION: Names(("declaration_no",), ("item_no", "sku", "spread")),
    CONSIGNMENT: Names(("consignment",), ("sku", "spread")),
    CONTAINER: Names(("container_no",), ("first_on", "last_on", "spread")),
    SHARES: Names(("shares",)),
    SALES: Names((), ("channel", "order_no", "sku", "warehouse", "first_on", "last_on")),
    ALL: Names(),
}
#: Every field that some purpose names, in the order in which people fill them in.
NAMING: Final = (
    "declaration_no", "item_no", "consignment", "container_no", "channel", "order_no", "sku",
    "warehouse", "first_on", "last_on", "spread", "shares",
)  # fmt: skip

Key = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Goods:
    """Declared goods that a line paid for.

    `units`: of them; `quantity`: the whole declared line. `fob_amount` is of the whole line, in the
    smallest unit of its currency. `weight_g`, `volume_cm3`: of one unit; None: not known.
    """

    key: Key
    units: int
    quantity: int
    fob_amount: int
    fob_currency: str
    weight_g: int | None
    volume_cm3: int | None


def weight(goods: Goods, spread: str) -> Fraction | None:
    """How much of a cost goods bear, spread so; None: not known.

    Source: our own policy, docs/decisions/0029
    """
    match spread:
        case "value":
            return Fraction(goods.fob_amount * goods.units, goods.quantity)
        case "weight":
            return None if goods.weight_g is None else Fraction(goods.units * goods.weight_g)
        case "volume":
            return None if goods.volume_cm3 is None else Fraction(goods.units * goods.volume_cm3)
    return Fraction(goods.units)


def as_shares(weights: Mapping[Key, Fraction]) -> dict[Key, int]:
    """Weights as whole shares below WHOLE in all, in the order of their keys; what is less than
    one of WHOLE bears nothing.

    Whole weights that are small enough stay what they are, so that people know them again.

    Source: our own policy, docs/decisions/0029
    """
    total = sum(weights.values())
    if not total:
        return {}
    is_whole = all(each.denominator == 1 for each in weights.values()) and total <= WHOLE
    shares = {
        key: int(each) if is_whole else each * WHOLE // total
        for key, each in sorted(weights.items())
    }
    return {key: share for key, share in shares.items() if share}


def split(amount: int, shares: Sequence[int]) -> list[int]:
    """An amount by position over shares, as a close does it; the parts sum to it.

    See `engine.amounts.share`, which does the same in an engine.

    Source: our own policy, docs/algorithms/rounding.md
    """
    whole, parts, start = sum(shares), [], 0
    each, rest = divmod(abs(amount), whole)
    for share in shares:
        part = each * share + (
            (2 * rest * (start + share) + whole) // (2 * whole)
            - (2 * rest * start + whole) // (2 * whole)
        )
        parts.append(part if amount >= 0 else -part)
        start += share
    return parts


def is_spread(account: str, purpose: str) -> bool:
    """Whether a line is spread over goods: what tax abroad gives back lies with none.

    Source: our own policy, docs/guide/costs.md
    """
    return purpose in OF_GOODS and account != GIVEN_BACK
