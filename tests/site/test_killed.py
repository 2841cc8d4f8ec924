# SPDX-License-Identifier: Apache-2.0
"""Whatever is killed outright, at whatever moment: what was said to be done is done, once."""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import urllib3

from tests.site.serving_kit import Served, kill, parent, served, until

ROUNDS = 25 if os.environ.get("CI") == "true" else 4
SEED = 20261126
CLIENTS = 3
#: Units of SKU-1 that each document takes in, line by line.
LINES = (5, 3, 2)
#: Rows of an imported file.
ROWS = 40
SUPPLIER, STOCK = "supplier/LSP", "home/HGH"
SHELF, GATE = "warehouse/DUI1/A-01", "warehouse/DUI1/@receiving"
#: Units that lie on the shelf in the beginning, and that each receipt brings.
BEGINNING, BROUGHT = 100_000, 3
#: What each key stands for in the book: received, put away, picked, shipped.
WORK = {"G": "receipt", "U": "putaway", "K": "pick", "H": "shipment"}
#: A job whose worker was killed is run again when that has not been heard of for half a minute.
JOBS_END = 120.0


class Lost(Exception):
    """No answer came, or one that leaves open what was done."""


@dataclass
class Clients:
    """Programs that post and import, and send each request until it is answered."""

    desk: Served
    token: str
    stopped: threading.Event = field(default_factory=threading.Event)
    #: What each request was answered with, each time that it was: by its key.
    answers: dict[str, list[Any]] = field(default_factory=dict)
    lost: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/octet-stream"
        elif body is not None:
            body = json.dumps(body).encode()
        try:
            answer = self.desk.http.request(
                method, self.desk.at(f"/api/v1{path}"), body=body, headers=headers
            )
        except urllib3.exceptions.HTTPError as error:
            raise Lost from error
        if answer.status >= 500:
            raise Lost
        found = answer.json()
        assert answer.status < 300, found
        return found

    def insist(self, key: str, path: str, body: Any = None) -> Any:
        """Send a request with one key until it is answered; and now and then once more."""
        while True:
            try:
                found = self.ask("POST", path, body, key)
            except Lost:
                self.lost[path.split("/")[1]] += 1
                time.sleep(0.05)
                continue
            said = self.answers.setdefault(key, [])
            said.append(found)
            if len(said) == 2 or sum(key.encode()) % 10:
                return found

    def post(self, client: int) -> None:
        """Post documents, and take every fifth back."""
        for each in self._until_stopped():
            number = f"P-{client}-{each}"
            posted = self.insist(number, "/documents", document(number))
            if each % 5 == 4:
                note = {"number": f"R-{number}", "on": "2026-03-02", "note": "sent back"}
                self.insist(f"R-{number}", f"/documents/{posted['id']}/reverse", note)

    def bring_in(self) -> None:
        """Import products, as jobs."""
        for each in self._until_stopped(0.2):
            rows = [f"I{each}-{row},Cable" for row in range(ROWS)]
            content = "\n".join(["SKU,name", *rows]).encode()
            path = f"/imports?about=product&file=I-{each}.csv"
            source = self.insist(f"I-{each}", path, content)["id"]
            self.insist(f"J-{each}", f"/imports/{source}/commit-as-job")

    def receive(self) -> None:
        """Receive by scanner, and put away."""
        for each in self._until_stopped():
            scan = {"number": f"G-{each}", "barcode": "SKU-1", "warehouse": "DUI1"}
            self.insist(f"G-{each}", "/scans", scan | {"quantity": BROUGHT})
            line = {
                "barcode": "SKU-1", "quantity": BROUGHT, "source": "@receiving", "target": "A-01",
            }  # fmt: skip
            put = {"scan": f"U-{each}", "warehouse": "DUI1", "lines": [line]}
            self.insist(f"U-{each}", "/floor/put-aways", put)

    def sell(self) -> None:
        """Take an order of one unit, pick it in a wave by scanner, pack it, ship it."""
        for each in self._until_stopped():
            taken = self.insist(f"O-{each}", "/orders", order(f"O-{each}"))["taken"]
            id = taken[0]["id"]
            wave = self.insist(f"W-{each}", "/waves", {"warehouse": "DUI1", "orders": [id]})["id"]
            pick = {
                "scan": f"K-{each}", "warehouse": "DUI1", "of": "wave", "target": wave,
                "bin": "A-01", "barcode": "SKU-1",
            }  # fmt: skip
            self.insist(f"K-{each}", "/floor/picks", pick)
            packed = self.insist(f"B-{each}", "/parcels", {"order": id})
            self.insist(f"H-{each}", "/parcels/ship", {"parcels": [packed[0]["id"]]})

    def _until_stopped(self, pause: float = 0.01) -> Iterator[int]:
        each = 0
        while not self.stopped.wait(pause):
            yield each
            each += 1

    def run(self) -> list[threading.Thread]:
        given: list[Any] = [lambda each=each: self.post(each) for each in range(CLIENTS)]
        given += [self.bring_in, self.receive, self.sell]
        threads = [threading.Thread(target=self._guarded, args=[does]) for does in given]
        for thread in threads:
            thread.start()
        return threads

    def _guarded(self, does: Any) -> None:
        try:
            does()
        except Exception as error:
            self.wrong.append(repr(error))

    def all(self, path: str) -> list[dict[str, Any]]:
        """A list, page by page to its end."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.ask("GET", f"{path}{'&' if '?' in path else '?'}limit=500&cursor={cursor}")
            found += page["items"]
            if not (cursor := page["next"] or ""):
                return found


def document(number: str) -> dict[str, Any]:
    lines = [
        {"item": "SKU-1", "quantity": quantity, "from_place": SUPPLIER, "to_place": STOCK}
        for quantity in LINES
    ]
    return {"kind": "purchase", "number": number, "on": "2026-03-01", "lines": lines}


def order(number: str) -> dict[str, Any]:
    return {
        "channel": "shop", "number": number, "ordered_at": "2026-03-01T08:00:00Z",
        "promised_on": "2026-03-02", "country": "DE",
        "lines": [{"line_no": 1, "sku": "SKU-1", "quantity": 1}],
    }  # fmt: skip


def victims(desk: Served) -> dict[str, list[int]]:
    """What can be killed, by what it is."""
    running = desk.processes()
    assert desk.process is not None
    desk_pid = desk.process.pid
    is_postgres = {pid: "postgres" in says.split(" ")[0] for pid, says in running.items()}
    ours = {pid for pid in running if not is_postgres[pid]}
    children = {pid for pid in ours if parent(pid) == desk_pid}
    worker = {pid for pid in children if " worker " in running[pid]}
    return {
        "desk": [desk_pid],
        "process": sorted(children - worker),
        "worker": sorted(worker),
        "database": [pid for pid, says in running.items() if " -D " in says and is_postgres[pid]],
        "backend": [pid for pid, says in running.items() if "entrepot_app" in says],
    }


def play(desk: Served, clients: Clients) -> Counter[str]:
    """Kill something at a random moment, wait until the desk is ready again, and so on."""
    chance = random.Random(SEED)
    killed: Counter[str] = Counter()
    order = ["desk", "process", "worker", "database", "backend"]
    chance.shuffle(order)
    for each in range(ROUNDS):
        time.sleep(chance.uniform(0.1, 0.9))
        what = order[each % len(order)]
        found = victims(desk)[what]
        if found:
            kill(chance.choice(found))
            killed[what] += 1
        if what == "desk":
            assert desk.process is not None
            desk.process.wait(10)
        desk.start()
        assert not clients.wrong
    return killed


def test_what_was_answered_is_in_the_book_once_and_nothing_is_half_done():
    with served() as desk:
        clients = Clients(desk, desk.open_enterprise()["token"])
        desk.start()
        clients.ask("POST", "/products", {"sku": "SKU-1", "name": "Fast charger"})
        clients.ask("POST", "/places", {"paths": [SUPPLIER, STOCK]})
        open_warehouse(clients)

        threads = clients.run()
        try:
            killed = play(desk, clients)
        finally:
            clients.stopped.set()
            for thread in threads:
                thread.join(60)

        assert clients.wrong == []
        check_book(clients)
        check_warehouse(clients)
        check_imports(clients)
        assert desk.end() == 0
        audited = desk.run("audit", "--json")
        assert (audited.returncode, audited.stderr) == (0, "")
        [book] = json.loads(audited.stdout)
        assert book["found"] == 0
        posts = ("P-", "R-", *(f"{key}-" for key in WORK))
        assert book["documents"] == 1 + sum(key.startswith(posts) for key in clients.answers)
        until(lambda: not desk.processes())
    assert sum(killed.values()) >= ROUNDS * 0.9


def check_book(clients: Clients) -> None:
    """Every request that was answered, and no other, is in the book once."""
    posted = {key: said for key, said in clients.answers.items() if key.startswith(("P-", "R-"))}
    there = [
        each for kind in ("purchase", "reversal") for each in clients.all(f"/documents?kind={kind}")
    ]

    assert {key: len({each["id"] for each in said}) for key, said in posted.items()} == (
        dict.fromkeys(posted, 1)
    )
    assert Counter(each["number"] for each in there) == Counter(list(posted))
    assert {each["number"]: each["id"] for each in there} == {
        key: said[0]["id"] for key, said in posted.items()
    }
    assert {each["lines"] for each in there} == {len(LINES)}
    kept = sum(1 if key.startswith("P-") else -1 for key in posted)
    [stock] = clients.all(f"/balances?place={STOCK}&item=SKU-1")
    assert stock["quantity"] == kept * sum(LINES)


def open_warehouse(clients: Clients) -> None:
    """A warehouse with one shelf, and more on it than anybody sells."""
    clients.ask("POST", "/warehouses", {
        "code": "DUI1", "name": "Duisburg", "kind": "overseas", "time_zone": "Europe/Berlin",
        "country": "DE",
    })  # fmt: skip
    clients.ask("POST", "/bins", {"warehouse": "DUI1", "code": "A-01"})
    line = {"item": "SKU-1", "quantity": BEGINNING, "from_place": SUPPLIER, "to_place": SHELF}
    clients.ask(
        "POST",
        "/documents",
        {"kind": "opening", "number": "1", "on": "2026-03-01", "lines": [line]},
    )


def check_warehouse(clients: Clients) -> None:
    """Every receipt, put-away, pick and parcel that was answered is in the book once."""
    done = Counter(key.partition("-")[0] for key in clients.answers)
    for key, kind in WORK.items():
        assert len(clients.all(f"/documents?kind={kind}")) == done[key], kind
    states = Counter(each["state"] for each in clients.all("/orders"))
    assert states["done"] == done["H"]
    assert states.total() == done["O"]
    lies = {each["place"]: each["quantity"] for each in clients.all("/balances?item=SKU-1")}
    assert lies[SHELF] == BEGINNING + BROUGHT * done["U"] - done["K"]
    assert lies.get(GATE, 0) == BROUGHT * (done["G"] - done["U"])
    assert lies.get("customer/shop", 0) == done["H"]


def check_imports(clients: Clients) -> None:
    """Every import that was asked for is there once, its job has ended, and it is whole."""
    wanted = {key for key in clients.answers if key.startswith("J-")}
    until(
        lambda: {each["state"] for each in clients.all("/jobs")} <= {"done"} or failed(clients),
        JOBS_END,
    )

    assert [each["problem"] for each in failed(clients)] == []
    jobs = [each for each in clients.all("/jobs") if each["kind"] != "housekeeping"]
    assert Counter(each["id"] for each in jobs) == Counter(
        clients.answers[key][0]["id"] for key in wanted
    )
    rows = Counter(each["sku"].split("-")[0] for each in clients.all("/products"))
    del rows["SKU"]  # SKU-1
    assert rows == {f"I{key.removeprefix('J-')}": ROWS for key in wanted}


def failed(clients: Clients) -> list[dict[str, Any]]:
    return [each for each in clients.all("/jobs") if each["state"] in ("failed", "cancelled")]


@pytest.mark.parametrize("what", ["the desk", "the desk and the database"])
def test_where_the_desk_is_killed_all_else_ends_and_it_starts_again(what):
    with served() as desk:
        desk.start()
        until(lambda: victims(desk)["worker"])
        before = victims(desk)
        if what != "the desk":
            kill(before["database"][0])
        kill(before["desk"][0])
        desk.process.wait(10)

        if what == "the desk":
            until(lambda: not desk.processes())
        desk.start()

        assert desk.end() == 0
        until(lambda: not desk.processes())
