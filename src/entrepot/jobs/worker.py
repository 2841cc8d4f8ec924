# SPDX-License-Identifier: Apache-2.0
"""The process that runs jobs and sends deliveries."""

from __future__ import annotations

import asyncio
import logging
import signal
from dataclasses import dataclass
from typing import Final

from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.utils import utcnow

log = logging.getLogger("entrepot.jobs")

#: Seconds until a worker begins anew that the database left alone.
_AGAIN_AFTER: Final = 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds of a worker's life."""

    #: Between two signs of life.
    heartbeat: float = 10.0
    #: Without a sign of life, after which a worker counts as dead and its jobs are run again.
    stalled: float = 30.0
    #: That jobs have to come to an end once the worker was asked to stop.
    grace: float = 30.0
    #: Between two looks into the queue where nobody says that there is something.
    look: float = 5.0


def run_worker(concurrency: int = 2, pace: Pace | None = None) -> None:
    """Run jobs until SIGTERM or SIGINT; then let those that run come to an end, and return.

    A job that is still running after the grace is stopped at its next word of progress, undone, and
    put back into the queue.

    Args:
        concurrency: jobs at a time; each holds two connections to the database.
        pace: how often it gives signs of life, and how long it waits for what.
    """
    asyncio.run(_run(concurrency, pace or Pace()))


async def _run(concurrency: int, pace: Pace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    while not stop.is_set():
        working = asyncio.create_task(_work(concurrency, pace))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            # The queue takes this for a polite word: it waits for what is running.
            working.cancel()
        stopping.cancel()
        [ended] = await asyncio.gather(working, return_exceptions=True)
        if not stop.is_set():
            log.warning("the worker begins anew: %r", ended)
            await asyncio.wait({asyncio.create_task(stop.wait())}, timeout=_AGAIN_AFTER)


async def _work(concurrency: int, pace: Pace) -> None:
    """Work until cancelled, or until the database is gone."""
    queue = _queue()
    async with queue.open_async():
        reviving = asyncio.create_task(_revive(queue, pace))
        try:
            await queue.run_worker_async(
                concurrency=concurrency,
                install_signal_handlers=False,
                update_heartbeat_interval=pace.heartbeat,
                stalled_worker_timeout=pace.stalled,
                shutdown_graceful_timeout=pace.grace,
                fetch_job_polling_interval=pace.look,
            )
        finally:
            reviving.cancel()
            await asyncio.gather(reviving, return_exceptions=True)


def _queue() -> App:
    """The queue on connections of its own.

    The tasks stay those of Django's queue: what they put into it is part of their transaction.
    """
    connector = app.connector
    assert isinstance(connector, DjangoConnector)
    return app.with_connector(connector.get_worker_connector())


async def _revive(queue: App, pace: Pace) -> None:
    """Put back into the queue what a worker had begun that has not been heard of since."""
    while True:
        try:
            for job in await queue.job_manager.get_stalled_jobs(
                seconds_since_heartbeat=pace.stalled
            ):
                log.warning("%s is run again: its worker is gone", job.call_string)
                await queue.job_manager.retry_job(job, retry_at=utcnow())
        except Exception:
            log.exception("cannot look for jobs whose worker is gone")
        await asyncio.sleep(pace.heartbeat)
