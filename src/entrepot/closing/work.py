# SPDX-License-Identifier: Apache-2.0
"""The job that closes the live book: export, close, compare, keep."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

from django.conf import settings

from entrepot.closing.comparing import by_warehouse, compare, stock_of
from entrepot.closing.exporting import export_season
from entrepot.closing.keeping import take_over
from entrepot.closing.models import Close
from entrepot.customs.returns.repaying import Refunded, take
from entrepot.jobs.kinds import Result, Told, work
from entrepot.people.tenancy import acting
from entrepot.pipelines.returning import refunded_lines
from entrepot.pipelines.runs import STAGES, Options, run_close
from entrepot.pipelines.season import SEASON
from entrepot.web.fields import Body

#: What DuckDB may take beside the desk; the rest goes to disk.
MEMORY: Final = "1GB"


class WhichClose(Body):
    """Which close, and the language of its report."""

    close: UUID
    language: Literal["en", "zh"] = "en"


@work("closing.close")
def close_books(told: Told, arguments: WhichClose) -> Result:
    """Close the live book for a day, and see that desk and close have the same stock."""
    close = Close.objects.get(id=arguments.close)
    steps, done = len(SEASON) + 1 + STAGES + 2, 0

    def tell(_: str) -> None:
        nonlocal done
        done += 1
        told.progress(min(done, steps), steps)

    with tempfile.TemporaryDirectory(prefix="close-", dir=settings.DATA_FOLDER) as work_folder:
        season, out = Path(work_folder) / "season", Path(work_folder) / "out"
        exported = export_season(acting().enterprise, season, close.as_of, tell)
        run = run_close(season, out, Options(memory=MEMORY, language=arguments.language), tell)
        stocks = compare(exported.stock, stock_of(out))
        units = sum(exported.stock.values())
        same = {"stocks": stocks, "units": units, "warehouses": by_warehouse(exported.stock)}
        take_over(close.id, out, run, same)
        # What units that come home are to repay, is worked out from what this close says.
        take([Refunded(**row) for row in refunded_lines(out)], close.as_of)
    return {"close": str(close.id), "stocks": stocks, "exceptions": run["summary"]["exceptions"]}
