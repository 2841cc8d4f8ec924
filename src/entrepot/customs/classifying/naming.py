# SPDX-License-Identifier: Apache-2.0
"""Names of goods: brands that stand in them, and which accepted goods are called alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from entrepot.catalog.words import words_of

#: Of a thousand: what is less alike than this is not suggested.
LEAST_ALIKE: Final = 200


@dataclass(frozen=True, slots=True)
class Alike:
    """Goods that are called alike: how much, of a thousand, and the words both have."""

    sku: str
    permille: int
    shared: tuple[str, ...]


def folded(text: str) -> str:
    """A text without what makes no difference: capitals, wide forms, several spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def brand_in(name: str, brands: Iterable[str]) -> str:
    """The longest of the brands that stands in a name; empty where none does.

    A brand of letters or digits has to stand there as words of its own: `Ion` is not in `lotion`.
    """
    within = folded(name)
    found = [each for each in brands if _stands(folded(each), within)]
    return max(found, key=lambda each: (len(each), each), default="")


def _stands(brand: str, within: str) -> bool:
    if not brand:
        return False
    before = r"(?<![a-z0-9])" if re.match("[a-z0-9]", brand) else ""
    after = r"(?![a-z0-9])" if re.search("[a-z0-9]$", brand) else ""
    return re.search(before + re.escape(brand) + after, within) is not None


def nearest(
    names: Sequence[str], others: Iterable[tuple[str, Sequence[str]]], most: int = 5
) -> list[Alike]:
    """The goods whose names are most alike, by the words that both have.

    Words are those of the search: of Chinese, every two neighbouring characters. With a and b the
    words of the two, goods are alike by 2 * |a and b| / (|a| + |b|), in thousandths, rounded down.
    Ties go by SKU.

    Args:
        names: what the goods are called; `others`: SKU and names of those that are accepted.

    Source: our own policy, docs/decisions/0030
    """
    mine = words_of(names)
    found = []
    for sku, its_names in others:
        its = words_of(its_names)
        shared = mine & its
        permille = 2000 * len(shared) // (len(mine) + len(its)) if shared else 0
        if permille >= LEAST_ALIKE:
            found.append(Alike(sku, permille, tuple(sorted(shared))))
    return sorted(found, key=lambda each: (-each.permille, each.sku))[:most]
