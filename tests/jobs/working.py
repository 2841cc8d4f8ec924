# SPDX-License-Identifier: Apache-2.0
"""Workers for tests: processes of their own, on the tests' database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from entrepot.jobs import actions
from entrepot.jobs.models import RUNNING, Job
from entrepot.people.models import AuditEntry
from entrepot.people.tenancy import within
from tests.jobs.kinds import Marks, leave_marks

Found = TypeVar("Found")
_LONGEST = 30.0


def until(look: Callable[[], Found | None], longest: float = _LONGEST) -> Found:
    """Wait until there is something."""
    end = time.monotonic() + longest
    while not (found := look()):
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.05)
    return found


def state(enterprise: UUID, job: UUID) -> Job:
    with within(enterprise):
        return Job.objects.get(id=job)


def until_state(enterprise: UUID, job: UUID, *states: str) -> Job:
    """Wait until a job is in one of the states."""

    def look() -> Job | None:
        found = state(enterprise, job)
        return found if found.state in states else None

    return until(look)


@contextmanager
def working(concurrency: int = 1, stalled: float = 2.0) -> Iterator[subprocess.Popen[bytes]]:
    """A worker, stopped in the end in case it still runs."""
    # Whoever runs the tests may say where the code lies.
    paths = (os.getcwd(), os.environ.get("PYTHONPATH"))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.jobs.worker_process", str(concurrency), str(stalled)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(_LONGEST)


def start(enterprise: UUID, **arguments: Any) -> UUID:
    """Ask for a job that leaves marks."""
    with within(enterprise, "user:tester"):
        return actions.start(leave_marks, Marks(**arguments)).id


def marks(enterprise: UUID) -> int:
    """How many marks were left."""
    with within(enterprise):
        return AuditEntry.objects.filter(action="test.mark").count()


def until_running(enterprise: UUID, job: UUID) -> Job:
    """The job, once it has said how far it is."""

    def look() -> Job | None:
        found = state(enterprise, job)
        return found if found.state == RUNNING and found.done else None

    return until(look)
