# SPDX-License-Identifier: Apache-2.0
"""Files of orders: looked at, taken over, reserved for, taken back."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date

import pytest
import xlsxwriter

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import PRODUCT
from entrepot.jobs.models import Job
from entrepot.ledger.opening import open_items
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import within
from entrepot.warehouse.allocation.actions import allocate_waiting
from entrepot.warehouse.importing.mistakes import BadMapping, UnreadableExport
from entrepot.warehouse.intake import actions, plain
from entrepot.warehouse.intake.mappings import put_mapping
from entrepot.warehouse.intake.refusals import (
    Begun,
    FaultyOrders,
    NoTable,
    OtherByNow,
    TooLargeTable,
    WrongState,
)
from entrepot.warehouse.intake.work import undo_now
from entrepot.warehouse.models import Order, OrderFile, OrderFilePart, OrderLine, TakenOrder
from entrepot.warehouse.orders.recipients import recipient_of
from entrepot.warehouse.outbound.picking import pick_orders
from tests.warehouse.floor import A1, check_reserved, lying, open_floor, order, stock, taken
from tests.warehouse.importing_kit import EXAMPLES

HEADING = "channel,number,ordered_at,country,currency,sku,quantity,amount,recipient,promised_on\r\n"


@pytest.fixture
def floor(enterprise):
    open_floor(enterprise)
    with within(enterprise):
        open_items(["EUR", "USD"], "money", 2)
        open_items(["JPY"], "money", 0)
    return enterprise


def line(number="1", sku="SKU-1", quantity="1", **says):
    cells = {
        "channel": "shop", "number": number, "ordered_at": "2026-03-01 09:30", "country": "DE",
        "currency": "EUR", "sku": sku, "quantity": quantity, "amount": "9.90", "recipient": "Ada",
        "promised_on": "",
    } | says  # fmt: skip
    return ",".join(cells.values()) + "\r\n"


def sent(floor, content, file="orders.csv", **how):
    content = content.encode() if isinstance(content, str) else content
    with within(floor):
        return actions.upload(file, io.BytesIO(content), **how).id


def looked_at(floor, *lines, heading=HEADING, **how):
    id = sent(floor, heading + "".join(lines), **how)
    with within(floor):
        return actions.preview(id)


def faults(floor, *lines, **how):
    with pytest.raises(FaultyOrders) as refused:
        looked_at(floor, *lines, **how)
    return refused.value.facts


def taken_over(floor, *lines, **how):
    found = looked_at(floor, *lines, **how)
    with within(floor):
        actions.commit(found.id)
    more = True
    while more:
        with within(floor):
            more = actions.allocate_next(found.id)
    return found.id


def test_a_file_becomes_orders_that_are_reserved_for_in_the_order_of_promise(floor):
    stock(floor, A1, 4)
    late = line("late", quantity="3", promised_on="2026-03-09")
    soon = line("soon", quantity="3", promised_on="2026-03-02") + line("soon", "SKU-2", amount="1")

    found = looked_at(floor, late, soon)
    assert {name: found.preview[name] for name in ("rows", "orders", "lines", "units", "new")} == {
        "rows": 3, "orders": 2, "lines": 3, "units": 7, "new": 2,
    }  # fmt: skip
    with within(floor):
        assert not Order.objects.exists()
        actions.commit(found.id)
        assert not OrderFilePart.objects.exists()
    with within(floor):
        assert not actions.allocate_next(found.id)

    with within(floor):
        its = Order.objects.get(number="soon")
        rows = its.lines.order_by("line_no").values_list("sku", "quantity", "amount", "allocated")
        assert list(rows) == [("SKU-1", 3, 990, 3), ("SKU-2", 1, 100, 0)]
        with raw_cursor() as cursor:
            assert recipient_of(cursor, its.id) == {"name": "Ada"}
    assert lying(floor) == {(A1, "SKU-1"): (4, 4)}
    check_reserved(floor)


def test_what_is_kept_of_a_file_cannot_be_read_in_the_database(floor):
    id = sent(floor, HEADING + line(recipient="Augusta Ada King"))

    with within(floor):
        (part,) = OrderFilePart.objects.filter(source_id=id)
        assert b"Augusta" not in bytes(part.content)
        preview = actions.preview(id).preview
    assert "Augusta" not in str(preview)


def test_every_mistake_is_said_at_once_with_its_row(floor):
    bad = [
        line("1", quantity="x"), line("2", sku="NONE"), line("3", ordered_at="soon"),
        line("4", country="Narnia"), line("5", channel="a/b"), line("6", promised_on="soon"),
        line("7", currency="GBP"), line("8", amount="-1"), line("9", sku=" "), line("n" * 81),
        line("11", recipient="x" * 201), line("12") + line("12", currency="USD"),
        line("14", quantity="-1"),
    ]  # fmt: skip

    facts = faults(floor, *bad)

    assert [(each["row"], each["code"]) for each in facts["faults"]] == [
        (2, "not_a_number"), (3, "unknown_sku"), (4, "unreadable_date"), (5, "unknown_country"),
        (6, "bad_channel"), (7, "bad_day"), (8, "unknown_currency"), (9, "negative_amount"),
        (10, "no_sku"), (11, "too_long"), (12, "too_long"), (13, "lines_differ"),
        (15, "negative_quantity"),
    ]  # fmt: skip
    found = 'orders.csv:2, quantity: "x" is no number with "." as decimal mark'
    assert facts["faults"][0]["found"].startswith(found)
    assert "xxx" not in str(facts)


def test_a_currency_that_the_book_does_not_know_is_said_once_with_how_many_lines_it_has(floor):
    facts = faults(
        floor, line("1"), line("2", currency="GBP"), line("3", currency="CHF"),
        line("4", currency="GBP"),
    )  # fmt: skip

    assert [(each["row"], each["found"].partition(": ")[2]) for each in facts["faults"]] == [
        (3, "the book does not know the currency GBP and its decimals (2 lines)."),
        (4, "the book does not know the currency CHF and its decimals (1 line)."),
    ]
    assert facts["count"] == 2


def test_a_long_file_with_five_hundred_mistakes_names_all_of_them(floor):
    lines = [line(str(n), quantity="0.5" if n % 40 == 7 else "1") for n in range(20_000)]

    facts = faults(floor, *lines)

    assert facts["count"] == len(facts["faults"]) == 500
    assert [each["row"] for each in facts["faults"]] == [
        n + 2 for n in range(20_000) if n % 40 == 7
    ]


def test_the_same_file_twice_brings_its_orders_once_and_another_of_a_number_is_refused(floor):
    first, again = taken_over(floor, line("1"), line("2")), taken_over(floor, line("1"), line("2"))

    with within(floor):
        assert Order.objects.count() == 2
        assert [OrderFile.objects.get(id=each).orders for each in (first, again)] == [2, 0]
    facts = faults(floor, line("1"), line("2", quantity="5"), line("3"))
    assert [each["code"] for each in facts["faults"]] == ["order_differs"]


def test_a_file_that_would_do_something_else_by_now_is_refused(floor):
    one, two = looked_at(floor, line("1")), looked_at(floor, line("1"))
    with within(floor):
        actions.commit(one.id)

    with pytest.raises(OtherByNow), within(floor):
        actions.commit(two.id)
    with pytest.raises(WrongState), within(floor):
        actions.commit(one.id)


def test_a_file_is_taken_back_and_others_get_what_was_reserved(floor):
    stock(floor, A1, 2)
    id = taken_over(floor, line("1", quantity="2"))
    (waits,) = taken(floor, order("waits", ("SKU-1", 2)))

    with within(floor):
        assert undo_now(id).state == "undone"
        assert Job.objects.get(kind="warehouse.allocate").arguments == {"skus": ["SKU-1"]}
    with within(floor):
        allocate_waiting(["SKU-1"])

    with within(floor):
        assert [each.number for each in Order.objects.all()] == ["waits"]
        assert not TakenOrder.objects.exists()
        assert OrderLine.objects.get(order_id=waits).allocated == 2
        assert not actions.allocate_next(id)
    check_reserved(floor)
    assert taken_over(floor, line("1", quantity="3"))


def test_a_file_of_which_something_was_picked_stays(floor):
    stock(floor, A1, 2)
    id = taken_over(floor, line("1"), line("2"))
    with within(floor):
        pick_orders([Order.objects.get(number="2").id])

    with pytest.raises(Begun), within(floor):
        undo_now(id)

    with within(floor):
        assert Order.objects.count() == 2
    check_reserved(floor)


@pytest.mark.parametrize(("days", "zone"), [(0, 1), (3, 4)])
def test_the_day_of_promise_is_counted_from_the_order_where_the_file_does_not_say(
    floor, days, zone
):
    taken_over(floor, line(), promise_days=days)

    with within(floor):
        assert Order.objects.get().promised_on == date(2026, 3, zone)


def test_a_number_of_a_line_and_an_amount_may_be_left_blank(floor):
    heading = "channel,number,ordered_at,country,currency,sku,quantity,amount,line_no\r\n"
    rows = "".join(f"shop,1,2026-03-01,DE,EUR,{sku},1,,\r\n" for sku in ("SKU-1", "SKU-2"))

    (its,) = looked_at(floor, rows, heading=heading).preview["sample"]

    assert [(each["line_no"], each["amount"]) for each in its["lines"]] == [(1, 0), (2, 0)]


def test_an_excel_file_and_a_compressed_one_say_the_same(floor):
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, HEADING.strip().split(","))
        sheet.write_row(1, 0, ["shop", "1", "2026-03-01 09:30", "DE", "EUR", "SKU-1", 2, 39.8])
    lines = (HEADING + line(quantity="2", amount="39.8", recipient="")).encode()

    for content in (kept.getvalue(), gzip.compress(lines[:50]) + gzip.compress(lines[50:])):
        id = sent(floor, content, "any.name")
        with within(floor):
            preview = actions.preview(id).preview
        assert preview["sample"][0]["lines"] == [
            {"line_no": 0, "sku": "SKU-1", "quantity": 2, "amount": 3980}
        ]


def test_a_file_in_chinese_with_semicolons_is_read(floor):
    content = (HEADING + line(recipient="王伟")).replace(",", ";").encode("gb18030")
    id = sent(floor, content)
    with within(floor):
        actions.preview(id)
        actions.commit(id)
        with raw_cursor() as cursor:
            assert recipient_of(cursor, Order.objects.get().id) == {"name": "王伟"}


@pytest.mark.parametrize(("content", "refusal"), [
    (b"", (NoTable,)),
    (b"a,b\r\n1,2\r\n", (NoTable,)),
    (b"PK\x03\x04 no archive", (NoTable,)),
    (b"\x1f\x8b\x08 no archive", (NoTable,)),
    (gzip.compress(b"a" * 1000, mtime=0)[:-9], (NoTable,)),
    (b"\xd0\xcf\x11\xe0 old Excel", (NoTable,)),
    (b"%PDF-1.7", (NoTable,)),
    (b"PAR1" + bytes(100), (NoTable,)),
    (b"a" * 300_000, (NoTable,)),
    (",".join(f"c{n}" for n in range(400)).encode(), (TooLargeTable,)),
    (HEADING.encode() + b'"shop,1\r\n', (UnreadableExport,)),
    (HEADING.encode() + b"shop,1,2,3,4,5,6,7,8,9,10,11\r\n", (UnreadableExport,)),
])  # fmt: skip
def test_what_is_no_table_is_refused_in_words(floor, content, refusal):
    id = sent(floor, content)

    with pytest.raises(refusal), within(floor):
        actions.preview(id)


def test_a_file_without_mapping_is_told_every_column_that_it_lacks(floor):
    id = sent(floor, b"channel,number,country,sku\r\nshop,1,DE,SKU-1\r\n", file="../März (2).csv")

    with pytest.raises(NoTable) as refused, within(floor):
        actions.preview(id)

    assert refused.value.found == (
        "It has no column ordered_at, quantity; its first line has: channel, number, country, sku."
    )


def test_mistakes_name_the_file_as_it_was_called(floor):
    row = "shop,1,2026-03-01,DE,SKU-1,x\r\n"
    heading = "channel,number,ordered_at,country,sku,quantity\r\n"
    id = sent(floor, (heading + row).encode(), file="../März (2).csv")

    with pytest.raises(FaultyOrders) as refused, within(floor):
        actions.preview(id)

    assert "März (2).csv:2, quantity" in refused.value.facts["faults"][0]["found"]


def test_a_bomb_is_not_unpacked(floor, monkeypatch):
    monkeypatch.setattr("entrepot.warehouse.intake.reading.MOST_PLAIN", 10**6)
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b" " * (101 * 2**20))

    for content in (gzip.compress(bytes(10**7)), kept.getvalue()):
        id = sent(floor, content)
        with pytest.raises(TooLargeTable), within(floor):
            actions.preview(id)


def test_the_mappings_of_a_close_are_taken(floor):
    """Shopify's export: what was fulfilled has left, what is pending is to be shipped."""
    skus = ("LAMPE-01", "KISSEN-2", "TISCH-04")
    open_floor_skus(floor, skus)
    with within(floor):
        put_mapping("shopify", (EXAMPLES / "mappings" / "shopify.toml").read_text("utf-8").replace(
            '"Fulfilled at"', '"Created at"'))  # fmt: skip

    lines = (EXAMPLES / "orders" / "shopify.csv").read_text("utf-8").splitlines(keepends=True)
    content = "".join(each for each in lines if ",,fulfilled" not in each)  # one has no SKU
    id = sent(floor, content, "shopify.csv", mapping="shopify")
    with within(floor):
        preview = actions.preview(id).preview

    assert preview["left_out"]["already_shipped"] >= 3
    assert [each["number"] for each in preview["sample"]] == ["#1002"]
    assert preview["sample"][0]["lines"][0]["quantity"] == 5


