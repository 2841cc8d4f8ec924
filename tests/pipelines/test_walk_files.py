# SPDX-License-Identifier: Apache-2.0
"""`entrepot trace` on every form of a close, on names of any kind, and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from entrepot.engine.write import FORMATS
from entrepot.errors import EntrepotError, Misused
from entrepot.pipelines.commands_trace import trace
from entrepot.pipelines.season import SCHEMA_VERSION
from entrepot.pipelines.walk.closed import TABLES, BrokenClose, NewerClose, NoClose
from entrepot.pipelines.walk.find import NothingFound
from entrepot.pipelines.walk.walks import walk
from tests import season_files
from tests.on_engines import files_in, run
from tests.season_files import DECLARATION

ASKED = [
    ("order", "amazon-de/A-1"),
    ("order", "amazon-de/A-2"),
    ("declaration", DECLARATION),
    ("declaration", f"{DECLARATION}/2"),
    ("invoice", "24332000000000000001/0"),
]


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("closed")
    run(season_files.write(folder / "season"), folder / "out", engine="duckdb")
    return folder / "out"


def copied(closed: Path, to: Path) -> Path:
    shutil.copytree(closed, to)
    return to


def change_run(out: Path, **facts: Any) -> None:
    path = out / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | facts))


def said(folder: Path, by: str, text: str) -> dict[str, Any]:
    """What a walk gives, but for where it was read."""
    walked = walk(folder, by, text)
    walked["close"].pop("folder")
    return walked


# --- Forms ---


@pytest.mark.parametrize("form", [each for each in FORMATS if each != "parquet"])
def test_every_form_gives_the_same_walk(closed, form, tmp_path):
    run(season_files.write(tmp_path / "season"), tmp_path / "out", file_format=form)

    for by, text in ASKED:
        assert said(tmp_path / "out", by, text) == said(closed, by, text)


def test_a_table_may_be_a_folder_of_parts(closed, tmp_path):
    """As several machines write it; its rows lie in the order of the parts' names."""
    out = copied(closed, tmp_path / "a[b]*?")
    for name in TABLES:
        rows = pq.read_table(closed / f"{name}.parquet")
        (out / f"{name}.parquet").unlink()
        (out / f"{name}.parquet").mkdir()
        for part in range(3):
            start = part * rows.num_rows // 3
            piece = rows.slice(start, (part + 1) * rows.num_rows // 3 - start)
            pq.write_table(piece, out / f"{name}.parquet" / f"part-0000{part}.parquet")
        (out / f"{name}.parquet" / "_SUCCESS").touch()
        (out / f"{name}.parquet" / ".part-00003.parquet").write_bytes(b"unfinished")

    for by, text in ASKED:
        assert said(out, by, text) == said(closed, by, text)


def test_an_older_close_is_read_and_said_to_be_older(closed, tmp_path):
    out = copied(closed, tmp_path / "out")
    rows = pq.read_table(out / "refunds.parquet").drop_columns(["data_gap"])
    pq.write_table(rows, out / "refunds.parquet")
    change_run(out, schema_version=SCHEMA_VERSION - 1)

    walked = said(out, "declaration", DECLARATION)
    shown = CliRunner().invoke(trace, [str(out), "--declaration", DECLARATION])

    assert walked["close"]["is_older"]
    assert walked["found"][0]["refund"]["data_gap"] is None
    assert f"tables of version {SCHEMA_VERSION - 1}, older than {SCHEMA_VERSION}" in shown.output


def test_the_large_tables_can_be_searched(closed):
    """What the walk owes its speed to: where rows lie in order, and where an order cannot be."""
    found = {}
    for name in ("trace", "book"):
        found |= dict(
            duckdb.execute(
                "SELECT path_in_schema, [stats_min_value IS NOT NULL, "
                "bloom_filter_offset IS NOT NULL, encodings.contains('DICTIONARY')] "
                "FROM parquet_metadata(?) WHERE path_in_schema IN "
                "('declaration_no', 'order_no', 'document_kind', 'document_no')",
                [str(closed / f"{name}.parquet")],
            ).fetchall()
        )

    assert found["declaration_no"] == [True, False, True]
    assert found["order_no"] == [False, True, False]
    assert found["document_kind"] == [True, False, True]
    assert found["document_no"] == [True, False, False]


def test_a_walk_loads_no_engine(closed):
    """Loading one takes longer than all the rest."""
    code = (
        "import sys; from pathlib import Path; from entrepot.pipelines.walk.walks import walk; "
        f"walk(Path({str(closed)!r}), 'order', 'amazon-de/A-1'); "
        "print([m for m in ('narwhals', 'polars', 'pyarrow', 'pyspark') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )

    assert done.stdout.strip() == "[]"


def test_nothing_is_written_into_the_folder(closed):
    before = files_in(closed)
    walk(closed, "declaration", DECLARATION)

    assert files_in(closed) == before


# --- Names ---

NAMES = [
    "plain",
    "a/b",
    "/",
    "it's",
    'say "so"',
    "[bold]loud[/bold]",
    ":smile:",
    "'; DROP TABLE trace; --",
    "100% _?*",
    "订单 二十七",
    "\x1b[31mred",
    "turned \u202e round",
    "line\nbreak",
    "x" * 3000,
    "$1",
    "=1+1",
]


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A close in which channels, orders and invoices have names of every kind."""
    season = season_files.valid()
    [first, *_] = season["sales"]
    season["sales"] += [
        first | {"channel": channel, "order_no": order, "quantity": 1}
        for channel, order in [
            *((name, f"{name} no") for name in NAMES),
            ("shop", "2024/7/1"),
            ("shop/2024", "7/1"),
        ]
    ]
    season["purchases"] += [
        season["purchases"][0]
        | {
            "invoice_no": name,
            "line_no": 7,
            "issued_on": date(2026, 1, 1),
            "quantity": 1,
            "net_amount": Decimal("1.00"),
        }
        for name in [*NAMES, "plain/7"]
    ]
    folder = tmp_path_factory.mktemp("named")
    season_files.write(folder / "season", season, formats="parquet")
    run(folder / "season", folder / "out", engine="duckdb")
    return folder / "out"


@pytest.mark.parametrize("name", NAMES)
def test_an_order_of_any_name_is_found_and_shown_harmlessly(named, name):
    [order] = walk(named, "order", f"{name}/{name} no")["found"]
    shown = CliRunner().invoke(trace, [str(named), "--order", f"{name}/{name} no"])

    assert (order["channel"], order["order_no"], order["units"]) == (name, f"{name} no", 1)
    assert shown.exit_code == 0
    if name.isprintable():
        assert f"Order {name}/{name} no: 1 unit" in shown.output
    assert all(letter.isprintable() or letter == "\n" for letter in shown.output)


@pytest.mark.parametrize("name", NAMES)
def test_an_invoice_of_any_name_is_found(named, name):
    """With its line and without it; a number that ends like a line may be meant as well."""
    for text in (name, f"{name}/7"):
        found = [(i["invoice_no"], i["line_no"]) for i in walk(named, "invoice", text)["found"]]

        assert (name, 7) in found
        assert len(found) == (2 if text == "plain/7" else 1)


def test_a_name_that_several_orders_have_gives_all_of_them(named):
    found = walk(named, "order", "shop/2024/7/1")["found"]

    assert [(each["channel"], each["order_no"]) for each in found] == [
        ("shop", "2024/7/1"),
        ("shop/2024", "7/1"),
    ]
    assert [each["units"] for each in found] == [1, 1]


# --- Refusals ---


def refused(folder: Path, by: str, text: str) -> EntrepotError:
    with pytest.raises(EntrepotError) as caught:
        walk(folder, by, text)
    return caught.value


@pytest.mark.parametrize(
    ("by", "text", "near"),
    [
        ("order", "amazon-de/A-9", ["amazon-de/A-1", "amazon-de/A-2", "amazon-de/A-3"]),
        ("order", "A-1", ["amazon-de/A-1"]),
        ("order", "ebay/A-2", ["amazon-de/A-2"]),
        ("order", "AMAZON-DE/a-3", ["amazon-de/A-3"]),
        ("declaration", f"{DECLARATION}/9", [f"{DECLARATION}/1", f"{DECLARATION}/2"]),
        ("declaration", DECLARATION[:-1] + "7", [DECLARATION]),
        ("invoice", "24332000000000000001/5", ["24332000000000000001/0"]),
        ("invoice", "2433200000000000002", ["24332000000000000001"]),
    ],
)
def test_what_is_not_there_names_what_is_near(closed, by, text, near):
    error = refused(closed, by, text)

    assert isinstance(error, NothingFound)
    assert f"--{by} {text}" in error.asked
    assert set(near) <= set(error.facts["near"])
    assert all(each in error.remedy for each in near)


@pytest.mark.parametrize("text", ["", "/", "//", "nothing like it at all", "\x1b[2J"])
def test_what_is_like_nothing_says_the_form(closed, text):
    error = refused(closed, "order", text)

    assert error.remedy == "Give CHANNEL/NO as the tables write it."
    assert "\x1b" not in str(error)


def test_a_folder_that_no_close_wrote_is_refused(closed, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.json").write_text('{"name": "something else"}')

    assert "There is no such folder." in str(refused(tmp_path / "none", *ASKED[0]))
    assert "It holds no run.json." in str(refused(empty, *ASKED[0]))
    assert "It holds no run.json." not in str(refused(tmp_path / "other", *ASKED[0]))
    for folder in (tmp_path / "none", empty, tmp_path / "other"):
        assert isinstance(refused(folder, *ASKED[0]), NoClose)


def test_a_newer_close_is_refused(closed, tmp_path):
    out = copied(closed, tmp_path / "out")
    change_run(out, schema_version=SCHEMA_VERSION + 1)

    error = refused(out, *ASKED[0])

    assert isinstance(error, NewerClose)
    assert f"of version {SCHEMA_VERSION + 1}" in error.found


@pytest.mark.parametrize("spoil", ["remove", "empty", "other"])
def test_a_table_that_is_not_as_it_was_written_is_refused(closed, tmp_path, spoil):
    out = copied(closed, tmp_path / "out")
    if spoil == "remove":
        (out / "trace.parquet").unlink()
    elif spoil == "empty":
        (out / "trace.parquet").write_bytes(b"")
    else:
        shutil.copy(out / "stock.parquet", out / "trace.parquet")

    error = refused(out, *ASKED[0])

    assert isinstance(error, BrokenClose)
    assert error.exit_code == 1


@pytest.mark.parametrize(
    ("by", "text"),
    [
        ("order", "amazon-de/A-2"),
        ("declaration", f"{DECLARATION}/1"),
    ],
)
def test_tables_of_two_closes_do_not_add_up(closed, tmp_path, by, text):
    out = copied(closed, tmp_path / "out")
    rows = pq.read_table(out / "trace.parquet")
    kept = [row for row in rows.to_pylist() if row["order_no"] != "A-2"]
    pq.write_table(pa.Table.from_pylist(kept, rows.schema), out / "trace.parquet")

    result = CliRunner().invoke(trace, [str(out), f"--{by}", text, "--lang", "en"])

    assert result.exit_code == 1
    assert "this does not add up" in result.output


@pytest.mark.parametrize("options", [[], ["--order", "a/b", "--invoice", "c"]])
def test_one_place_to_walk_from_is_asked_for(closed, options):
    result = CliRunner().invoke(trace, [str(closed), *options])

    assert isinstance(result.exception, Misused)
    assert "Give one of --order" in str(result.exception)


def test_an_error_is_three_lines_and_an_exit_code(closed):
    command = [sys.executable, "-c", "from entrepot.cli import main; main()", "trace"]
    done = subprocess.run(
        [*command, str(closed), "--order", "amazon-de/A-9"],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"LC_ALL": "C.UTF-8"},
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 3
    assert "amazon-de/A-1" in done.stderr
