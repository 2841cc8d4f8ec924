# SPDX-License-Identifier: Apache-2.0
"""A wheel built from the tree, installed into an empty environment, closes the bundled season.

No network: the build backend is the one installed here, and the environment takes the libraries
that the wheel declares from this one's folder; nothing else, and not the program itself.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
#: What a wheel is built from.
BUILT_FROM = ("src", "pyproject.toml", "README.md", "LICENSE")


def run(*command, **options):
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        encoding="utf-8",
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def required(name, found=None):
    """The names of the libraries that `name` cannot do without, extras left out."""
    found = set() if found is None else found
    for text in metadata.requires(name) or []:
        wanted = Requirement(text)
        if wanted.name not in found and (
            not wanted.marker or wanted.marker.evaluate({"extra": ""})
        ):
            found.add(wanted.name)
            required(wanted.name, found)
    return found


def top_level(name):
    """What the library `name` put into the folder of packages."""
    parts = (path.parts[0] for path in metadata.files(name) or [])
    return {part for part in parts if part not in {"..", "__pycache__"}}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy so that nothing is left in the tree."""
    tree = tmp_path_factory.mktemp("tree")
    for name in BUILT_FROM:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, tree / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, tree / name)
    out = tmp_path_factory.mktemp("dist")
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index"),
        *("--no-deps", "--no-build-isolation", "--wheel-dir", out, tree),
        env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The Python of an environment that holds the wheel, and the libraries it needs by path."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index"),
        *("--no-deps", wheel),
        env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    # A folder of links, not this environment's own, which holds the tree and what nobody declared.
    libraries = tmp_path_factory.mktemp("libraries")
    here = Path(sysconfig.get_path("purelib"))
    for name in sorted({path for each in required("entrepot") for path in top_level(each)}):
        (libraries / name).symlink_to(here / name)
    (site / "libraries.pth").write_text(f"{libraries}\n", encoding="utf-8")
    return python


def test_wheel_holds_packs_and_licence_and_no_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    packs = {path.name for path in (ROOT / "src/entrepot/packs/cn").iterdir() if path.is_file()}

    assert {name.removeprefix("entrepot/packs/cn/") for name in names} >= packs
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"entrepot"}


def test_installed_wheel_closes_the_bundled_season_anywhere(python, tmp_path):
    season = tmp_path / "season"
    shutil.copytree(ROOT / "examples" / "season", season)
    where = run(python, "-c", "import entrepot.cli; print(entrepot.cli.__file__)", cwd=tmp_path)

    shown = run(
        python.parent / "entrepot", "close", season, "--out", tmp_path / "closed", cwd=tmp_path
    )

    assert Path(where.strip()).is_relative_to(python.parents[1])
    assert f"The tables lie in {tmp_path / 'closed'}" in shown
    told = json.loads((tmp_path / "closed" / "run.json").read_text(encoding="utf-8"))
    assert told["packs"]
    assert told["outputs"]["trace"]["rows"] > 0
