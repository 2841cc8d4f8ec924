# SPDX-License-Identifier: Apache-2.0
"""Every request that the guides of the desk show is sent, and answered as the guide shows.

A `text` block that begins with "curl" is one request; the `json` block after it, if that follows
before the next request, is its answer: `"..."` stands for any value, and what is left out of an
object is not looked at. `<!-- status: 409 -->` above a request says how it is refused; without it,
it is not. A word such as `$id` in a request is the field of that name in the last answer that had
one.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from entrepot.jobs.signing import new_secret, signature
from entrepot.people.actions import open_account, open_enterprise
from entrepot.people.roles import SCOPES
from entrepot.people.tenancy import within
from entrepot.people.tokens import make_token
from entrepot.people.walled import new_id
from tests.docs.pages import ROOT, Block, blocks

GUIDES = [ROOT / "docs" / "guide" / name for name in (
    "desk-api.md", "masters.md", "inbound.md", "reconciling.md", "reconciling.zh.md",
    "cost-invoices.md", "cost-invoices.zh.md",
)]  # fmt: skip
HOST = "https://desk.example.com"


@dataclass
class Request:
    """One request of a page, its line there, and how it is answered; no status: not refused."""

    row: int
    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int | None = None
    shown: Any = None


def requests(page: Path) -> Iterator[Request]:
    """The requests of a page, in order."""
    text = page.read_text(encoding="utf-8")
    lines = text.splitlines()
    last: Request | None = None
    for block in blocks(text):
        if not isinstance(block, Block):
            continue
        if block.language == "text" and block.text.startswith("curl "):
            if last:
                yield last
            last = asked(block)
            if says := re.fullmatch(r"<!-- status: (\d{3}) -->", lines[block.row - 3]):
                last.status = int(says.group(1))
        elif block.language == "json" and last:
            last.shown = json.loads(block.text)
            yield last
            last = None
    if last:
        yield last


def asked(block: Block) -> Request:
    """A request as curl would send it: --json, --data-binary, -X and -H are all that is used."""
    words = iter(shlex.split(block.text.replace("\\\n", " "))[1:])
    found = Request(block.row, "")
    for word in words:
        if word == "--json":
            found.body, found.method = next(words).encode(), "POST"
            found.headers["Content-Type"] = "application/json"
        elif word == "--data-binary":
            found.body, found.method = (ROOT / next(words)[1:]).read_bytes(), "POST"
            found.headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif word == "-X":
            found.method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            found.headers[name] = value
        else:
            assert word.startswith(HOST), f"line {block.row}: what is {word}?"
            found.path = word.removeprefix(HOST)
    return found


def filled(text: str, known: dict[str, str]) -> str:
    """A text with what is known in place of `$id` and the like."""
    return re.sub(r"\$(\w+)", lambda name: known[name.group(1)], text)


def differences(shown: Any, found: Any, at: str = "") -> Iterator[str]:
    """Where an answer is not as the page shows it."""
    if shown == "...":
        return
    if isinstance(shown, dict) and isinstance(found, dict):
        for name, value in shown.items():
            yield from differences(value, found.get(name, "nothing"), f"{at}.{name}")
    elif isinstance(shown, list) and isinstance(found, list) and len(shown) == len(found):
        for index, (one, other) in enumerate(zip(shown, found, strict=True)):
            yield from differences(one, other, f"{at}[{index}]")
    elif shown != found:
        yield f"{at}: {shown!r} is {found!r}"


@pytest.fixture
def known(desk: None) -> dict[str, str]:
    """A token, as whoever follows the page has one."""
    user = open_account(f"{new_id().hex}@example.com", "correct horse battery")
    enterprise: UUID = open_enterprise("Lanting Trading", user).enterprise
    with within(enterprise, f"user:{user.pk}"):
        made = make_token("ERP", tuple(SCOPES), timezone.now() + timedelta(days=1))
    return {"TOKEN": made.text}


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_requests_are_answered_as_the_page_shows(page, known):
    client = Client(SERVER_NAME="localhost")
    sent = list(requests(page))
    assert sent
    for each in sent:
        body = filled(each.body.decode("utf-8"), known).encode() if each.body else b""
        headers = {name: filled(value, known) for name, value in each.headers.items()}
        kind = headers.pop("Content-Type", "application/octet-stream")
        answer = client.generic(
            each.method, filled(each.path, known), body, content_type=kind, headers=headers
        )
        place = f"{page.name}:{each.row}: {answer.content.decode()}"

        assert answer.status_code == (each.status or min(answer.status_code, 299)), place
        if each.shown is not None:
            found = answer.json()
            assert list(differences(each.shown, found)) == [], place
        if answer["Content-Type"].startswith("application/json") and answer.content:
            found = answer.json()
            known |= {n: str(v) for n, v in found.items()} if isinstance(found, dict) else {}


def test_the_signature_is_checked_as_the_page_says():
    page = (ROOT / "docs" / "guide" / "desk-api.md").read_text(encoding="utf-8")
    [code] = [
        block.text
        for block in blocks(page)
        if isinstance(block, Block) and block.language == "python"
    ]
    names: dict[str, Any] = {}
    exec(compile(code, "desk-api.md", "exec"), names)
    is_ours, secret, body = names["is_ours"], new_secret(), b'{"type":"document.posted"}'

    def headers(at: int, said: str) -> dict[str, str]:
        return {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": said}

    now = int(timezone.now().timestamp())
    right = signature(secret, "msg_1", now, body.decode())
    old = signature(secret, "msg_1", now - 600, body.decode())

    assert is_ours(secret, headers(now, right), body)
    assert is_ours(secret, headers(now, "v1,x " + right), body)
    assert not is_ours(secret, headers(now, right), body + b" ")
    assert not is_ours(secret, headers(now, ""), body)
    assert not is_ours(new_secret(), headers(now, right), body)
    assert not is_ours(secret, headers(now - 600, old), body)
