# SPDX-License-Identifier: Apache-2.0
"""Whatever is sent, to whichever operation: it is refused in words or kept as a text, never run."""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from entrepot.web.problems import MEDIA_TYPE
from tests.catalog.kit import as_csv, as_xlsx
from tests.jobs.callers import Caller, new_caller
from tests.site.api_kit import (
    PREFIX,
    Operation,
    fits,
    new_world,
    operations,
    put,
    rows_of,
    sample,
    texts_of,
)

HOSTILE = (
    "' OR '1'='1", "'; DROP TABLE people_user; --", '" OR ""="', "\\'); SELECT pg_sleep(9)--", "%",
    "_", "%s", "%(enterprise)s", "{after}", "{0.__class__}", "${jndi:x}", "../../etc/passwd",
    "<script>alert(1)</script>", "a\x00b", "\ud800", "\u202egpj.exe", "\u2028", "a" * 300_000,
)  # fmt: skip
#: Bodies that are none, by what is wrong with them: body, media type, status. The tests are called
#: by these names, for the bodies themselves are large.
BODIES: dict[str, tuple[bytes, str, int]] = {
    "too large": (b" " * (16 * 2**20 + 1), "application/json", 413),
    "no JSON": (b"{", "application/json", 400),
    "nothing": (b"", "application/json", 422),
    "random bytes": (random.Random(7).randbytes(2_000), "application/json", 400),
    "nested": (b"[" * 100_000, "application/json", 400),
    "nested and closed": (b"[" * 5_000 + b"]" * 5_000, "application/json", 400),
    "not a number": (b'{"a": NaN}', "application/json", 400),
    "half a surrogate": (b'{"a": "\\ud800"}', "application/json", 400),
    "not UTF-8": (b'{"a": "\xff"}', "application/json", 400),
    "a text": (b"{}", "text/plain", 415),
    "a form": (b"a=1", "application/x-www-form-urlencoded", 415),
    "a form with files": (b"--x--", "multipart/form-data; boundary=x", 415),
    "no type": (b"{}", "", 415),
    "a list": (b"[]", "application/json", 422),
    "null": (b"null", "application/json", 422),
    "unknown names": (b'{"__proto__": 1, "enterprise_id": 2}', "application/json", 422),
}
JSON = [each for each in operations() if each.media_type == "application/json"]
FILES = [each for each in operations() if each.media_type == "application/octet-stream"]
by_name = {str(each): each for each in operations()}


@pytest.fixture(scope="module")
def caller(desk: None) -> Caller:
    return new_world("HOSTILE")


def refused_or_taken(response: Any) -> int:
    """The status: never a mistake of the program, and a problem where it is a refusal."""
    assert response.status_code < 500, response.content
    if response.status_code >= 400:
        assert response["Content-Type"] == MEDIA_TYPE
        problem = response.json()
        assert problem.keys() >= {"code", "asked", "found", "remedy"}
        assert len(response.content) < 200_000
    return int(response.status_code)


def send(caller: Caller, operation: Operation, body: bytes, media_type: str, **query: str) -> Any:
    path = PREFIX + operation.path.format(**dict.fromkeys(operation.in_path, UUID(int=7)))
    return caller.client.generic(
        operation.method,
        path,
        body,
        media_type,
        query_params=operation.sample_query() | query,
        headers={"Authorization": f"Bearer {caller.token}"},
    )


@pytest.mark.parametrize("operation", [each for each in operations() if each.in_query], ids=str)
def test_a_query_is_refused_or_looked_for_as_it_is(operation, caller):
    before = rows_of(caller.enterprise)

    for name, parameter in operation.in_query.items():
        for text in HOSTILE:
            asked = (
                text.encode("utf-8", "surrogatepass").decode("latin-1")
                if text == "\ud800"
                else text
            )
            response = operation.ask(caller, query={name: asked})
            status = refused_or_taken(response)
            if status < 300 and operation.is_list and name not in ("cursor", "limit"):
                assert response.json()["items"] == [] or not text.strip("%_\u2028"), (name, text)
            assert status != 200 or fits(text, parameter["schema"]) or operation.method != "GET"
    if operation.method == "GET":
        assert rows_of(caller.enterprise) == before


