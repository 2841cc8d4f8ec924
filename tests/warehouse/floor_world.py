# SPDX-License-Identifier: Apache-2.0
"""A row of everything on the floor, for tests of the whole API."""

from __future__ import annotations

from tests.jobs.callers import Caller


def add_floor(caller: Caller, tag: str) -> None:
    """A return, a count that was begun, and a bin that is to be counted, all named by the tag."""
    warehouse, bin, sku = f"{tag}W", f"{tag}B", f"{tag}-SKU"
    count = made(caller, "/counts", {"warehouse": warehouse, "bins": [bin]})["id"]
    entry = {"scan": f"{tag}-count", "bin": bin, "barcode": sku, "quantity": 1}
    made(caller, f"/counts/{count}/entries", {"lines": [entry]})
    made(caller, "/counts/asked", {"warehouse": warehouse, "bin": "", "because": f"{tag} looks"})
    line = {"barcode": sku, "quantity": 1}
    made(caller, "/returns", {"rma": f"{tag}-1", "lines": [line]})
    back = {"scan": f"{tag}-1", "warehouse": warehouse, "lines": [line], "note": f"{tag} came"}
    made(caller, "/returns/receive", back)


def made(caller: Caller, path: str, body: object) -> dict[str, str]:
    """What an operation answers that makes something."""
    answered = caller.post(path, body)
    assert answered.status_code < 300, (path, answered.content)
    return answered.json() if answered.content else {}
