# SPDX-License-Identifier: Apache-2.0
"""Receipts of customs taken in, from files of a hundred; and the whole flow in chaos, if asked for.

`BENCH_CHAOS_DOCUMENTS=10000` sends so many documents to the simulator of customs, a process of its
own, with everything going wrong that it knows, and then compares both sides.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any
from uuid import UUID

from benchmarks.measure import Line

DOCUMENTS, PER_FILE = 4_000, 100
#: Receipts a second at least.
A_SECOND = 1_000
_ANSWER = "CEB604Message"
_STATES = ("1", "2", "3", "120", "399", "800", "899")
_SIMULATE = (sys.executable, "-c", "from entrepot.cli import main; main()", "customs", "simulate")


def measure() -> Iterator[Line]:
    """Take receipts in; each of them moves a document."""
    from entrepot.customs.sending.intake import take_in
    from entrepot.customs.sending.models import Document, Receipt
    from entrepot.people.tenancy import within

    enterprise = _firm(DOCUMENTS)
    with within(enterprise):
        guids = list(Document.objects.values_list("guid", "own_no"))
    files = list(_files(guids))
    begun = time.perf_counter()
    for first in range(0, len(files), 20):
        with within(enterprise):
            take_in(files[first : first + 20], "folder")
    seconds = time.perf_counter() - begun
    with within(enterprise):
        count = Receipt.objects.count()
        closed = Document.objects.filter(outcome="closed").count()
    assert (count, closed) == (DOCUMENTS * len(_STATES), DOCUMENTS)
    note = f"{count / seconds:,.0f} a second, {len(files):,} files"
    yield Line(f"{count:,} receipts taken in", seconds, 0, count / A_SECOND, note)
    if documents := int(os.environ.get("BENCH_CHAOS_DOCUMENTS", "0")):
        yield _chaos(documents)


def _firm(documents: int) -> UUID:
    """A firm that sent so many declaration lists by its folder."""
    from entrepot.customs.sending.configuring import change_setup
    from entrepot.customs.sending.outbox import deliver, send
    from entrepot.people.models import Enterprise
    from entrepot.people.tenancy import within

    enterprise: UUID = Enterprise.objects.create().id
    with within(enterprise):
        change_setup(
            way="folder", cop_code="330296900A", cop_name="样例", dxp_id="DXPENTSAMPLE0001"
        )
        _add(documents)
        send()
    while deliver(enterprise)[0]:
        pass
    return enterprise


def _add(documents: int) -> None:
    from entrepot.customs.messages import sampling
    from entrepot.customs.messages.building import build
    from entrepot.customs.messages.editions import newest
    from entrepot.customs.messages.reading import read
    from entrepot.customs.sending.documents import add_documents

    kind = newest().kind("603")
    for message, _ in sampling.messages(newest(), kind, documents):
        add_documents(kind.name, [_texts(each) for each in read(build(message)).documents])


def _texts(value: Any) -> Any:
    from entrepot.customs.messages.forms import as_text

    if isinstance(value, dict):
        return {name: _texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    return value if isinstance(value, str | int) else as_text(value)


def _files(guids: Sequence[tuple[str, str]]) -> Iterator[tuple[str, bytes]]:
    """Receipts of all states of all documents, out of order, a hundred a file."""
    from entrepot.customs.messages.building import Message, build
    from entrepot.customs.messages.sampling import guid as made_guid

    chance = Random(1)
    receipts = [
        {
            "guid": guid, "agentCode": "330298003D", "copNo": own_no,
            "preNo": "B20261127000000001", "invtNo": "31042026E000000001",
            "ebcCode": "330296900A", "ebpCode": "330296901B", "orderNo": own_no,
            "statisticsFlag": "A", "returnStatus": status, "returnInfo": "样例",
            "returnTime": f"209911271200{at:02d}000",
        }
        for guid, own_no in guids for at, status in enumerate(_STATES)
    ]  # fmt: skip
    chance.shuffle(receipts)
    for first in range(0, len(receipts), PER_FILE):
        number = made_guid(chance)
        few = receipts[first : first + PER_FILE]
        yield f"{number}.xml", build(Message(_ANSWER, "2022-05", number, few))


def _chaos(documents: int) -> Line:
    """Send documents to a simulator in chaos until both sides rest, and compare them."""
    from entrepot.customs.sending.configuring import folder_of, setup
    from entrepot.customs.sending.intake import collect
    from entrepot.customs.sending.models import Document
    from entrepot.customs.sending.outbox import deliver, resend
    from entrepot.people.tenancy import within

    begun = time.perf_counter()
    enterprise = _firm(documents)
    with within(enterprise):
        found = setup()
        assert found is not None
        folder = folder_of(found)
    accounts: list[dict[str, Any]] = []
    for more in ((), ("--lost", "0")):
        options = ("--chaos", "1", "--pace", "0.05", "--idle", "5", *more)
        with subprocess.Popen([*_SIMULATE, str(folder), *options], stdout=subprocess.DEVNULL) as it:
            while it.poll() is None:
                deliver(enterprise)
                collect(enterprise)
                time.sleep(0.2)
        assert it.returncode == 0
        while (taken := collect(enterprise)).files or taken.known_files:
            pass
        accounts.append(json.loads((folder / "simulated.json").read_text("utf-8")))
        with within(enterprise):
            lost = {each.message_id: each.id for each in Document.objects.filter(outcome="sent")}
            for id in lost.values():
                resend(id)
    receipts = sum(each["receipts"] for each in accounts)
    _compare(enterprise, accounts, documents)
    note = f"{receipts:,} receipts; none lost, none doubled, every state as it was said"
    return Line(f"{documents:,} documents in chaos", time.perf_counter() - begun, 0, 600, note)


def _compare(enterprise: UUID, accounts: Sequence[dict[str, Any]], documents: int) -> None:
    from entrepot.customs.sending.models import Document, Receipt
    from entrepot.customs.sending.states import Receipt as Said
    from entrepot.customs.sending.states import state_of
    from entrepot.people.tenancy import within

    said: dict[str, list[list[str]]] = {}
    for account in accounts:
        assert all(len(each) == 1 for each in account["contents"].values()), "two contents"
        assert all(len(each) == 1 for each in account["own"].values()), "a number sent twice"
        said |= account["said"]
    with within(enterprise):
        rows = list(Document.objects.all())
        assert len(rows) == len(said) == documents, "lost"
        assert Receipt.objects.count() == sum(map(len, said.values())), "lost or doubled"
        for row in rows:
            state = state_of(Said(*each) for each in said[row.guid])
            assert (row.outcome, row.status, row.at) == (state.outcome, state.status, state.at)
