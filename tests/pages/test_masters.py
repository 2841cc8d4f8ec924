# SPDX-License-Identifier: Apache-2.0
"""Masters on pages: found, added, changed, put away; and files of them, taken over and back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from entrepot.catalog.headings import fold, understood
from entrepot.catalog.models import Import, Partner, Product, Warehouse
from entrepot.catalog.nouns import NOUNS
from entrepot.jobs.models import FAILED, Job
from entrepot.pages import master_files
from entrepot.pages.wording import read
from tests.catalog.kit import as_csv
from tests.pages.kit import Person, new_person

XSS = '"><img src=x onerror=y>'
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def owner(desk: None) -> Person:
    return new_person()


def add(person: Person, sku: str, **given: str) -> Product:
    said = {"sku": sku, "name": "Plug"} | given
    assert person.post("/masters/products/new/", said).status_code == 302, said
    with person.within():
        return Product.objects.get(sku=sku)


def send(person: Person, content: bytes, noun: str = "products") -> Any:
    file = SimpleUploadedFile("goods.csv", content)
    return person.client.post(f"/masters/imports/{noun}/send/", {"file": file})


def codes(person: Person, path: str) -> list[str]:
    """What the rows of a list begin with."""
    found = re.findall(r'<th scope="row"[^>]*>(?:<a [^>]*>)?([^<]*)<', person.text(path))
    return [str(each) for each in found]


def csv(person: Person, path: str) -> str:
    return b"".join(person.get(path).streaming_content).decode("utf-8-sig")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_label_of_the_form_is_a_heading_that_an_import_understands(language):
    for noun in NOUNS.values():
        for field in noun.fields:
            words, common = read("masters", language), read("common", language)
            said = words["columns"].get(field.name) or common["columns"][field.name]
            assert understood(noun)[fold(said)] == field.name, (noun.name, field.name, said)


def test_a_product_is_added_found_by_barcode_and_words_and_exported(owner):
    add(owner, "SKU-1", name="Fast charger", name_zh="快速充电器", gtin="4006381333931")
    add(owner, "SKU-2")

    for q in ("SKU-1", "4006381333931", "charger", "充电"):
        assert codes(owner, f"/masters/?q={q}") == ["SKU-1"], q
    assert codes(owner, "/masters/?q=SKU-") == ["SKU-1", "SKU-2"]
    lines = csv(owner, "/masters/?export=csv&q=charger").splitlines()
    assert lines[0].startswith("SKU,Name,Chinese name")
    assert lines[1].startswith("SKU-1,Fast charger")
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("noun", "given"),
    [
        ("warehouses", {"code": "NB1", "name": "Ningbo", "kind": "home",
                        "time_zone": "Asia/Shanghai", "country": "CN"}),
        ("partners", {"code": "LT", "name": "Lanting", "country": "CN",
                      "roles": ["supplier", "bank"], "uscc": ""}),
    ],
)  # fmt: skip
def test_every_kind_is_added_by_its_own_form(owner, noun, given):
    answered = owner.post(f"/masters/{noun}/new/", given, follow=True)

    assert given["code"] in answered.content.decode()
    with owner.within():
        model = Warehouse if noun == "warehouses" else Partner
        assert model.objects.get(code=given["code"]).name == given["name"]


def test_zones_and_bins_belong_to_a_warehouse_and_are_narrowed_by_it(owner):
    for code in ("DUI1", "LON1"):
        owner.post("/masters/warehouses/new/", {
            "code": code, "name": code, "kind": "overseas", "time_zone": "Europe/Berlin",
            "country": "DE"})  # fmt: skip
        owner.post("/masters/zones/new/", {"warehouse": code, "code": f"{code}-COLD"})
        owner.post("/masters/bins/new/", {"warehouse": code, "code": "A-1", "zone": f"{code}-COLD"})

    owner.text("/masters/")

    listed = owner.text("/masters/bins/?warehouse=LON1&q=A")

    assert "LON1-COLD" in listed
    assert "DUI1-COLD" not in listed


def test_faults_are_said_at_their_fields_in_chinese_and_what_was_typed_stays(owner):
    said = {"sku": "SKU-1", "name": XSS, "gtin": "123", "length_mm": "wide"}
    refused = owner.post(
        "/masters/products/new/", said, headers={"Accept-Language": "zh-hans"}
    )  # fmt: skip
    text = refused.content.decode()

    assert refused.status_code == 409
    assert text.count('class="errorlist"') == 2
    assert "应为：" in text
    assert "至" in text
    assert 'value="SKU-1"' in text
    assert "<img src=x" not in text
    with owner.within():
        assert not Product.objects.exists()


def test_a_change_keeps_what_somebody_else_changed_meanwhile(owner):
    product = add(owner, "SKU-1")
    at = f"/masters/products/{product.id}/"
    owner.post(f"{at}change/", {"name": "Socket", "version": product.version})

    refused = owner.post(f"{at}change/", {"name": "Cable", "version": product.version})

    assert refused.status_code == 409
    assert "Cable" in refused.content.decode()
    assert "Socket" in owner.text(at)


def test_a_master_is_put_away_and_used_again(owner):
    product = add(owner, "SKU-1")
    at = f"/masters/products/{product.id}/"

    owner.post(f"{at}use", {"use": "no"})
    assert codes(owner, "/masters/?is_active=yes") == []
    assert codes(owner, "/masters/?is_active=no&q=SKU") == ["SKU-1"]
    owner.post(f"{at}use", {"use": "yes"})
    assert codes(owner, "/masters/?is_active=yes") == ["SKU-1"]


def test_a_photo_is_kept_shown_and_taken_away(owner):
    product = add(owner, "SKU-1")
    at, page = f"/masters/products/{product.id}/photo", f"/masters/products/{product.id}/"

    owner.client.post(at, {"photo": SimpleUploadedFile("a.png", b"<svg/>")})
    assert '/photo" alt' not in owner.text(page)
    owner.client.post(at, {"photo": SimpleUploadedFile("a.png", PNG)})
    assert f"/api/v1/products/{product.id}/photo" in owner.text(page)
    owner.post(at, {"what": "drop"})
    assert f"/api/v1/products/{product.id}/photo" not in owner.text(page)


def test_a_file_is_looked_at_taken_over_and_taken_back(owner):
    add(owner, "SKU-1")
    sent = send(owner, as_csv(["SKU", "Name"], ["SKU-1", XSS], ["SKU-9", "Cable"]))
    at = sent["Location"]
    text = owner.text(at)

    assert "Name: Plug → " in text
    assert "<img src=x" not in text
    owner.post(f"{at}take")
    assert codes(owner, "/masters/") == ["SKU-1", "SKU-9"]
    owner.post(f"{at}undo")
    assert codes(owner, "/masters/") == ["SKU-1"]
    assert "goods.csv" in owner.text("/masters/imports/", "zh-hans")


def test_every_mistake_of_a_file_is_said_with_its_place(owner):
    refused = send(owner, as_csv(["SKU", "Name", "GTIN"], ["SKU-1", "", "12"], ["SKU 2", XSS, ""]))
    text = refused.content.decode()

    assert refused.status_code == 422
    assert "2 mistakes" in text
    assert '<span class="code">C</span> GTIN' in text
    assert '<span class="code">B</span> Name' in text
    with owner.within():
        assert not Import.objects.exists()


def test_a_long_file_is_taken_over_by_a_job_that_is_watched_and_cancelled(owner, monkeypatch):
    monkeypatch.setattr(master_files, "AT_ONCE", 0)
    problem = {"code": "catalog.wrong_state", "asked": "A", "found": "<b>B</b>", "remedy": "C"}
    at = send(owner, as_csv(["SKU", "Name"], ["SKU-9", "Cable"]))["Location"]

    owner.post(f"{at}take")
    part = owner.get(at, **{"HX-Request": "true", "HX-Target": "progress"})
    assert "HX-Refresh" not in part.headers
    assert 'hx-trigger="every 1s"' in part.content.decode()
    owner.post(f"{at}cancel")
    with owner.within():
        assert Job.objects.get().state == "cancelled"
        Job.objects.update(state=FAILED, problem=problem)
    ended = owner.get(at, **{"HX-Request": "true", "HX-Target": "progress"})
    assert ended.headers["HX-Refresh"] == "true"
    assert "&lt;b&gt;B" in owner.text(at)
    assert codes(owner, "/masters/") == []


def test_who_may_only_read_has_no_buttons_and_changes_nothing(owner):
    product = add(owner, "SKU-1")
    reader = new_person("partner", owner.enterprise)
    at = f"/masters/products/{product.id}/"

    assert "/new/" not in reader.text("/masters/")
    assert "/use" not in reader.text(at)
    reader.post(f"{at}use", {"use": "no"})
    assert reader.post("/masters/products/new/", {"sku": "X", "name": "X"}).status_code == 409
    with owner.within():
        assert Product.objects.get().is_active


def test_another_enterprise_s_product_is_not_there(owner):
    product = add(new_person(), "SKU-1")

    for path in ("", "change/"):
        assert owner.get(f"/masters/products/{product.id}/{path}").status_code == 404
    assert owner.get("/masters/nothing/").status_code == 404
