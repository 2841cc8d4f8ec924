# SPDX-License-Identifier: Apache-2.0
"""Forms beyond the schema: GUIDs, times and codes, which it takes for any text of that length.

Source:
    The comments of the schemas of both editions. A value that does not have its form is remarked
    on; what we write ourselves has it.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from entrepot.customs.messages.facets import Value

_DAY = r"[1-9][0-9]{3}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
#: Days that every year has, so that a pattern is enough to be certain.
_EVERY_YEAR = (
    r"[1-9][0-9]{3}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])"
    r"|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31)"
)
_CLOCK = r"(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"
#: The pattern of each form; a list of codes is its own form.
PATTERNS = {
    "guid": r"[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12}",
    "day": _DAY,
    "time": _DAY + _CLOCK,
    "moment": _DAY + _CLOCK + "[0-9]{3}",
}
#: What each form is, in words.
SAYS = {
    "guid": "a GUID in capital letters, as 6F9619FF-8B86-4D11-B42D-00C04FC964FF",
    "day": "a day as 20260131",
    "time": "a day and time as 20260131180500",
    "moment": "a day and time with milliseconds, as 20260131180500123",
}


def pattern(form: str) -> str:
    """A pattern of texts that have a form for certain: nearly all that do."""
    if form in ("day", "time", "moment"):
        return PATTERNS[form].replace(_DAY, _EVERY_YEAR)
    return _pattern(form)


def _pattern(form: str) -> str:
    return PATTERNS.get(form) or "|".join(re.escape(code) for code in form.split())


def says(form: str) -> str:
    """A form in words."""
    return SAYS.get(form) or " or ".join(form.split())


def has_form(form: str, text: str) -> bool:
    """Whether a text has a form; a day must be one of the calendar."""
    if not re.fullmatch(_pattern(form), text):
        return False
    if form not in ("day", "time", "moment"):
        return True
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return True


def as_text(value: Value, form: str = "") -> str:
    """A value as it is written: no exponent, no blank in a time.

    Raises:
        TypeError: a value of another kind, such as a float, which is never exact.
    """
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is Decimal:
        text = str(value)
        return text if "E" not in text else format(value, "f")
    if kind is int:
        return str(value)
    if isinstance(value, date):
        text = f"{value.year:04d}{value.month:02d}{value.day:02d}"
        if form == "day" or not isinstance(value, datetime):
            return text
        text += f"{value.hour:02d}{value.minute:02d}{value.second:02d}"
        return f"{text}{value.microsecond // 1000:03d}" if form == "moment" else text
    raise TypeError(f"a {kind.__name__} is no value of a message")
