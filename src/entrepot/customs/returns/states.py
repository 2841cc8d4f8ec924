# SPDX-License-Identifier: Apache-2.0
"""How a case of return goes: which event leads from which state where.

The database holds the same (`returning_case_goes` in the migration); a test compares them.
"""

from __future__ import annotations

from typing import Final, Literal

State = Literal["drafted", "checked", "cleared", "announced", "arrived", "cancelled"]
Event = Literal[
    "checked", "refund_repaid", "refund_not_needed", "announced", "arrived", "cancelled", "undone",
]  # fmt: skip
Purpose = Literal["unsold", "returned"]

#: In the order in which a case goes through them. cleared: no refund stands in the way any more.
STATES: Final[tuple[State, ...]] = (
    "drafted", "checked", "cleared", "announced", "arrived", "cancelled",
)  # fmt: skip
#: Why goods come home: never sold, or taken back from who bought them.
PURPOSES: Final[tuple[Purpose, ...]] = ("unsold", "returned")
#: From which states an event leads where; `undone` leads back over any of them.
STEPS: Final[dict[Event, tuple[tuple[State, ...], State]]] = {
    "checked": (("drafted",), "checked"),
    "refund_repaid": (("checked",), "cleared"),
    "refund_not_needed": (("checked",), "cleared"),
    "announced": (("cleared",), "announced"),
    "arrived": (("announced",), "arrived"),
    "cancelled": (("drafted", "checked", "cleared", "announced"), "cancelled"),
}
EVENTS: Final[tuple[Event, ...]] = (*STEPS, "undone")
OUT, HOME = "out", "home"
#: Of a scan: it left; it is proven, or of a number that left under several lines; not taken;
#: it takes another scan back.
LEFT, PROVEN, SHARED, REFUSED, UNDOES = "left", "proven", "shared", "refused", "undoes"
OUTCOMES: Final = (LEFT, PROVEN, SHARED, REFUSED, UNDOES)
#: Why a scan is not taken.
WHY_NOT: Final = ("never_left", "other_line", "already_home", "beyond_case")
