# SPDX-License-Identifier: Apache-2.0
"""What hand-helds send and are told, in parts that several doors share."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from ninja import Schema
from pydantic import Field, StringConstraints

from entrepot.errors import EntrepotError
from entrepot.web.fields import code, text, whole

READ, WRITE, APPROVE = "floor.read", "floor.write", "floor.approve"
MOST_UNITS: Final = 1_000_000

ScanId = Annotated[str, code(80)]
WarehouseCode = Annotated[str, code(40)]
#: The code of a bin or an area; empty for the warehouse itself.
BinCode = Annotated[str, text(40)]
#: What a scanner read: one line, and FNC1 in it where it is an element string of GS1.
Barcode = Annotated[
    str,
    StringConstraints(
        strict=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1c\x1e\x1f\x7f]+$"
    ),
]
Units = Annotated[int, whole(1, MOST_UNITS)]
#: What a list is narrowed by: empty narrows nothing.
Narrow = Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]


class RefusedOut(Schema):
    """Why a scan was refused."""

    code: str = Field(description="The rule that said no: each has a sound of its own.")
    asked: str
    found: str
    remedy: str
    facts: dict[str, Any]


class OutcomeOut(Schema):
    """What came of one scan."""

    scan: str
    state: Literal["done", "refused"]
    refused: RefusedOut | None = None


def refused(scan: str, error: EntrepotError) -> dict[str, Any]:
    """A scan that was refused, as it is told."""
    return {
        "scan": scan,
        "state": "refused",
        "refused": {
            "code": error.code, "asked": error.asked, "found": error.found,
            "remedy": error.remedy, "facts": dict(error.facts),
        },
    }  # fmt: skip
