# SPDX-License-Identifier: Apache-2.0
"""`entrepot customs`: what the commands print, how they end, what they leave behind."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from entrepot.cli import entrepot
from entrepot.errors import EntrepotError


def run(*arguments, exit_code=0):
    result = CliRunner().invoke(entrepot, ["customs", *map(str, arguments)])
    if isinstance(result.exception, EntrepotError):
        assert result.exception.exit_code == exit_code
        return result.exception
    assert result.exit_code == exit_code, result.output
    return result.output


@pytest.fixture
def samples(tmp_path):
    run("sample", "--message", "603", "--count", "230", "--out", tmp_path / "samples")
    return tmp_path / "samples"


def test_samples_are_split_named_and_always_the_same(samples, tmp_path):
    files = sorted(samples.iterdir())
    run("sample", "--message", "CEB603Message", "--count", "230", "--out", tmp_path / "again")
    run("sample", "--message", "603", "--count", "230", "--seed", "2", "--out", tmp_path / "other")

    assert len(files) == 3
    for file in files:
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()
        assert file.stem.split("_")[1] in file.read_text("utf-8")
    assert not {each.name for each in files} & {e.name for e in (tmp_path / "other").iterdir()}
    assert sorted(each.name for each in tmp_path.iterdir()) == ["again", "other", "samples"]


def test_valid_messages_end_with_0(samples):
    said = run("validate", samples, "--edition", "2022-05")

    assert said.endswith("3 files, 230 documents: no faults.\n")


def test_every_fault_is_told_and_ends_with_1(samples, tmp_path):
    (file, *_) = sorted(samples.iterdir())
    text = file.read_text("utf-8").replace("<ceb:tradeMode>9610<", "<ceb:tradeMode>961<")
    file.write_text(text, "utf-8")
    found = text.count("<ceb:tradeMode>")
    said = run("validate", samples, exit_code=1)

    assert f"{found} faults against edition 2022-05" in said
    assert "/CEB603Message/Inventory[2]/InventoryHead/tradeMode: " in said
    assert f"  and {found - 20} more\n" in said
    assert said.endswith(f"3 files, 230 documents: {found} faults in 1 of them.\n")

    lines = run("validate", samples, "--json", exit_code=1).splitlines()
    facts = next(each for each in map(json.loads, lines) if not each["is_valid"])
    assert len(facts["faults"]) == facts["fault_count"] == found
    assert facts["faults"][0] | {"line": 3, "column": 0} == {
        "code": "value.length",
        "place": "/CEB603Message/Inventory[1]/InventoryHead/tradeMode",
        "found": '"961" has 3 characters.',
        "expected": "4 characters",
        "remedy": "Shorten it, or fill it in whole; blanks count.",
        "line": 3,
        "column": 0,
    }


def test_read_shows_values_as_texts(tmp_path):
    run("sample", "--message", "303", "--count", "1", "--out", tmp_path / "s", "--envelope")
    (file,) = (tmp_path / "s").iterdir()
    facts = json.loads(run("read", file, "--json"))
    order = facts["documents"][0]

    assert (facts["message"], facts["edition"]) == ("CEB303Message", "2022-05")
    assert facts["fits"] == ["2018", "2022-05"]
    assert facts["envelope"]["TransInfo"]["MsgType"] == "CEB303Message"
    assert order["OrderHead"]["currency"] == "142"
    assert all(isinstance(value, str) for row in order["OrderList"] for value in row.values())
    assert (facts["fault_count"], facts["faults"]) == (0, [])
    assert "  OrderHead\n    guid: " in run("read", file)


def test_a_file_that_is_no_message_is_shown_with_its_fault(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(b"\xff\xfe\xff")

    assert "no message" in run("read", file)
    assert json.loads(run("read", file, "--json"))["faults"][0]["code"] == "message.encoding"
    assert "1 fault in 1 of them" in run("validate", file, exit_code=1)


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (("sample", "--message", "999", "--out", "{}/x"), "customs.unknown_message", 2),
        (
            ("sample", "--message", "603", "--count", "0", "--out", "{}/x"),
            "customs.bad_sample_request",
            2,
        ),
        (("sample", "--message", "603", "--out", "{}"), "customs.folder_taken", 1),
        (
            ("sample", "--message", "213", "--edition", "2018", "--out", "{}/x"),
            "customs.unknown_message",
            2,
        ),
        (("validate", "{}/none.xml"), "customs.no_messages", 2),
        (("validate", "{}"), "customs.no_messages", 2),
        (("read", "{}/none.xml"), "customs.no_messages", 2),
    ],
)
def test_what_makes_no_sense_is_refused_and_leaves_nothing(tmp_path, arguments, code, exit_code):
    (tmp_path / "notes.txt").write_text("mine")
    refused = run(*(each.format(tmp_path) for each in arguments), exit_code=exit_code)

    assert refused.code == code
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]
