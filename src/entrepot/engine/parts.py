# SPDX-License-Identifier: Apache-2.0
"""A Parquet table: one file, or a folder of parts, as engines that work in parallel write them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import pyarrow.parquet as pq

SUFFIX = ".parquet"


def parts_of(path: Path) -> list[Path]:
    """The Parquet files of a table in the order of their names, which is that of its rows.

    Hidden files and those that begin with "_", such as _SUCCESS, are not parts.
    """
    if not path.is_dir():
        return [path]
    return sorted(
        part
        for part in path.iterdir()
        if part.name.endswith(SUFFIX) and not part.name.startswith((".", "_"))
    )


def size_of(path: Path) -> int:
    """The bytes of all parts."""
    return sum(part.stat().st_size for part in parts_of(path))


def rows_of(parts: Sequence[Path]) -> list[int]:
    """How many rows each part has, as its footer says."""
    return [pq.read_metadata(part).num_rows for part in parts]


def starts_of(parts: Sequence[Path]) -> list[int]:
    """How many rows lie before those of each part."""
    return [0, *accumulate(rows_of(parts))][: len(parts)]
