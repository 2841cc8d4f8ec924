# SPDX-License-Identifier: Apache-2.0
"""What the worker does: take the lines of lists that customs released, every ten minutes."""

from __future__ import annotations

from uuid import UUID

from entrepot.customs.classifying.taking_over import take_over
from entrepot.jobs.sweeping import everywhere
from entrepot.people.tenancy import within


@everywhere("classifying_released", "*/10 * * * *")
def released(enterprise: UUID) -> None:
    """Every ten minutes: what customs released is what goods were declared as."""
    with within(enterprise):
        take_over()
