# SPDX-License-Identifier: Apache-2.0
"""The record that customs asks for of a container: read once, as a paper or a table."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from entrepot.consolidating import lists
from entrepot.consolidating.models import Container
from entrepot.papers.loading_record import (
    MOST_PIECES,
    LoadingRecord,
    RecordedPiece,
    must_have_pieces,
)
from entrepot.people.database import raw_cursor
from entrepot.people.models import Profile
from entrepot.people.tenancy import acting
from entrepot.web.paging import Paging

_OF_PIECE: Final = (
    "mark", "declaration_no", "description", "weight_g", "volume_cm3", "inspection",
)  # fmt: skip
_OF_CONTAINER: Final = ("sealed_at", "loaded_at", "gate_out_at", "departed_at")


def record_of(id: UUID) -> LoadingRecord:
    """A container with every piece in it and when each of its steps was, in the firm's time zone.

    Raises:
        Container.DoesNotExist: there is none.
        Unfit: nothing is in it, or more than a record takes.
    """
    found = Container.objects.get(id=id)
    zone = Profile.objects.values_list("time_zone", flat=True).first() or "UTC"
    rows = _rows(id, found.number)
    first: dict[str, Any] = rows[0] if rows else {}

    def local(at: datetime | None) -> datetime | None:
        return at and at.astimezone(ZoneInfo(zone))

    return LoadingRecord(
        found.number,
        found.site,
        found.seal_no,
        zone,
        tuple(
            RecordedPiece(
                **{name: row[name] for name in _OF_PIECE},
                arrived_at=local(row["arrived_at"]),
                inspected_at=local(row[f"{row['inspection']}_at"]),
                released_at=local(row["released_at"]),
                consolidated_at=local(row["consolidated_at"]),
            )
            for row in rows
        ),
        **{name: local(first.get(name)) for name in _OF_CONTAINER},
    )


def _rows(id: UUID, number: str) -> list[dict[str, Any]]:
    found = lists.record(id)
    with raw_cursor() as cursor:
        given = {**found.given, "enterprise": acting().enterprise}
        paging = Paging.model_construct(limit=MOST_PIECES, cursor="")
        page = paging.of_sql(cursor, found.statement, given, *found.by)
    rows: list[dict[str, Any]] = page["items"]
    must_have_pieces(number, len(rows) + bool(page["next"]))
    return rows
