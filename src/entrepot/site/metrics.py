# SPDX-License-Identifier: Apache-2.0
"""`/metrics` for Prometheus: what the processes counted, and what the database says at the moment.

Numbers only, by templates of addresses, kinds and states; no name, no enterprise. Shown on this
machine, and elsewhere to whoever bears ENTREPOT_METRICS_TOKEN.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hmac import compare_digest
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from entrepot.people.loopback import is_loopback
from entrepot.web.figures import REGISTRY

#: The variable by which prometheus-client knows that processes count together.
FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"

_QUEUE: Final = """
    SELECT status::text, count(*) FROM procrastinate_jobs
    WHERE status IN ('todo', 'doing', 'failed') GROUP BY 1
"""
_OLDEST: Final = """
    SELECT coalesce(max(extract(epoch FROM now() - coalesce(j.scheduled_at, e.at))), 0)
    FROM procrastinate_jobs AS j
    LEFT JOIN procrastinate_events AS e ON e.job_id = j.id AND e.type = 'deferred'
    WHERE j.status = 'todo' AND coalesce(j.scheduled_at, e.at) <= now()
"""
_CONNECTIONS: Final = """
    SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user GROUP BY 1
"""
#: Behind the walls, so as the server's statistics have it: they lag by seconds.
_UNSEALED: Final = """
    SELECT coalesce(sum(n_live_tup), 0) FROM pg_stat_user_tables WHERE relname = 'ledger_unsealed'
"""
_STATES: Final = {"todo": "queued", "doing": "running", "failed": "failed"}


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the figures, to whoever may see them; to others there is nothing here."""
    if not _may_see(request):
        raise Http404
    registry = CollectorRegistry()
    if os.environ.get(FOLDER):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REGISTRY)
    registry.register(_Moment())  # type: ignore[arg-type]
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_see(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        return compare_digest(given.strip().encode(), token.encode())
    return is_loopback(request)


class _Moment:
    """What the database says now."""

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(
            "entrepot_build",
            "What runs.",
            value={"version": version("entrepot"), "python": platform.python_version()},
        )
        try:
            yield from self._of_database()
            answers = 1
        except DatabaseError:
            answers = 0
        yield GaugeMetricFamily(
            "entrepot_database_up", "Whether the database answers.", value=answers
        )

    def _of_database(self) -> Iterator[Metric]:
        with connection.cursor() as cursor:
            cursor.execute(_QUEUE)
            found = dict(cursor.fetchall())
            queue = GaugeMetricFamily(
                "entrepot_queue_tasks", "Tasks of the queue.", labels=["state"]
            )
            for status, state in _STATES.items():
                queue.add_metric([state], found.get(status, 0))
            yield queue
            cursor.execute(_CONNECTIONS)
            connections = GaugeMetricFamily(
                "entrepot_database_connections",
                "Connections of the program to its database, all processes together.",
                labels=["state"],
            )
            for state, count in cursor.fetchall():
                connections.add_metric([state], count)
            yield connections
            for name, says, statement in (
                ("entrepot_queue_oldest_seconds", "How long the oldest task waits.", _OLDEST),
                ("entrepot_documents_unsealed", "Documents that no seal covers yet.", _UNSEALED),
            ):
                cursor.execute(statement)
                yield GaugeMetricFamily(name, says, value=float(_first(cursor)))


def _first(cursor: Any) -> float:
    [value] = cursor.fetchone()
    return float(value)


@contextmanager
def counting_together(home: Path) -> Iterator[None]:
    """A folder in which the processes of one desk count, as long as it runs."""
    above = home / "metrics"
    above.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in above.iterdir():
        if not Path(f"/proc/{left.name}").exists():
            shutil.rmtree(left, ignore_errors=True)
    mine = above / str(os.getpid())
    mine.mkdir(mode=0o700, exist_ok=True)
    os.environ[FOLDER] = str(mine)
    try:
        yield
    finally:
        shutil.rmtree(mine, ignore_errors=True)
