# SPDX-License-Identifier: Apache-2.0
"""What was judged, as a report for programs, and the statement of why for a person."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb

from entrepot.origin.tables import VERDICTS

LANGUAGES = ("en", "zh")
#: Products that a report tells; the tables hold all of them.
LISTED = 1_000
#: Products that a person is shown.
_SHOWN = 20
_LEVELS = {"CC": "chapter", "CTH": "heading_", "CTSH": "subheading"}

Report = dict[str, Any]


def report_of(connection: duckdb.DuckDBPyConnection) -> Report:
    """The counts, and each product with its criteria, materials and what it lacks."""
    counts = dict(
        connection.execute("SELECT verdict, count(*) FROM told GROUP BY verdict").fetchall()
    )
    products = _rows(connection, f"{_PRODUCTS} LIMIT {LISTED}")
    parts = {
        name: _by_product(connection, f"SELECT * FROM ({query}) SEMI JOIN listed USING (product)")
        for name, query in _PARTS.items()
    }
    return {
        "counts": {verdict: counts.get(verdict, 0) for verdict in VERDICTS},
        "products": [
            {**each, **{name: found.get(each["product"], []) for name, found in parts.items()}}
            for each in products
        ],
        "certificate": _rows(
            connection,
            f"SELECT c.* REPLACE ({_money('fob')}) FROM certificate AS c"
            " SEMI JOIN listed USING (product) ORDER BY product",
        ),
    }


def _money(column: str) -> str:
    return (
        f"({column} // 100)::VARCHAR || '.' || lpad(({column} % 100)::VARCHAR, 2, '0') AS {column}"
    )


_PRODUCTS = f"""
    SELECT v.product, t.name, t.name_zh, v.* EXCLUDE (product)
        REPLACE (v.judged_on::VARCHAR AS judged_on, {_money("v.fob").replace("AS v.", "AS ")}),
        t.made_in, t.of_party, s.materials, s.foreign_lines, t.rvc40, t.de_minimis_value,
        t.de_minimis_weight
    FROM verdicts AS v JOIN told AS t USING (product) LEFT JOIN sums AS s USING (product)
    ORDER BY product
"""
_PARTS = {
    "tests": "SELECT * FROM tests",
    "lines": f"SELECT * REPLACE ({_money('value')}) FROM lines",
    "missing": "SELECT * FROM missing",
}


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Report]:
    connection.execute("SET preserve_insertion_order = true")
    found = connection.execute(query)
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _by_product(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, list[Report]]:
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW listed AS"
        f" SELECT product FROM told ORDER BY product LIMIT {LISTED}"
    )
    found: dict[str, list[Report]] = {}
    for row in _rows(connection, query):
        found.setdefault(row.pop("product"), []).append(row)
    return found


def all_qualify(report: Report) -> bool:
    """Whether every product qualifies."""
    return not (report["counts"]["does_not"] or report["counts"]["open"])


def told(report: Report, language: str) -> Iterator[str]:
    """The report for a person: a statement of why for each product, then the count.

    What a terminal would obey is shown as a mark.
    """
    for line in _told(report, _words()[language]):
        yield "".join(each if each.isprintable() else "�" for each in line)


def _told(report: Report, words: dict[str, str]) -> Iterator[str]:
    for each in report["products"][:_SHOWN]:
        yield from _statement(each, words)
        yield ""
    judged = sum(report["counts"].values())
    if judged > _SHOWN:
        yield words["more"].format(count=f"{judged - _SHOWN:,}")
    counts = {verdict: f"{count:,}" for verdict, count in report["counts"].items()}
    yield words["summary"].format(products=f"{judged:,}", **counts)
    yield words["not_judged"]


def _statement(each: Report, words: dict[str, str]) -> Iterator[str]:
    kind = "by_de_minimis" if each["de_minimis"] else each["verdict"]
    verdict = words[kind].format(criterion=each["criterion"])
    name = each["name_zh"] if words is _words()["zh"] and each["name_zh"] else each["name"]
    facts = {**each, "name": name, "verdict": verdict, "fob": _thousands(each["fob"])}
    yield words["heading"].format(**facts)
    for test in each["tests"]:
        met = {True: words["yes"], False: words["no"], None: words["unknown"]}[test["met"]]
        yield f"  {test['criterion']:<6} {met:<4} {_why(test, each, words)}"
    sources = dict.fromkeys(test["source"] for test in each["tests"] if test["source"])
    if each["rule_of"]:
        source = "; ".join(sources)
        yield "  " + words["rule_of"].format(rule_of=each["rule_of"], source=source)
    for line in each["lines"]:
        yield f"  {_line(line, words)}"
    for lacking in each["missing"]:
        yield f"  {words['missing']}: {words[lacking['code']].format(**lacking)}"


def _why(test: Report, each: Report, words: dict[str, str]) -> str:
    """Why a criterion is met or not."""
    criterion = test["criterion"]
    if not each["of_party"]:
        return words["not_party"].format(made_in=each["made_in"])
    if criterion == "WO":
        return words["WO"]
    if criterion == "other":
        return words["other"].format(words=test["words"] or "–")
    counted = {"foreign": each["foreign_lines"], "materials": each["materials"]}
    if not each["materials"]:
        return words["no_bill"]
    if criterion == "PE":
        return words["PE" if each["foreign_lines"] else "PE_none"].format(**counted)
    if criterion == "RVC40":
        ways = {
            way: words["rvc"].format(percent=each[f"{name}_percent"], fraction=each[name])
            if each[name] is not None
            else words["rvc_open"]
            for way, name in (("down", "build_down"), ("up", "build_up"))
        }
        return words["RVC40"].format(**ways, limit=each["rvc40"])
    level = words[_LEVELS[criterion]]
    if not test["unchanged"]:
        return words["all_change"].format(level=level)
    shares = [
        words["of_value"].format(percent=test["share_percent"], limit=each["de_minimis_value"])
        if test["share_percent"]
        else words["no_value"]
    ]
    if test["weight_percent"]:
        limit = each["de_minimis_weight"]
        shares.append(words["of_weight"].format(percent=test["weight_percent"], limit=limit))
    return words["unchanged"].format(
        unchanged=test["unchanged"], level=level, share="; ".join(shares), **counted
    )


def _line(line: Report, words: dict[str, str]) -> str:
    if line["originates"]:
        counts = words["originates"].format(proof=line["proof"])
    elif line["lacks_proof"]:
        counts = words["foreign_no_proof"]
    else:
        counts = words["foreign"]
    changed = [level for level in ("chapter", "heading", "subheading") if line[f"changes_{level}"]]
    level = {"heading": "heading_"}.get(changed[0], changed[0]) if changed else ""
    changes = words["changes"].format(level=words[level]) if level else words["keeps"]
    share = f"{line['share_percent']}%" if line["share_percent"] else words["unknown"]
    return words["line"].format(
        **{
            **line,
            "origin": line["origin"] or words["no_origin"],
            "counts": counts,
            "changes": changes,
            "value": _thousands(line["value"]),
            "share": share,
        }
    )


def _thousands(amount: str) -> str:
    whole, point, rest = amount.partition(".")
    return f"{int(whole):,}{point}{rest}"


@cache
def _words() -> dict[str, dict[str, str]]:
    text = files("entrepot.origin").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
