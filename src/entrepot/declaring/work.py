# SPDX-License-Identifier: Apache-2.0
"""What the worker does: every minute, what customs released becomes declarations of the desk."""

from __future__ import annotations

from uuid import UUID

from entrepot.declaring.booking import follow
from entrepot.declaring.forming import follow_forms
from entrepot.jobs.sweeping import everywhere
from entrepot.people.tenancy import within


@everywhere("follow_customs", "* * * * *")
def follow_everywhere(enterprise: UUID) -> None:
    """Every minute: book what was released, reverse what was taken back."""
    with within(enterprise):
        follow()
        follow_forms()
