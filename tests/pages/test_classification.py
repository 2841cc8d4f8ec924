# SPDX-License-Identifier: Apache-2.0
"""Classification through its pages: tariff, draft, proposal, acceptance, settings, export."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from entrepot.catalog.models import Product
from entrepot.customs.classifying.configuring import policy
from entrepot.customs.classifying.models import Classification
from tests.customs.classifying_kit import (
    LAMP,
    SAID,
    TARIFF,
    accepted,
    classified,
    drafted,
    goods,
    products,
    proposed,
    states,
    tariff,
)
from tests.pages.kit import Person, new_person


@pytest.fixture
def owner(desk: None) -> Person:
    return new_person()


def at(name: str, *given: object) -> str:
    return reverse(f"pages:classification{name}", args=given)


def id_of(owner: Person, sku: str) -> object:
    with owner.within():
        return Product.objects.get(sku=sku).id


def version(owner: Person, sku: str) -> object:
    with owner.within():
        return Classification.objects.filter(sku=sku).order_by("-version")[0].id


def file(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("t.csv", text.encode())


def test_a_tariff_is_taken_and_shown_and_its_mistakes_are_told(owner):
    refused = owner.post(at("_take"), {"file": file(TARIFF.replace("035", "35"))})
    owner.post(at("_take"), {"file": file(TARIFF)})
    shown = owner.text(at("_tariff") + "?hs_code=94", "zh-hans")

    assert refused.status_code == 422
    assert "code of 3 digits" in refused.content.decode()
    assert LAMP in shown
    assert "品牌类型；用途；材质；品牌" in shown
    assert "样例充电器" not in shown


def test_a_product_is_drafted_proposed_and_accepted_by_another(owner):
    tariff(owner.enterprise)
    products(owner.enterprise, "A")
    one, other = at("_one", id_of(owner, "A")), new_person("customs", owner.enterprise)
    form = owner.text(at("_draft", id_of(owner, "A")) + f"?hs_code={LAMP}")
    assert "材质 = " in form
    wrong = owner.post(at("_draft", id_of(owner, "A")), {"valid_from": "2026-01-01", "unit": "x"})
    assert wrong.status_code == 422
    typed = SAID | {"valid_from": "2026-01-01", "elements": SAID["elements"].replace(";", "\r\n")}
    owner.post(at("_draft", id_of(owner, "A")), typed)

    owner.post(at("_step", version(owner, "A"), "proposed"))
    owner.post(at("_step", version(owner, "A"), "accepted"))
    assert states(owner.enterprise, "A") == ["proposed"]
    other.post(at("_step", version(owner, "A"), "accepted"))
    assert states(owner.enterprise, "A") == ["accepted"]
    other.post(at("_step", version(owner, "A"), "undone"))
    assert states(owner.enterprise, "A") == ["accepted"]
    other.post(at("_step", version(owner, "A"), "undone"), {"note": "another code"})

    assert states(owner.enterprise, "A") == ["undone"]
    assert "another code" in owner.text(one)


def test_findings_are_told_in_the_readers_language(owner):
    tariff(owner.enterprise)
    products(owner.enterprise, "A")
    drafted(owner.enterprise, goods("A", elements=""))
    one = at("_one", id_of(owner, "A"))
    owner.client.post(
        at("_step", version(owner, "A"), "proposed"), headers={"Accept-Language": "zh-hans"}
    )
    said = owner.text(one, "zh-hans")

    assert states(owner.enterprise, "A") == ["draft"]
    assert "A：税则要求的申报要素缺少内容" in said
    assert "The tariff asks for elements without a value" in owner.text(one)


def test_what_was_accepted_of_others_is_taken_over(owner):
    classified(owner.enterprise, "A")
    products(owner.enterprise, "B")
    one = owner.text(at("_one", id_of(owner, "B")))
    draft = owner.text(at("_draft", id_of(owner, "B")) + "?take=0")

    assert "Names are alike by" in one
    assert f'value="{LAMP}"' in draft
    assert "材质 = 铝" in draft
    assert owner.get(at("_draft", id_of(owner, "B")) + "?take=99").status_code == 200


def test_the_work_list_is_filtered_and_exported_and_many_are_decided_at_once(owner):
    classified(owner.enterprise, "A")
    products(owner.enterprise, "B", "C")
    proposed(owner.enterprise, goods("B"))
    shown = owner.text(at("") + "?status=proposed")
    exported = b"".join(owner.get(at("") + "?export=csv").streaming_content).decode("utf-8-sig")

    assert ">B<" in shown
    assert ">C<" not in shown
    assert [line.split(",")[2] for line in exported.splitlines()[1:]] == [
        "classified", "proposed", "not classified",
    ]  # fmt: skip
    given = {"what": "accepted", "products": [id_of(owner, sku) for sku in "BC"]}
    owner.post(at("_decide"), given)
    assert states(owner.enterprise, "B") == ["accepted"]
    assert owner.post(at("_decide"), {"what": "undone"}).status_code == 404


def test_drafts_come_from_a_file_or_none_of_them(owner):
    tariff(owner.enterprise)
    products(owner.enterprise, "A")
    head = "SKU,商品编码,申报品名,申报要素\n"
    given = {"valid_from": "2026-01-01"}
    refused = owner.post(at("_drafts"), given | {"file": file(head + f"A,{LAMP},台灯,\nX,1,,\n")})
    owner.post(at("_drafts"), given | {"file": file(head + f"A,{LAMP},台灯,材质=铝\n")})

    assert refused.status_code == 422
    assert states(owner.enterprise, "A") == ["draft"]


def test_settings_are_changed_by_those_who_may(owner):
    page = owner.text(at("_settings"))
    assert "Brand in the name, none declared" in page
    given = {"joiner": "|", "least": 4, "times_percent": 300, "share_percent": 20,
             "counted_units": "007\n011", "check_brand_named": "refuse"}  # fmt: skip
    reader = new_person("finance", owner.enterprise)
    reader.post(at("_settings"), given)
    with owner.within():
        assert policy().limits.least == 5
    wrong = owner.post(at("_settings"), given | {"counted_units": "7"})
    owner.post(at("_settings"), given)

    assert wrong.status_code == 422
    with owner.within():
        its = policy()
    assert (its.four_eyes, its.counted_units, its.limits.least) == (False, ("007", "011"), 4)
    assert its.severities == {"brand_named": "refuse"}


def test_whoever_only_reads_has_no_buttons(owner):
    classified(owner.enterprise, "A")
    accepted(owner.enterprise, goods("A", name_en="Other"))
    reader = new_person("finance", owner.enterprise)
    one = reader.text(at("_one", id_of(owner, "A")))

    assert at("_draft", id_of(owner, "A")) not in one
    reader.post(at("_step", version(owner, "A"), "undone"), {"note": "x"})
    assert states(owner.enterprise, "A") == ["accepted", "accepted"]
