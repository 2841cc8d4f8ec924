# SPDX-License-Identifier: Apache-2.0
"""Take the port to answer on, before anything else is started."""

from __future__ import annotations

import errno
import os
import socket
import time
from typing import ClassVar, Final

from entrepot.errors import Misused

#: How long processes of a desk that was killed may still hold the port.
_SECONDS: Final = 5.0


class NotFree(Misused):
    """The desk cannot answer at this address."""

    code: ClassVar[str] = "entrepot.address_not_free"


def listen(host: str, port: int) -> socket.socket:
    """The port to answer on; a desk that was killed may hold it for a moment still.

    Raises:
        NotFree: another program has the port, or this machine does not have the address.
    """
    give_up = time.monotonic() + _SECONDS
    while True:
        try:
            return socket.create_server(
                (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
            )
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > give_up:
                raise NotFree(
                    f"Cannot answer on {host}, port {port}.",
                    f"The system says: {os.strerror(error.errno) if error.errno else error}.",
                    "End the program that has the port, or name another with --port or --host.",
                ) from error
            time.sleep(0.2)
