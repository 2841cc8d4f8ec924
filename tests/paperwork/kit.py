# SPDX-License-Identifier: Apache-2.0
"""Files of documents: the examples, changed, and made by the command."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from entrepot.cli import entrepot
from entrepot.errors import EntrepotError
from tests.papers.reading import texts

EXAMPLES = Path(__file__).parents[2] / "examples" / "papers"
KINDS = (
    "booking-order", "commercial-invoice", "elements-sheet", "origin-sheet", "packing-list",
    "power-of-attorney",
)  # fmt: skip


def example(kind: str) -> dict[str, Any]:
    """What an example says; the folder that origin is judged from is found from anywhere."""
    text = (EXAMPLES / f"{kind}.toml").read_text("utf-8")
    said = tomllib.loads(text, parse_float=Decimal)
    if "judged" in said:
        said["judged"] = str(EXAMPLES / said["judged"])
    return said


def make(
    folder: Path,
    kind: str,
    change: Callable[[dict[str, Any]], object] = lambda said: None,
    *options: str,
) -> Any:
    """Make a changed example; the folder of the document, or the error."""
    said = example(kind)
    change(said)
    file = folder / f"{kind}.json"
    file.write_text(json.dumps(said, default=str, ensure_ascii=False), "utf-8")
    return ran(kind, file, folder / "out", *options)


def ran(kind: str, file: Path, out: Path, *options: str) -> Any:
    result = CliRunner().invoke(
        entrepot, ["papers", "make", kind, str(file), "--out", str(out), *options]
    )
    if isinstance(result.exception, EntrepotError):
        return result.exception
    assert result.exit_code == 0, (result.output, result.exception)
    return Path(result.output.splitlines()[0]).parent


def mistakes(error: Any) -> dict[str, str]:
    """Of a refusal: each place with what was found there."""
    assert isinstance(error, EntrepotError), error
    return {each["column"]: each["found"] for each in error.facts["mistakes"]}


def text_of(folder: Path) -> str:
    """The text of a document's PDF, its lines as one."""
    [pdf] = folder.glob("*.pdf")
    return "\n".join(texts(pdf.read_bytes())).replace("\r\n", "\n")


def unbroken(text: str) -> str:
    """A text without any blanks or breaks."""
    return "".join(text.split())
