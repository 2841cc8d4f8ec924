# SPDX-License-Identifier: Apache-2.0
"""Closes on pages: a button closes the live book, its report opens, both stocks are compared."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from entrepot.closing.kept import columns, keep
from entrepot.closing.models import Close, KeptTable
from entrepot.jobs.models import DONE, FAILED, RUNNING, Job
from entrepot.people.models import Profile
from tests.closing.test_exporting import USCC
from tests.jobs.working import until_state, working
from tests.pages.kit import Person, new_person
from tests.warehouse.floor import A1, open_floor, stock


@pytest.fixture
def owner(desk: None) -> Person:
    person = new_person()
    with person.within():
        Profile.objects.update(uscc=USCC)
    return person


def asked(person: Person) -> Close:
    with person.within():
        return Close.objects.get()


def test_the_button_closes_the_book_and_the_report_opens(owner):
    open_floor(owner.enterprise)
    stock(owner.enterprise, A1, 5)
    owner.post("/closes/ask", {"as_of": "2099-01-01"})
    close = asked(owner)
    at = f"/closes/{close.id}/"
    assert 'id="poll"' in owner.text("/closes/")
    assert 'hx-trigger="every 1s"' in owner.text(at)
    with working():
        job = until_state(owner.enterprise, close.job, DONE, FAILED)

    assert job.problem is None
    same = {"warehouse": "DUI1", "skus": 1, "units": 5}
    assert asked(owner).stock == {"stocks": 1, "units": 5, "warehouses": [same]}
    text = owner.text(at)
    assert "the same in 1 warehouses and SKUs" in text
    assert f"{at}stock.parquet" in text
    assert "工作台与关账对照" in owner.text(at, "zh-hans")
    report = owner.get(f"{at}report")
    assert "DUI1" in report.text
    assert "sandbox" in report["Content-Security-Policy"]
    fetched = owner.get(f"{at}stock.parquet")
    assert fetched.content[:4] == b"PAR1"
    assert fetched["Content-Disposition"] == 'attachment; filename="stock.parquet"'
    rows = b"".join(owner.get(f"{at}?export=csv&of=warehouses").streaming_content)
    assert rows.decode("utf-8-sig").splitlines()[1] == "DUI1,1,5,5,0"
    other = new_person()
    for path in ("", "report", "stock.parquet"):
        assert other.get(f"{at}{path}").status_code == 404


def test_the_money_of_settlements_that_were_sent_is_shown(owner):
    open_floor(owner.enterprise)
    lines = (
        "channel,settlement_no,line_no,posted_on,account,currency,amount,order_no\n"
        "shop,S1,1,2026-03-01,sales,EUR,1234.50,NO-SUCH\nshop,S1,2,2026-03-01,unclassified,EUR,-1.00,\n"
    )
    paid = "channel,settlement_no,paid_on,currency,amount\nshop,S1,2026-03-02,EUR,1233.00\n"
    with owner.within():
        keep("settlements", lines.encode())
        keep("payouts", paid.encode())
    owner.post("/closes/ask", {"as_of": "2099-01-01"})
    close = asked(owner)
    with working():
        job = until_state(owner.enterprise, close.job, DONE, FAILED)

    assert job.problem is None
    at = f"/closes/{close.id}/"
    text = owner.text(at)
    assert "1,233.50" in text
    assert "Settled orders that no sale has" in text
    assert "已结算但找不到销售的订单" in owner.text(at, "zh-hans")
    assert f"{at}money_book.parquet" in text


def test_whose_books_they_are_has_to_be_known():
    person = new_person()

    page = person.post("/closes/ask", {"as_of": "2099-01-01"}, follow=True)

    assert "no unified social credit code" in page.content.decode()


def test_a_day_that_is_none_is_said(owner):
    page = owner.post("/closes/ask", {"as_of": "32 May"}, follow=True)

    assert "Choose a day" in page.content.decode()
    with owner.within():
        assert not Close.objects.exists()


def test_where_desk_and_close_differ_each_difference_is_shown(owner):
    owner.post("/closes/ask", {"as_of": "2099-01-01"})
    close = asked(owner)
    stocks = [{"warehouse": "DUI1", "sku": "<b>SKU", "desk": 7, "close": 5}]
    problem = {
        "code": "closing.stock_differs", "asked": "Cannot take the close over.",
        "found": "1 stocks differ.", "remedy": "Look.", "facts": {"stocks": stocks},
    }  # fmt: skip
    with owner.within():
        Job.objects.update(state=FAILED, problem=problem)

    text = owner.text(f"/closes/{close.id}/")

    assert "Where desk and close differ" in text
    assert "&lt;b&gt;SKU" in text
    assert "<b>SKU" not in text
    assert ">-2<" in text
    owner.post(f"/closes/{close.id}/retry")
    with owner.within():
        assert Job.objects.get().state == "queued"


def test_a_close_is_cancelled(owner):
    owner.post("/closes/ask", {"as_of": "2099-01-01"})
    close = asked(owner)
    owner.post(f"/closes/{close.id}/cancel")

    asked_again = {"HX-Request": "true", "HX-Target": "progress"}
    ended = owner.get(f"/closes/{close.id}/", **asked_again)
    assert ended.headers["HX-Refresh"] == "true"
    with owner.within():
        Job.objects.update(state=RUNNING)
    assert "HX-Refresh" not in owner.get(f"/closes/{close.id}/", **asked_again).headers


def test_a_table_is_sent_kept_and_fetched(owner):
    content = b"currency,on,rate\nEUR,2026-01-05,7.1\n"
    refused = owner.client.post(
        "/closes/tables/", {"table": "fx_rates", "file": SimpleUploadedFile("a.csv", content)}
    )
    assert refused.status_code == 409
    assert "currency" in refused.content.decode()
    assert owner.get("/closes/tables/fx_rates.csv").status_code == 404
    good = f"{','.join(columns('fx_rates'))}\n".encode()
    owner.client.post(
        "/closes/tables/", {"table": "fx_rates", "file": SimpleUploadedFile("a.csv", good)}
    )

    assert owner.get("/closes/tables/fx_rates.csv").content == good
    assert "/closes/tables/fx_rates.csv" in owner.text("/closes/tables/", "zh-hans")
    with owner.within():
        assert KeptTable.objects.get().name == "fx_rates"


def test_who_may_only_read_has_no_button(owner):
    reader = new_person("partner", owner.enterprise)

    assert "/closes/ask" not in reader.text("/closes/")
    assert "multipart" not in reader.text("/closes/tables/")
    reader.post("/closes/ask", {"as_of": "2099-01-01"})
    sent = SimpleUploadedFile("a.csv", f"{','.join(columns('fx_rates'))}\n".encode())
    reader.client.post("/closes/tables/", {"table": "fx_rates", "file": sent})
    with owner.within():
        assert not Close.objects.exists()
        assert not KeptTable.objects.exists()
