# SPDX-License-Identifier: Apache-2.0
"""What stands beside the processes that answer: the database and the worker.

All end together. While the desk runs, whatever is killed is started again; where the desk itself is
killed, what it started ends too, and the next start takes up what was not finished.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from types import TracebackType
from typing import Final

from entrepot.errors import EntrepotError
from entrepot.site.configuration import Configuration

log = logging.getLogger("entrepot.site")

WORKER: Final = [sys.executable, "-c", "from entrepot.cli import main; main()", "worker"]
#: Between two starts of a worker.
_AGAIN_AFTER: Final = 3.0
#: That the jobs have to come to an end.
_GRACE: Final = 60.0


class Beside:
    """What stands beside the desk: the worker, and the database that came with the program."""

    def __init__(self, found: Configuration) -> None:
        self._found = found
        self._worker: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    def look_after(self) -> None:
        """Start what does not run."""
        database = self._found.embedded
        if self._found.is_embedded and not database.is_running():
            log.warning("the database ended and is started again")
            try:
                database.start()
            except EntrepotError as error:
                log.warning("%s", error)
                return
        if self._worker is not None and self._worker.poll() is None:
            return
        if (now := time.monotonic()) - self._started_at < _AGAIN_AFTER:
            return
        if self._worker is not None:
            log.warning("the worker ended and is started again")
        # A session of its own: Ctrl-C is the desk's, which asks the worker to stop.
        command = [*WORKER, "--parent", str(os.getpid())]
        self._worker = subprocess.Popen(command, start_new_session=True)
        self._started_at = now

    def __enter__(self) -> Beside:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let the jobs come to an end."""
        if self._worker is None or self._worker.poll() is not None:
            return
        self._worker.send_signal(signal.SIGTERM)
        try:
            self._worker.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._worker.kill()
