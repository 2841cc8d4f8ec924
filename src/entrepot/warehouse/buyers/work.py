# SPDX-License-Identifier: Apache-2.0
"""The job that erases buyers whose time is over."""

from __future__ import annotations

from uuid import UUID

from entrepot.jobs.actions import start
from entrepot.jobs.kinds import Result, Told, work
from entrepot.jobs.sweeping import everywhere
from entrepot.people.tenancy import within
from entrepot.warehouse.buyers.erasing import MOST
from entrepot.warehouse.buyers.keeping import erase_due, is_due
from entrepot.web.fields import Body


class EraseIn(Body):
    """Nothing has to be said."""


@work("buyers.erase")
def erase_old(told: Told, arguments: EraseIn) -> Result:
    """Erase what is past its time, and ask for the next where there may be more."""
    orders, messages, files = erase_due()
    told.progress(orders + messages + files)
    if MOST in (orders, messages):
        start(erase_old, arguments)
    return {"orders": orders, "messages": messages, "files": files}


@everywhere("erase_old", "23 * * * *")
def erase_when_due(enterprise: UUID) -> None:
    """Every hour: ask for it where something is kept past its time."""
    with within(enterprise):
        if is_due():
            start(erase_old, EraseIn())
