# SPDX-License-Identifier: Apache-2.0
"""What of a close may still return through customs and until when, and which units came home."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, Final

from entrepot.customs.returns.clocking import clock
from entrepot.customs.returns.proving import Line, Mark, Proof, prove
from entrepot.customs.returns.rules import PACKS
from entrepot.customs.returns.tables import CLOCKS, IDENTITIES, PROVED
from entrepot.engine.folder import replacing
from entrepot.engine.schema import Table
from entrepot.engine.write import write_table
from entrepot.errors import Misused
from entrepot.packs.read import read
from entrepot.pipelines.one_table import batches, opened, refusal
from entrepot.pipelines.walk.closed import ClosedSeason, open_closed

REPORT: Final = "returns.json"
Row = dict[str, Any]

#: One row per declaration line that has units abroad: what became of them, and its clocks.
_CLOCKS = """
    WITH units AS (
        SELECT declaration_no, item_no, sku,
            coalesce(sum(quantity) FILTER (fate = 'unsold'), 0)::BIGINT AS unsold,
            coalesce(sum(quantity) FILTER (fate = 'in_transit'), 0)::BIGINT AS in_transit,
            coalesce(sum(quantity) FILTER (fate = 'sold'), 0)::BIGINT AS sold,
            coalesce(sum(quantity) FILTER (fate = 'sent_home'), 0)::BIGINT AS sent_home
        FROM trace WHERE declaration_no IS NOT NULL
        GROUP BY declaration_no, item_no, sku
    ), clocks AS (
        SELECT unnest(from_json($clocks, '[{"mode": "VARCHAR", "exported_on": "DATE",
            "customs": "VARCHAR", "customs_until": "DATE", "customs_sure": "VARCHAR",
            "across": "VARCHAR", "relief": "VARCHAR", "relief_until": "DATE",
            "relief_sure": "VARCHAR", "why_en": "VARCHAR", "why_zh": "VARCHAR"}]'),
            recursive := true)
    )
    SELECT declaration_no, item_no, sku, mode, exported_on,
        units.unsold, in_transit, units.sold, sent_home,
        coalesce(claimed, 0) + coalesce(advanced, 0) > 0 AS refund_claimed,
        customs, customs_until, date_diff('day', $as_of, customs_until) AS customs_days,
        customs_sure, across,
        relief, relief_until, date_diff('day', $as_of, relief_until) AS relief_days, relief_sure,
        list_min(list_filter([customs_until, relief_until], lambda day: day >= $as_of))
            AS lapses_on,
        why_en, why_zh
    FROM units JOIN refunds USING (declaration_no, item_no) JOIN clocks USING (mode, exported_on)
    WHERE units.unsold + in_transit + CASE WHEN $with_sold THEN units.sold ELSE 0 END > 0
    ORDER BY lapses_on NULLS LAST, declaration_no, item_no, sku
"""


#: `weight` of a line along those of its item; amounts are rounded half up where they are cut.
_REFUNDED = """
    WITH items AS (
        SELECT declaration_no, item_no, any_value(other) AS other,
            sum(quantity) FILTER (fate = 'sent_home') AS sent_home
        FROM trace JOIN refunds USING (declaration_no, item_no) GROUP BY declaration_no, item_no
    ), bearing AS (
        SELECT declaration_no, item_no, sku, quantity, (net_amount * 100)::BIGINT AS fen
        FROM trace JOIN items USING (declaration_no, item_no)
        WHERE invoice_no IS NOT NULL AND fate <> 'sent_home'
            AND (fate NOT IN ('scrapped', 'lost') OR other = coalesce(sent_home, 0))
    ), lines AS (
        SELECT declaration_no, item_no, sku, coalesce(sum(b.quantity), 0)::HUGEINT AS units,
            coalesce(sum(b.fen), 0)::HUGEINT AS fen
        FROM (SELECT DISTINCT declaration_no, item_no, sku FROM trace
            WHERE declaration_no IS NOT NULL)
        LEFT JOIN bearing AS b USING (declaration_no, item_no, sku)
        GROUP BY declaration_no, item_no, sku
    ), weighed AS (
        SELECT *, CASE WHEN sum(fen) OVER item > 0 THEN fen ELSE units END AS weight
        FROM lines WINDOW item AS (PARTITION BY declaration_no, item_no)
    ), laid AS (
        SELECT *, sum(weight) OVER (item ORDER BY sku)::HUGEINT AS until,
            sum(weight) OVER item::HUGEINT AS whole
        FROM weighed WINDOW item AS (PARTITION BY declaration_no, item_no)
    )
    SELECT declaration_no, item_no, sku, units::BIGINT AS units,
        CASE WHEN whole = 0 OR held <= 0 THEN 0 ELSE
            (2 * held * until + whole) // (2 * whole)
            - (2 * held * (until - weight) + whole) // (2 * whole)
        END::BIGINT AS amount
    FROM laid JOIN (
        SELECT declaration_no, item_no,
            ((coalesce(claimed, 0) + coalesce(advanced, 0)) * 100)::HUGEINT AS held
        FROM refunds
    ) USING (declaration_no, item_no)
    ORDER BY declaration_no, item_no, sku
