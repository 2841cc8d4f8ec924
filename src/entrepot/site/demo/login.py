# SPDX-License-Identifier: Apache-2.0
"""The account of the demo. Its password is no secret, so it opens nothing from elsewhere."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from entrepot.errors import Misused
from entrepot.people.models import User

ADDRESS: Final = "demo@entrepot.example"
PASSWORD: Final = "look-around-freely"


class DemoStaysHere(Misused):
    """A data folder with a demo account is served on this machine only."""

    code = "entrepot.demo_stays_here"


def refuse_elsewhere(host: str) -> None:
    """Refuse to answer where others could reach a demo.

    Args:
        host: the address that is answered on.

    Raises:
        DemoStaysHere: it is not one of this machine's own.
    """
    if (
        not ip_address(host.partition("%")[0]).is_loopback
        and User.objects.filter(is_demo=True).exists()
    ):
        raise DemoStaysHere(
            f"Cannot answer on {host}.",
            "The data folder holds the demo, whose password everybody knows.",
            "Answer on 127.0.0.1, or keep your own data in a folder of its own: --home FOLDER.",
        )
