# SPDX-License-Identifier: Apache-2.0
"""`/metrics` for Prometheus: what the processes counted, and what the database says at the moment.

Numbers only, by templates of addresses, kinds and states; no name, no enterprise. Shown on this
machine, and elsewhere to whoever bears ENTREPOT_METRICS_TOKEN.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hmac import compare_digest
from importlib.metadata import version
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from entrepot.people.loopback import is_direct
from entrepot.site.counting import FOLDER
from entrepot.web.figures import REGISTRY

#: Each asks for rows of a label and a number.
_STATES: Final = """
    SELECT s.state, count(j.id)
    FROM (VALUES ('queued', 'todo'), ('running', 'doing'), ('failed', 'failed')) AS s (state, at)
    LEFT JOIN procrastinate_jobs AS j ON j.status::text = s.at
    GROUP BY 1
"""
_CONNECTIONS: Final = """
    SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user GROUP BY 1
"""
#: Each asks for one number.
_OLDEST: Final = """
    SELECT coalesce(max(extract(epoch FROM now() - coalesce(j.scheduled_at, e.at))), 0)
    FROM procrastinate_jobs AS j
    LEFT JOIN procrastinate_events AS e ON e.job_id = j.id AND e.type = 'deferred'
    WHERE j.status = 'todo' AND coalesce(j.scheduled_at, e.at) <= now()
"""
#: Rows lie behind the walls; the server's own statistics count them, and lag by seconds.
_UNSEALED: Final = """
    SELECT coalesce(sum(n_live_tup), 0) FROM pg_stat_user_tables WHERE relname = 'ledger_unsealed'
"""


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
    registry.register(_Moment())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_see(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        return compare_digest(given.strip().encode(), token.encode())
    return is_direct(request)


class _Moment(Collector):
    """What the database says now."""

    def collect(self) -> Iterator[Metric]:
        says = {"version": version("entrepot")}
        yield InfoMetricFamily("entrepot_build", "What runs.", value=says)
        answers = 1
        try:
            yield from _of_database()
        except DatabaseError:
            answers = 0
        yield GaugeMetricFamily(
            "entrepot_database_up", "Whether the database answers.", value=answers
        )


def _of_database() -> Iterator[Metric]:
    with connection.cursor() as cursor:
        for name, says, statement in (
            ("entrepot_queue_tasks", "Tasks of the queue.", _STATES),
            ("entrepot_database_connections", "Connections of the whole desk.", _CONNECTIONS),
        ):
            cursor.execute(statement)
            family = GaugeMetricFamily(name, says, labels=["state"])
            for state, count in cursor.fetchall():
                family.add_metric([state], count)
            yield family
        for name, says, statement in (
            ("entrepot_queue_oldest_seconds", "How long the oldest task waits.", _OLDEST),
            ("entrepot_documents_unsealed", "Documents that no seal covers yet.", _UNSEALED),
        ):
            cursor.execute(statement)
            [value] = cursor.fetchone()
            yield GaugeMetricFamily(name, says, value=float(value))
