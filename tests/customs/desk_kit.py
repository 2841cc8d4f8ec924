# SPDX-License-Identifier: Apache-2.0
"""A firm on the desk that sends to customs, and what the tests of it share."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from entrepot.customs.messages import sampling
from entrepot.customs.messages.building import build
from entrepot.customs.messages.editions import newest
from entrepot.customs.messages.forms import as_text
from entrepot.customs.messages.reading import read
from entrepot.customs.sending.configuring import change_setup, folder_of, setup
from entrepot.customs.sending.documents import add_documents
from entrepot.customs.sending.intake import take_in
from entrepot.customs.sending.models import Document
from entrepot.customs.sending.outbox import deliver, send
from entrepot.people.tenancy import within
from tests.customs.sending_kit import answer_file, cert_pem, pem_of, receipt, rsa_key

LIST, ANSWER = "CEB603Message", "CEB604Message"
FIRM = {"cop_code": "330296900A", "cop_name": "宁波样例", "dxp_id": "DXPENTSAMPLE0001"}


def texts(value):
    """Values as JSON has them: decimals and times as texts."""
    if isinstance(value, dict):
        return {name: texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [texts(inner) for inner in value]
    return value if isinstance(value, str | int) else as_text(value)


def documents(kind="603", count=1, seed=1, status="1", keep_guid=False):
    """Made-up documents as they are given to the desk: without GUID, drafts or declared.

    `status`: "mixed" takes both in turns.
    """
    its = newest().kind(kind)
    made = []
    for message, _ in sampling.messages(newest(), its, count, seed):
        for document in read(build(message)).documents:
            plain = texts(document)
            head = next((each for name, each in plain.items() if name.endswith("Head")), plain)
            head["appStatus"] = str(1 + len(made) % 2) if status == "mixed" else status
            if not keep_guid:
                head.pop("guid")
            made.append(plain)
    return made


def set_up(enterprise, way="folder", is_signing=True, **more):
    """Settings of a firm that may send."""
    key = {"content": pem_of(rsa_key()) + cert_pem(rsa_key())} if is_signing else {}
    with within(enterprise):
        return change_setup(way=way, signing_key=key, **FIRM, **more)


def folder(enterprise) -> Path:
    with within(enterprise):
        return folder_of(setup())


def added(enterprise, kind="603", count=1, **more):
    """Documents on the desk."""
    with within(enterprise):
        return add_documents(kind, documents(kind, count, **more)).documents


def outcomes(enterprise):
    """How many documents there are of each outcome."""
    found = {}
    with within(enterprise):
        for outcome in Document.objects.values_list("outcome", flat=True):
            found[outcome] = found.get(outcome, 0) + 1
    return found


def sent(firm, kind="603", count=1, **more):
    """Documents that were sent."""
    made = added(firm, kind, count, **more)
    with within(firm):
        send([each.id for each in made])
    deliver(firm)
    return [again(firm, each) for each in made]


def again(firm, document):
    with within(firm):
        return Document.objects.get(id=document.id)


def head_of(document):
    return document.data.get("InventoryHead", document.data)


def said(document, status, at="20991127120000000", answer=ANSWER, info="样例"):
    about = {**head_of(document), "guid": document.guid, "copNo": document.own_no}
    return receipt(about, answer, status, at, info)


def take(firm, *receipts, answer=ANSWER):
    with within(firm):
        return take_in([("a.xml", answer_file(answer, *receipts))], "upload")


@contextmanager
def customs_beside(path: Path, *options: str):
    """The simulator of customs as a process of its own."""
    command = [sys.executable, "-c", "from entrepot.cli import main; main()"]
    process = subprocess.Popen(
        [*command, "customs", "simulate", str(path), *options],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ.copy(),
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=60)
