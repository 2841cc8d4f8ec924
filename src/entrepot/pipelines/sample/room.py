# SPDX-License-Identifier: Apache-2.0
"""Whether there is room for a sample: its tables in the end, and more of them on the way."""

from __future__ import annotations

import shutil
from pathlib import Path

from entrepot.errors import Refused

#: Bytes of disk per sale line while a season is made, its Parquet tables included, and of the
#: tables in the end. Measured at 10 and 100 million (53, 41; 8, 8; 95), and rounded up.
_ON_THE_WAY = 60
_IN_THE_END = {"parquet": 8, "csv": 100}


def check_room(out: Path, sales: int, form: str) -> None:
    """Refuse to begin what the disk cannot hold.

    Raises:
        Refused: the disk of `out` has less room than the season takes while it is made.
    """
    in_the_end = sales * _IN_THE_END[form]
    needed = sales * _ON_THE_WAY + (in_the_end if form != "parquet" else 0)
    free = shutil.disk_usage(_there(out)).free
    if needed <= free:
        return
    raise Refused(
        f"Cannot make a season of {sales:,} sales in {out}.",
        f"It takes about {_gigabytes(needed)} beside that folder while it is made, "
        f"{_gigabytes(in_the_end)} in the end; {_gigabytes(free)} are free.",
        "Free some space, choose a folder on another disk, or ask for fewer sales.",
    )


def _there(path: Path) -> Path:
    """The nearest folder that is there."""
    return path if path.is_dir() else _there(path.parent)


def _gigabytes(size: int) -> str:
    return f"{size / 10**9:,.1f} GB"
