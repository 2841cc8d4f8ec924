# SPDX-License-Identifier: Apache-2.0
"""The jobs of files of orders: read a long one, take one over, reserve for its orders."""

from __future__ import annotations

from uuid import UUID

from entrepot.jobs.actions import start
from entrepot.jobs.kinds import Result, Told, work
from entrepot.warehouse.allocation.work import serve_later
from entrepot.warehouse.intake import actions
from entrepot.warehouse.intake.undoing import undo
from entrepot.warehouse.models import OrderFile
from entrepot.web.fields import Body


class FileIn(Body):
    """Which file."""

    source: UUID


@work(actions.READ)
def read_file(told: Told, arguments: FileIn) -> Result:
    """Read a whole file, and say what taking it over would do."""
    found: dict[str, object] = actions.preview(arguments.source, told.progress).preview
    return {name: value for name, value in found.items() if name != "sample"}


@work(actions.TAKE_OVER)
def take_over(told: Told, arguments: FileIn) -> Result:
    """Take a file over, and say after how many orders it is; then its orders are reserved for."""
    found = take_over_now(arguments.source, told.progress)
    counts: dict[str, object] = found.preview
    return counts


@work(actions.ALLOCATE)
def allocate_file(told: Told, arguments: FileIn) -> Result:
    """Reserve for the next ten thousand orders of a file, and ask for the ones after.

    Each ten thousand are a transaction of their own: a job that is cancelled or killed goes on
    where it was, and those who pick do not wait for the end of the file.
    """
    if actions.allocate_next(arguments.source):
        start(allocate_file, arguments)
    found = OrderFile.objects.filter(id=arguments.source).first()
    return {"allocated": found.allocated if found else 0, "orders": found.orders if found else 0}


def take_over_now(source: UUID, progress: actions.Progress | None = None) -> OrderFile:
    """Take a file over, and ask for its orders to be reserved for. See `actions.commit`."""
    found = actions.commit(source, progress)
    start(allocate_file, FileIn(source=source))
    return found


def undo_now(source: UUID) -> OrderFile:
    """Take a file back, and have those served who wait for its goods. See `undoing.undo`."""
    found, freed = undo(source)
    serve_later(freed)
    return found
