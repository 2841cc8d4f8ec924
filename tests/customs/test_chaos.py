# SPDX-License-Identifier: Apache-2.0
"""The whole flow against customs as a process of its own, in chaos: nothing lost, none doubled."""

from __future__ import annotations

import json
import time

import pytest

from entrepot.customs.sending.documents import add_documents
from entrepot.customs.sending.intake import collect
from entrepot.customs.sending.models import Document, File, Message, Receipt
from entrepot.customs.sending.outbox import deliver, resend, send
from entrepot.customs.sending.simulator import ACCOUNT
from entrepot.customs.sending.states import SENT as NO_RECEIPT
from entrepot.customs.sending.states import Receipt as Said
from entrepot.customs.sending.states import state_of
from entrepot.people.tenancy import within
from tests.customs.desk_kit import customs_beside, documents, folder, set_up

KINDS = {"603": 150, "303": 80, "505": 40, "605": 20, "701": 10}


def exchange_until(enterprise, process, longest=120.0):
    """Send and collect until customs stops, as the worker does every minute."""
    ends = time.monotonic() + longest
    while process.poll() is None:
        assert time.monotonic() < ends, "customs does not stop"
        deliver(enterprise)
        collect(enterprise)
        time.sleep(0.1)
    collect(enterprise)


def resend_lost(enterprise):
    """Ask again for whatever never got any receipt, as somebody does who sees the alert."""
    with within(enterprise):
        lost = {each.message_id: each.id for each in Document.objects.filter(outcome=NO_RECEIPT)}
        for id in lost.values():
            resend(id)
    return len(lost)


@pytest.mark.parametrize("seed", [7])
def test_in_chaos_no_document_is_lost_or_doubled_and_every_state_is_explained(enterprise, seed):
    set_up(enterprise, in_envelope=True, sender="DXPENTSAMPLE0001", receivers=["DXPEDCCEB0000003"])
    with within(enterprise):
        for kind, count in KINDS.items():
            add_documents(kind, documents(kind, count, status="mixed"))
        send()
    options = ["--chaos", str(seed), "--lost", "0.4", "--pace", "0.02", "--idle", "3"]
    accounts = []
    for _ in range(2):  # once more, for what got lost
        with customs_beside(folder(enterprise), *options) as process:
            exchange_until(enterprise, process)
        accounts.append(json.loads((folder(enterprise) / ACCOUNT).read_text("utf-8")))
        if not resend_lost(enterprise):
            break
        options = [*options, "--lost", "0"]
    check_nothing_lost_or_doubled(enterprise, accounts, sum(KINDS.values()))
    assert accounts[0]["lost"]
    assert sum(each["junk"] for each in accounts)


def check_nothing_lost_or_doubled(enterprise, accounts, count):
    """What the firm knows is what customs received and said."""
    received, said = {}, {}
    for account in accounts:
        received |= account["received"]
        said |= account["said"]
        assert all(len(found) == 1 for found in account["contents"].values()), "two contents"
        assert all(len(found) == 1 for found in account["own"].values()), "a number sent twice"
        assert not account["unread"]
    with within(enterprise):
        rows = {each.guid: each for each in Document.objects.all()}
        assert len(rows) == count
        assert set(rows) == set(received), "each reached customs"
        for guid, document in rows.items():
            expected = state_of(Said(*each) for each in said[guid])
            assert (document.outcome, document.status, document.at) == (
                expected.outcome, expected.status, expected.at,
            )  # fmt: skip
            assert (document.ends, document.rank) == (expected.ends, expected.rank)
            assert document.outcome not in ("new", "queued", "sent")
        assert not Receipt.objects.filter(document__isnull=True).exists()
        assert Receipt.objects.count() == sum(len(each) for each in said.values())
        assert sum(each.receipts for each in File.objects.all()) == sum(
            each["receipts"] for each in accounts
        )
        assert File.objects.filter(fault_count__gt=0).count() >= 1
        assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
        assert File.objects.values("sha256").distinct().count() == File.objects.count()
