# SPDX-License-Identifier: Apache-2.0
"""Run a job: one transaction for what it does, another connection for how far it is.

A worker killed in the middle leaves nothing of what the job did, and a row that says it runs; when
its worker has not been heard of for a while, the job is run again (`jobs.worker`). A lock of the
job's transaction keeps two workers from doing the same job at once, however that came about.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Final
from uuid import UUID

import psycopg
from django.db import InterfaceError, OperationalError
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import JobAborted

from entrepot.errors import EntrepotError, Refused
from entrepot.jobs.actions import QUEUE, TASK, fail, finish, give_up, put_back
from entrepot.jobs.kinds import KINDS
from entrepot.jobs.observing import Run
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import within

log = logging.getLogger("entrepot.jobs")

#: Seconds between two writings of how far a job is.
EVERY: Final = 0.5
#: How often a job is begun whose worker does not live to see its end.
MOST_ATTEMPTS: Final = 5
#: The database is gone for a moment, as Django says it and as psycopg does past it.
UNREACHABLE: Final = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
#: Seconds until a job is tried again that could not be run at this moment.
AGAIN_AFTER: Final = 5

_BEGIN = """
    UPDATE jobs_job SET state = 'running', started_at = now(), done = 0, "of" = NULL,
        attempts = attempts + 1
    WHERE id = %s AND state IN ('queued', 'running')
    RETURNING kind, arguments, attempts
"""
_PROGRESS = """
    UPDATE jobs_job SET done = %s, "of" = %s WHERE id = %s AND state = 'running'
    RETURNING cancel_asked_at IS NOT NULL
"""


class Cancelled(Exception):
    """A job was asked to stop."""


class StillRunning(Exception):
    """Another worker does this job at this moment."""


class Broken(Refused):
    """The program has a mistake; its log has the reference."""

    code: ClassVar[str] = "jobs.broken"


class KeepsEnding(Refused):
    """The worker ended each time in the middle of the job."""

    code: ClassVar[str] = "jobs.keeps_ending"


class UnknownKind(Refused):
    """A job of a kind that this version of the program does not have."""

    code: ClassVar[str] = "jobs.unknown_kind"


class Telling:
    """Says how far a job is, on a connection of its own. See `jobs.kinds.Told`."""

    def __init__(
        self, connection: psycopg.Connection[Any], enterprise: UUID, job: UUID, context: JobContext
    ) -> None:
        self._connection, self._enterprise, self._job = connection, enterprise, job
        self._context = context
        self._told_at = 0.0

    def begin(self) -> tuple[str, dict[str, Any], int] | None:
        """Say that it runs; nothing where it has ended already."""
        begun: tuple[str, dict[str, Any], int] | None = self._tell(_BEGIN, [self._job])
        return begun

    def progress(self, done: int, of: int | None = None) -> None:
        now = time.monotonic()
        if now - self._told_at < EVERY and done != of:
            return
        self._told_at = now
        if self._context.should_abort():
            raise JobAborted
        row = self._tell(_PROGRESS, [done, of, self._job])
        if row is None or row[0]:
            raise Cancelled

    def _tell(self, statement: str, given: list[Any]) -> Any:
        with self._connection.transaction():
            self._connection.execute(
                "SELECT set_config('entrepot.enterprise', %s, true)", [str(self._enterprise)]
            )
            return self._connection.execute(statement.encode(), given).fetchone()


@app.task(
    name=TASK,
    queue=QUEUE,
    pass_context=True,
    retry=RetryStrategy(
        wait=AGAIN_AFTER,
        retry_exceptions=[StillRunning, JobAborted, *UNREACHABLE],
    ),
)
def run_job(context: JobContext, *, enterprise: str, job: str, actor: str) -> None:
    """Run one job to its end, and write down how it ended."""
    with Run(UUID(job), UUID(enterprise), actor) as run:
        _end(context, run)


def _end(context: JobContext, run: Run) -> None:
    try:
        _do(context, run)
        run.state = "done"
    except (StillRunning, *UNREACHABLE):
        raise
    except JobAborted:
        with within(run.enterprise, run.actor):
            put_back(run.job)
        raise
    except Cancelled:
        run.state = "cancelled"
        with within(run.enterprise, run.actor):
            give_up(run.job)
    except Exception as error:
        run.state = "failed"
        refused = error if isinstance(error, EntrepotError) else _broken(run, error)
        with within(run.enterprise, run.actor):
            fail(run.job, refused)


def _do(context: JobContext, run: Run) -> None:
    enterprise, job = run.enterprise, run.job
    with within(enterprise, run.actor):
        _only_one(job)
        with _telling(context, enterprise, job) as told:
            begun = told.begin()
            if begun is None:
                return
            kind, arguments, attempts = begun
            # What this version does not know is counted as one kind.
            run.kind = kind if kind in KINDS else "unknown"
            if attempts > MOST_ATTEMPTS:
                raise KeepsEnding(
                    f"Cannot run job {job}.",
                    f"{MOST_ATTEMPTS} times its worker ended before the job did.",
                    "Look into the worker's log and the machine's memory; then run it again.",
                )
            if (work := KINDS.get(kind)) is None:
                raise UnknownKind(
                    f"Cannot run job {job}.",
                    f"This version of the program has no jobs of the kind {kind}.",
                    "Run it again with the version that asked for it.",
                )
            result = work.does(told, work.takes.model_validate(arguments))
        finish(job, json.loads(json.dumps(result)))


def _only_one(job: UUID) -> None:
    """Keep other workers off this job until the transaction ends.

    Raises:
        StillRunning: another one has it.
    """
    with raw_cursor() as cursor:
        row = cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"job:{job}"]
        ).fetchone()
    if row != (True,):
        raise StillRunning


@contextmanager
def _telling(context: JobContext, enterprise: UUID, job: UUID) -> Iterator[Telling]:
    # Autocommit, so that it holds no transaction open between two sentences.
    params = connector_params()
    with psycopg.connect(**params, autocommit=True) as connection:
        yield Telling(connection, enterprise, job, context)


def _broken(run: Run, error: Exception) -> Broken:
    reference = secrets.token_hex(6)
    seen = {"reference": reference, "job": run.job, "kind": run.kind}
    log.error("broke", exc_info=error, extra=seen)
    return Broken(
        f"Cannot finish job {run.job}.",
        "The program has a mistake; nothing was changed.",
        "Report it with the reference.",
        reference=reference,
    )
