# SPDX-License-Identifier: Apache-2.0
"""The guide in docs/ is what the packs say today."""

from pathlib import Path

import pytest

from entrepot.packs.read import read
from entrepot.taxrefund.guide import GUIDE, LANGUAGES, render, write

DOCS = Path(__file__).parents[2] / "docs" / "guide"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_guide_on_disk_is_the_guide_rendered(lang):
    on_disk = (DOCS / f"refund-overseas-warehouse.{lang}.md").read_text(encoding="utf-8")

    assert on_disk == render(lang), (
        "render it again: python -c 'from pathlib import Path; "
        'from entrepot.taxrefund.guide import write; write(Path("docs/guide"))\''
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_step_says_its_source_and_how_sure_it_is(lang):
    text = render(lang)
    sections = text.split("\n### ")[1:]

    assert len(sections) == len(read(GUIDE).rows)
    for section, row in zip(sections, read(GUIDE).rows, strict=True):
        assert row.text("source" if lang == "en" else "source_zh") in section
        assert f"**{row.text('confidence')}**" in section


@pytest.mark.parametrize("lang", LANGUAGES)
def test_worked_dates_stand_in_the_guide(lang):
    text = render(lang)

    assert "| 2025-02-13 | 2025-03-01 | 2026-04-30 | 2026-04-20 |" in text
    assert "| 2026-01-02 | 2026-02-01 | 2027-04-30 | " in text
    assert "HWC-YT" in text
    assert "{" not in text


def test_write_makes_one_file_a_language(tmp_path):
    paths = write(tmp_path)

    assert [path.name for path in paths] == [
        "refund-overseas-warehouse.en.md",
        "refund-overseas-warehouse.zh.md",
    ]
    assert [path.read_text(encoding="utf-8") for path in paths] == [render("en"), render("zh")]
