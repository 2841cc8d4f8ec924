# SPDX-License-Identifier: Apache-2.0
"""The jobs of the reconciliation: read a file, follow the desk and match."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final
from uuid import UUID

from entrepot.jobs.kinds import Result, Told, work
from entrepot.jobs.sweeping import everywhere
from entrepot.people.tenancy import within
from entrepot.reconciling import files
from entrepot.reconciling.following import follow
from entrepot.reconciling.matching import match_all
from entrepot.web.fields import Body

#: Stages of the reading of a file that its job tells.
_STAGES: Final = 2


class MoneyIn(Body):
    """Which file."""

    source: UUID


class Nothing(Body):
    """Nothing to say."""


@work("money.read")
def read_money(told: Told, arguments: MoneyIn) -> Result:
    """Read a file of money, store what it says, and match what is sure."""
    told.progress(1, _STAGES)
    report: dict[str, object] = files.read(arguments.source).report
    told.progress(_STAGES, _STAGES)
    return {name: value for name, value in report.items() if name != "listed"}


@work("money.look")
def look_again(told: Told, arguments: Nothing) -> Result:
    """Look at what the desk knows by now, and match what is sure."""
    followed = follow(files.today())
    return asdict(followed) | asdict(match_all())


@everywhere("follow_money", cron="*/10 * * * *")
def follow_everywhere(enterprise: UUID) -> None:
    """Take what left and what was declared onto the board."""
    with within(enterprise):
        follow(files.today())
