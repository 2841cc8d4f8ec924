# SPDX-License-Identifier: Apache-2.0
"""Why a hand-held is refused: each has a sound of its own, found by the code."""

from __future__ import annotations

from entrepot.errors import Refused


class WrongBin(Refused):
    """Nothing is to be picked in this bin; `expected` are those where something is."""

    code = "warehouse.wrong_bin"


class WrongSku(Refused):
    """Something else is to be picked in this bin; `expected` says what."""

    code = "warehouse.wrong_sku"


class TooMany(Refused):
    """More was scanned than is to be picked there; `expected` says how many."""

    code = "warehouse.too_many"


class NothingLeft(Refused):
    """Nothing of it is to be picked any more, or nothing ever was."""

    code = "warehouse.nothing_left"
