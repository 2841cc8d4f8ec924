# SPDX-License-Identifier: Apache-2.0
"""Both clocks of what was exported on a day, as far as a season or the desk knows it."""

from __future__ import annotations

from datetime import date
from typing import Any

from entrepot.customs.returns.rules import RULES, Exported, Returning, judge
from entrepot.customs.returns.telling import LANGUAGES, reason
from entrepot.packs.read import in_force, read


def clock(mode: str, exported_on: date, on: date) -> dict[str, Any]:
    """What customs and the relief say on a day of goods of a mode that return where they left.

    Days are texts. The export date stands for release, since nothing else is known.
    """
    answer = judge(Exported(mode, exported_on, district="its own"), Returning(on, "its own"))
    across = in_force(read(RULES), on, mode=mode, place="across")
    customs, relief = answer.customs, answer.relief
    return {
        "mode": mode,
        "exported_on": f"{exported_on}",
        "customs": customs.verdict,
        "customs_until": customs.until and f"{customs.until}",
        "customs_sure": customs.confidence,
        "across": across and across["allowed"],
        "relief": relief.verdict,
        "relief_until": relief.until and f"{relief.until}",
        "relief_sure": relief.confidence,
        **{
            f"why_{language}": " | ".join(reason(each, language) for each in (customs, relief))
            for language in LANGUAGES
        },
    }
