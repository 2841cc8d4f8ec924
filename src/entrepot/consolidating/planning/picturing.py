# SPDX-License-Identifier: Apache-2.0
"""A container of a plan as a picture to load by."""

from __future__ import annotations

from entrepot.consolidating.planning.cargo import Loaded
from entrepot.papers.load_picture import Drawn, LoadPicture, load_picture
from entrepot.papers.words import Language


def picture(one: Loaded, language: Language) -> bytes:
    """The picture of a container as a PDF, with its pieces in loading order."""
    return load_picture(
        LoadPicture(
            one.number,
            one.kind.kind,
            one.destination,
            (one.kind.length, one.kind.width, one.kind.height),
            one.weight_g,
            one.centre(),
            tuple(
                Drawn(
                    each.piece.piece, each.piece.owner, each.x, each.y, each.z,
                    each.long, each.wide, each.high, each.piece.weight_g, each.piece.dg_class,
                )
                for each in one.placed
            ),
        ),
        language,
    )  # fmt: skip
