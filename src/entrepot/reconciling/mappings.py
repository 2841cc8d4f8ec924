# SPDX-License-Identifier: Apache-2.0
"""Mappings by which tables of payers and banks are read, kept by name."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from django.utils import timezone

from entrepot.bank.mapping import read_mapping as read_bank_mapping
from entrepot.people.audit import record
from entrepot.people.tenancy import acting
from entrepot.reconciling.models import BANK, MoneyMapping
from entrepot.settlement.mapping import read_mapping

#: Characters of a mapping.
MOST_TEXT: Final = 64 * 1024


def put_mapping(kind: str, name: str, content: str) -> MoneyMapping:
    """Add a mapping, or put another in the place of the one of its name.

    Raises:
        BadMapping: of the settlement or the bank; with every mistake.
    """
    with tempfile.TemporaryDirectory(prefix="entrepot-mapping-") as work:
        path = Path(work) / "mapping.toml"
        path.write_text(content, "utf-8")
        if kind == BANK:
            read_bank_mapping(path)
        else:
            read_mapping(path)
    made, _ = MoneyMapping.objects.update_or_create(
        kind=kind, name=name,
        defaults={
            "content": content, "changed_at": timezone.now(), "changed_by": acting().actor,
        },
    )  # fmt: skip
    record("money.mapping_put", f"{kind} {name}")
    return made
