# SPDX-License-Identifier: Apache-2.0
"""A return as a report for programs, and told to a person in Chinese or English."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb

from entrepot.destination.excepting import Found
from entrepot.destination.firm import Firm
from entrepot.destination.given import FIGURES, RATES
from entrepot.destination.periods import Period
from entrepot.destination.tables import FILING, NOTES, OPEN, OWN_SCHEMES, SCHEMES
from entrepot.packs.read import in_force, read

LANGUAGES = ("en", "zh")
#: Rows of the filing table that a report tells; the table holds all of them.
LISTED = 10_000
#: Rows and exceptions that a person is shown.
_SHOWN = 60
_MONEY = ("gross", "net", "vat", "filed_net", "filed_vat")

Report = dict[str, Any]


def reasons(
    connection: duckdb.DuckDBPyConnection, period: Period
) -> list[dict[str, str | int | None]]:
    """Every reason that lines of the period have, with its words in both languages.

    The words are few: they differ by country and rate, not by line.
    """
    said = _rows(
        connection,
        "SELECT DISTINCT reason, dispatch, destination, rate, rate_basis FROM entries ORDER BY ALL",
    )
    return [
        {
            **each,
            "said": at,
            **{f"reason_{language}": _reason(each, period, language) for language in LANGUAGES},
        }
        for at, each in enumerate(said)
    ]


def _reason(each: Mapping[str, Any], period: Period, language: str) -> str:
    words = _words()[language]
    return str(
        words["reason"][each["reason"]].format(
            dispatch=each["dispatch"],
            destination=each["destination"],
            rate=_percent(each["rate"]),
            basis=words["basis"].get(each["rate_basis"], ""),
            **figures(period.last),
        )
    )


def figures(on: date) -> dict[str, str]:
    """The figures of the packs that words name, as they are on a day."""
    named = {
        "eu_limit": ("eu/vat_schemes", "ioss_limit"),
        "uk_limit": ("uk/vat_schemes", "point_of_sale_limit"),
        "threshold": ("eu/vat_schemes", "union_oss_threshold"),
        "duty": ("eu/vat_schemes", "interim_duty"),
    }
    found = {}
    for word, (pack, name) in named.items():
        latest = [row for row in read(pack).rows if row["figure"] == name][-1]
        row = in_force(read(pack), on, figure=name) or latest
        found[word] = f"{row.whole('amount'):,}"
    return found


def worded(found: list[Found], firm: Firm, period: Period) -> list[Found]:
    """Exceptions with what was found and what to do, in both languages."""
    told_with = {"firm": firm.file, "read_on": read_on(), **figures(period.last)}
    return [
        {
            **each,
            "is_open": is_open(each["code"]),
            **{
                f"{part}_{language}": _words()[language][part][each["code"]].format(
                    about=each["about"], **told_with
                )
                for language in LANGUAGES
                for part in ("found", "remedy")
            },
        }
        for each in found
    ]


def is_open(code: str) -> bool:
    """Whether lines of an exception are not filed, or not in the return's currency."""
    return code in OPEN or code == NOTES[0]


def read_on() -> str:
    """The day as of which the standard rates were read."""
    return str(min(row.day("read_on") for pack in RATES for row in read(pack).rows))


def report_of(
    connection: duckdb.DuckDBPyConnection,
    firm: Firm,
    period: Period,
    totals: list[dict[str, str | int]],
    found: list[Found],
) -> Report:
    """Period, what the firm said, totals by currency, the filing table and the exceptions."""
    filing = _rows(connection, _LISTED)
    counts = {each["scheme"]: each["lines"] for each in _rows(connection, _COUNTS)}
    return {
        "period": {
            "kind": period.kind,
            "name": period.name,
            "first": str(period.first),
            "last": str(period.last),
        },
        "firm": {
            "file": firm.file,
            "established": firm.established,
            "below_threshold": firm.below_threshold,
            "consignment_value": firm.consignment_value,
            "outside": list(firm.outside),
            "exchange_on": firm.exchange_on,
            "exchange_source": firm.exchange_source,
            "marketplace_collects": {
                each.name: each.because for each in firm.channels if each.because
            },
        },
        "figures": [_figure(name, row) for name in FIGURES for row in read(name).rows],
        "rates_read_on": read_on(),
        "counts": {scheme: counts.get(scheme, 0) for scheme in SCHEMES},
        "totals": [
            {name: _plain(name, value) for name, value in total.items()} for total in totals
        ],
        "returns": [
            {**each, "filed_net": _money(each["filed_net"]), "filed_vat": _money(each["filed_vat"])}
            for each in _rows(connection, _RETURNS)
        ],
        "filing": [_row(each) for each in filing],
        "exceptions": [
            {
                **each,
                "amount": _money(each["amount"]),
                "first_on": _text(each["first_on"]),
                "last_on": _text(each["last_on"]),
            }
            for each in found
        ],
    }


