# SPDX-License-Identifier: Apache-2.0
"""Reads pages of the documentation: their fenced blocks, and tables that are given or results.

A table after `<!-- given: NAME -->` is what a worked example starts from; one after
`<!-- result: NAME -->` is what the code above it gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import narwhals as nw
import pyarrow as pa

from entrepot.engine import amounts
from entrepot.engine.base import Engine
from entrepot.ledger import line, numbers, returns

ROOT = Path(__file__).parents[2]

_MARK = re.compile(r"<!-- (given|result): (\w+) -->")
_FENCE = re.compile(r"^(\s*)```(\w*)\s*$")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Block:
    """A fenced block: what it is written in, its text, its first line in the page."""

    language: str
    text: str
    row: int


@dataclass(frozen=True)
class TableBlock:
    """A marked table: given or result, its name, its columns and cells as texts."""

    role: str
    name: str
    columns: list[str]
    rows: list[list[str]]


def blocks(page: str) -> Iterator[Block | TableBlock]:
    """The fenced blocks and marked tables of a page, in order."""
    lines = page.splitlines()
    at = 0
    while at < len(lines):
        fence, mark = _FENCE.match(lines[at]), _MARK.match(lines[at])
        if fence:
            end = next(
                row for row in range(at + 1, len(lines)) if lines[row] == f"{fence.group(1)}```"
            )
            yield Block(fence.group(2), "\n".join(lines[at + 1 : end]) + "\n", at + 2)
            at = end
        elif mark:
            end = at + 1
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            cells = [
                [cell.strip() for cell in row.strip().strip("|").split("|")]
                for row in lines[at + 1 : end]
            ]
            yield TableBlock(mark.group(1), mark.group(2), cells[0], cells[2:])
            at = end - 1
        at += 1


def run_example(page: Path, engine: Engine) -> int:
    """Run a page's Python on its given tables and compare what it says the results are.

    Returns:
        how many results were compared.
    """
    names = {
        "nw": nw,
        "engine": engine,
        "lay": line.lay,
        "cut": line.cut,
        "serve": line.serve,
        "split_returned": returns.split_returned,
        "resolve": returns.resolve,
        "numbered": numbers.numbered,
        "RETURN": numbers.RETURN,
        "share": amounts.share,
        "at_rate": amounts.at_rate,
    }
    compared = 0
    for block in blocks(page.read_text(encoding="utf-8")):
        if isinstance(block, Block):
            assert block.language == "python", f"{page.name}:{block.row} is not run by any test"
            exec(compile("\n" * (block.row - 1) + block.text, str(page), "exec"), names)
        elif block.role == "given":
            names[block.name] = engine.table(_table(block))
        else:
            found = engine.rows(names[block.name].select(block.columns))
            assert sorted([_text(cell) for cell in row.values()] for row in found) == sorted(
                block.rows
            ), f"{page.name}: {block.name}"
            compared += 1
    return compared


def _table(block: TableBlock) -> pa.Table:
    columns = zip(*block.rows, strict=True)
    return pa.table(
        {
            name: [_value(cell) for cell in cells]
            for name, cells in zip(block.columns, columns, strict=True)
        }
    )


def _value(cell: str) -> int | date | str:
    if _DAY.fullmatch(cell):
        return date.fromisoformat(cell)
    return int(cell) if cell.lstrip("-").isdigit() else cell


def _text(value: object) -> str:
    """A cell as the page writes it; numbers of returns as R0, R1."""
    first = numbers.RETURN * numbers.KIND
    if isinstance(value, int) and first <= value < first + numbers.KIND:
        return f"R{value - first}"
    return "" if value is None else str(value)
