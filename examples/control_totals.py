# SPDX-License-Identifier: Apache-2.0
"""Compare an import and a close of the "Online Retail" data with what its publishers counted.

Run by `make real`, after it: python examples/control_totals.py real
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path

#: Lines of the data and sum of quantity x price in GBP, as published with it.
LINES, GBP = 541_909, Decimal("9747747.93")


def totals(folder: Path) -> list[tuple[str, object, object]]:
    """What has to agree: a name, what was counted there, what was counted here.

    Args:
        folder: holds orders/import.json and closed/run.json.
    """
    orders = json.loads((folder / "orders" / "import.json").read_text(encoding="utf-8"))
    closed = json.loads((folder / "closed" / "run.json").read_text(encoding="utf-8"))
    lines, money = orders["lines"], orders["money"]["GBP"]
    read = closed["control_totals"]
    came_out = lines["sales"] + lines["returns"] + lines["reported"]
    return [
        ("lines of the data", LINES, lines["in"]),
        ("lines in, lines out", lines["in"], came_out),
        ("GBP of the data", GBP, Decimal(money["in"])),
        ("sale lines imported, closed", lines["sales"], read["sales"]["rows"]),
        ("GBP sold, closed", Decimal(money["sales"]), Decimal(read["sales"]["money"]["GBP"])),
        ("sale lines left out", 0, closed["left_out"]["sales"]),
    ]


def main() -> int:
    """Print the totals side by side; 1 where they differ."""
    rows = totals(Path(sys.argv[1]))
    out = sys.stdout
    out.write(f"\n{'control total':<30}{'expected':>16}{'found':>16}\n")
    for name, expected, found in rows:
        differs = "" if expected == found else "  differs"
        out.write(f"{name:<30}{expected:>16,}{found:>16,}{differs}\n")
    return int(any(expected != found for _, expected, found in rows))


if __name__ == "__main__":
    sys.exit(main())
