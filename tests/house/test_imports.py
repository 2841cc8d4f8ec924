# SPDX-License-Identifier: Apache-2.0
"""The import rules hold, and each of them catches what it is there for."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Code of one line that breaks a rule: the rule, where the line is added, the line.
BROKEN = [
    ("folders", "warehouse/rules_season.py", "import entrepot.customs.tables"),
    ("folders", "ledger/line.py", "import entrepot.taxrefund.rules"),
    ("folders", "engine/base.py", "import entrepot.packs.read"),
    ("folders", "strangers/__init__.py", ""),
    ("rooms", "taxrefund/tables.py", "import entrepot.taxrefund.rules"),
    ("rooms", "taxrefund/novelty.py", ""),
    ("importing", "warehouse/importing/match.py", "import entrepot.warehouse.importing.steps"),
    ("logistics", "logistics/looking.py", "import entrepot.logistics.closing"),
    ("consolidating", "consolidating/rules.py", "import entrepot.consolidating.models"),
    ("paperwork", "paperwork/forms.py", "import entrepot.paperwork.kinds"),
    ("folders", "paperwork/forms.py", "import entrepot.pipelines.runs"),
    ("book", "ledger/line.py", "import entrepot.ledger.trace"),
    ("close", "pipelines/tracing.py", "import entrepot.pipelines.close"),
    ("sealing", "pipelines/sealing/tables.py", "import entrepot.pipelines.sealing.guard"),
    ("walk", "pipelines/walk/closed.py", "import entrepot.pipelines.walk.find"),
    ("report", "pipelines/report/figures.py", "import entrepot.pipelines.report.page"),
    ("pure", "taxrefund/rules.py", "import click"),
    ("pure", "engine/base.py", "import rich"),
    ("engines", "ledger/trace.py", "import duckdb"),
]


def lint(folder):
    """Run import-linter on the package in `folder` with our rules; nothing is installed."""
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": ""},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "src" / "entrepot", tmp_path / "entrepot")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_import_rules_hold(copy):
    done = lint(copy)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("rule", "module", "line"), BROKEN)
def test_a_broken_import_rule_is_caught(copy, rule, module, line):
    path = copy / "entrepot" / module
    path.parent.mkdir(exist_ok=True)
    written = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{written}\n{line}\n", encoding="utf-8")

    done = lint(copy)

    assert done.returncode == 1, done.stdout
    assert f"{name_of(rule)} BROKEN" in done.stdout


def name_of(rule):
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    return next(each["name"] for each in tool["importlinter"]["contracts"] if each["id"] == rule)
