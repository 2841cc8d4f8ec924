# SPDX-License-Identifier: Apache-2.0
"""The house style that a machine can hold: sizes, names, sources, what no file may hold."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "entrepot"
OWN = sorted([*SRC.rglob("*.py"), *(ROOT / "tests").rglob("*.py")])
SOURCES = [path for path in OWN if SRC in path.parents]
LONGEST_FILE, LONGEST_FUNCTION = 500, 60
SPDX = "# SPDX-License-Identifier: Apache-2.0"
#: Names that say nothing about what a file is for.
NAMELESS = {"utils", "util", "helpers", "helper", "misc", "common"}
TEXTS = {".py", ".md", ".toml", ".txt", ".csv", ".sql", ".yml", ".yaml", ".cfg", ".json", ""}

# Written in two parts, so that this file does not hold what it looks for.
HOSTS = re.compile(
    r"https?://[^\s/\"']*(?:py" + r"pi|arti" + r"factory|nex" + r"us|regis" + r"try|mir" + r"ror)",
    re.IGNORECASE,
)
INDEXES = re.compile(r"--(?:extra-)?index-" + r"url|--trusted-" + r"host|fi" + r"le://")
NOTES = re.compile(
    r"\b(?:des" + r"ign|dom" + r"ain|pol" + r"icy)\.md\b|\bcoll" + r"eagues?\b", re.I
)
PATHS = re.compile(r"(?<![\w.])/(?:wo" + r"rk|ho" + r"me|ro" + r"ot|Us" + r"ers|t" + r"mp)/\w")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tracked() -> list[Path]:
    """What a checkout holds; without git, everything that a checkout would."""
    found = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode != 0:
        return OWN
    paths = (ROOT / line for line in found.stdout.splitlines())
    return sorted(path for path in paths if path.is_file() and path.suffix in TEXTS)


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_there_is_something_to_look_at():
    assert len(SOURCES) > 40
    assert ROOT / "README.md" in tracked()


@pytest.mark.parametrize("path", OWN, ids=name)
def test_files_are_short_and_say_their_licence_first(path):
    lines = path.read_text(encoding="utf-8").splitlines()

    assert len(lines) <= LONGEST_FILE, "split it: a file is about one thing"
    if lines:
        assert lines[0] == SPDX


@pytest.mark.parametrize("path", OWN, ids=name)
def test_functions_fit_on_a_screen(path):
    long = {
        node.name: length
        for node in functions(path)
        if (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }

    assert long == {}, "keep the ifs, move the work"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_module_says_what_it_is_for(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    # Django finds models in `models` only: where that is a folder, it names them.
    if path.name == "__init__.py" and path.parent.name != "models":
        assert tree.body == [], "an __init__ is empty"
        return
    first = (ast.get_docstring(tree) or "").split("\n")[0]

    assert first.rstrip('"').endswith((".", "?", ":", ","))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_names_say_something(path):
    assert not NAMELESS & {path.stem, *(part.name for part in path.parents)}


RULES = [
    pytest.param(node, id=f"{name(path)}:{node.name}")
    for path in SOURCES
    if path.stem == "rules"
    for node in ast.parse(path.read_text(encoding="utf-8")).body
    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_cites_its_source(rule):
    said = ast.get_docstring(rule) or ""

    assert re.search(r"^Source:\s*\S", said, re.MULTILINE), "cite it, or: Source: our own policy"


@pytest.mark.parametrize("path", sorted(SRC.rglob("rules_season.py")), ids=name)
def test_a_season_s_rules_say_where_they_are_from(path):
    assert "Source" in path.read_text(encoding="utf-8")


def test_there_are_rules():
    assert len(RULES) >= 4


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_money_is_never_a_float(path):
    """No float() and no literal such as 0.13 where amounts and rates are worked out."""
    if not {"ledger", "taxrefund", "finance", "packs"} & {part.name for part in path.parents}:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    floats = [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.Name) and node.id == "float")
    ]

    assert floats == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_step_divides(path):
    """Engines disagree on what a divided decimal is: whole numbers and floor division only."""
    if path.stem not in ("steps", "filing", "rules", "line", "trace", "returns", "entries"):
        return
    divided = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div)
        and "importing" not in path.parts
    ]

    assert divided == []


@pytest.mark.parametrize("pattern", [HOSTS, INDEXES, PATHS, NOTES])
def test_no_file_names_a_machine_a_registry_or_a_note_that_is_not_here(pattern):
    found = [
        f"{name(path)}: {match.group()}"
        for path in tracked()
        if (match := pattern.search(path.read_text(encoding="utf-8", errors="replace")))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (HOSTS, "https://py" + "pi.org/simple"),
        (INDEXES, "--index-" + "url x"),
        (PATHS, '"/ho' + 'me/me/data"'),
        (NOTES, "see des" + "ign.md, section 2"),
    ],
)
def test_what_is_looked_for_would_be_found(pattern, text):
    assert pattern.search(text)


def test_every_error_has_a_code_of_its_own():
    """One word finds the check, the test and the docs."""
    codes: dict[str, list[str]] = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                for code in _codes(node):
                    codes.setdefault(code, []).append(f"{name(path)}:{node.name}")

    assert len(codes) > 5
    assert {code: places for code, places in codes.items() if len(places) > 1} == {}
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_.]+", code) for code in codes)


def _codes(node: ast.ClassDef) -> list[str]:
    found = []
    for line in node.body:
        targets = (
            line.targets
            if isinstance(line, ast.Assign)
            else [line.target]
            if isinstance(line, ast.AnnAssign)
            else []
        )
        value = getattr(line, "value", None)
        if any(getattr(target, "id", "") == "code" for target in targets) and isinstance(
            value, ast.Constant
        ):
            found.append(str(value.value))
    return found
