# SPDX-License-Identifier: Apache-2.0
"""Asked to stop before there is anything that listens for it.

A signal ends the program by an exception, so that everything that was begun is taken back on the
way out. Where it comes while Python tidies up an object, that exception is lost; so it is written
down as well, for whoever goes on.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType

_asked: list[int] = []


def stop_when_asked() -> None:
    """From now on, SIGTERM ends the program by an exception."""
    signal.signal(signal.SIGTERM, _stop)


def is_asked() -> bool:
    """Whether SIGTERM came, and its exception was lost."""
    return bool(_asked)


def _stop(number: int, _: FrameType | None) -> None:
    _asked.append(number)
    sys.exit(128 + number)
