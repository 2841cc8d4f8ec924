# SPDX-License-Identifier: Apache-2.0
"""What is given to plan containers, and what comes out."""

from __future__ import annotations

from entrepot.engine.schema import Column, Kind, Table

#: Kept apart from `cargo`, which reads no tables.
_TURNS = ("none", "flat", "any")
_REASONS = (
    "too_large", "too_heavy", "no_container", "payload", "segregation", "balance", "no_room",
)  # fmt: skip

PIECES = Table(
    "pieces",
    "piece to load",
    (
        Column("piece", Kind.TEXT, "its mark", key=True),
        Column("owner", Kind.TEXT, "whose it is"),
        Column("length_mm", Kind.QUANTITY, "millimetres"),
        Column("width_mm", Kind.QUANTITY, "millimetres"),
        Column("height_mm", Kind.QUANTITY, "millimetres"),
        Column("weight_g", Kind.QUANTITY, "grams, gross"),
        Column(
            "turn",
            Kind.TEXT,
            "how it may be turned: `none`, `flat` about its upright axis, `any` onto any face",
            values=_TURNS,
        ),
        Column("bears_g", Kind.COUNT, "grams that may lie on it; empty: nothing", empty=True),
        Column(
            "floor_only", Kind.FLAG, "true: it lies on nothing else", empty=True, absent=True
        ),
        Column(
            "un_no", Kind.TEXT, "UN number of dangerous goods", empty=True, absent=True,
            pattern="^[0-9]{4}$", form="four digits",
        ),
        Column(
            "dg_class", Kind.TEXT, "class or division of dangerous goods", empty=True, absent=True,
            pattern="^[1-9]([.][1-6])?[A-S]?$", form="such as 3, 5.1 or 1.4S",
        ),
        Column("destination", Kind.TEXT, "where it goes; a container goes to one", empty=True),
        Column("due_on", Kind.DAY, "day by which it must go", empty=True, absent=True),
    ),
)  # fmt: skip

CONTAINERS = Table(
    "containers",
    "kind of container",
    (
        Column("kind", Kind.TEXT, "kind of container", key=True),
        Column("length_mm", Kind.QUANTITY, "free length inside"),
        Column("width_mm", Kind.QUANTITY, "free width inside"),
        Column("height_mm", Kind.QUANTITY, "free height inside"),
        Column("door_width_mm", Kind.QUANTITY, "free width of the door"),
        Column("door_height_mm", Kind.QUANTITY, "free height of the door"),
        Column("payload_g", Kind.QUANTITY, "grams that may be loaded"),
        Column("count", Kind.COUNT, "how many there are; empty: as many as needed", empty=True),
        Column("source", Kind.TEXT, "where the figures were read"),
    ),
)

PAIRS = Table(
    "pairs",
    "pair of classes of dangerous goods that may share a container",
    (
        Column("one", Kind.TEXT, "class", key=True),
        Column("other", Kind.TEXT, "class", key=True),
        Column("apart_mm", Kind.COUNT, "millimetres that must lie between them, along the floor"),
        Column("source", Kind.TEXT, "where it was read"),
    ),
)

LOADED = Table(
    "loaded",
    "container planned",
    (
        Column("container", Kind.NUMBER, "number in the plan", key=True),
        Column("kind", Kind.TEXT, "its kind"),
        Column("destination", Kind.TEXT, "where it goes", empty=True),
        Column("pieces", Kind.COUNT, "pieces in it"),
        Column("weight_g", Kind.COUNT, "grams of these"),
        Column("volume_cm3", Kind.COUNT, "cubic centimetres of these, rounded up"),
        Column("filled_percent", Kind.COUNT, "volume filled, rounded down"),
        Column("centre_x_mm", Kind.COUNT, "centre of gravity from the front wall, rounded down"),
        Column("centre_y_mm", Kind.COUNT, "from the left wall"),
        Column("centre_z_mm", Kind.COUNT, "above the floor"),
    ),
)

PLACED = Table(
    "placed",
    "piece in a container",
    (
        Column("container", Kind.NUMBER, "number in the plan", key=True),
        Column("place_no", Kind.NUMBER, "place in the order of loading, from 1", key=True),
        Column("piece", Kind.TEXT, "its mark"),
        Column("owner", Kind.TEXT, "whose it is"),
        Column("x_mm", Kind.COUNT, "from the front wall"),
        Column("y_mm", Kind.COUNT, "from the left wall, seen from the door"),
        Column("z_mm", Kind.COUNT, "above the floor"),
        Column("along_mm", Kind.COUNT, "its extent towards the door"),
        Column("across_mm", Kind.COUNT, "its extent across"),
        Column("up_mm", Kind.COUNT, "its extent upwards"),
        Column("weight_g", Kind.COUNT, "grams"),
        Column("dg_class", Kind.TEXT, "class of dangerous goods", empty=True),
    ),
)

OUT = Table(
    "left_out",
    "piece in no container",
    (
        Column("piece", Kind.TEXT, "its mark", key=True),
        Column("owner", Kind.TEXT, "whose it is"),
        Column("reason", Kind.TEXT, "why", values=_REASONS),
    ),
)

RESULTS = (LOADED, PLACED, OUT)
