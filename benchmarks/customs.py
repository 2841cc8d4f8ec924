# SPDX-License-Identifier: Apache-2.0
"""Declaration lists written and checked, beside lxml that serialises and validates the same ones.

Needs the official schemas, which are not part of this repository: ENTREPOT_DATA names the folder
that holds china_ceb.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from benchmarks.close import COMMAND
from benchmarks.measure import Line, in_turns, say
from entrepot.customs.messages.building import Message, build
from entrepot.customs.messages.editions import CEB, edition, newest
from entrepot.customs.messages.forms import as_text
from entrepot.customs.messages.reading import read
from entrepot.customs.messages.sampling import messages

DATA = Path(os.environ.get("ENTREPOT_DATA", Path(__file__).parents[2] / "shared" / "data"))
#: Twice the time of lxml is half its speed.
AT_MOST = 2.0
#: Seconds in which a folder of as many lists is made and checked by the commands, and its memory.
FOLDER_AT_MOST, LISTS, MEMORY_GB = 300.0, 100_000, 1.0


def measure(folder: Path, sales: int, times: int) -> Iterator[Line]:
    """Write and check 603 lists: a hundredth of `sales`, at most 100,000."""
    lists = min(LISTS, max(200, sales // 100))
    yield from _folder(folder, lists)
    schemas = list((DATA / "china_ceb").glob(f"*{newest().name}/*出口*.xsd"))
    if not schemas:
        say(f"customs lists beside lxml: no schemas in {DATA / 'china_ceb'}")
        return
    yield from _beside(etree.XMLSchema(etree.parse(schemas[0])), min(lists, 5_000), times)


def _beside(schema: etree.XMLSchema, lists: int, times: int) -> Iterator[Line]:
    chosen = newest()
    made = [each for each, _ in messages(chosen, chosen.kind("603"), lists)]
    written = [build(each) for each in made]
    trees = [etree.fromstring(each) for each in written]
    assert all(schema.validate(each) for each in trees)
    assert all(read(each, chosen.name, keep=False).is_valid for each in written)

    def ours() -> None:  # nothing is written that is not valid
        for each in made:
            build(each)

    def ours_twice() -> None:
        for each in made:
            assert read(build(each), chosen.name, keep=False).is_valid

    def lxml_with_trees() -> None:
        for each in trees:
            etree.tostring(each, encoding="UTF-8", xml_declaration=True)
            assert schema.validate(each)

    def lxml_from_values() -> None:
        for each in made:
            tree = _tree(each)
            etree.tostring(tree, encoding="UTF-8", xml_declaration=True)
            assert schema.validate(tree)

    def ours_read() -> None:
        for each in written:
            assert read(each, chosen.name).is_valid

    def lxml_read() -> None:
        for each in written:
            assert schema.validate(etree.fromstring(each))

    seconds = in_turns(
        {
            "ours": ours,
            "twice": ours_twice,
            "trees": lxml_with_trees,
            "values": lxml_from_values,
            "read": ours_read,
            "lxml read": lxml_read,
        },
        times,
    )
    note = f"{lists:,} lists"
    yield Line("lists, lxml has trees", seconds["ours"], seconds["trees"], AT_MOST, note)
    yield Line("the same, checked again", seconds["twice"], seconds["trees"], AT_MOST, note)
    yield Line("lists, lxml has values", seconds["ours"], seconds["values"], AT_MOST, note)
    # Reading every value has no bound of its own: a verdict alone is in `ours`.
    yield Line("lists read", seconds["read"], seconds["lxml read"], 10.0, note)


def _tree(message: Message) -> Any:
    """A message as a tree of lxml, made of the same values."""
    name = edition(message.edition).kind(message.kind).name
    attributes = {"guid": message.guid, "version": message.version}
    root = etree.Element(f"{{{CEB}}}{name}", attributes, nsmap={"ceb": CEB})
    for document in message.documents:
        _fill(etree.SubElement(root, f"{{{CEB}}}Inventory"), document)
    _fill(etree.SubElement(root, f"{{{CEB}}}BaseTransfer"), message.transfer or {})
    return root


def _fill(parent: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        for each in value if isinstance(value, list) else (value,):
            element = etree.SubElement(parent, f"{{{CEB}}}{name}")
            if isinstance(each, dict):
                _fill(element, each)
            else:
                element.text = as_text(each, "day" if name == "ieDate" else "")


def _folder(folder: Path, lists: int) -> Iterator[Line]:
    """Make a folder of lists, then check it, each in a process of its own."""
    with tempfile.TemporaryDirectory(dir=folder) as held:
        out = Path(held) / "lists"
        peaks: list[float] = []
        asked = ("sample", "--message", "603", "--count", str(lists), "--out", str(out))

        def do() -> None:
            shutil.rmtree(out, ignore_errors=True)
            peaks.append(_run(*asked))
            peaks.append(_run("validate", str(out)))

        seconds = in_turns({"folder": do}, 1)["folder"]
    assert max(peaks) < MEMORY_GB, peaks
    note = f"{max(peaks):.2f} GB at its peak"
    yield Line(f"{lists:,} lists made and checked", seconds, 0, FOLDER_AT_MOST, note)


def _run(*arguments: str) -> float:
    """Run a command; the memory of its process at its peak, in GB."""
    process = subprocess.Popen([*COMMAND, "customs", *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return used.ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
