# SPDX-License-Identifier: Apache-2.0
"""What works figures out besides the season: the program's own code, and the packs it reads."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import entrepot
from entrepot.packs.read import read
from entrepot.pipelines.finance import PACKS as MONEY_PACKS
from entrepot.pipelines.refunding import PACKS


@cache
def program() -> dict[str, str]:
    """The version, and one sha256 over every source file: a version may be built twice."""
    source = Path(entrepot.__path__[0])
    found = hashlib.sha256()
    for path in sorted(source.rglob("*.py")):
        found.update(f"{path.relative_to(source).as_posix()}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return {"version": version("entrepot"), "sha256": found.hexdigest()}


def packs() -> dict[str, str]:
    """The sha256 of every file of the packs that figures rest on."""
    return {
        f"{name}.{file}": sha256
        for name in (*PACKS, *MONEY_PACKS)
        for file, sha256 in sorted(read(name).sha256.items())
    }
