# SPDX-License-Identifier: Apache-2.0
"""A button closes the live book, and the report opens in the desk."""

from __future__ import annotations

import pytest

from entrepot.closing.models import Close
from entrepot.jobs.models import DONE, FAILED
from entrepot.people.models import Membership, Profile
from entrepot.people.tenancy import within
from tests.closing.test_exporting import USCC
from tests.jobs.callers import new_caller
from tests.jobs.test_pages import signed_in
from tests.jobs.working import until_state, working
from tests.warehouse.floor import A1, open_floor, stock


@pytest.fixture
def caller(desk):
    caller = new_caller()
    open_floor(caller.enterprise)
    stock(caller.enterprise, A1, 5)
    return caller


def with_uscc(caller):
    with within(caller.enterprise):
        Profile.objects.update(uscc=USCC)
    return caller


def asked(caller) -> Close:
    with within(caller.enterprise):
        return Close.objects.get()


def test_the_button_closes_the_book_and_the_report_opens(caller):
    browser = signed_in(with_uscc(caller))
    page = browser.get("/closes/")
    assert "Close the book" in page.text

    browser.post("/closes/ask", {"as_of": "2099-01-01"})
    assert 'http-equiv="refresh"' in browser.get("/closes/").text
    with working():
        job = until_state(caller.enterprise, asked(caller).job, DONE, FAILED)

    assert job.problem is None
    close = asked(caller)
    assert close.stock == {"stocks": 1, "units": 5}
    report = browser.get(f"/closes/{close.id}/report")
    assert report.status_code == 200
    assert "SKU-1" in report.text or "DUI1" in report.text
    assert "sandbox" in report["Content-Security-Policy"]
    assert f"/closes/{close.id}/report" in browser.get("/closes/").text
    files = caller.ask("GET", f"/closes/{close.id}/files").json()["items"]
    assert {"report.html", "run.json", "stock.parquet"} <= {each["name"] for each in files}
    stock_file = caller.ask("GET", f"/closes/{close.id}/files/stock.parquet")
    assert stock_file.content[:4] == b"PAR1"
    assert stock_file["Content-Disposition"] == 'attachment; filename="stock.parquet"'


def test_whose_books_they_are_has_to_be_known(caller):
    answer = caller.ask("POST", "/closes", {"as_of": "2099-01-01"})

    assert (answer.status_code, answer.json()["code"]) == (409, "closing.no_uscc")
    page = signed_in(caller).post("/closes/ask", {"as_of": "2099-01-01"}, follow=True)
    assert "no unified social credit code" in page.text


def test_a_day_that_is_none_is_said(caller):
    page = signed_in(with_uscc(caller)).post("/closes/ask", {"as_of": "32 May"}, follow=True)

    assert "Choose a day" in page.text
    with within(caller.enterprise):
        assert not Close.objects.exists()


def test_who_may_only_read_has_no_button(caller):
    with within(caller.enterprise):
        Membership.objects.update(role="partner")

    browser = signed_in(caller)

    assert "Close the book" not in browser.get("/closes/").text
    browser.post("/closes/ask", {"as_of": "2099-01-01"})
    with within(caller.enterprise):
        assert not Close.objects.exists()


def test_the_page_speaks_chinese(caller):
    page = signed_in(caller).get("/closes/", headers={"Accept-Language": "zh-CN"})

    assert "结账" in page.text
    assert "Close the book" not in page.text
