# SPDX-License-Identifier: Apache-2.0
"""Write a report: its figures, its page and its workbook; or render it again from its figures."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from entrepot.errors import Misused, Refused
from entrepot.pipelines.report.figures import REPORT_VERSION
from entrepot.pipelines.report.page import render_page
from entrepot.pipelines.report.workbook import write_workbook

FIGURES, PAGE, WORKBOOK = "report.json", "report.html", "report.xlsx"


class NoReport(Misused):
    """A folder that no close wrote a report into."""

    code: ClassVar[str] = "report.missing"


class NewerReport(Refused):
    """A report whose figures are of a later version than the program knows."""

    code: ClassVar[str] = "report.newer"


class DamagedReport(Refused):
    """A report whose figures cannot be read."""

    code: ClassVar[str] = "report.damaged"


def write_report(folder: Path, figures: Mapping[str, Any], language: str) -> None:
    """Write report.json, report.html and report.xlsx into a folder."""
    text = json.dumps(figures, indent=1, ensure_ascii=False) + "\n"
    _replace(folder / FIGURES, lambda path: _write_text(path, text))
    render(folder, json.loads(text), language)


def render(folder: Path, figures: Mapping[str, Any], language: str) -> None:
    """Write the page and the workbook in a language; each takes the old one's place once whole."""
    page = render_page(figures, language)
    _replace(folder / PAGE, lambda path: _write_text(path, page))
    _replace(folder / WORKBOOK, lambda path: write_workbook(path, figures, language))


def read_figures(folder: Path) -> dict[str, Any]:
    """The figures of the report in a folder.

    Raises:
        NoReport, DamagedReport, NewerReport.
    """
    path = folder / FIGURES
    asked = f"Cannot render the report of {folder}."
    remedy = "Close the season again: entrepot close SEASON --out OUT"
    if not path.is_file():
        raise NoReport(asked, f"It holds no {FIGURES}.", remedy)
    try:
        figures = json.loads(path.read_bytes())
        found = figures["report_version"]
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedReport(asked, f"{FIGURES} cannot be read: {error}.", remedy) from error
    if found != REPORT_VERSION:
        raise NewerReport(
            asked,
            f"{FIGURES} is of version {found}; this program knows version {REPORT_VERSION}.",
            "Update Entrepot, or close the season again.",
        )
    read: dict[str, Any] = figures
    return read


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    """Write beside `path` and rename: whoever reads it finds the old file or the new one, whole."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    made = Path(name)
    try:
        write(made)
        made.chmod(0o666 & ~_umask())
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
