# SPDX-License-Identifier: Apache-2.0
"""Goods looked at as they are declared, from files: the same rules as on the desk."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from entrepot.customs.classifying.naming import nearest
from entrepot.customs.classifying.policy import LOOK, REFUSE, Policy, default, policy_of
from entrepot.customs.classifying.reading import read_accepted, read_goods, read_tariff
from entrepot.customs.classifying.refusals import WrongSettings
from entrepot.customs.classifying.rules import Known, judge
from entrepot.customs.classifying.tables import Accepted, Goods, in_force
from entrepot.customs.classifying.telling import as_facts
from entrepot.engine.mistakes import Mistake, refusal
from entrepot.errors import Misused

Report = dict[str, Any]
FINE = "fine"


@dataclass
class _Before:
    """What was accepted before, by SKU, and by what prices are compared within."""

    last: dict[str, Accepted] = field(default_factory=dict)
    own: dict[tuple[str, str, str], list[Decimal]] = field(default_factory=dict)
    hs: dict[tuple[str, str, str], list[Decimal]] = field(default_factory=dict)


def classify_goods(
    goods: Path,
    tariff: Path,
    on: date,
    accepted: Path | None = None,
    settings: Path | None = None,
) -> Report:
    """Look at goods by a tariff on a day, and at lines that customs accepted where there are any.

    Returns:
        counts, and for each of the goods its verdict (refuse, look, fine), its findings, and for
        goods without an HS code what was accepted of goods called alike.

    Raises:
        FaultyTable, UnreadableFile, TooLargeFile: a table with mistakes, every one listed.
        WrongSettings: settings that make no sense. Misused: there is no such file.
    """
    lines = in_force(read_tariff(str(tariff), _content(tariff)), on)
    rows = read_goods(str(goods), _content(goods))
    known = read_accepted(str(accepted), _content(accepted)) if accepted else []
    policy = read_settings(settings) if settings else default()
    before = _before(known)
    told = [_told(each, lines, before, policy, on) for each in rows]
    counts = {name: sum(each["verdict"] == name for each in told) for name in (REFUSE, LOOK, FINE)}
    return {
        "version": version("entrepot"),
        "on": on.isoformat(),
        "counts": {"goods": len(told), **counts},
        "goods": told,
    }


def read_settings(path: Path) -> Policy:
    """A firm's policy from a TOML file.

    Raises:
        WrongSettings: it is no TOML, or something in it makes no sense; all of it is told.
    """
    asked, remedy = f"Cannot take {path}.", "Correct it, or leave --settings out."
    try:
        given = tomllib.loads(_content(path).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        found = Mistake(str(path), None, "", f"no TOML: {error}", "a file of TOML", "Mend it.")
        raise refusal(WrongSettings, asked, [found], remedy) from error
    policy, mistakes = policy_of(given, str(path))
    if mistakes:
        raise refusal(WrongSettings, asked, mistakes, remedy)
    return policy


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise Misused(f"Cannot read {path}.", "There is no such file.", "Name a CSV or Excel file.")
    return path.read_bytes()


def _before(lines: Sequence[Accepted]) -> _Before:
    """What was accepted; of several lines of the same goods the last is the latest."""
    own, hs = defaultdict(list), defaultdict(list)
    last: dict[str, Accepted] = {}
    for line in lines:
        own[line.sku, line.unit, line.currency].append(line.price)
        hs[line.hs_code, line.unit, line.currency].append(line.price)
        known = last.get(line.sku)
        if known is None or (known.accepted_on or date.min) <= (line.accepted_on or date.min):
            last[line.sku] = line
    return _Before(last, own, hs)


def _told(goods: Goods, lines: Any, before: _Before, policy: Policy, on: date) -> Report:
    last = before.last.get(goods.sku)
    known = Known(
        on,
        lines.get(goods.hs_code),
        last.hs_code if last else "",
        last.name if last else "",
        before.own.get((goods.sku, goods.unit, goods.currency), ()),
        before.hs.get((goods.hs_code, goods.unit, goods.currency), ()),
    )
    findings = judge(goods, known, policy)
    verdict = FINE if not findings else REFUSE if any(f.refuses for f in findings) else LOOK
    said: Report = {
        "sku": goods.sku,
        "hs_code": goods.hs_code,
        "verdict": verdict,
        "findings": [as_facts(each) for each in findings],
    }
    if not goods.hs_code:
        said["suggestions"] = _suggested(goods, before)
    return said


def _suggested(goods: Goods, before: _Before) -> list[Report]:
    """What was accepted of the same goods, else of goods called alike."""
    own = before.last.get(goods.sku)
    if own is not None:
        return [{"sku": own.sku, "hs_code": own.hs_code, "name": own.name, "shared": []}]
    others = ((sku, (line.name,)) for sku, line in before.last.items())
    return [
        {"sku": each.sku, "hs_code": before.last[each.sku].hs_code,
         "name": before.last[each.sku].name, "alike": each.permille, "shared": list(each.shared)}
        for each in nearest((goods.name_zh, goods.name_en), others)
    ]  # fmt: skip
