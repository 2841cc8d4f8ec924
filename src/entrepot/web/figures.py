# SPDX-License-Identifier: Apache-2.0
"""What is counted of requests and jobs, for `/metrics`, over all processes of the desk.

Each process counts in files of its own, in the folder that PROMETHEUS_MULTIPROC_DIR names
(`site.counting` makes it); who shows the figures adds the files up. Without that folder a process
counts for itself alone.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Histogram

#: Of its own, so that nothing else gets in.
REGISTRY: Final = CollectorRegistry()

#: Each counts as well as it measures: what is observed is in `_count`.
_REQUESTS: Final = Histogram(
    "entrepot_request_seconds",
    "How long requests took, in seconds, by the template of their address.",
    ["method", "route", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
_JOBS: Final = Histogram(
    "entrepot_job_seconds",
    "How long jobs ran, in seconds, by kind and how they ended.",
    ["kind", "state"],
    buckets=(0.1, 0.5, 2, 10, 60, 300, 1800),
    registry=REGISTRY,
)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request that was answered."""
    _REQUESTS.labels(method, route, str(status)).observe(seconds)


def count_job(kind: str, state: str, seconds: float) -> None:
    """Count one job that ended; `state` is done, failed, cancelled or again."""
    _JOBS.labels(kind, state).observe(seconds)
