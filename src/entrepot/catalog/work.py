# SPDX-License-Identifier: Apache-2.0
"""Take a file over outside of a request, where it is long."""

from __future__ import annotations

from uuid import UUID

from entrepot.catalog.importing import KIND, commit
from entrepot.jobs.kinds import Result, Told, work
from entrepot.web.fields import Body


class CommitIn(Body):
    """Which import."""

    source: UUID


@work(KIND)
def take_over(told: Told, arguments: CommitIn) -> Result:
    """Take a file over as its preview says, and say after how many rows it is."""
    counts: dict[str, object] = commit(arguments.source, told.progress).preview["counts"]
    return counts