@pytest.mark.parametrize("operation", JSON, ids=str)
def test_a_text_of_a_body_is_refused_or_kept_as_it_is(operation, caller):
    for place, schema in texts_of(operation.body):
        for text in HOSTILE:
            body = put(sample(operation.body), place, text, operation.body or {})
            response = send(caller, operation, json.dumps(body).encode(), operation.media_type)
            status = refused_or_taken(response)
            if not fits(text, schema) or "\x00" in text or text == "\ud800":
                assert status >= 400, (place, text[:40])
            if status < 300 and status != 204 and isinstance(place[-1], str):
                kept = response.json().get(place[-1])
                assert kept is None or kept == text or isinstance(kept, list)


@pytest.mark.parametrize("operation", JSON, ids=str)
@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_is_none_is_refused(operation, caller, case):
    body, media_type, expected = BODIES[case]
    response = send(caller, operation, body, media_type)

    assert refused_or_taken(response) == expected


@pytest.mark.parametrize("operation", FILES, ids=str)
@pytest.mark.parametrize(
    "content",
    [b"", random.Random(7).randbytes(5_000), b"PK\x03\x04" + bytes(500), b"%PDF-1.7", b"\x00" * 99,
     b"\x89PNG\r\n\x1a\n" + random.Random(8).randbytes(99), b"GIF89a", b"<svg onload=alert(1)>"],
    ids=["empty", "random", "half a zip", "PDF", "NUL", "half a PNG", "GIF", "SVG"],
)  # fmt: skip
def test_a_file_that_is_none_is_refused(operation, caller, content):
    response = send(caller, operation, content, operation.media_type)

    assert refused_or_taken(response) >= 400


def bomb(parts: int, size: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in range(parts):
            archive.writestr(f"xl/worksheets/sheet{part}.xml", bytes(size))
    return file.getvalue()


@pytest.mark.parametrize(("parts", "size"), [(1, 120 * 2**20), (1_200, 10), (3, 40 * 2**20)])
def test_a_file_that_unpacks_to_much_more_is_refused(caller, parts, size):
    response = send(
        caller,
        by_name["upload_import"],
        bomb(parts, size),
        "application/octet-stream",
        file="a.xlsx",
    )

    assert refused_or_taken(response) == 409
    assert response.json()["code"] == "catalog.too_large_file"


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "..\\a.csv", "/etc/passwd", "a\x00.csv", "CON"]
)
def test_the_name_of_a_file_is_a_word_and_no_place(caller, name):
    response = send(caller, by_name["upload_import"], b"SKU,name\nA-1,Cable\n",
                    "application/octet-stream", file=name)  # fmt: skip

    status = refused_or_taken(response)
    assert status == (422 if "\x00" in name else 201)
    assert status == 422 or response.json()["file"] == name


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_formula_comes_in_as_a_text_and_goes_out_as_one(desk, format):
    caller = new_caller()
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "＝1+1"]
    rows = [["SKU", "name"], *([f"S-{at}", name] for at, name in enumerate(names))]
    content = as_csv(*rows) if format == "csv" else as_xlsx(rows)

    sent = send(caller, by_name["upload_import"], content, "application/octet-stream",
                file=f"a.{format}")  # fmt: skip
    assert sent.status_code == 201, sent.content
    assert caller.post(f"/imports/{sent.json()['id']}/commit").status_code == 200
    assert sorted(each["name"] for each in caller.get("/products").json()["items"]) == sorted(names)

    out = file_of(caller, "csv")
    cells = [cell for row in csv.reader(io.StringIO(out.decode("utf-8-sig"))) for cell in row]
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r＝")]
    book = file_of(caller, "xlsx")
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert not [name for name in archive.namelist() if b"<f>" in archive.read(name)]


def file_of(caller: Caller, format: str) -> bytes:
    response = caller.get(f"/products/export?format={format}")
    content: bytes = response.getvalue()
    response.close()
    return content


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "a b", "localhost:0x1"])
def test_another_host_is_not_answered(desk, host):
    for path in ("/", "/api/v1/me", "/account/login/"):
        assert Client().get(path, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/static/../settings.py", "/static/%2e%2e/%2e%2e/etc/passwd", "/static//etc/passwd",
     "/static/..%2f..%2fsecret-key", "/static/", "/static/%00", "/secret-key", "/api/v1/../../x"],
)  # fmt: skip
def test_no_path_leads_out_of_what_is_public(desk, path):
    response = Client(SERVER_NAME="localhost").get(path)

    assert response.status_code in (400, 404)


@pytest.mark.parametrize(
    "path",
    ["/", "/account/login/", "/api/v1/me", "/api/v1/nothing", "/nothing", "/healthz", "/admin/"],
)
def test_every_answer_says_what_a_browser_may_not_do(desk, path):
    headers = Client(SERVER_NAME="localhost").get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "Server" not in headers
