# SPDX-License-Identifier: Apache-2.0
"""VAT returns where the buyers are, of a season: open it, leave out what came later, go on."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

import narwhals as nw

from entrepot.destination.actions import REPORT, file_returns, write_report
from entrepot.destination.firm import read_firm
from entrepot.destination.periods import Period
from entrepot.destination.reporting import Report
from entrepot.engine.duck import Duck
from entrepot.engine.folder import replacing
from entrepot.pipelines.opening import open_season
from entrepot.pipelines.runs import closable, refuse_inside
from entrepot.pipelines.season import SEASON

#: Tables of a season that VAT is worked out from, with the day that decides whether a row counts.
_READ = {table.name: table.day for table in SEASON if table.name in ("sales", "returns")} | {
    "products": "",
    "fx_rates": "",
}


def run_filing(
    season: Path,
    firm_file: Path,
    period: Period,
    out: Path | None = None,
    file_format: str = "csv",
    memory: str = "",
) -> Report:
    """Make out the VAT returns of a period.

    Args:
        season: the folder of a season; it is checked whole first.
        firm_file: what the firm says of itself, as TOML.
        out: a folder for the tables of results; None: only report.
        memory: DuckDB's budget, such as "2GB".

    Returns:
        what `vat.json` says.

    Raises:
        FaultySeason, NewerSeason, BadFirm, FaultyTables, Lost: nothing is written.
        Misused: `out` holds something else, or there is no such file.
    """
    if out is not None:
        refuse_inside(season, out)
    firm = read_firm(firm_file)
    with ExitStack() as stack:
        new = stack.enter_context(replacing(out, marker=REPORT))[0] if out else None
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="entrepot-vat-")))
        duck = Duck(work, memory)
        stack.callback(duck.close)
        try:
            opened = open_season(duck, season, work)
            about = closable(season, opened, "make out the VAT returns of")
            for name, day in _READ.items():
                frame = opened.tables[name]
                known = frame.filter(nw.col(day) <= about.as_of) if day else frame
                nw.to_native(known).create_view(name)
            given = work / "given"
            given.mkdir()
            report = file_returns(duck, firm, period, about.as_of, given, new, file_format)
        except Exception as error:
            meaning = duck.explain(error)
            if meaning is None:
                raise
            raise meaning from error
        report["season"] = {"name": about.name, "as_of": str(about.as_of)}
        report["inputs"] = [
            {"table": one.table, "file": one.file, "sha256": one.sha256, "rows": one.rows}
            for one in opened.inputs
            if one.table in _READ
        ] + report["inputs"]
        if new is not None:
            write_report(report, new)
    return report
