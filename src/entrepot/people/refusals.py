# SPDX-License-Identifier: Apache-2.0
"""What is refused in more than one place here, and how fields are checked, all at once."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from entrepot.errors import Refused
from entrepot.people.roles import ROLES

MOST_ADDRESS = 254


class NotThere(Refused):
    """A row that this enterprise does not have; another's answers alike."""

    code = "people.not_there"


class Unfit(Refused):
    """Fields that say what they may not; every fault is listed."""

    code = "people.unfit"


class TooMany(Refused):
    """More than an enterprise may have at a time."""

    code = "people.too_many"


def refuse_unfit(asked: str, faults: Mapping[str, str | None]) -> None:
    """Refuse with every fault: for each field, what was expected where it is unfit.

    Raises:
        Unfit: a field has a fault.
    """
    found = [{"field": name, "expected": fault} for name, fault in faults.items() if fault]
    if found:
        raise Unfit(
            asked,
            "; ".join(f"{fault['field']}: expected {fault['expected']}" for fault in found) + ".",
            "Correct what is named; nothing was changed.",
            faults=found,
        )


def not_a_line(text: str, most: int) -> str | None:
    """What is expected of a text that is not one printable line of 1 to `most` characters."""
    if text and text == text.strip() and len(text) <= most and text.isprintable():
        return None
    return f"one line of 1 to {most} characters, without spaces around it"


def not_an_address(email: str) -> str | None:
    """What is expected of a text that is no e-mail address."""
    try:
        validate_email(email)
    except ValidationError:
        return "an e-mail address"
    return None if len(email) <= MOST_ADDRESS else f"at most {MOST_ADDRESS} characters"


def not_a_role(role: str) -> str | None:
    """What is expected of a text that is no role."""
    return None if role in ROLES else f"one of {', '.join(ROLES)}"
