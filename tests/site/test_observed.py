# SPDX-License-Identifier: Apache-2.0
"""What whoever runs a desk sees of it: figures, and a log in which nobody is named."""

from __future__ import annotations

import json
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from entrepot.site.embedded import Embedded
from tests.site.serving_kit import Served, served, until
from tests.warehouse.shop_kit import SECRET, said, signature

TOKEN = "a-token-for-metrics"
#: A buyer as no other text of a log or of the program is.
WHO = {
    "name": "Zephyrine Quackenbush", "street": "Kuckucksweg 77", "city": "Xantenhausen",
    "phone": "+49-170-5550123", "email": "zephyrine@quackenbush.example",
}  # fmt: skip
TRACES = ("Zephyrine", "Quackenbush", "quackenbush", "Kuckucksweg", "Xantenhausen", "5550123")
HEADING = "channel,number,ordered_at,country,currency,sku,quantity,amount,recipient,promised_on\n"


@dataclass
class Watched:
    """A desk that answers, and a program that asks it."""

    desk: Served
    token: str
    enterprise: str

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        given = {"Content-Type": kind, "Authorization": f"Bearer {self.token}"} | headers
        return self.desk.http.request(method, self.desk.at(path), body=sent, headers=given)

    def lines(self, **says: Any) -> list[dict[str, Any]]:
        """Lines of the log that say so; every line is JSON but those that are for people."""
        found = [json.loads(line) for line in self.desk.printed.splitlines() if line[:1] == "{"]
        return [line for line in found if says.items() <= line.items()]

    def figures(self, **headers: str) -> str:
        answered = self.desk.http.request("GET", self.desk.at("/metrics"), headers=headers)
        assert answered.status == 200
        return str(answered.data.decode())


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with served(ENTREPOT_METRICS_TOKEN=TOKEN) as desk:
        desk.start()
        yield Watched(desk, **desk.open_enterprise())
        desk.end()


def order(number: str, **says: Any) -> dict[str, Any]:
    return {
        "channel": "shop", "number": number, "ordered_at": "2026-03-01T12:00:00Z",
        "promised_on": "2026-03-02", "country": "DE", "currency": "EUR", "recipient": WHO,
        "note": "for Zephyrine", "lines": [{"sku": "SKU-1", "quantity": 1}], "allocate": False,
    } | says  # fmt: skip


@contextmanager
def without(desk: Served, table: str) -> Iterator[None]:
    """For a while the database has not got a table that the program needs."""
    url = Embedded(desk.home / "postgresql").url("entrepot")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f"ALTER TABLE {table} RENAME TO {table}_away".encode())
        yield
        owner.execute(f"ALTER TABLE {table}_away RENAME TO {table}".encode())


def test_requests_of_all_processes_are_counted_together(watched):
    for _ in range(20):
        # Each on a connection of its own, so that both processes get some.
        watched.ask("GET", "/api/v1/jobs?limit=1", Connection="close")
    watched.ask("GET", "/api/v1/jobs?limt=1")
    watched.ask("GET", "/nowhere/Zephyrine")

    found = watched.figures()

    for status, count in (("200", 20), ("422", 1)):
        labels = f'method="GET",route="api/v1/jobs",status="{status}"'
        assert f"entrepot_request_seconds_count{{{labels}}} {count}.0" in found
        assert f'entrepot_request_seconds_bucket{{le="+Inf",{labels}}} {count}.0' in found
    assert 'route="none",status="404"' in found
    assert "Zephyrine" not in found
    assert "entrepot_database_up 1.0" in found
    assert re.search(r'entrepot_database_connections{state="idle"} [1-9]', found)
    assert 'entrepot_queue_tasks{state="failed"} 0.0' in found
    assert "entrepot_documents_unsealed" in found