#: Sales before what came back, and schemes in their own order.
_BY_SCHEME = f"list_position({list(SCHEMES)}, scheme)"
_ORDER = ", ".join(
    f"{name} DESC" if name == "kind" else f"{name} NULLS FIRST"
    for name in FILING.key
    if name != "scheme"
)
_LISTED = f"""
    SELECT {", ".join(FILING.names)} FROM destination_filing
    ORDER BY {_BY_SCHEME}, {_ORDER} LIMIT {LISTED}
"""
_COUNTS = "SELECT scheme, count(*) AS lines FROM entries GROUP BY scheme"
_RETURNS = f"""
    SELECT scheme, registration, filed_currency,
        CASE WHEN count(*) = count(filed_net) THEN sum(filed_net)::BIGINT END AS filed_net,
        CASE WHEN count(*) = count(filed_vat) THEN sum(filed_vat)::BIGINT END AS filed_vat
    FROM destination_filing WHERE filed_by = 'firm' GROUP BY scheme, registration, filed_currency
    ORDER BY {_BY_SCHEME}, registration, filed_currency
"""


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Report]:
    connection.execute("SET preserve_insertion_order = true")
    found = connection.execute(query)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _figure(pack: str, row: Mapping[str, Any]) -> Report:
    return {"pack": pack, **{name: value if name == "amount" else _text(value)
                             for name, value in row.items()}}  # fmt: skip


def _row(each: Mapping[str, Any]) -> Report:
    rate = None if each["rate"] is None else f"{each['rate'] // 10_000}.{each['rate'] % 10_000:04d}"
    return {**each, "rate": rate, **{name: _money(each[name]) for name in _MONEY}}


def _plain(name: str, value: str | int) -> Any:
    return value if name in ("currency", "lines") else _money(int(value))


def _money(hundredths: int | None) -> str | None:
    if hundredths is None:
        return None
    sign = "-" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}"


def _shown(amount: str | None) -> str:
    """An amount for a person; a question mark where it is not known."""
    if amount is None:
        return "?"
    whole, _, rest = amount.lstrip("-").partition(".")
    return f"{'-' if amount.startswith('-') else ''}{int(whole):,}.{rest}"


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _percent(rate: int | None) -> str:
    if rate is None:
        return ""
    return f"{rate // 100}.{rate % 100:02d}".rstrip("0").rstrip(".")


def all_filed(report: Report) -> bool:
    """Whether nothing is open."""
    return not any(each["is_open"] for each in report["exceptions"])


def told(report: Report, language: str) -> Iterator[str]:
    """The return for a person: by scheme, then totals, exceptions and what rests on what.

    What a terminal would obey is shown as a mark.
    """
    for line in _told(report, language):
        yield "".join(each if each.isprintable() else "�" for each in line)


def _told(report: Report, language: str) -> Iterator[str]:
    words = _words()[language]
    say = words["told"]
    yield say["heading"].format(period=report["period"]["name"], firm=report["firm"]["file"])
    shown = report["filing"][:_SHOWN]
    before = None
    for row in shown:
        heading = (row["scheme"], row["registration"])
        if heading != before:
            yield _heading(row, report["returns"], words)
        before = heading
        yield _told_row(row, say)
    if len(report["filing"]) > _SHOWN:
        yield say["more"].format(count=f"{len(report['filing']) - _SHOWN:,}")
    if not shown:
        yield say["none"]
    yield ""
    for total in report["totals"]:
        shown_total = {
            name: value
            if name == "currency"
            else f"{value:,}"
            if name == "lines"
            else _shown(value)
            for name, value in total.items()
        }
        is_whole = total["gross_open"] == "0.00"
        open_ = "" if is_whole else say["total_open"].format(gross=shown_total["gross_open"])
        yield say["total"].format(**shown_total, open=open_)
    for each in report["exceptions"][:_SHOWN]:
        yield say["exception"].format(
            mark=say["mark_open" if each["is_open"] else "mark_note"],
            code=each["code"],
            lines=f"{each['lines']:,}",
            found=each[f"found_{language}"],
            remedy=each[f"remedy_{language}"],
        )
    if len(report["exceptions"]) > _SHOWN:
        yield say["more"].format(count=f"{len(report['exceptions']) - _SHOWN:,}")
    yield say["rates"].format(read_on=report["rates_read_on"])
    yield say["exchange"].format(source=report["firm"]["exchange_source"])


def _heading(row: Report, returns: list[Report], words: Mapping[str, Any]) -> str:
    """A scheme, its registration, and what its return comes to in each of its currencies."""
    named = " ".join(filter(None, (words["scheme"][row["scheme"]], row["registration"])))
    parts = [
        words["told"]["return"].format(
            currency=each["filed_currency"],
            net=_shown(each["filed_net"]),
            vat=_shown(each["filed_vat"]),
        )
        for each in returns
        if (each["scheme"], each["registration"]) == (row["scheme"], row["registration"])
    ]
    return named + "".join(parts)


def _told_row(row: Report, say: Mapping[str, str]) -> str:
    from_ = say["dispatched"].format(dispatch=row["dispatch"] or "?")
    back = say["back"].format(sold_in=row["sold_in"]) if row["kind"] == "correction" else ""
    if row["scheme"] not in (*OWN_SCHEMES, "marketplace"):
        return (
            say["open_row"].format(**row | {"from_": from_, "gross": _shown(row["gross"])}) + back
        )
    filed = ""
    if row["filed_currency"] not in (None, row["currency"]):
        net, vat = _shown(row["filed_net"]), _shown(row["filed_vat"])
        filed = say["filed"].format(currency=row["filed_currency"], net=net, vat=vat)
    percent = _percent(int(row["rate"].replace(".", ""))) + "%"
    told_with = {"from_": from_, "rate": percent, "filed": filed, "back": back}
    told_with |= {"net": _shown(row["net"]), "vat": _shown(row["vat"])}
    return say["row"].format(**row | told_with)


def wrote(out: Any, language: str) -> str:
    """Where the tables lie, in words."""
    return str(_words()[language]["told"]["written"].format(out=out))


@cache
def _words() -> dict[str, dict[str, dict[str, str]]]:
    text = files("entrepot.destination").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
