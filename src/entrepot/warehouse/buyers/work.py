# SPDX-License-Identifier: Apache-2.0
"""The job that erases buyers whose time is over."""

from __future__ import annotations

from procrastinate.contrib.django import app

from entrepot.jobs.actions import REGULARLY, start
from entrepot.jobs.kinds import Result, Told, work
from entrepot.people.models import Enterprise
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


@app.periodic(cron="23 * * * *")
@app.task(name="entrepot.erase_old", queue="jobs", queueing_lock="erase_old", priority=REGULARLY)
def erase_everywhere(timestamp: int) -> None:
    """Every hour, for the enterprises that keep something past its time."""
    for enterprise in Enterprise.objects.values_list("id", flat=True).iterator():
        with within(enterprise):
            if is_due():
                start(erase_old, EraseIn())
