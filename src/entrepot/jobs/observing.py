# SPDX-License-Identifier: Apache-2.0
"""Every run of a job has a line in the log, and its place in the figures of `/metrics`."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal
from uuid import UUID

from entrepot.web.figures import count_job

log = logging.getLogger("entrepot.jobs")

#: How a run ends; after `again` the job waits for another.
State = Literal["done", "failed", "cancelled", "again"]


@dataclass
class Run:
    """One run of a job; whoever runs it says its kind once it is known, and how it ended."""

    job: UUID
    enterprise: UUID
    actor: str
    kind: str = ""
    state: State = "again"
    began: float = field(default_factory=time.perf_counter)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self.kind:
            return  # it never began, or had ended already
        seconds = time.perf_counter() - self.began
        count_job(self.kind, self.state, seconds)
        extra = {name: getattr(self, name) for name in ("job", "kind", "state")}
        whose = {"enterprise": self.enterprise, "actor": self.actor}
        log.info("job", extra=extra | whose | {"ms": round(seconds * 1000, 1)})
