# SPDX-License-Identifier: Apache-2.0
"""A document that was sent, a receipt of it and one of none, for tests of the whole API."""

from __future__ import annotations

from entrepot.customs.sending.configuring import change_setup
from entrepot.customs.sending.documents import add_documents
from entrepot.customs.sending.intake import take_in
from entrepot.customs.sending.outbox import mark_sent, send
from entrepot.people.tenancy import within
from tests.customs.desk_kit import FIRM, documents
from tests.customs.sending_kit import answer_file, receipt
from tests.jobs.callers import Caller

ANSWER = "CEB604Message"


def add_customs(caller: Caller, tag: str) -> None:
    """A list that was rejected, one that waits, and a receipt of none, named by the tag."""
    (first, second) = documents(count=2)
    for number, each in enumerate((first, second)):
        each["InventoryHead"]["copNo"] = f"{tag}{number}"
    with within(caller.enterprise):
        change_setup(**FIRM | {"cop_name": f"{tag} firm"})
        (sent,) = add_documents("603", [first]).documents
        (message,) = send()
        mark_sent(message)
        about = {**first["InventoryHead"], "guid": sent.guid}
        none = about | {"guid": "6F9619FF-8B86-4D11-B42D-00C04FC964FF", "copNo": f"{tag}X"}
        files = [
            (
                f"{tag}{at}.xml",
                answer_file(ANSWER, receipt(each, ANSWER, "100", at="20991127120000000")),
            )
            for at, each in enumerate((about, none))
        ]
        take_in(files, "upload")
        add_documents("603", [second])
