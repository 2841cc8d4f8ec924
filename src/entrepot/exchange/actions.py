# SPDX-License-Identifier: Apache-2.0
"""Show a rate, write rates into a season, and look a table of rates over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from entrepot.errors import Misused
from entrepot.exchange.checking import CODES, Bounds, decimal, look_over
from entrepot.exchange.ecb import ecb_currencies, last_ecb_day, read_ecb
from entrepot.exchange.filling import file_of, fill, six, wanted
from entrepot.exchange.finding import AT_MOST, Rates
from entrepot.exchange.mapping import read_mapping
from entrepot.exchange.parsing import digits
from entrepot.exchange.table import Read, read_season_rates, read_table
from entrepot.exchange.tables import CNY, ECB, MILLION, Found, Quote
from entrepot.exchange.uses import Use, packs_used, use_of

Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rates count.

    `tables`: tables with their mappings, beside what the European Central Bank published.
    `source`, `rule`: whose rates, and which day's, unless `use` says so by a pack. `at_most`: days
    that a daily rate may be old.
    """

    tables: tuple[tuple[Path, Path], ...] = ()
    source: str = ECB
    rule: str = "same"
    use: str = ""
    at_most: int = AT_MOST


def show_rate(currency: str, into: str, on: date, asked: Asked) -> Report:
    """What one unit of a currency is for a day, with where that comes from.

    Raises:
        Misused: a currency is none.
        Unreadable, BadMapping, Contradicting: the tables cannot be used.
        NoUse: nothing says which rate is used.
        NoRate: there is none that may be used.
    """
    _known([currency, into])
    rates, reads = _rates(asked, {currency, into})
    source, rule, use = _choice(asked, on)
    found = rates.find(currency, into, on, source, rule=rule, at_most=asked.at_most)
    return {
        **_of(found, reads),
        "day_rule": rule,
        "use": asdict(use) if use else None,
        "packs": packs_used() if use else {},
    }


def write_rates(
    target: Path,
    currencies: Sequence[str],
    first: date,
    last: date,
    asked: Asked,
    *,
    replace: bool = False,
) -> Report:
    """Write rates for every day into a season or a CSV file.

    Raises:
        Misused: the target, a currency or the days make no sense.
        Contradicting: the file holds other rates.
        NoRate: with every day that has none; nothing is written. And what `show_rate` raises.
    """
    codes = sorted(set(currencies))
    _known(codes)
    path = file_of(target)
    rates, reads = _rates(asked, {*codes, CNY})
    source, rule, use = _choice(asked, first)
    if use and _choice(asked, last) != (source, rule, use):
        raise Misused(
            f"Cannot write rates from {first} to {last}.",
            f"The rule for {asked.use} is another on {last} than on {first}.",
            "Write the days of each rule by themselves.",
        )
    choice = dict.fromkeys(codes, (source, rule))
    found = wanted(rates, codes, first, last, choice, asked.at_most)
    filled = fill(path, found, replace=replace)
    return {
        **asdict(filled),
        "from": first.isoformat(),
        "to": last.isoformat(),
        "source": _source(source, reads),
        "day_rule": rule,
        "use": asdict(use) if use else None,
        "currencies": [_summary([f for f in found if f.currency == code]) for code in codes],
    }


def check_rates(path: Path, mapping: Path | None, against: str, bounds: Bounds) -> Report:
    """Look a table of rates over.

    Args:
        path: the table; without a mapping, one in the form of a season's `fx_rates`.
        against: "ecb", or "" to compare with nothing.

    Raises:
        Misused, Unreadable, BadMapping: the table cannot be read.
    """
    read = read_table(path, read_mapping(mapping)) if mapping else read_season_rates(path)
    codes = sorted({quote.currency for quote in read.quotes})
    other = read_ecb({*codes, *(quote.base for quote in read.quotes)}) if against else None
    findings = look_over(read.quotes, Rates(other.quotes if other else ()), ECB, bounds)
    days = [quote.on for quote in read.quotes]
    return {
        "file": read.file,
        "sha256": read.sha256,
        "source": read.source,
        "rates": len(read.quotes),
        "first": min(days).isoformat() if days else None,
        "last": max(days).isoformat() if days else None,
        "currencies": codes,
        "against": _source(ECB, [other]) if other else None,
        "bounds": asdict(bounds),
        "counts": {code: sum(each.code == code for each in findings) for code in CODES},
        "findings": [{**asdict(each), "on": each.on.isoformat()} for each in findings],
    }


def is_sound(report: Report) -> bool:
    """Whether a look over found nothing that is wrong."""
    return not any(report["counts"][code] for code, wrong in CODES.items() if wrong)


def _known(codes: Collection[str]) -> None:
    strange = sorted(code for code in codes if code not in digits())
    if strange or not codes:
        raise Misused(
            "Cannot look rates up.",
            f"{', '.join(strange) or 'Nothing'} is no currency's code.",
            "Use codes of ISO 4217, such as USD.",
        )


def _rates(asked: Asked, codes: Collection[str]) -> tuple[Rates, list[Read]]:
    reads = [read_table(table, read_mapping(mapping)) for table, mapping in asked.tables]
    bases = {quote.base for read in reads for quote in read.quotes}
    reads.append(read_ecb({*codes, *bases}))
    return Rates(quote for read in reads for quote in read.quotes), reads


def _choice(asked: Asked, on: date) -> tuple[str, str, Use | None]:
    """Whose rates and which day's, and the rule that says so."""
    if not asked.use:
        return asked.source, asked.rule, None
    use = use_of(asked.use, on)
    return use.source, use.day_rule, use


def _source(name: str, reads: Sequence[Read]) -> Report:
    about: Report = {
        "name": name,
        "files": {read.file: read.sha256 for read in reads if read.source == name},
    }
    if name == ECB:
        about |= {"until": last_ecb_day().isoformat(), "currencies": ecb_currencies()}
    return about


def _of(found: Found, reads: Sequence[Read]) -> Report:
    return {
        "currency": found.currency,
        "into": found.into,
        "on": found.asked_on.isoformat(),
        "looked_on": found.looked_on.isoformat(),
        "rate": six(found.millionths),
        "exact": f"{found.exact.numerator}/{found.exact.denominator}",
        "decimal": decimal(found.exact, 12) + ("" if _ends(found.exact) else "…"),
        "is_coarse": found.is_coarse,
        "published_on": found.published_on.isoformat(),
        "holds_until": found.legs[0].until.isoformat() if found.legs[0].until else None,
        "age": found.age,
        "source": _source(found.source, reads),
        "path": [_leg(quote) for quote in found.legs],
        "crossed_by": found.legs[0].base if len(found.legs) > 1 else None,
    }


def _ends(exact: Fraction) -> bool:
    """Whether six places hold the rate exactly."""
    return (exact * MILLION).denominator == 1


def _leg(quote: Quote) -> Report:
    return {"said": quote.said, "file": quote.file, "row": quote.row, "on": quote.on.isoformat()}


def _summary(found: Sequence[Found]) -> Report:
    ages = [each.age for each in found]
    return {
        "currency": found[0].currency,
        "days": len(found),
        "published": len({each.published_on for each in found}),
        "oldest": max(ages),
        "coarse": sum(each.is_coarse for each in found),
        "lowest": six(min(each.millionths for each in found)),
        "highest": six(max(each.millionths for each in found)),
        "crossed_by": found[0].legs[0].base if len(found[0].legs) > 1 else None,
    }
