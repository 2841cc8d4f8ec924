# SPDX-License-Identifier: Apache-2.0
"""Data for certificates of origin: the file of one, and the judgement of the goods it names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from entrepot.engine.mistakes import Mistake, listed, refusal
from entrepot.origin.actions import judge_origin
from entrepot.papers.origin_sheet import MOST_LINES, OriginLine, OriginSheet, origin_sheet
from entrepot.papers.words import Language
from entrepot.paperwork.forms import Field, Part, Wrong, day, every, party, text, whole
from entrepot.paperwork.kinds import Kind, Made, Values, party_of
from entrepot.paperwork.reading import BadDocument

_LINE: Final = (
    Field("product", text(64)),
    Field("marks", text(200), empty=""),
    Field("packages", whole(), empty=0),
    Field("package_kind", text(40), empty=""),
    Field("gross_g", whole(), empty=0),
)
_FORM: Final = (
    Field("number", text(60)),
    Field("issued_on", day),
    Field("judged", text(400)),
    Field("invoice_no", text(60), empty=""),
    Field("invoice_on", day, empty=None),
    Field("departure_on", day, empty=None),
    Field("vessel", text(60), empty=""),
    Field("loading", text(60), empty=""),
    Field("discharge", text(60), empty=""),
    Field("remarks", text(200), empty=""),
    party("exporter"),
    party("importer"),
    party("producer", needed=False),
    Part("lines", _LINE, MOST_LINES),
)


def _check(values: Values) -> Iterator[Wrong]:
    """Each product once."""
    places: dict[str, int] = {}
    for place, line in every(values["lines"]):
        if line["product"] and places.setdefault(line["product"], place) != place:
            found = f'"{line["product"]}" again'
            yield f"lines[{place}].product", found, "each product once", "Take one out."


def _make(values: Values, language: Language, folder: Path) -> Made:
    """The sheet, with what `entrepot origin judge` says of each product.

    Raises:
        BadDocument: products that are not among those judged, or do not originate; all at once.
        NoFolder, FaultyTables: nothing could be judged.
    """
    report = judge_origin(folder / values["judged"])
    judged = {each["product"]: each for each in report["products"]}
    certificate = {each["product"]: each for each in report["certificate"]}
    wrong = list(_unfit(values, judged, certificate))
    if wrong:
        asked = f"Cannot make origin data {values['number']}."
        mistakes = [Mistake(values["judged"], None, *each) for each in wrong]
        remedy = "Name products that originate; `entrepot origin judge` says why others do not."
        raise refusal(BadDocument, asked, mistakes, remedy)
    lines = tuple(
        _line(line, certificate[line["product"]], judged[line["product"]])
        for line in values["lines"]
    )
    given = {name: each for name, each in values.items() if name not in ("judged", "lines")}
    for name in ("exporter", "importer", "producer"):
        given[name] = party_of(values[name]) if values[name] else None
    named = [line["product"] for line in values["lines"]]
    worked_out = {
        "packs": report["packs"],
        "certificate": [certificate[name] for name in named],
        "tests": {name: judged[name]["tests"] for name in named},
    }
    pdf = origin_sheet(OriginSheet(lines=lines, **given), language)
    return Made(pdf, worked_out=worked_out)


def _unfit(values: Values, judged: Any, certificate: Any) -> Iterator[Wrong]:
    for place, line in every(values["lines"]):
        name, at = line["product"], f"lines[{place}].product"
        if name not in judged:
            yield at, f'"{name}"', f"one of {listed(list(judged))}", "Correct it, or judge it."
        elif name not in certificate:
            lacks = ", ".join(dict.fromkeys(each["code"] for each in judged[name]["missing"]))
            found = f'"{name}", {judged[name]["verdict"]}' + (f" ({lacks})" if lacks else "")
            yield at, found, "a product that qualifies", "Take it out, or prove what is missing."


def _line(line: Values, certified: Any, judged: Any) -> OriginLine:
    return OriginLine(
        product=line["product"],
        name=certified["name"],
        name_zh=certified["name_zh"] or "",
        hs_6=certified["hs_6"],
        criterion=certified["criterion"],
        made_in=certified["made_in"],
        quantity=Decimal(certified["quantity"]),
        unit=certified["unit"],
        fob=Decimal(certified["fob"]),
        currency=certified["currency"],
        judged_on=date.fromisoformat(judged["judged_on"]),
        rvc_percent=certified["rvc_percent"] or "",
        by_de_minimis=bool(certified["de_minimis"]),
        accumulated=bool(certified["accumulated"]),
        marks=line["marks"],
        packages=line["packages"],
        package_kind=line["package_kind"],
        gross_g=line["gross_g"],
    )


ORIGIN_SHEET: Final = Kind("origin-sheet", _FORM, _make, _check)
