# SPDX-License-Identifier: Apache-2.0
"""The number of a logistic unit: SSCC, 18 digits.

One extension digit, the firm's GS1 company prefix, a serial reference that fills it up to 17, and
a check digit. The prefix is the firm's own, from GS1, and is configured.

Source: GS1 General Specifications, section 3 (AI 00); check digit: python-stdnum, stdnum.ean
"""

from __future__ import annotations

import re
from typing import Final

from stdnum import ean

from entrepot.papers.refusals import NumbersUsedUp, WrongNumber

LENGTH: Final = 18
#: A company prefix has so many digits; what they leave of 16 is for the serial reference.
_PREFIX: Final = re.compile("[0-9]{4,12}")
#: How a scanner or a person may give it: with AI 00, FNC1, what kind of symbol it was, blanks.
_SCANNED: Final = re.compile(r"(?:\]C1)?[\x1d\xf1]?(?:\(00\)|00(?=[0-9]{18}$))?([0-9]{18})\x1d?")


def make(prefix: str, serial: int, extension: int = 0) -> str:
    """The SSCC of a serial number: the same for the same three, and no other's.

    Raises:
        WrongNumber: the prefix is not 4 to 12 digits, or the extension is not one digit.
        NumbersUsedUp: the serial number needs more digits than are left.
    """
    if not _PREFIX.fullmatch(prefix) or not 0 <= extension <= 9:
        raise WrongNumber(
            f"Cannot make an SSCC with prefix {prefix[:20]!r} and extension {extension}.",
            "A GS1 company prefix is 4 to 12 digits, an extension one digit from 0 to 9.",
            "Enter the prefix as GS1 gave it to the firm.",
        )
    room = LENGTH - 2 - len(prefix)
    if not 0 <= serial < 10**room:
        raise NumbersUsedUp(
            f"Cannot make an SSCC with prefix {prefix} and serial number {serial}.",
            f"The prefix leaves {room} digits: serial numbers from 0 to {10**room - 1}.",
            f"Go on with the next extension digit after {extension}, or with another prefix.",
            prefix=prefix,
            serial=serial,
            extension=extension,
        )
    digits = f"{extension}{prefix}{serial:0{room}d}"
    return digits + ean.calc_check_digit(digits)


def check(text: str) -> str:
    """The 18 digits of an SSCC that was scanned or typed.

    With or without AI 00, parentheses around it, FNC1 or the scanner's mark before it, and blanks.

    Raises:
        WrongNumber: something else, or a wrong check digit.
    """
    found = _SCANNED.fullmatch(re.sub("[ \r\n\t]", "", text[:64]))
    if found and ean.calc_check_digit(found[1][:-1]) == found[1][-1]:
        return found[1]
    raise WrongNumber(
        f"Cannot take {text[:40]!r} as an SSCC.",
        "The check digit is wrong." if found else "It is not 18 digits, with or without AI 00.",
        "Scan the bar code again, or compare the digits with those below it.",
    )