def open_floor_skus(floor, skus):
    with within(floor):
        masters.put(PRODUCT, [{"sku": sku, "name": sku} for sku in skus])


def test_cancellations_of_a_file_take_units_back(floor):
    with within(floor):
        put_mapping("plain", """
            channel = "shop"
            currency = "JPY"
            destination = "JP"
            [columns]
            order_no = "n"
            sku = "sku"
            quantity = "q"
            ordered_at = "at"
            amount = "a"
            [days]
            forms = ["%Y-%m-%d"]
            [cancellations]
            negative_quantity = true
            order = "same"
        """)  # fmt: skip
    rows = ["1,SKU-1,5,2026-03-01,1000", "1,SKU-1,-2,2026-03-02,-400", "2,SKU-1,1,2026-03-01,7",
            "2,SKU-1,-1,2026-03-02,-7", "9,SKU-1,-1,2026-03-02,-7"]  # fmt: skip

    found = looked_at(floor, "\n".join(rows), heading="n,sku,q,at,a\n", mapping="plain")

    assert found.preview["cancellations"] == 2
    assert found.preview["left_out"] == {"return_without_order": 1}
    (one,) = found.preview["sample"]
    assert one["lines"] == [{"line_no": 0, "sku": "SKU-1", "quantity": 3, "amount": 600}]


def test_a_mapping_with_mistakes_is_refused_with_all_of_them(floor):
    with pytest.raises(BadMapping) as refused, within(floor):
        put_mapping("bad", '[columns]\nsku = "a"\n[nonsense]\nb = 1\n')

    assert refused.value.facts["count"] == 1


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_template_is_taken_as_it_is(floor, form):
    id = sent(floor, plain.template(form))

    with pytest.raises((FaultyOrders, UnreadableExport)) as refused, within(floor):
        actions.preview(id)
    assert "no order" in refused.value.found
