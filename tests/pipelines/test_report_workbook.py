# SPDX-License-Identifier: Apache-2.0
"""The workbook of a report: the page's tables, numbers as numbers, days as days, texts as texts."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from entrepot.pipelines.report.language import LANGUAGES, words_of
from entrepot.pipelines.report.paper_sheets import all_sheets
from entrepot.pipelines.report.sheet import Sheet
from entrepot.pipelines.report.workbook import write_workbook
from tests import season_files
from tests.on_engines import run
from tests.pipelines.test_report_page import HOSTILE, hostile

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=["bundled", "hostile", "empty"])
def figures(request, tmp_path_factory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    season = ROOT / "examples" / "season"
    if request.param == "hostile":
        season = season_files.write(folder / "season", hostile(40), formats="parquet")
    if request.param == "empty":
        nothing = {name: [] for name in season_files.valid()}
        season = season_files.write(folder / "season", nothing)
    run(season, folder / "out")
    found: dict[str, Any] = json.loads((folder / "out" / "report.json").read_bytes())
    return found


@pytest.fixture(params=LANGUAGES)
def book(request, figures, tmp_path) -> tuple[Path, dict[str, Sheet]]:
    path = tmp_path / "report.xlsx"
    write_workbook(path, figures, request.param)
    return path, all_sheets(figures, words_of(request.param))


def rows_of(path: Path) -> list[list[list[Any]]]:
    found = CalamineWorkbook.from_path(str(path))
    return [found.get_sheet_by_name(name).to_python() for name in found.sheet_names]


def xml_of(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def expected(value: Any) -> Any:
    if value is None or value in ((), ""):
        return ""
    if isinstance(value, tuple):
        return "; ".join(value)
    return float(value) if isinstance(value, (int, Decimal)) else value


def test_each_sheet_holds_what_the_page_shows(book):
    path, sheets = book

    for found, sheet in zip(rows_of(path), sheets.values(), strict=True):
        assert found[0] == [column.heading for column in sheet.columns]
        for row, cells in zip(sheet.rows, found[1:], strict=False):
            ours = [expected(row.get(column.key)) for column in sheet.columns]
            assert [*cells, *[""] * (len(ours) - len(cells))] == ours, sheet.id
        if sheet.total:
            column = sheet.columns[1]
            assert found[-1][1] == float(sheet.total[column.key])
        assert len(found) == 1 + max(len(sheet.rows), 1) + bool(sheet.total)


def test_no_cell_is_a_formula_or_a_link(book):
    path, _ = book

    for name, text in xml_of(path).items():
        if name.startswith("xl/worksheets/"):
            assert "<f>" not in text
            assert "<hyperlink" not in text


def test_hostile_texts_stay_texts(tmp_path):
    season = season_files.write(tmp_path / "season", hostile(40), formats="parquet")
    run(season, tmp_path / "out")

    cells = {
        cell
        for sheet in rows_of(tmp_path / "out" / "report.xlsx")
        for row in sheet
        for cell in row
        if isinstance(cell, str)
    }

    assert HOSTILE["formula"] in cells
    assert HOSTILE["spreadsheet"] in cells


def test_heads_are_frozen_and_filtered_and_columns_fit(book):
    path, sheets = book
    pages = [
        text
        for name, text in sorted(xml_of(path).items(), key=lambda each: (len(each[0]), each[0]))
        if name.startswith("xl/worksheets/sheet")
    ]

    assert len(pages) == len(sheets) == 20 + ("collection" in sheets)
    for text in pages:
        assert 'topLeftCell="A2"' in text
        assert "<autoFilter" in text
        widths = [float(each) for each in re.findall(r'<col [^>]*width="([0-9.]+)"', text)]
        assert widths
        assert all(8 <= width <= 62 for width in widths)


def test_amounts_and_days_are_formatted(figures, tmp_path):
    if not figures["calendar"]["lines"]:
        return  # an empty season has neither
    write_workbook(tmp_path / "report.xlsx", figures, "en")
    styles = xml_of(tmp_path / "report.xlsx")["xl/styles.xml"]

    assert 'formatCode="yyyy-mm-dd"' in styles
    assert 'numFmtId="4"' in styles or '#,##0.00"' in styles


def test_days_are_days(figures, tmp_path):
    write_workbook(tmp_path / "report.xlsx", figures, "en")
    calendar = rows_of(tmp_path / "report.xlsx")[3]
    days = [row[1] for row in calendar[1:] if row[1] and isinstance(row[1], date)]

    assert len(days) == sum(line["by"] is not None for line in figures["calendar"]["lines"])


def test_the_same_figures_give_the_same_bytes(figures, tmp_path):
    write_workbook(tmp_path / "one.xlsx", figures, "zh")
    write_workbook(tmp_path / "two.xlsx", figures, "zh")

    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
