# SPDX-License-Identifier: Apache-2.0
"""What the worker does for the book of every enterprise: seal what was posted."""

from __future__ import annotations

from procrastinate.contrib.django import app

from entrepot.ledger.sealing import seal_all
from entrepot.people.models import Enterprise


@app.periodic(cron="* * * * * */10")
@app.task(name="entrepot.seal_books", queue="jobs", queueing_lock="seal_books", pass_context=False)
def seal_books(timestamp: int) -> None:
    """Every ten seconds: seal the documents that no seal covers yet."""
    for enterprise in Enterprise.objects.values_list("id", flat=True).iterator():
        seal_all(enterprise)
