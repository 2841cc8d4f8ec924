# SPDX-License-Identifier: Apache-2.0
"""`entrepot papers make`: every kind, both languages, its data, and nothing half written."""

from __future__ import annotations

import json

import pytest

from entrepot.errors import Misused
from entrepot.papers.refusals import Unprintable
from entrepot.paperwork.actions import KINDS as MADE
from entrepot.paperwork.reading import BadDocument
from tests.papers.reading import are_cut, fonts
from tests.paperwork.kit import EXAMPLES, KINDS, example, make, mistakes, ran, text_of

TITLES = {
    "booking-order": ("订仓单", "Booking order"),
    "commercial-invoice": ("商业发票", "Commercial invoice"),
    "elements-sheet": ("申报要素", "Declaration elements"),
    "origin-sheet": ("原产地证书数据（RCEP）", "Data for a certificate of origin (RCEP)"),
    "packing-list": ("装箱单", "Packing list"),
    "power-of-attorney": ("代理报关委托书", "Power of attorney for customs declaration"),
}


def test_there_is_an_example_of_every_kind():
    assert set(KINDS) == set(MADE) == set(TITLES)
    assert {path.stem for path in EXAMPLES.glob("*.toml")} == {*KINDS, "booking-order-faulty"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_a_paper_is_in_the_language_asked_for(kind, language, tmp_path):
    folder = make(tmp_path, kind, lambda said: None, "--language", language)
    text, (zh, en) = text_of(folder), TITLES[kind]

    assert (zh in text) == (language != "en")
    assert (en in text) == (language != "zh")
    assert example(kind)["number"] in text
    [pdf] = folder.glob("*.pdf")
    assert are_cut(fonts(pdf.read_bytes()))


@pytest.mark.parametrize("kind", KINDS)
def test_its_data_makes_the_same_document(kind, tmp_path):
    folder = make(tmp_path, kind, lambda said: None, "--data")
    stem = f"{kind}-{example(kind)['number']}"
    again = ran(kind, folder / f"{stem}.json", tmp_path / "again", "--data")

    assert sorted(path.name for path in again.iterdir()) == sorted(
        path.name for path in folder.iterdir()
    )
    for path in folder.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.parametrize("kind", KINDS)
def test_without_data_there_is_the_pdf_alone(kind, tmp_path):
    folder = make(tmp_path, kind)

    assert {path.suffix for path in folder.iterdir()} == {".pdf", ".json"}
    contents = json.loads((folder / "papers.json").read_text("utf-8"))
    assert contents["files"] == [path.name for path in folder.glob("*.pdf")]


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_file_is_told_all_that_it_lacks(kind, tmp_path):
    error = make(tmp_path, kind, lambda said: said.clear())

    assert isinstance(error, BadDocument)
    needed = {name for name, each in example(kind).items() if name != "message"}
    assert {"number"} <= set(mistakes(error)) <= needed
    assert set(mistakes(error).values()) == {"nothing"}
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_is_not_known_is_refused_with_the_one_meant(kind, tmp_path):
    error = make(tmp_path, kind, lambda said: said.update(numbr="1"))

    assert mistakes(error) == {"numbr": "a name that is not known"}
    assert 'Say "number"' in str(error)


def test_what_was_made_before_stays_where_a_file_has_mistakes(tmp_path):
    folder = make(tmp_path, "booking-order")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    error = make(tmp_path, "booking-order", lambda said: said["lines"][0].update(unit="piece"))

    assert mistakes(error) == {"lines[1].unit": '"piece"'}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_documents_of_one_folder_do_not_replace_each_other(tmp_path):
    first = make(tmp_path, "booking-order")
    second = make(tmp_path, "booking-order", lambda said: said.update(number="DC/2 号"))

    assert first.is_dir()
    assert second.name == "booking-order-DC-2-号"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        [first.name, second.name]
    )


def test_a_folder_of_somebody_else_is_not_replaced(tmp_path):
    foreign = tmp_path / "out" / f"packing-list-{example('packing-list')['number']}"
    foreign.mkdir(parents=True)
    (foreign / "mine.txt").write_text("mine", "utf-8")

    assert isinstance(make(tmp_path, "packing-list"), Misused)
    assert [path.name for path in foreign.iterdir()] == ["mine.txt"]


def test_a_name_that_cannot_be_printed_is_refused(tmp_path):
    error = make(tmp_path, "power-of-attorney", lambda said: said["agent"].update(name="สินค้า Co."))

    assert isinstance(error, Unprintable)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", b"", Misused),
        ("missing.toml", None, Misused),
        ("a.toml", b"number = ", BadDocument),
        ("a.json", b"[1]", BadDocument),
        ("a.json", b'{"number": "1", "number": "2"}', BadDocument),
        ("a.json", b'"\xff"', BadDocument),
        ("a.json", b"[" * 100_000, BadDocument),
    ],
)
def test_a_file_that_is_none_is_refused(name, content, kind, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(content)

    assert isinstance(ran("packing-list", tmp_path / name, tmp_path / "out"), kind)
