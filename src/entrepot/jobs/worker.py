# SPDX-License-Identifier: Apache-2.0
"""The process that runs jobs and sends deliveries."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from dataclasses import dataclass
from typing import Final

from asgiref.sync import sync_to_async
from django.db import close_old_connections
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
    heartbeat: float = 5.0
    #: Without a sign of life, after which a worker counts as dead and its jobs are run again.
    stalled: float = 15.0
    #: That jobs have to come to an end once the worker was asked to stop.
    grace: float = 30.0
    #: Between two looks into the queue where nobody says that there is something.
    look: float = 5.0


def run_worker(concurrency: int = 2, pace: Pace | None = None, parent: int | None = None) -> None:
    """Run jobs until SIGTERM or SIGINT; then let those that run come to an end, and return.

    A job that is still running after the grace is stopped at its next word of progress, undone, and
    put back into the queue.

    Args:
        concurrency: jobs at a time; each holds two connections to the database.
        pace: how often it gives signs of life, and how long it waits for what.
        parent: the process that started it: when that is gone, it stops as if it was asked to.
    """
    asyncio.run(_run(concurrency, pace or Pace(), parent))


async def _run(concurrency: int, pace: Pace, parent: int | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    following = asyncio.create_task(_follow(parent, stop))
    while not stop.is_set():
        try:
            ended = await _work(concurrency, pace, stop)
        except Exception as error:
            ended = error
        if not stop.is_set():
            why = ended if isinstance(ended, BaseException) else None
            log.warning("the worker begins anew", exc_info=why)
            await asyncio.wait({asyncio.create_task(stop.wait())}, timeout=_AGAIN_AFTER)
            # The queue asks for what is due by the clock on a connection that nobody else closes.
            await sync_to_async(close_old_connections)()
    following.cancel()


async def _follow(parent: int | None, stop: asyncio.Event) -> None:
    """Stop when the process is gone that this one stands beside."""
    while parent is not None and not stop.is_set():
        if os.getppid() != parent:
            log.warning("what started the worker is gone")
            stop.set()
        await asyncio.sleep(1)


async def _work(concurrency: int, pace: Pace, stop: asyncio.Event) -> object:
    """Work until asked to stop, or until the database is gone; how it ended."""
    queue = _queue()
    # In no task that is cancelled: a pool that is just opened would not end then.
    async with queue.open_async():
        reviving = asyncio.create_task(_revive(queue, pace))
        stopping = asyncio.create_task(stop.wait())
        working = asyncio.create_task(
            queue.run_worker_async(
                concurrency=concurrency,
                install_signal_handlers=False,
                update_heartbeat_interval=pace.heartbeat,
                stalled_worker_timeout=pace.stalled,
                shutdown_graceful_timeout=pace.grace,
                fetch_job_polling_interval=pace.look,
            )
        )
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        # The queue takes this for a polite word: it waits for what is running.
        working.cancel()
        stopping.cancel()
        reviving.cancel()
        [ended, *_] = await asyncio.gather(working, reviving, return_exceptions=True)
        return ended


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
                log.warning("%s is run again: its worker is gone", job.task_name)
                await queue.job_manager.retry_job(job, retry_at=utcnow())
        except Exception:
            log.exception("cannot look for jobs whose worker is gone")
        await asyncio.sleep(pace.heartbeat)
