# SPDX-License-Identifier: Apache-2.0
"""The pages of money: send files, see the board, match what is left, undo."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO

import pytest

from entrepot.reconciling.models import Item, Match, MoneyFile
from tests.pages.kit import new_person
from tests.reconciling import kit


@pytest.fixture
def person(desk):
    return new_person()


def sent(person, text, what, channel="", name="report.txt", language="en", **more):
    """What the page answers to a file."""
    file = BytesIO(text.encode())
    file.name = name
    return person.client.post(
        "/money/files/send/", {"file": file, "what": what, "channel": channel} | more,
        headers={"Accept-Language": language},
    )  # fmt: skip


def report(total="90.00", *amounts, number="12345678901"):
    lines = [{"settlement-id": number, "amount": each} for each in amounts or (total,)]
    return kit.v2(total, *lines, **{"settlement-id": number})


def statement(*entries, identity="B1"):
    return kit.camt(*entries, identity=identity, ends="2026-04-30")


def test_a_report_and_a_statement_are_read_matched_and_on_the_board(person):
    answered = sent(person, report(), "settlement amazon-v2", "amazon-us")
    assert answered.status_code == 302, answered.content.decode()[-3000:]
    page = person.text(answered.url)
    assert "Lines read" in page
    assert "Everything fits." in page
    entry = kit.credited("90.00", "PAYOUT 12345678901")
    sent(person, statement(entry), "bank camt", name="b.xml")

    board = person.text("/money/")
    assert "payouts: in the bank?" in board
    assert re.search(r"90\.00 USD", board)
    with person.within():
        match = Match.objects.get()
    assert "named, equal amount" in person.text("/money/matches/")
    assert "The bank names the payout" in person.text(f"/money/matches/{match.id}/")


@pytest.mark.parametrize(("language", "says"), [("en", "2 mistakes"), ("zh", "2 处错误")])
def test_every_mistake_of_a_report_is_said_and_nothing_kept(person, language, says):
    answered = sent(
        person, report("90.00", "9x", "8y"), "settlement amazon-v2", "amazon-us", language=language
    )

    page = answered.content.decode()
    assert answered.status_code == 422
    assert says in page
    assert page.count("amount") >= 2
    with person.within():
        assert not MoneyFile.objects.exists()


def test_a_table_is_read_by_a_mapping_that_is_sent_along(person):
    mapping = BytesIO(b'account="A"\ncurrency="USD"\n[columns]\nbooked_on="d"\namount="a"\n')
    mapping.name = "house.toml"
    rows = "d,a\n2026-04-01,5.00\n"
    answered = sent(person, rows, "bank table", name="a.csv", new_mapping=mapping)
    assert answered.status_code == 302, answered.content.decode()
    again = sent(person, rows + "2026-04-02,6.00\n", "bank table", name="b.csv", mapping="house")

    assert again.status_code == 302
    with person.within():
        assert Item.objects.filter(stage="bank").count() == 2


def marked(person, stage):
    with person.within():
        return [str(each) for each in Item.objects.filter(stage=stage).values_list("id", flat=True)]


def test_what_is_left_is_matched_by_hand_and_undone(person):
    sent(person, report(), "settlement amazon-v2", "amazon-us")
    sent(person, statement(kit.credited("50.00", "a"), kit.credited("39.00", "b")), "bank camt")
    page = person.text("/money/match/")
    assert page.count('form="choose-items"') == 3
    items = marked(person, "payout") + marked(person, "bank")

    given = {"items": items, "reason": "", "difference_as": ""}
    refused = person.client.post("/money/match/do", given, follow=True)
    assert "The two sides are not equal." in refused.content.decode()
    given |= {"difference_as": "fee", "reason": "the bank took a dollar"}
    done = person.client.post("/money/match/do", given, follow=True)
    assert "Matched." in done.content.decode()

    with person.within():
        match = Match.objects.get()
    undone = person.client.post(
        f"/money/matches/{match.id}/undo", {"reason": "of another shop"}, follow=True
    )
    assert "of another shop" in undone.content.decode()
    assert person.text("/money/match/").count('form="choose-items"') == 3


def test_a_proposal_is_accepted(person):
    sent(person, report(), "settlement amazon-v2", "amazon-us")
    sent(person, statement(kit.credited("88.50", "12345678901")), "bank camt")
    page = person.text("/money/match/", "zh")
    assert "银行注明了这次打款，但金额不同。" in page
    (proposal,) = re.findall(r'name="proposals" value="([0-9a-f-]+)"', page)

    person.client.post("/money/match/accept", {"proposals": [proposal]})

    with person.within():
        assert Match.objects.get().difference_as == "fee"


def test_the_list_behind_a_number_settles_with_a_reason(person):
    sent(person, statement(kit.credited("5000.00", "capital")), "bank camt")
    (item,) = marked(person, "bank")
    at = "/money/items/bank/?currency=USD"
    assert "It arrived before the first payout" in person.text(at)
    for reason, left in (("", 1), ("The owner paid capital in", 0)):
        person.client.post("/money/settle", {"items": [item], "reason": reason})
        assert person.text(at).count('form="choose-items"') == left

    assert "proven" in person.text(at + "&state=proven")


@pytest.mark.parametrize("age", ["0-7", "8-30", "31-90", "90+"])
def test_the_board_leads_to_lists_with_as_many_rows(person, age):
    today = datetime.now(UTC).date()
    with person.within():
        for at, days in enumerate((1, 20, 60, 200)):
            Item.objects.create(
                stage="shipped", subject=str(at), number=f"N-{at}", currency="USD", amount=100,
                opened_on=today.fromordinal(today.toordinal() - days), found="no_settlement",
            )  # fmt: skip
    board = person.text("/money/")
    (path,) = {
        each.replace("&amp;", "&")
        for each in re.findall(r'href="(/money/items/shipped/[^"]+)"', board)
        if f"age={age.replace('+', '%2B')}" in each
    }

    assert len(set(re.findall(r"N-\d", person.text(path)))) == 1


def test_who_may_only_see_gets_no_buttons_and_who_may_not_sees_nothing(person):
    sent(person, report(), "settlement amazon-v2", "amazon-us")
    finance = new_person("finance", person.enterprise)
    assert 'form="choose-items"' in finance.text("/money/match/")
    for role in ("operations", "partner"):
        other = new_person(role, person.enterprise)
        assert other.get("/money/").status_code == 409
        assert "/money/" not in other.text("/today/")
    with person.within():
        (item,) = Item.objects.filter(stage="payout").values_list("id", flat=True)
    other.client.post("/money/match/do", {"items": [str(item)], "reason": "not allowed"})
    with person.within():
        assert not Match.objects.exists()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(
    "path",
    ["/money/?of=stages", "/money/?of=causes", "/money/payouts/?", "/money/bank/?",
     "/money/matches/?", "/money/files/?", "/money/items/payout/?currency=USD",
     "/money/match/?of=payouts", "/money/match/?of=credits", "/money/match/?of=proposals"],
)  # fmt: skip
def test_every_table_exports(person, path, form):
    sent(person, report(), "settlement amazon-v2", "amazon-us")
    sent(person, statement(kit.credited("88.50", "12345678901")), "bank camt")
    answered = person.get(f"{path}&export={form}")

    assert answered.status_code == 200
    assert answered.headers["Content-Disposition"].endswith(f'.{form}"')
    assert len(b"".join(answered.streaming_content)) > 20


def test_yen_have_no_decimals_whatever_the_book_knows(person):
    text = report("9000", number="7").replace("USD", "JPY")
    assert sent(person, text, "settlement amazon-v2", "amazon-jp").status_code == 302

    assert "9,000 JPY" in person.text("/money/payouts/")
