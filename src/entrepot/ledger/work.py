# SPDX-License-Identifier: Apache-2.0
"""What the worker does for the book of every enterprise: seal what was posted."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from entrepot.jobs.sweeping import everywhere
from entrepot.ledger.sealing import seal_all

#: As what somebody asked for: a queue that is never empty must not keep books unsealed.
_PRIORITY: Final = 0


@everywhere("seal_books", "* * * * * */10", _PRIORITY)
def seal_book(enterprise: UUID) -> None:
    """Every ten seconds: seal the documents that no seal covers yet."""
    seal_all(enterprise)
