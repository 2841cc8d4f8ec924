# SPDX-License-Identifier: Apache-2.0
"""Make a text of a table fit to be shown: nothing in it moves the cursor or turns the writing."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with every character that is not seen written as its code."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )
