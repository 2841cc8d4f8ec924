# SPDX-License-Identifier: Apache-2.0
"""The job that plans what lies at a site."""

from __future__ import annotations

from typing import Annotated

from entrepot.consolidating import load_plans
from entrepot.jobs.kinds import Result, Told, work
from entrepot.web.fields import Body, Day, code, whole


class PlanIn(Body):
    """Which site, by when what is due goes first, and how long may be planned."""

    site: Annotated[str, code(40)]
    leaves_on: Day | None = None
    seconds: Annotated[int, whole(1, 600)] = load_plans.SECONDS


@work("consolidating.plan")
def plan_site(told: Told, arguments: PlanIn) -> Result:
    """Plan what lies at a site into containers."""
    made = load_plans.make(arguments.site, arguments.leaves_on, arguments.seconds, told.progress)
    return {
        "plan": str(made.id),
        "number": made.number,
        "pieces": made.pieces,
        "placed": made.placed,
    }
