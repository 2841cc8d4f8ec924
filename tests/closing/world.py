# SPDX-License-Identifier: Apache-2.0
"""A close and a table that was sent, for tests of the whole API."""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from entrepot.closing.kept import keep
from entrepot.closing.models import Close, ClosedFile
from entrepot.people.tenancy import within
from tests.jobs.callers import Caller


def add_closes(caller: Caller, tag: str) -> None:
    """A close with one file, and refund rates, named by the tag."""
    rates = f"hs_code,valid_from,valid_to,refund_rate,source\n8504401400,2020-01-01,,0.13,{tag}\n"
    with within(caller.enterprise):
        close = Close.objects.create(
            as_of=date(2026, 3, 1), asked_by=tag, summary={"units": {}}, stock={"stocks": 0}
        )
        content = f'{{"name": "{tag}"}}\n'.encode()
        ClosedFile.objects.create(
            close=close, name="run.json", content=content, sha256=sha256(content).digest()
        )
        keep("refund_rates", rates.encode())
