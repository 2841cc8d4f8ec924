# SPDX-License-Identifier: Apache-2.0
"""What the shortest commands take, Python's start included."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measure import Line, in_turns

#: The command as it is installed, beside the Python that runs this.
ENTREPOT = Path(sys.executable).parent / "entrepot"
EXAMPLE = Path(__file__).parents[1] / "examples" / "season"


def measure(folder: Path, sales: int, times: int) -> Iterator[Line]:
    """Time `entrepot --help` and `entrepot check` of the bundled season."""
    seconds = in_turns(
        {
            "help": lambda: _run("--help"),
            "check": lambda: _run("check", str(EXAMPLE)),
        },
        times,
    )
    yield Line("entrepot --help", seconds["help"], 0, 0.5)
    yield Line("entrepot check examples/season", seconds["check"], 0, 2.0)


def _run(*arguments: str) -> None:
    command: Sequence[str] = [str(ENTREPOT), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
