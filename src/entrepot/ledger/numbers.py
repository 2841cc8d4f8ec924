# SPDX-License-Identifier: Apache-2.0
"""The whole numbers that stand for inflows, outflows and fates inside the engine."""

from __future__ import annotations

from typing import Final

import narwhals as nw

#: Several kinds of document share one number space: kind * KIND + number.
KIND: Final = 2**40

#: Kinds of inflow: declared units of a receipt; units received beyond what was declared; a
#: restocked return or a transfer; a positive adjustment; units that were sold or transferred
#: without stock and came back or arrived.
SEGMENT, OVER, RETURN, FOUND, BACK = range(5)

#: Transfers are numbered as returns from here on: both bring units that stay who they are.
TRANSFERS: Final = KIND // 2

#: Kinds of outflow. Sales that something came back of are told apart, so that the others, nearly
#: all, skip the work that returns need.
SALE, RETURNED_SALE, ADJUSTMENT, TRANSFER = range(4)

#: What became of a unit, in the order of its code.
FATES: Final = ("sold", "unsold", "scrapped", "lost", "sent_home", "in_transit")
SOLD, UNSOLD, SCRAPPED, LOST, SENT_HOME, IN_TRANSIT = range(6)

#: How it is known which invoice covers a unit, in the order of its code.
BASES: Final = ("linked", "assumed")
LINKED, ASSUMED = range(2)


#: A lane is where the units of one SKU in one warehouse lie: warehouse * _LANES + SKU.
_LANES: Final = 2**31


def lane(warehouse_no: nw.Expr, sku_no: nw.Expr) -> nw.Expr:
    """The number of the lane of a SKU in a warehouse."""
    return warehouse_no * _LANES + sku_no


def warehouse_of(lane: nw.Expr) -> nw.Expr:
    """The number of the warehouse of a lane."""
    return lane // _LANES


def sku_of(lane: nw.Expr) -> nw.Expr:
    """The number of the SKU of a lane."""
    return lane % _LANES


def numbered(kind: int, number: nw.Expr) -> nw.Expr:
    """`number` of a document of this kind, in the shared number space."""
    return number + kind * KIND


def is_kind(kind: int, shared: nw.Expr) -> nw.Expr:
    """True where a number of the shared space is a document of this kind.

    Two comparisons: a floor division costs many times as much on every engine.
    """
    return (shared >= kind * KIND) & (shared < (kind + 1) * KIND)


def number_in(kind: int, shared: nw.Expr) -> nw.Expr:
    """The document's own number, where its kind is known."""
    return shared - kind * KIND


def code(words: tuple[str, ...], text: nw.Expr) -> nw.Expr:
    """The code of a word: its place in `words`."""
    chain = nw.when(text == words[0]).then(nw.lit(0, nw.Int8))
    for place, word in enumerate(words[1:], 1):
        chain = chain.when(text == word).then(nw.lit(place, nw.Int8))
    return chain.otherwise(nw.lit(None, nw.Int8))


def word(words: tuple[str, ...], number: nw.Expr) -> nw.Expr:
    """The word of a code."""
    chain = nw.when(number == 0).then(nw.lit(words[0]))
    for place, text in enumerate(words[1:], 1):
        chain = chain.when(number == place).then(nw.lit(text))
    return chain.otherwise(nw.lit(None, nw.String))