"""


class EarlierDay(Misused):
    """A day before that of the close, on which its units lay elsewhere."""

    code: ClassVar[str] = "returns.earlier_day"


def clocks(
    closed: Path,
    as_of: date | None = None,
    *,
    within: int = 30,
    with_sold: bool = False,
    out: Path | None = None,
    file_format: str = "csv",
) -> Row:
    """Say of every declaration line with units abroad until when they may return, and how.

    The return is judged at the original customs. What a close does not know is left open: whether
    goods are food and in original state, and when they were released.

    Args:
        as_of: the day to count from, not before that of the close, which it is by itself.
        within: days; a clock that ends in so many is about to lapse.
        with_sold: lines too that have units with buyers only.

    Returns:
        `lines`: rows of CLOCKS, what lapses first before the rest; `lapsing`: units and lines by
        clock; `unknown_origin`: units abroad that no declaration covers.

    Raises:
        EarlierDay: as_of is before the close.
        NoClose, NewerClose, BrokenClose: `closed` is no close, or not as it was written.
    """
    with open_closed(closed, ("refunds", "trace")) as season:
        day = _day(closed, season, as_of)
        pairs = season.rows("SELECT DISTINCT mode, exported_on FROM refunds")
        told = json.dumps([clock(each["mode"], each["exported_on"], day) for each in pairs])
        lines = season.rows(_CLOCKS, {"clocks": told, "as_of": day, "with_sold": with_sold})
        [unknown] = season.rows(
            "SELECT coalesce(sum(quantity), 0)::BIGINT AS units FROM trace "
            "WHERE declaration_no IS NULL AND fate IN ('unsold', 'in_transit')"
        )
    return _reported(
        CLOCKS,
        lines,
        {
            "as_of": day,
            "within": within,
            "lapsing": {clock: _lapsing(lines, clock, within) for clock in ("relief", "customs")},
            "unknown_origin": unknown["units"],
            "packs": {name: dict(read(name).sha256) for name in PACKS},
        },
        out,
        file_format,
    )


def _day(closed: Path, season: ClosedSeason, as_of: date | None) -> date:
    of_close = date.fromisoformat(season.run["as_of"])
    if as_of is not None and as_of < of_close:
        raise EarlierDay(
            f"Cannot count from {as_of}.",
            f"{closed} was closed for {of_close}: where its units lay before, it does not say.",
            f"Give {of_close} or a later day, or close the season for {as_of}.",
        )
    return as_of or of_close


def _lapsing(lines: Sequence[Row], clock: str, within: int) -> Row:
    """Lines and their units still abroad, of buyers not counted, whose clock ends in time."""
    found = [
        row
        for row in lines
        if row[f"{clock}_until"] is not None
        and row[clock] != "refused"
        and 0 <= row[f"{clock}_days"] <= within
    ]
    return {"lines": len(found), "units": sum(row["unsold"] + row["in_transit"] for row in found)}


def prove_home(
    closed: Path,
    identities: Path | None = None,
    *,
    out: Path | None = None,
    file_format: str = "csv",
) -> Row:
    """Say of units sent home against which declaration line they stand, and how that is known.

    Args:
        identities: a table of IDENTITIES; without it all is assumed, as first in, first out has it.

    Returns:
        `lines`: rows of PROVED; `units`: by proof; `beyond`: per article, units scanned home that
        the close has not sent home.

    Raises:
        FaultyTable: the table has faults, or does not fit the close; all are named.
        NoClose, NewerClose, BrokenClose: `closed` is no close, or not as it was written.
    """
    with open_closed(closed, ("refunds", "trace")) as season:
        rows = season.rows(
            "SELECT declaration_no, item_no, sku, any_value(exported_on) AS exported_on, "
            "sum(quantity)::BIGINT AS units, coalesce(sum(quantity) FILTER (fate = 'sent_home'), 0)"
            "::BIGINT AS home FROM trace JOIN refunds USING (declaration_no, item_no) "
            "GROUP BY declaration_no, item_no, sku HAVING home > 0 OR ?",
            [identities is not None],
        )
    declared = {(row["sku"], (row["declaration_no"], row["item_no"])): row["units"] for row in rows}
    home = {(row["sku"], _line(row)): row["home"] for row in rows if row["home"]}
    left, scanned = _scans(identities, declared) if identities else ({}, {})
    proofs = prove(left, scanned, home, {_line(row): row["exported_on"] for row in rows})
    units: defaultdict[str, int] = defaultdict(int)
    for each in proofs:
        units[each.proof] += each.quantity
    return _reported(
        PROVED,
        [_proved(number, each) for number, each in enumerate(proofs, 1)],
        {"units": dict(units), "beyond": _beyond(scanned, home)},
        out,
        file_format,
    )


def _line(row: Row) -> Line:
    return row["declaration_no"], row["item_no"]


def _proved(line_no: int, proof: Proof) -> Row:
    declaration_no, item_no = proof.line or (None, None)
    return {
        "line_no": line_no,
        "sku": proof.sku,
        "proof": proof.proof,
        "kind": proof.kind,
        "identity": proof.identity,
        "declaration_no": declaration_no,
        "item_no": item_no,
        "quantity": proof.quantity,
    }


def _beyond(scanned: dict[Mark, int], home: dict[tuple[str, Line], int]) -> dict[str, int]:
    over: defaultdict[str, int] = defaultdict(int)
    for (sku, _, _), quantity in scanned.items():
        over[sku] += quantity
    for (sku, _), quantity in home.items():
        over[sku] -= quantity
    return {sku: quantity for sku, quantity in sorted(over.items()) if quantity > 0}


def _scans(
    path: Path, declared: dict[tuple[str, Line], int]
) -> tuple[dict[tuple[Mark, Line], int], dict[Mark, int]]:
    """What was scanned out and home, summed, where it fits what was declared."""
    left: defaultdict[tuple[Mark, Line], int] = defaultdict(int)
    scanned: defaultdict[Mark, int] = defaultdict(int)
    marked: defaultdict[tuple[str, Line], int] = defaultdict(int)
    serials: set[Mark] = set()
    faults = []
    with opened(IDENTITIES, path, ()) as rows:
        for row in rows:
            mark, line = (row["sku"], row["kind"], row["identity"]), _line(row)
            at, goes_out = f"{path.name}, scan {row['scan_no']}", row["way"] == "out"
            if row["kind"] == "serial" and row["quantity"] != 1:
                faults.append(f"{at}: {row['quantity']} units of one serial; expected 1.")
            if not goes_out:
                scanned[mark] += row["quantity"]
                if row["declaration_no"] is not None or row["item_no"] is not None:
                    faults.append(f"{at}: came home, and names a declaration; expected none.")
                continue
            if row["kind"] == "serial" and mark in serials:
                faults.append(f"{at}: serial {row['identity']} left before; expected once.")
            serials.add(mark)
            if (row["sku"], line) not in declared:
                named = f"{row['declaration_no'] or '?'}/{row['item_no'] or '?'}"
                faults.append(f"{at}: {row['sku']} is not in {named}; expected a declared line.")
            left[mark, line] += row["quantity"]
            marked[row["sku"], line] += row["quantity"]
    for (sku, (declaration_no, item_no)), units in sorted(
        each for each in marked.items() if each[0] in declared
    ):
        most = declared[sku, (declaration_no, item_no)]
        if units > most:
            faults.append(
                f"{path.name}: {units} units of {sku} scanned out under "
                f"{declaration_no}/{item_no}; expected {most} at most, which were declared."
            )
    if faults:
        raise refusal(f"Cannot prove by {path}.", faults, len(faults))
    return left, scanned


def _reported(
    table: Table, lines: Iterable[Row], told: Row, out: Path | None, file_format: str
) -> Row:
    """The report; with `out` also in a folder, with its table."""
    report = {"version": version("entrepot"), **told}
    if out is not None:
        with replacing(out, marker=REPORT) as (new, _):
            one = write_table(table, batches(table, lines), new, file_format)
            report["outputs"] = {one.file: {"rows": one.rows, "digest": one.digest}}
            text = json.dumps(report, indent=2, ensure_ascii=False, default=str)
            (new / REPORT).write_text(text + "\n", "utf-8")
    return {**report, "lines": lines}


def refunded_lines(closed: Path) -> list[Row]:
    """Say of every declaration line what is refunded of it, and for how many units.

    What was claimed on an item, all its claims netted, is parted over its lines by the purchase
    value of the units it is for, so that the parts sum to it: those that an invoice covers and that
    were not sent home, nor scrapped or lost where that takes them out of the tax.

    Returns:
        declaration_no, item_no, sku, units, amount (fen); nothing of a producing firm, whose
        refunds belong to VAT periods and to no unit.

    Raises:
        NoClose, NewerClose, BrokenClose: `closed` is no close, or not as it was written.

    Source:
        our own policy: no rule that was read says how the refund of an item is parted.
    """
    with open_closed(closed, ("refunds", "trace")) as season:
        return [] if season.run["kind"] != "trading" else season.rows(_REFUNDED)
