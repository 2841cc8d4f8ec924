# SPDX-License-Identifier: Apache-2.0
"""A worker that knows the kinds of jobs of tests: `python -m tests.jobs.worker_process 1 2.0`."""

from __future__ import annotations

import sys

import django

django.setup()

from django.conf import settings  # noqa: E402

from entrepot.jobs.worker import Pace, run_worker  # noqa: E402
from tests.jobs import kinds  # noqa: E402

if __name__ == "__main__":
    assert kinds.leave_marks
    settings.WEBHOOKS_MAY_REACH_LOOPBACK = True
    pace = Pace(heartbeat=0.3, stalled=float(sys.argv[2]), grace=2.0, look=0.2)
    run_worker(int(sys.argv[1]), pace)
