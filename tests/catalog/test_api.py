# SPDX-License-Identifier: Apache-2.0
"""Masters for programs: every operation, its scope, and other enterprises' ids."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from entrepot.jobs.models import DONE, ENDS
from tests.catalog.kit import BIN_A, PARTNER_A, PLAIN, PRODUCT_A, ZONE_A, as_csv
from tests.jobs.callers import Caller, new_caller
from tests.jobs.working import until_state, working

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
TWO = as_csv(["SKU", "name"], ["SKU-8", "Cable"], ["SKU-7", "Charger"])


@pytest.fixture(autouse=True, scope="module")
def site() -> Iterator[None]:
    with override_settings(ROOT_URLCONF="tests.catalog.addresses"):
        yield


@pytest.fixture
def caller(desk: None) -> Caller:
    return new_caller()


def answered(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.content
    return response.json() if response.content else None


def send(caller: Caller, path: str, content: bytes, kind: str = "application/octet-stream") -> Any:
    return caller.client.generic(
        "PUT" if path.endswith("photo") else "POST",
        f"/api/v1{path}",
        content,
        kind,
        headers={"Authorization": f"Bearer {caller.token}"},
    )


def upload(caller: Caller, content: bytes, about: str = "product", file: str = "a.csv") -> Any:
    return send(caller, f"/imports?{urlencode({'about': about, 'file': file})}", content)


def add_plain(caller: Caller) -> dict[str, Any]:
    return {
        noun.name: answered(caller.post(f"/{noun.plural}", dict(values)), 201)
        for noun, values in PLAIN
    }


def test_each_kind_is_added_shown_listed_changed_and_put_out_of_use(caller):
    made = add_plain(caller)

    for noun, values in PLAIN:
        path = f"/{noun.plural}/{made[noun.name]['id']}"
        shown = answered(caller.get(path))
        assert shown == made[noun.name]
        assert shown.items() >= dict(values).items()
        assert answered(caller.get(f"/{noun.plural}"))["items"] == [shown]
        changed = answered(caller.ask("PATCH", path, {"version": 1, "is_active": False}))
        assert (changed["version"], changed["is_active"]) == (2, False)
        answered(caller.ask("PATCH", path, {"version": 2, "is_active": True}))
        gone = answered(caller.post(f"{path}/deactivate", {"version": 3}))
        assert (gone["version"], gone["is_active"]) == (4, False)
        assert gone["created_by"].startswith("token:")


def test_an_old_version_is_refused(caller):
    made = add_plain(caller)["product"]
    path = f"/products/{made['id']}"
    answered(caller.ask("PATCH", path, {"version": 1, "name": "A"}))

    problem = answered(caller.ask("PATCH", path, {"version": 1, "name": "B"}), 409)

    assert (problem["code"], problem["facts"]) == ("catalog.changed_meanwhile", {"version": 2})


def test_lists_are_narrowed(caller):
    add_plain(caller)
    more = [{**BIN_A, "code": f"B-{n}"} for n in range(3)]
    answered(caller.post("/bins/bulk", {"lines": more}))

    def codes(path: str) -> list[str]:
        return [item["code"] for item in answered(caller.get(path))["items"]]

    assert codes("/bins?code=B-") == ["B-0", "B-1", "B-2"]
    assert codes("/bins?warehouse=DUI1&code=A") == ["A-01"]
    assert codes("/bins?warehouse=DUI2") == []
    assert codes("/zones?is_active=false") == []
    assert answered(caller.get("/products?sku=SKU&gtin=&hs_code="))["items"]


def test_lists_go_on_in_pages(caller):
    add_plain(caller)
    answered(caller.post("/bins/bulk", {"lines": [{**BIN_A, "code": f"B-{n}"} for n in range(4)]}))
    codes, path = [], "/bins?limit=2"
    while path:
        page = answered(caller.get(path))
        codes += [item["code"] for item in page["items"]]
        path = f"/bins?limit=2&cursor={page['next']}" if page["next"] else ""

    assert codes == ["A-01", "B-0", "B-1", "B-2", "B-3"]


def test_masters_are_found(caller):
    add_plain(caller)

    for path in (
        "/products/search?q=charger",
        "/warehouses/search?q=duisburg",
        "/partners/search?q=LS",
    ):
        assert len(answered(caller.get(path))["items"]) == 1
    assert answered(caller.get("/products/search?q=charger&is_active=false"))["items"] == []


def test_a_list_asks_the_database_a_fixed_number_of_times(caller):
    add_plain(caller)
    numbers = []
    for n in (1, 30):
        lines = [{**BIN_A, "code": f"C-{n}-{m}"} for m in range(n)]
        answered(caller.post("/bins/bulk", {"lines": lines}))
        with CaptureQueriesContext(connection) as queries:
            answered(caller.get("/bins?limit=500"))
        numbers.append(len(queries))

    assert numbers[0] == numbers[1]


def test_a_bulk_call_says_what_became_of_each_line(caller):
    add_plain(caller)
    body = {"lines": [{"sku": "SKU-8", "name": "Cable"}, {"sku": "SKU-7", "weight_g": 3}]}

    lines = answered(caller.post("/products/bulk", body))["lines"]

    assert [(line["line"], line["what"]) for line in lines] == [(1, "new"), (2, "changed")]
    problem = answered(caller.post("/products/bulk", {**body, "only_new": True}), 422)
    assert [fault["row"] for fault in problem["facts"]["faults"]] == [1, 2]


def test_ten_thousand_lines_are_taken_and_one_more_is_not(caller):
    lines = [{"sku": f"S-{n}", "name": f"Plug {n}"} for n in range(10_000)]

    assert len(answered(caller.post("/products/bulk", {"lines": lines}))["lines"]) == 10_000
    answered(caller.post("/products/bulk", {"lines": [*lines, lines[0]]}), 422)


def test_a_taken_code_and_a_faulty_master_are_problems(caller):
    add_plain(caller)

    assert answered(caller.post("/products", PRODUCT_A), 409)["code"] == "catalog.taken_code"
    faulty = {**PRODUCT_A, "sku": "S", "gtin": "4006381333932", "battery_kind": "other"}
    problem = answered(caller.post("/products", faulty), 422)
    assert problem["code"] == "catalog.unfit"
    assert [fault["field"] for fault in problem["facts"]["faults"]] == ["gtin"]
    assert answered(caller.post("/partners", {**PARTNER_A, "country": "XX"}), 422)
    assert answered(caller.post("/products", {**PRODUCT_A, "colour": "red"}), 422)


def test_an_import_goes_from_file_to_preview_to_masters_and_back(caller):
    add_plain(caller)
    sent = answered(upload(caller, TWO), 201)
    path = f"/imports/{sent['id']}"
    assert sent["preview"]["counts"] == {"rows": 2, "new": 1, "changed": 1, "unchanged": 0}
    assert answered(caller.get(path)) == sent

    assert answered(caller.post(f"{path}/commit"))["state"] == "committed"
    assert len(answered(caller.get("/products"))["items"]) == 2
    assert answered(caller.post(f"{path}/undo"))["state"] == "undone"
    assert len(answered(caller.get("/products"))["items"]) == 1
    assert [each["id"] for each in answered(caller.get("/imports"))["items"]] == [sent["id"]]


def test_a_long_file_is_taken_over_by_a_job(caller):
    sent = answered(upload(caller, TWO), 201)

    with working():
        job = answered(caller.post(f"/imports/{sent['id']}/commit-as-job"), 202)
        ended = until_state(caller.enterprise, UUID(job["id"]), *ENDS)

    assert (ended.state, ended.result) == (DONE, sent["preview"]["counts"])
    assert (ended.done, ended.of) == (2, 2)
    shown = answered(caller.get(f"/imports/{sent['id']}"))
    assert (shown["state"], shown["committed_by"]) == ("committed", sent["uploaded_by"])
    again = answered(caller.post(f"/imports/{sent['id']}/commit-as-job"), 409)
    assert again["code"] == "catalog.wrong_state"


def test_a_faulty_file_is_a_problem_with_every_fault(caller):
    problem = answered(upload(caller, b"SKU,GTIN\nA,1\nB,2\n", file="x\r\ny.csv"), 422)
    assert problem["code"] == "web.faulty"

    problem = answered(upload(caller, b"SKU,name,GTIN\nA,A,1\nB,B,2\n", file="../../x.csv"), 422)
    assert problem["code"] == "catalog.faulty_file"
    assert [fault["row"] for fault in problem["facts"]["faults"]] == [2, 3]


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"PK\x03\x04", b'{"a": 1}'])
def test_what_is_no_table_is_a_problem(caller, content):
    assert answered(upload(caller, content), 409)["code"] == "catalog.unreadable_file"


def test_what_a_job_is_to_take_over_is_kept_however_many_files_follow(caller):
    first = answered(upload(caller, TWO), 201)["id"]
    looked_at = answered(upload(caller, TWO), 201)["id"]
    answered(caller.post(f"/imports/{first}/commit-as-job"), 202)

    for _ in range(21):
        answered(upload(caller, TWO), 201)

    assert answered(caller.get(f"/imports/{first}"))["state"] == "previewed"
    assert caller.get(f"/imports/{looked_at}").status_code == 404


def test_a_zip_bomb_is_a_problem(caller):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(200 * 2**20))

    assert answered(upload(caller, bomb.getvalue()), 409)["code"] == "catalog.too_large_file"


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
)
def test_a_form_is_no_file(caller, kind):
    response = send(caller, "/imports?about=product", b"a=b", kind)

    assert answered(response, 400)["code"] == "catalog.not_a_file"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("what", ["export", "template"])
def test_a_file_of_masters_is_sent(caller, what, form):
    add_plain(caller)

    response = caller.get(f"/products/{what}?format={form}&language=zh")

    content = b"".join(response.streaming_content)
    response.close()
    assert response.status_code == 200
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment")
    if what == "export":
        sent = answered(upload(caller, content, file=f"a.{form}"), 201)
        assert sent["preview"]["counts"]["unchanged"] == 1


def test_a_photo_is_sent_back_as_it_came_and_as_nothing_else(caller):
    path = f"/products/{add_plain(caller)['product']['id']}/photo"
    answered(caller.get(path), 404)
    answered(send(caller, path, PNG), 204)

    response = caller.get(path)

    assert response.content == PNG
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert answered(send(caller, path, b"<svg/>"), 422)["code"] == "catalog.not_a_photo"
    answered(caller.ask("DELETE", path), 204)
    answered(caller.ask("DELETE", path), 404)


def operations(ids: dict[str, str], source: str) -> list[tuple[str, str, Any]]:
    """Every operation on one thing."""
    found: list[tuple[str, str, Any]] = []
    for noun, _ in PLAIN:
        path = f"/{noun.plural}/{ids[noun.name]}"
        found += [
            ("GET", path, None),
            ("PATCH", path, {"version": 1, "is_active": False}),
            ("POST", f"{path}/deactivate", {"version": 1}),
        ]
    photo = f"/products/{ids['product']}/photo"
    found += [("GET", photo, None), ("PUT", photo, None), ("DELETE", photo, None)]
    found += [("GET", f"/imports/{source}", None)]
    return found + [
        ("POST", f"/imports/{source}/{verb}", None) for verb in ("commit", "commit-as-job", "undo")
    ]


def test_another_enterprises_ids_answer_like_ids_of_nothing(caller):
    other = new_caller()
    made = {name: each["id"] for name, each in add_plain(other).items()}
    answered(send(other, f"/products/{made['product']}/photo", PNG), 204)
    source = answered(upload(other, TWO), 201)["id"]
    nothing = operations({name: str(uuid4()) for name in made}, str(uuid4()))

    for theirs, none in zip(operations(made, source), nothing, strict=True):
        answers = []
        for method, path, body in (theirs, none):
            response = (
                send(caller, path, PNG) if method == "PUT" else caller.ask(method, path, body)
            )
            said = answered(response, 404)
            answers.append(
                {k: v for k, v in said.items() if k not in {"instance", "asked", "detail"}}
            )
        assert answers[0] == answers[1]
    assert answered(other.get(f"/products/{made['product']}"))["version"] == 1


def test_another_enterprises_codes_are_not_there(caller):
    add_plain(new_caller())

    for body, path in ((ZONE_A, "/zones"), (BIN_A, "/bins")):
        assert answered(caller.post(path, dict(body)), 422)["code"] == "catalog.unfit"


def test_who_may_only_read_changes_nothing(desk):
    reader, stranger = new_caller("masters.read"), new_caller("book.read")
    ids = {noun.name: str(uuid4()) for noun, _ in PLAIN}
    changing = [
        *(("POST", f"/{noun.plural}", dict(values)) for noun, values in PLAIN),
        *(("POST", f"/{noun.plural}/bulk", {"lines": [dict(values)]}) for noun, values in PLAIN),
    ]
    for method, path, body in changing + operations(ids, str(uuid4())):
        expected = 404 if method == "GET" else 403
        answered(reader.ask(method, path, body), expected)
        answered(stranger.ask(method, path, body), 403)
    answered(upload(reader, TWO), 403)
    for path in ("/products", "/bins/export", "/imports", "/partners/search?q=a"):
        answered(stranger.get(path), 403)
        response = reader.get(path)
        response.close()
        assert response.status_code == 200


def test_who_is_unknown_is_told_nothing(caller):
    for path in ("/products", "/bins/export", "/imports"):
        assert caller.client.get(f"/api/v1{path}").status_code == 401


def test_the_description_names_every_operation_once(caller):
    described = answered(caller.client.get("/api/v1/openapi.json"))

    names = [each["operationId"] for its in described["paths"].values() for each in its.values()]
    # Eight for each kind, a search for three, three for photos and six for imports.
    assert len(names) == len(set(names)) == 8 * 5 + 3 + 3 + 6
    post = described["paths"]["/api/v1/imports"]["post"]
    assert "application/octet-stream" in post["requestBody"]["content"]
    assert "Add a product." in described["paths"]["/api/v1/products"]["post"]["description"]