def test_figures_are_shown_here_or_to_who_bears_the_token(watched):
    def status(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        at = watched.desk.at("/metrics")
        return int(watched.desk.http.request("GET", at, headers=named).status)

    assert status() == 200
    assert status(X_Forwarded_For="127.0.0.1") == 404
    assert status(Authorization="Bearer other") == 404
    assert status(Authorization=f"Bearer {watched.token}") == 404
    assert status(X_Forwarded_For="8.8.8.8", Authorization=f"Bearer {TOKEN}") == 200


def test_every_request_has_a_line_and_an_id(watched):
    answered = watched.ask("GET", "/api/v1/jobs?kind=Zephyrine", **{"X-Request-ID": "a" * 32})

    assert answered.headers["X-Request-ID"] == "a" * 32
    [line] = until(lambda: watched.lines(request="a" * 32))
    assert {"method": "GET", "route": "api/v1/jobs", "status": answered.status}.items() <= (
        line.items()
    )
    assert line["enterprise"] == watched.enterprise
    assert line["actor"].startswith("token:")
    assert line["ms"] > 0
    other = watched.ask("GET", "/api/v1/jobs", **{"X-Request-ID": "Zephyrine"})
    assert re.fullmatch("[0-9a-f]{32}", other.headers["X-Request-ID"])


def test_a_job_has_a_line_and_is_counted(watched):
    made = watched.ask("POST", "/api/v1/jobs/housekeeping", {})
    assert made.status in (201, 202), made.data
    job = made.json()["id"]

    [line] = until(lambda: watched.lines(log="entrepot.jobs", job=job))

    assert (line["state"], line["enterprise"]) == ("done", watched.enterprise)
    counted = f'entrepot_job_seconds_count{{kind="{line["kind"]}",state="done"}}'
    assert re.search(re.escape(counted) + r" [1-9]", watched.figures())


def test_a_buyer_is_nowhere_in_the_log_whatever_went_well_or_wrong(watched):
    ask = watched.ask
    assert ask("POST", "/api/v1/currencies", {"code": "EUR", "digits": 2}).status == 200
    assert ask("POST", "/api/v1/products", {"sku": "SKU-1", "name": "Kettle"}).status == 201
    assert ask("POST", "/api/v1/orders", order("1")).status == 201
    assert ask("POST", "/api/v1/orders", order("2", country="Zephyrine")).status == 422
    assert ask("POST", "/api/v1/orders", order("2", recipient="Zephyrine")).status == 422
    assert ask("POST", "/api/v1/orders", b"{Zephyrine").status == 415
    assert ask("POST", "/api/v1/orders", order("1", note="Quackenbush")).status == 409
    ask("GET", "/api/v1/orders/Zephyrine?q=Quackenbush")
    ask("GET", "/join/Zephyrine")
    row = f"shop,9,2026-03-01,DE,EUR,SKU-1,1,9.90,{WHO['name']},2026-03-02\n"
    bad = f"shop,10,Kuckucksweg,DE,EUR,SKU-1,{WHO['phone']},9.90,{WHO['name']},2026-03-02\n"
    path = "/api/v1/order-files?file=Zephyrine.csv"
    assert ask("POST", path, (HEADING + bad).encode()).status == 422
    sent = ask("POST", path, (HEADING + row).encode())
    assert sent.status == 201, sent.data
    job = ask("POST", f"/api/v1/order-files/{sent.json()['id']}/commit-as-job", {})
    assert job.status == 202, job.data
    shop = {"name": "s", "channel": "web", "secret": SECRET, "promise_days": 1}
    made = ask("POST", "/api/v1/shops", shop)
    assert made.status == 201, made.data
    hook = made.json()["address"]
    told = json.dumps(said(1, shipping_address=WHO, email=WHO["email"], note=WHO["city"])).encode()
    for id, sign in (("1", signature(told)), ("2", "wrong")):
        watched.desk.http.request(
            "POST", watched.desk.at(hook if hook[0] == "/" else f"/hooks/shopify/{hook}"),
            body=told, headers={
                "X-Shopify-Topic": "orders/create", "X-Shopify-Hmac-Sha256": sign,
                "X-Shopify-Webhook-Id": id, "Content-Type": "application/json",
            },
        )  # fmt: skip
    until(lambda: watched.lines(says="job", job=job.json()["id"], state="done"))
    with without(watched.desk, "warehouse_recipient"):
        broke = ask("POST", "/api/v1/orders", order("3"))

    assert broke.status == 500
    reference = broke.json()["facts"]["reference"]
    [line] = watched.lines(reference=reference)
    assert line["error"].startswith("psycopg.errors.UndefinedTable")
    assert any("warehouse" in place for place in line["where"])
    assert line["route"] == "api/v1/orders"
    written = watched.desk.printed
    for log in [*watched.desk.home.rglob("log"), *watched.desk.home.rglob("*.log")]:
        written += log.read_text(errors="replace")
    assert [trace for trace in TRACES if trace in written] == []


def test_a_page_that_breaks_shows_the_reference_of_the_log(watched):
    def shown(**headers: str) -> Any:
        given = headers | {"Cookie": "sessionid=" + "z" * 32}
        return watched.desk.http.request("GET", watched.desk.at("/"), headers=given)

    with without(watched.desk, "django_session"):
        page, chinese = shown(), shown(**{"Accept-Language": "zh-CN"})

    assert (page.status, chinese.status) == (500, 500)
    [reference] = re.findall("<code>([0-9a-f]{12})</code>", page.data.decode())
    assert len(watched.lines(reference=reference)) == 1
    assert 'lang="zh-hans"' in chinese.data.decode()
    assert "zzzz" not in watched.desk.printed


def test_what_is_being_sent_is_answered_though_the_desk_is_asked_to_stop(watched):
    desk, body = watched.desk, b"{" + b" " * 100_000
    head = (
        f"POST /api/v1/documents HTTP/1.1\r\nHost: localhost:{desk.port}\r\n"
        f"Authorization: Bearer {watched.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", desk.port), timeout=20) as client:
        client.sendall(head.encode() + body[:50_000])
        time.sleep(0.5)
        assert desk.process is not None
        desk.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        client.sendall(body[50_000:])
        assert client.recv(12) == b"HTTP/1.1 400"
    assert desk.process.wait(40) == 0
    assert desk.processes() == {}
