# SPDX-License-Identifier: Apache-2.0
"""What the worker does: send what waits, and take in what came, every minute where a way is set."""

from __future__ import annotations

from uuid import UUID

from entrepot.customs.sending.intake import collect, match_again
from entrepot.customs.sending.models import NOWHERE, Setup
from entrepot.customs.sending.outbox import deliver
from entrepot.jobs.sweeping import everywhere
from entrepot.people.tenancy import within


@everywhere("customs_exchange", "* * * * *")
def exchange(enterprise: UUID) -> None:
    """Every minute: send what waits, take in what came; whatever came before its document too."""
    with within(enterprise):
        is_set = Setup.objects.exclude(way=NOWHERE).exists()
        if not is_set:
            match_again()
    if is_set:
        deliver(enterprise)
        collect(enterprise)
