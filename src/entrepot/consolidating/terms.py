# SPDX-License-Identifier: Apache-2.0
"""What the firm allows when it loads: limits, its kinds of containers, classes that may meet.

Each change is a further row with all three; a plan names the row that it was made by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction

from entrepot.catalog.actions import unfit
from entrepot.catalog.forms import Fault, shown
from entrepot.consolidating.models import Terms
from entrepot.consolidating.planning.cargo import Kind, Limits, Segregation
from entrepot.consolidating.planning.packing import Asked
from entrepot.consolidating.refusals import Unfit
from entrepot.people.audit import record
from entrepot.people.tenancy import acting

#: What a row of the table of kinds says, besides how many there are and where that was read.
KIND_FIELDS = (
    "kind", "length", "width", "height", "door_width", "door_height", "payload_g",
)  # fmt: skip


def current() -> Terms:
    """The terms that hold; where none were set, the safe ones of `Limits` and no container."""
    found = Terms.objects.order_by("-id").first()
    return found or Terms(limits=asdict(Limits()), kinds=[], pairs=[])


def put_limits(limits: Limits) -> Terms:
    """Set how pieces are supported and where the centre of gravity may lie."""
    return _put(limits=asdict(limits))


def put_kinds(kinds: Sequence[tuple[Kind, int | None, str]]) -> Terms:
    """Set the kinds of containers that there are: each, how many, and where its sizes were read.

    Raises:
        Unfit: one is named twice.
    """
    _once("kind", [kind.kind for kind, _, _ in kinds])
    return _put(
        kinds=[
            {name: getattr(kind, name) for name in KIND_FIELDS} | {"count": count, "source": source}
            for kind, count, source in kinds
        ]
    )


def put_pairs(pairs: Sequence[tuple[str, str, int, str]]) -> Terms:
    """Set which classes may share a container: both, millimetres apart, where that was read.

    Raises:
        Unfit: two classes are named twice.
    """
    _once("one", [" ".join(sorted((one, other))) for one, other, _, _ in pairs])
    return _put(pairs=[dict(zip(PAIR_FIELDS, each, strict=True)) for each in pairs])


def _once(field: str, names: Sequence[str]) -> None:
    first: dict[str, int] = {}
    faults = [
        Fault(field, shown(name), "each once", row)
        for row, name in enumerate(names, 1)
        if first.setdefault(name, row) != row
    ]
    if faults:
        raise unfit(Unfit, "Cannot set the loading rules.", faults)


PAIR_FIELDS = ("one", "other", "apart_mm", "source")


@transaction.atomic
def _put(**changed: Any) -> Terms:
    known = current()
    said = {"limits": known.limits, "kinds": known.kinds, "pairs": known.pairs} | changed
    made = Terms.objects.create(**said, set_by=acting().actor)
    [(what, rows)] = changed.items()
    record(f"loading_{what}.set", what, **{what: rows})
    return made


def asked_of(terms: Terms) -> Asked:
    """Terms as the planner takes them."""
    return Asked(
        {kind_of(each): each["count"] for each in terms.kinds},
        Limits(**terms.limits),
        Segregation({
            frozenset((each["one"], each["other"])): each["apart_mm"] for each in terms.pairs
        }),
    )  # fmt: skip


def kind_of(row: Mapping[str, Any]) -> Kind:
    """A row of the table of kinds as the planner takes it."""
    return Kind(*(row[name] for name in KIND_FIELDS))
