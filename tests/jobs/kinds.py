# SPDX-License-Identifier: Apache-2.0
"""Kinds of jobs for tests, which a worker of tests knows as well."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

from entrepot.errors import Refused
from entrepot.jobs.kinds import Result, Told, work
from entrepot.people.audit import record
from entrepot.people.tenancy import acting
from entrepot.web.fields import Body


class NotEnough(Refused):
    """More was asked for than is there."""

    code = "test.not_enough"


class Marks(Body):
    """How many marks to leave, and what to do in the middle of it."""

    marks: int = 3
    file: str = ""
    wrong: str = ""


@work("test.marks")
def leave_marks(told: Told, arguments: Marks) -> Result:
    """Leave marks in the audit log; wait in the middle while a file is there."""
    for number in range(arguments.marks):
        record("test.mark", str(number))
        told.progress(number + 1, of=arguments.marks + 1)
        if number == 0:
            _wait(told, arguments)
            _go_wrong(arguments.wrong)
    told.progress(arguments.marks + 1, of=arguments.marks + 1)
    return {"marks": arguments.marks, "by": acting().actor}


def _wait(told: Told, arguments: Marks) -> None:
    while arguments.file and Path(arguments.file).exists():
        time.sleep(0.05)
        told.progress(1, of=arguments.marks + 1)


def _go_wrong(wrong: str) -> None:
    if wrong == "refused":
        raise NotEnough("Cannot take 7.", "On hand: 6.", "Take 6.", on_hand=6, on=date(2026, 1, 2))
    if wrong == "broken":
        raise KeyError("secret")
