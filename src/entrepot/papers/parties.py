# SPDX-License-Identifier: Apache-2.0
"""Who a paper is from and for."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.papers.fonts import must_print
from entrepot.papers.words import Words


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody is, in any script of the font.

    name          person or firm
    lines         street and the like, in the order in which they are printed
    place         the line with town and postcode, in the order of the country
    country       two letters; `country_name` in words
    """

    name: str
    lines: tuple[str, ...]
    place: str
    postcode: str
    country: str
    country_name: str = ""
    phone: str = ""

    def street(self, whose: str) -> list[str]:
        """The lines between name and town.

        Raises:
            Unprintable: a character that the font does not have; an address has to be right.
        """
        return [must_print(each, whose) for each in self.lines if each.strip()]

    def town(self, whose: str) -> list[str]:
        """The line with town and postcode, where there is one.

        Raises:
            Unprintable: a character that the font does not have.
        """
        return [must_print(self.place, whose)] if self.place.strip() else []


@dataclass(frozen=True, slots=True)
class Party:
    """A firm or person on a paper of trade, with the numbers it is registered under."""

    address: Address
    vat_number: str = ""
    eori_number: str = ""
    uscc: str = ""

    def lines(self, words: Words, whose: str) -> list[str]:
        """What stands below the name.

        Raises:
            Unprintable: a character that the font does not have.
        """
        address = self.address
        country = " ".join(each for each in (address.country_name, address.country) if each)
        numbers = [
            (key, number)
            for key, number in (
                ("uscc", self.uscc),
                ("vat_number", self.vat_number),
                ("eori_number", self.eori_number),
                ("phone", address.phone),
            )
            if number
        ]
        return [
            *address.street(whose),
            *address.town(whose),
            must_print(country, whose),
            *(must_print(f"{words(key)} {number}", whose) for key, number in numbers),
        ]
