# SPDX-License-Identifier: Apache-2.0
"""Rates: what was published, what counts on which day, crosses, tables, a season's rates."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from entrepot.cli import entrepot
from entrepot.errors import EntrepotError, Misused
from entrepot.exchange.actions import Asked, show_rate, write_rates
from entrepot.exchange.ecb import ecb_currencies, last_ecb_day, read_ecb
from entrepot.exchange.finding import Rates, millionths
from entrepot.exchange.mapping import read_mapping
from entrepot.exchange.mistakes import BadMapping, Contradicting, NoRate, NoUse, Unreadable
from entrepot.exchange.table import read_season_rates, read_table
from entrepot.exchange.tables import MILLION, Quote
from tests.docs.pages import ROOT

EXAMPLES = ROOT / "examples" / "rates"
PARITY = Asked(((EXAMPLES / "parity.csv", EXAMPLES / "parity.toml"),), source="pboc")
CUSTOMS = Asked(((EXAMPLES / "customs.csv", EXAMPLES / "customs.toml"),), source="customs")

#: Official Journal of the European Union, 2019/C 331/05, euro exchange rates of 1 October 2019.
JOURNAL = """
USD 1.0898 JPY 118.00 DKK 7.4655 GBP 0.88955 SEK 10.8043 CHF 1.0906 ISK 135.30 NOK 9.9463
BGN 1.9558 CZK 25.740 HUF 334.79 PLN 4.3774 RON 4.7511 TRY 6.1979 AUD 1.6274 CAD 1.4466
HKD 8.5449 NZD 1.7528 SGD 1.5108 KRW 1310.56 ZAR 16.6700 CNY 7.7903 HRK 7.4111 IDR 15505.67
MYR 4.5712 PHP 56.610 RUB 71.0815 THB 33.430 BRL 4.5384 MXN 21.5587 INR 77.4920
"""
#: Banca d'Italia, euro foreign exchange reference rates as of 23 October 2003; without the pound of
#: Cyprus, of which it prints four of the five places.
BANK_OF_ITALY = """
USD 1.1786 JPY 129.32 DKK 7.4311 GBP 0.69650 SEK 9.0355 CHF 1.5467 ISK 89.64 NOK 8.2350
BGN 1.9469 CZK 31.914 EEK 15.6466 HUF 256.66 LTL 3.4525 LVL 0.6510 MTL 0.4282
PLN 4.6673 ROL 38819 SIT 235.5500 SKK 41.340 TRL 1743000 AUD 1.6864 CAD 1.5399 HKD 9.1353
NZD 1.9397 SGD 2.0551 KRW 1395.87 ZAR 8.2302
"""
#: Lowest and highest dollar rate of each year, as forexesteem.blogspot.com/2009/03 cites the bank.
YEARS = """
1999-12-03 1.0015 1999-01-05 1.1790 2000-10-26 0.8252 2000-01-06 1.0388 2001-07-06 0.8384
2001-01-05 0.9545 2002-01-28 0.8578 2002-12-31 1.0487 2003-01-08 1.0377 2003-12-31 1.2630
2004-05-14 1.1802 2004-12-28 1.3633 2005-11-15 1.1667 2005-01-03 1.3507 2006-01-02 1.1826
2006-12-05 1.3331 2007-01-12 1.2893 2007-11-27 1.4874 2008-10-27 1.2460 2008-07-15 1.5990
"""


def pairs(text: str) -> list[tuple[str, Fraction]]:
    words = text.split()
    return [(name, Fraction(rate)) for name, rate in zip(words[::2], words[1::2], strict=True)]


def published(codes: list[str]) -> dict[tuple[str, str], Fraction]:
    return {(str(q.on), q.currency): 1 / q.per_unit for q in read_ecb(codes).quotes}


@pytest.mark.parametrize(("on", "text"), [("2019-10-01", JOURNAL), ("2003-10-23", BANK_OF_ITALY)])
def test_rates_are_those_that_were_published_elsewhere(on, text):
    printed = dict(pairs(text))
    ours = published([*printed])

    assert {code: ours[on, code] for code in printed} == printed


def test_lows_and_highs_of_years_are_those_that_were_published():
    ours = published(["USD"])

    assert all(ours[on, "USD"] == rate for on, rate in pairs(YEARS))
    for year in range(1999, 2009):
        of_year = [rate for (on, _), rate in ours.items() if on.startswith(str(year))]
        printed = [rate for on, rate in pairs(YEARS) if on.startswith(str(year))]
        assert [min(of_year), max(of_year)] == printed


def test_the_bank_is_never_silent_for_longer_than_the_bound():
    days = sorted({quote.on for quote in read_ecb(["USD"]).quotes})

    assert days[0] == date(1999, 1, 4)
    assert days[-1] == last_ecb_day() >= date(2026, 10, 30)
    gaps = [later - earlier for earlier, later in pairwise(days)]
    assert max(gap.days for gap in gaps) == 5
    assert {"CNY", "EUR", "USD"} <= set(ecb_currencies())


def test_a_cross_rate_meets_in_the_euro_on_one_day_and_is_rounded_once():
    shown = show_rate("USD", "CNY", date(2026, 3, 1), Asked())

    # 8.0961 / 1.1805 = 6.858195679...
    assert shown["rate"] == "6.858196"
    assert Fraction(shown["exact"]) == Fraction("8.0961") / Fraction("1.1805")
    assert (shown["published_on"], shown["age"]) == ("2026-02-27", 2)
    assert [leg["said"] for leg in shown["path"]] == ["1 EUR = 1.1805 USD", "1 EUR = 8.0961 CNY"]
    assert {leg["on"] for leg in shown["path"]} == {"2026-02-27"}


@pytest.mark.parametrize(
    ("rule", "on", "published_on"),
    [
        ("same", "2026-03-02", "2026-03-02"),
        ("before", "2026-03-02", "2026-02-27"),
        ("first_of_month", "2026-03-31", "2026-02-27"),
        ("first_of_month", "2026-04-30", "2026-04-01"),
    ],
)
def test_a_rule_says_which_day_counts(rule, on, published_on):
    shown = show_rate("EUR", "CNY", date.fromisoformat(on), Asked(rule=rule))

    assert shown["published_on"] == published_on
    assert shown["path"][0]["said"].startswith("1 EUR = ")


def test_a_rate_is_never_older_than_allowed():
    with pytest.raises(NoRate, match="1462 days before 2026-03-02; at most 7"):
        show_rate("RUB", "CNY", date(2026, 3, 2), Asked())
    # Iceland's was not published for nine years: what was before does not count after.
    with pytest.raises(NoRate, match="2008-12-09"):
        show_rate("ISK", "CNY", date(2015, 1, 5), Asked())
    with pytest.raises(NoRate, match="no rate that holds"):
        show_rate("USD", "CNY", date(1998, 12, 31), Asked())
    with pytest.raises(NoRate, match="ecb has no AED"):
        show_rate("AED", "CNY", date(2026, 3, 2), Asked())


@pytest.mark.parametrize(
    ("currency", "rate"),
    # As Xinhua and the Shanghai Metals Market printed them; 100 JPY, and 1 CNY = 0.60732 MYR.
    [("USD", "6.836100"), ("EUR", "8.093600"), ("JPY", "0.064412"), ("MYR", "1.646578")],
)
def test_the_central_parity_is_read_the_right_way_round(currency, rate):
    shown = show_rate(currency, "CNY", date(2020, 9, 15), PARITY)

    assert (shown["rate"], shown["age"], shown["published_on"]) == (rate, 1, "2020-09-14")


def test_a_monthly_rate_holds_for_its_month_and_no_other_day():
    shown = show_rate("USD", "CNY", date(2026, 3, 31), CUSTOMS)

    assert (shown["rate"], shown["holds_until"], shown["age"]) == ("7.012300", "2026-03-31", 0)
    with pytest.raises(NoRate):
        show_rate("USD", "CNY", date(2026, 4, 1), CUSTOMS)


def test_six_places_that_are_too_few_are_said():
    assert show_rate("IDR", "CNY", date(2026, 3, 2), Asked())["is_coarse"]
    assert not show_rate("USD", "CNY", date(2026, 3, 2), Asked())["is_coarse"]


rates = st.fractions(Fraction(1, 10_000), 10_000)


@given(rates, rates)
def test_a_cross_rate_is_within_half_a_millionth_and_turns_back(theirs, ours):
    on = date(2026, 3, 2)
    quotes = [Quote("s", "USD", "EUR", on, None, theirs, "", "f", 1),
              Quote("s", "CNY", "EUR", on, None, ours, "", "f", 2)]  # fmt: skip
    book = Rates(quotes)
    exact = theirs / ours

    if millionths(exact):
        found = book.find("USD", "CNY", on, "s")
        assert abs(Fraction(found.millionths, MILLION) - exact) <= Fraction(1, 2 * MILLION)
        assert found.exact == exact
    assert millionths(1 / exact) == 0 or book.find("CNY", "USD", on, "s").exact * exact == 1


def test_two_rates_of_one_day_are_refused_unless_they_are_equal():
    on = date(2026, 3, 2)
    one = Quote("s", "USD", "CNY", on, None, Fraction(7), "1 USD = 7 CNY", "f", 1)
    other = Quote("s", "USD", "CNY", on, None, Fraction(8), "1 USD = 8 CNY", "f", 2)

    assert Rates([one, one]).find("USD", "CNY", on, "s").millionths == 7_000_000
    with pytest.raises(Contradicting, match=r"1 USD = 7 CNY \(f:1\), 1 USD = 8 CNY \(f:2\)"):
        Rates([one, other])


def test_every_mistake_of_a_table_is_said_at_once(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text(
        "day,USD\n2026-03-02,-7\n2026-02-30,7\n2026-03-04,1e3\n2026-03-05,0\n2026-03-06\n"
    )
    mapping = tmp_path / "m.toml"
    mapping.write_text('source = "bank"\n[columns]\non = "day"\n[currencies]\nUSD = {}\n')

    with pytest.raises(Unreadable) as caught:
        read_table(table, read_mapping(mapping))

    assert [(m["row"], m["column"]) for m in caught.value.facts["mistakes"]] == [
        (2, "USD"), (3, "day"), (4, "USD"), (5, "USD"), (6, ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "source"),
        ('source = "ecb"\n[columns]\non = "d"\n[currencies]\nUSD = {}', 'not "ecb"'),
        ('source = "x"\n[columns]\non = "d"\ncurrency = "c"\n[currencies]\nUSD = {}', "rate"),
        ('source = "x"\n[columns]\non = "d"\n[currencies]\nCNY = {}', "not the base"),
        ('source = "x"\n[columns]\non = "d"\n[currencies]\nUSD = { unit = 1 }', '"units" meant'),
        ('source = "x"\n[columns]\non = "d"\n[currencies]\nUSD = { units = true }', "whole number"),
        (
            'source = "x"\n[file]\ndates = "ym"\n[columns]\non = "d"\n[currencies]\nUSD = {}',
            "month",
        ),
        ("source = [", "TOML"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(tmp_path, text, words):
    path = tmp_path / "m.toml"
    path.write_text(text)

    with pytest.raises(BadMapping, match=words):
        read_mapping(path)


def test_a_use_that_nobody_settled_is_refused_until_the_firm_says_it(tmp_path, monkeypatch):
    monkeypatch.delenv("ENTREPOT_PACKS", raising=False)
    asked = Asked(use="bookkeeping")
    with pytest.raises(NoUse, match="not verified"):
        show_rate("USD", "CNY", date(2026, 3, 2), asked)
    with pytest.raises(NoUse, match="It is not one of: bookkeeping, customs_value"):
        show_rate("USD", "CNY", date(2026, 3, 2), Asked(use="coffee"))

    published = ROOT / "src" / "entrepot" / "packs" / "cn"
    (tmp_path / "rate_uses.toml").write_bytes((published / "rate_uses.toml").read_bytes())
    header = (published / "rate_uses.csv").read_text(encoding="utf-8").splitlines()[0]
    row = "bookkeeping,ecb,first_of_month,2026-01-01,,Our policy of 2026,V,Board of 5 January"
    (tmp_path / "rate_uses.csv").write_text(f"{header}\n{row}\n")
    monkeypatch.setenv("ENTREPOT_PACKS", str(tmp_path))
    shown = show_rate("USD", "CNY", date(2026, 4, 15), asked)

    assert (shown["looked_on"], shown["use"]["pack"]) == ("2026-04-01", "own/rate_uses")
    assert "own/rate_uses" in shown["packs"]


def test_rates_are_written_for_every_day_and_once(tmp_path):
    out = tmp_path / "fx_rates.csv"
    days = (date(2026, 2, 27), date(2026, 3, 2))

    first = write_rates(out, ["USD", "EUR"], *days, Asked())
    text = out.read_text()
    again = write_rates(out, ["EUR", "USD"], *days, Asked())

    assert text.splitlines() == [
        "on,currency,cny_per_unit",
        "2026-02-27,EUR,8.096100", "2026-02-27,USD,6.858196",
        "2026-02-28,EUR,8.096100", "2026-02-28,USD,6.858196",
        "2026-03-01,EUR,8.096100", "2026-03-01,USD,6.858196",
        "2026-03-02,EUR,8.051200", "2026-03-02,USD,6.882544",
    ]  # fmt: skip
    assert (first["added"], again["added"], again["same"]) == (8, 0, 8)
    assert out.read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["fx_rates.csv"]


def test_other_rates_of_a_season_stay_unless_they_are_to_be_replaced(tmp_path):
    out = tmp_path / "fx_rates.csv"
    before = "on,currency,cny_per_unit\n2026-03-01,HKD,0.9\n2026-03-02,USD,7.1\n"
    out.write_text(before)
    day = date(2026, 3, 2)

    with pytest.raises(Contradicting, match=r"7\.100000 is there, 6\.882544 would be written"):
        write_rates(out, ["USD"], day, day, Asked())
    assert out.read_text() == before
    done = write_rates(out, ["USD"], day, day, Asked(), replace=True)

    assert (done["replaced"], done["kept"]) == (1, 1)
    assert out.read_text().splitlines()[1:] == [
        "2026-03-01,HKD,0.900000",
        "2026-03-02,USD,6.882544",
    ]


@pytest.mark.parametrize(
    ("currencies", "days", "words"),
    [
        (["CNY"], ("2026-03-01", "2026-03-02"), "Leave CNY out"),
        (["XYZ"], ("2026-03-01", "2026-03-02"), "XYZ is no currency"),
        ([], ("2026-03-01", "2026-03-02"), "Nothing is no currency"),
        (["USD"], ("2026-03-02", "2026-03-01"), "the first day, then the last"),
        (["USD"], ("2026-11-01", "2026-11-30"), "24 missing rates"),
    ],
)
def test_what_cannot_be_written_leaves_nothing_behind(tmp_path, currencies, days, words):
    out = tmp_path / "fx_rates.csv"

    with pytest.raises(EntrepotError, match=words):
        write_rates(out, currencies, *map(date.fromisoformat, days), Asked())
    assert not list(tmp_path.iterdir())


def test_a_season_that_holds_its_rates_in_another_form_is_left_alone(tmp_path):
    (tmp_path / "season.toml").touch()
    (tmp_path / "fx_rates.parquet").touch()
    day = date(2026, 3, 2)

    with pytest.raises(Misused, match=r"fx_rates\.parquet"):
        write_rates(tmp_path, ["USD"], day, day, Asked())
    with pytest.raises(Misused, match=r"season\.toml"):
        write_rates(tmp_path.parent, ["USD"], day, day, Asked())


def test_a_seasons_rates_are_read_strictly(tmp_path):
    path = tmp_path / "fx_rates.csv"
    path.write_text(
        "on,currency,cny_per_unit\n2026-3-2,USD,7\n2026-03-02,CNY,1\n2026-03-02,USD,7.1234567\n"
    )

    with pytest.raises(Unreadable) as caught:
        read_season_rates(path)

    assert [(m["row"], m["column"]) for m in caught.value.facts["mistakes"]] == [
        (2, "on"), (3, "currency"), (4, "cny_per_unit"),
    ]  # fmt: skip


def run(*typed: str) -> Result:
    return CliRunner().invoke(entrepot, ["rates", *typed])


def test_a_look_over_says_what_is_odd_and_ends_with_one():
    done = run("check", str(EXAMPLES / "faulty.csv"), "--json")
    report = json.loads(done.output)

    assert done.exit_code == 1
    assert [(f["code"], f["row"]) for f in report["findings"]] == [
        ("turned", 3), ("hundredfold", 4), ("repeated", 6), ("gap", 7), ("differs", 7),
    ]  # fmt: skip


def test_jumps_are_found_without_another_source():
    done = run("check", str(EXAMPLES / "faulty.csv"), "--against", "nothing", "--json")

    assert json.loads(done.output)["counts"]["jump"] == 4


def test_a_sound_table_ends_with_zero():
    parity = str(EXAMPLES / "parity")
    done = run("check", parity + ".csv", "--mapping", parity + ".toml", "--gap", "60")

    assert (done.exit_code, "Nothing to mend." in done.output) == (0, True)


@pytest.mark.parametrize(("language", "words"), [("en", "2 days before"), ("zh", "2 天前")])
def test_a_rate_is_told_in_either_language(language, words):
    done = run("show", "USD", "--on", "2026-03-01", "--language", language)

    assert done.exit_code == 0
    assert words in done.output


def test_words_are_the_same_in_both_languages():
    from entrepot.exchange.reporting import _words

    assert _words()["en"].keys() == _words()["zh"].keys()


def test_nothing_obeys_a_table(tmp_path):
    path: Path = tmp_path / "t.csv"
    path.write_text("on,currency,cny_per_unit\n\x1b[31m,USD,7\n")

    with pytest.raises(Unreadable) as caught:
        read_season_rates(path)
    assert "\x1b" not in str(caught.value)
