# SPDX-License-Identifier: Apache-2.0
"""A container of a kept plan as a picture: a PDF to load by, or what a page draws."""

from __future__ import annotations

from entrepot.consolidating.models import PlannedContainer, PlannedPiece
from entrepot.papers.load_picture import Drawn, LoadPicture, load_picture
from entrepot.papers.words import Language


def drawn_of(found: PlannedContainer) -> LoadPicture:
    """A container with its pieces in loading order."""
    rows = PlannedPiece.objects.filter(
        plan_id=found.plan_id, container_no=found.container_no
    ).order_by("place_no")
    return LoadPicture(
        found.container_no,
        found.kind,
        found.destination,
        (found.length_mm, found.width_mm, found.height_mm),
        found.weight_g,
        (found.centre_x_mm, found.centre_y_mm, found.centre_z_mm),
        tuple(
            Drawn(
                each.mark, each.owner, each.x_mm, each.y_mm, each.z_mm, each.along_mm,
                each.across_mm, each.up_mm, each.weight_g, each.dg_class,
            )
            for each in rows
        ),
    )  # fmt: skip


def picture_of(found: PlannedContainer, language: Language) -> bytes:
    """The picture as a PDF."""
    return load_picture(drawn_of(found), language)
