# SPDX-License-Identifier: Apache-2.0
"""Add, change and put masters out of use, and what the book calls them."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection

from entrepot.catalog.actions import (
    TakenCode,
    Unfit,
    add,
    change,
    deactivate,
    fields_of,
    get,
    put,
)
from entrepot.catalog.models import Bin, Product, Word
from entrepot.catalog.nouns import BIN, NOUNS, PARTNER, PRODUCT, WAREHOUSE
from entrepot.catalog.photos import NotAPhoto, get_photo, put_photo
from entrepot.catalog.planning import plan
from entrepot.catalog.storing import ChangedMeanwhile, store
from entrepot.ledger.models import Item, Place
from entrepot.people.models import AuditEntry, Enterprise
from entrepot.people.tenancy import within
from tests.catalog.kit import BIN_A, PARTNER_A, PLAIN, PRODUCT_A, WAREHOUSE_A, add_plain, buy

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def test_each_master_opens_its_name_in_the_book(enterprise):
    add_plain(enterprise)

    with within(enterprise):
        assert set(Item.objects.values_list("code", "kind")) == {("SKU-7", "goods")}
        assert set(Place.objects.values_list("path", "may_go_below")) == {
            ("supplier/LSP", True),
            ("warehouse/DUI1", False),
            ("warehouse/DUI1/@damaged", False),
            ("warehouse/DUI1/@missing", False),
            ("warehouse/DUI1/@packing", False),
            ("warehouse/DUI1/@receiving", False),
            ("warehouse/DUI1/@returns", False),
            ("warehouse/DUI1/A-01", False),
        }


def test_a_home_warehouse_lies_at_home(enterprise):
    with within(enterprise):
        add(WAREHOUSE, {**WAREHOUSE_A, "code": "SZ", "kind": "home"})
        add(BIN, {"warehouse": "SZ", "code": "1"})

        paths = set(Place.objects.values_list("path", flat=True))
        assert {"home/SZ", "home/SZ/1", "home/SZ/@receiving"} <= paths
        assert all(path.startswith("home/SZ") for path in paths)


def test_a_partner_opens_a_place_for_each_side_when_it_gets_it(enterprise):
    with within(enterprise):
        partner = add(PARTNER, {**PARTNER_A, "roles": ["bank"]})
        assert not Place.objects.exists()
        change(PARTNER, partner.id, 1, {"roles": ["customer", "supplier", "bank"]})

        assert set(Place.objects.values_list("path", flat=True)) == {"supplier/LSP", "customer/LSP"}


def test_goods_are_booked_under_the_names_of_masters(enterprise):
    add_plain(enterprise)

    buy(enterprise, "SKU-7", place="warehouse/DUI1/A-01")


def test_a_master_says_when_and_by_whom(enterprise):
    with within(enterprise, "user:1"):
        made = add(PRODUCT, PRODUCT_A)
    with within(enterprise, "user:2"):
        found = change(PRODUCT, made.id, 1, {"name": "Charger"})

    assert (found.created_by, found.changed_by, found.version) == ("user:1", "user:2", 2)
    assert found.created_at < found.changed_at


def test_what_is_done_is_in_the_audit_log(enterprise):
    with within(enterprise, "user:1"):
        made = add(PRODUCT, PRODUCT_A)
        change(PRODUCT, made.id, 1, {"name": "Charger"})
        deactivate(PRODUCT, made.id, 2)

        entries = list(AuditEntry.objects.order_by("id").values_list("action", "about", "facts"))
    assert entries == [
        ("product.added", "product SKU-7", {}),
        (
            "product.changed",
            "product SKU-7",
            {"fields": {"name": {"was": "Fast charger", "is": "Charger"}}},
        ),
        ("product.changed", "product SKU-7", {"fields": {"is_active": {"was": True, "is": False}}}),
    ]


@pytest.mark.parametrize(("noun", "values"), PLAIN, ids=lambda each: getattr(each, "name", ""))
def test_a_code_is_there_once(enterprise, noun, values):
    add_plain(enterprise)

    with within(enterprise), pytest.raises(TakenCode, match="There is a"):
        add(noun, values)


def test_the_same_code_is_free_in_another_enterprise(enterprise):
    add_plain(enterprise)

    add_plain(Enterprise.objects.create().id)


def test_another_enterprises_master_is_not_there(enterprise):
    ids = add_plain(Enterprise.objects.create().id)

    with within(enterprise):
        for name, id in ids.items():
            for missing in (id, uuid4()):
                with pytest.raises(ObjectDoesNotExist):
                    get(NOUNS[name], missing)
                with pytest.raises(ObjectDoesNotExist):
                    deactivate(NOUNS[name], missing, 1)


def test_a_reference_to_another_enterprises_master_is_refused(enterprise):
    add_plain(Enterprise.objects.create().id)

    with within(enterprise), pytest.raises(Unfit, match="expected a warehouse there is"):
        add(BIN, BIN_A)


def test_a_zone_of_another_warehouse_is_refused(enterprise):
    add_plain(enterprise)

    with within(enterprise):
        add(WAREHOUSE, {**WAREHOUSE_A, "code": "DUI2"})

        with pytest.raises(Unfit, match="expected a zone of DUI2 there is"):
            add(BIN, {**BIN_A, "warehouse": "DUI2"})


@pytest.mark.parametrize(
    ("name", "values", "field"),
    [
        ("product", {"sku": "SKU-8"}, "sku"),
        ("warehouse", {"code": "DUI2"}, "code"),
        ("warehouse", {"kind": "home"}, "kind"),
        ("bin", {"code": "A-02"}, "code"),
        ("bin", {"warehouse": "DUI2"}, "warehouse"),
        ("partner", {"code": "X"}, "code"),
    ],
)
def test_what_the_book_names_never_changes(enterprise, name, values, field):
    ids = add_plain(enterprise)

    with within(enterprise):
        with pytest.raises(Unfit, match="the book names") as refusal:
            change(NOUNS[name], ids[name], 1, values)
        assert [fault["field"] for fault in refusal.value.facts["faults"]] == [field]
        assert get(NOUNS[name], ids[name]).version == 1


def test_a_change_to_a_version_that_is_gone_is_refused(enterprise):
    ids = add_plain(enterprise)
    with within(enterprise):
        change(PRODUCT, ids["product"], 1, {"name": "Charger"})

        with pytest.raises(ChangedMeanwhile, match="version 2 by now"):
            change(PRODUCT, ids["product"], 1, {"name": "Cable"})
        assert get(PRODUCT, ids["product"]).name == "Charger"


def test_a_change_that_changes_nothing_makes_no_version(enterprise):
    ids = add_plain(enterprise)

    with within(enterprise):
        assert change(PRODUCT, ids["product"], 1, {"name": "Fast charger"}).version == 1


def test_a_change_between_look_and_write_is_seen(enterprise):
    add_plain(enterprise)
    with within(enterprise):
        stale = plan(PRODUCT, [(1, {"sku": "SKU-7", "name": "A"})])
        put(PRODUCT, [{"sku": "SKU-7", "name": "B"}])

        with pytest.raises(ChangedMeanwhile, match="at the same moment"):
            store(PRODUCT, stale.changes)


def test_two_who_add_the_same_at_once_add_it_once(enterprise):
    said = []

    def one() -> None:
        try:
            with within(enterprise):
                put(PRODUCT, [{"sku": f"S-{n}", "name": "A"} for n in range(200)])
                said.append("stored")
        except ChangedMeanwhile:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(said) == 3
    assert "stored" in said
    with within(enterprise):
        assert Product.objects.count() == 200


def test_many_are_stored_together_and_say_what_became_of_them(enterprise):
    add_plain(enterprise)
    lines = [
        {"sku": "SKU-8", "name": "Cable", "weight_g": 20},
        {"sku": "SKU-7", "gtin": "4006381333931"},
        {"sku": "SKU-9", "name": "Plug"},
    ]
    with within(enterprise):
        assert [(p.line, p.what) for p in put(PRODUCT, lines)] == [
            (1, "new"), (2, "changed"), (3, "new"),
        ]  # fmt: skip
        assert [p.what for p in put(PRODUCT, lines)] == ["unchanged"] * 3
        kept = fields_of(PRODUCT, Product.objects.get(sku="SKU-7"))

    assert (kept["name"], kept["gtin"]) == ("Fast charger", "4006381333931")


def test_one_bad_line_stores_none_and_every_fault_is_listed(enterprise):
    lines = [
        {"sku": "A", "name": "A"},
        {"sku": "B", "name": "B", "gtin": "1"},
        {"sku": "A", "name": "again"},
        {"sku": "C"},
    ]
    with within(enterprise):
        with pytest.raises(Unfit) as refusal:
            put(PRODUCT, lines)
        faults = refusal.value.facts["faults"]

        assert [(fault["row"], fault["field"]) for fault in faults] == [
            (2, "gtin"), (3, "sku"), (4, "name"),
        ]  # fmt: skip
        assert faults[1]["expected"] == "each once; row 1 has it too"
        assert not Product.objects.exists()
        assert not Item.objects.exists()


def test_masters_that_are_there_are_refused_where_only_new_ones_are_taken(enterprise):
    add_plain(enterprise)

    with within(enterprise), pytest.raises(Unfit, match="expected a new one"):
        put(PRODUCT, [{**PRODUCT_A, "name": "Other"}], only_new=True)


def test_a_product_is_not_called_like_a_currency(enterprise):
    with within(enterprise):
        Item.objects.create(code="EUR", kind="money", digits=2)

        with pytest.raises(Unfit, match="no currency"):
            add(PRODUCT, {"sku": "EUR", "name": "A"})


def test_words_follow_the_name(enterprise):
    ids = add_plain(enterprise)
    with within(enterprise):
        change(PRODUCT, ids["product"], 1, {"name": "Slow charger"})

        found = set(Word.objects.filter(about="product").values_list("word", flat=True))
    assert found == {"sku", "7", "slow", "charger"}


def test_bins_are_walked_in_their_sequence(enterprise):
    add_plain(enterprise)
    with within(enterprise):
        put(
            BIN,
            [{"warehouse": "DUI1", "code": c, "pick_sequence": n} for n, c in ((2, "B"), (1, "C"))],
        )

        bins = Bin.objects.order_by("pick_sequence", "code").values_list("code", flat=True)
        assert list(bins) == ["A-01", "C", "B"]  # fmt: skip


def test_a_product_has_one_photo(enterprise):
    ids = add_plain(enterprise)
    with within(enterprise):
        put_photo(ids["product"], b"\xff\xd8\xff\xe0 first")
        put_photo(ids["product"], PNG)

        photo = get_photo(ids["product"])
    assert (photo.media_type, bytes(photo.content)) == ("image/png", PNG)


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", PNG + b"0" * 5 * 2**20],
)
def test_what_is_no_photo_is_refused(enterprise, content):
    ids = add_plain(enterprise)

    with within(enterprise), pytest.raises(NotAPhoto):
        put_photo(ids["product"], content)
