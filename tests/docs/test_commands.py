# SPDX-License-Identifier: Apache-2.0
"""Every command that the documentation shows is run, and prints what the documentation shows.

A block of `console` holds lines that begin with "$ ", which are run in order in a copy of the
repository, one copy a page. What stands below a command is what it prints; a line "..." stands
for any lines; nothing below it means that only its success is looked at. `<!-- exit: 1 -->` above
a block says how its last command ends.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block, blocks
from tests.warehouse.importing_kit import DATA, RETAIL

PAGES = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
#: What a fenced block may be written in; only `console` and `python` can be run, and both are.
LANGUAGES = {"console", "python", "text", "toml", "csv", "json", "sql"}
#: Pages whose Python a test runs (test_quantity_line.py, test_requests.py).
WORKED = {"quantity-line.md", "rounding.md", "desk-api.md"}
#: What a copy needs so that every command finds what it names.
COPIED = ("examples", "docs", "requirements", "Makefile", "pyproject.toml", "README.md", "LICENSE")


@dataclass
class Command:
    """A command of a page: what is typed, what it shows, how it ends, its line in the page."""

    typed: str
    row: int
    shown: list[str] = field(default_factory=list)
    exit_code: int = 0


def commands(page: Path) -> list[Command]:
    """The commands of a page, in order."""
    text = page.read_text(encoding="utf-8")
    lines = text.splitlines()
    found: list[Command] = []
    for block in blocks(text):
        if not isinstance(block, Block) or block.language != "console":
            continue
        mine: list[Command] = []
        for row, line in enumerate(block.text.splitlines(), block.row):
            if line.startswith("$ "):
                mine.append(Command(line[2:], row))
            elif mine and mine[-1].typed.endswith("\\"):
                mine[-1].typed = mine[-1].typed.removesuffix("\\") + line.strip()
            else:
                assert mine, f"{page.name}:{row}: output without a command"
                mine[-1].shown.append(line.rstrip())
        ends = re.fullmatch(r"<!-- exit: (\d) -->", lines[block.row - 3]) if block.row > 2 else None
        if ends:
            mine[-1].exit_code = int(ends.group(1))
        found += mine
    return found


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def copy_repository(folder: Path) -> None:
    """Copy what commands use; the environment is this one, and counts as set up."""
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy2(source, folder / name)
    (folder / "src").symlink_to(ROOT / "src")
    environment = folder / ".venv"
    environment.mkdir()
    for path in Path(sys.prefix).iterdir():
        if path.name not in {"run.done", "dev.done"}:
            (environment / path.name).symlink_to(path)
    for done in ("run.done", "dev.done"):
        (environment / done).touch()


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder for the desk of one page, that its database may reach where this is root."""
    folder = Path(tempfile.mkdtemp(prefix="entrepot-page-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def run(command: Command, folder: Path, home: Path) -> tuple[int, list[str]]:
    """Run a command as a reader would, and give its exit code and what it printed."""
    environment = os.environ | {
        "PATH": f"{folder / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "ENTREPOT_DATA": str(DATA.absolute()),
        "ENTREPOT_HOME": str(home),
        "DESK": str(home / "demo"),
        "COLUMNS": "88",
        "LC_ALL": "C.UTF-8",
    }
    environment.pop("MAKEFLAGS", None)
    environment.pop("MAKELEVEL", None)
    done = subprocess.run(
        ["bash", "-c", command.typed],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    return done.returncode, [line.rstrip() for line in done.stdout.rstrip("\n").splitlines()]


def agrees(shown: list[str], printed: list[str]) -> bool:
    """Whether what is shown is what was printed, "..." standing for any lines."""
    pattern = "".join(r"(?:.*\n)*" if line == "..." else re.escape(line) + r"\n" for line in shown)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed)) is not None


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=named)
def test_commands_print_what_the_page_shows(page, tmp_path, home):
    folder = tmp_path / "entrepot"
    copy_repository(folder)
    for command in commands(page):
        if command.typed.startswith("make real") and not RETAIL.exists():
            pytest.skip(f"no {RETAIL.name}: set ENTREPOT_DATA to the folder of real data")
        code, printed = run(command, folder, home)
        place = f"{named(page)}:{command.row}: $ {command.typed}\n" + "\n".join(printed)

        assert code == command.exit_code, place
        assert not command.shown or agrees(command.shown, printed), place


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_block_escapes_being_run(page):
    for block in blocks(page.read_text(encoding="utf-8")):
        if not isinstance(block, Block):
            continue
        place = f"{named(page)}:{block.row}"
        assert block.language in LANGUAGES, f"{place}: say what the block is written in"
        if block.language == "python":
            assert page.name in WORKED, f"{place}: no test runs this Python"
        if block.language != "console":
            assert not re.search(r"^\s*\$ ", block.text, re.M), f"{place}: make it a console block"


@pytest.mark.parametrize(
    "page", [*sorted({*ROOT.glob("*.md"), *PAGES}), ROOT / "benchmarks" / "README.md"], ids=named
)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    broken = [
        target for target in targets if "://" not in target and not (page.parent / target).exists()
    ]

    assert not broken
