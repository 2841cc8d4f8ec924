# SPDX-License-Identifier: Apache-2.0
"""What other programs can be told of."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """Something that happened; behind each, what its data says."""

    DOCUMENT_POSTED = "document.posted"  # document, kind, number
    DOCUMENT_REVERSED = "document.reversed"  # document, kind, number, reverses
    JOB_DONE = "job.done"  # job
    JOB_FAILED = "job.failed"  # job, code
