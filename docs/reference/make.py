# SPDX-License-Identifier: Apache-2.0
"""Write the pages of docs/reference from the code: tables, commands, errors, packs.

Run by `make docs`; tests/docs/test_reference.py fails where a page on disk differs.
"""

from __future__ import annotations

import ast
import os
import re
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import click
import django

import entrepot
from entrepot.cli import entrepot as command
from entrepot.customs.messages import editions as messages
from entrepot.engine.schema import Kind, Table
from entrepot.engine.typed import expected
from entrepot.errors import EntrepotError
from entrepot.packs.read import CONFIDENCE, EVERY_PACK, OWN, names, read
from entrepot.pipelines.about import About
from entrepot.pipelines.misfits import REMEDIES
from entrepot.pipelines.sealing.tables import AMENDMENT, CAUSES
from entrepot.pipelines.season import FIRST_VERSION, PRODUCING, SCHEMA_VERSION, SEASON
from entrepot.pipelines.writing import OUTPUTS, VAT_OUTPUTS

FOLDER = Path(__file__).parent
SOURCE = Path(entrepot.__path__[0])
_WRITTEN = "<!-- Written by `make docs` from the code. Change the code, not this page. -->"
_WIDTH = 88
#: What a code of a fault begins with.
_FAULT = re.compile(
    r"(season|file|line|column|cell|key|total|reference|uscc|link|claim|rate|return|adjustment"
    r"|transfer)"
    r"\.[a-z_]+"
)
#: What a code of a message's fault begins with.
_MESSAGE_FAULT = re.compile(r"(message|element|attribute|value|remark)\.[a-z_]+")
#: Texts of that form that are no faults: a file's name, and codes of the errors that carry faults.
_NO_FAULT = {"season.toml", "season.faulty"}
#: How a written table holds a kind.
_HELD = {
    Kind.TEXT: "text",
    Kind.DAY: "day",
    Kind.QUANTITY: "whole number > 0",
    Kind.CHANGE: "whole number, not 0",
    Kind.COUNT: "whole number",
    Kind.NUMBER: "whole number",
    Kind.MONEY: "decimal, 2 places",
    Kind.RATE: "decimal, 4 places",
    Kind.FX_RATE: "decimal, 6 places",
    Kind.FLAG: "true or false",
}


def pages() -> dict[str, str]:
    """Every page: file name to text."""
    return {
        "tables.md": tables_page(),
        "commands.md": commands_page(),
        "errors.md": errors_page(),
        "messages.md": messages_page(),
        "packs.md": packs_page(),
    }


def main() -> None:
    """Write every page."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def tables_page() -> str:
    """The tables that a season holds and those that a close writes."""
    parts = [
        "# Tables",
        "A season is a folder with `season.toml` and one file per table, `.csv`, `.csv.gz`, "
        "`.parquet` or `.xlsx`. Amounts have two decimals, days are ISO dates, quantities are "
        "whole stock units. Texts are never trimmed, and capital and small letters are told apart. "
        "A * marks the key: no two rows have the same.",
        "## `season.toml`",
        _table(
            ("key", "holds"),
            (
                ("`name`", "what the season is called"),
                ("`uscc`", "the firm's unified social credit code, 18 characters, checked"),
                ("`kind`", "`trading` or `producing`"),
                ("`as_of`", "the day to close for; `--as-of` replaces it"),
                (
                    "`schema`",
                    f"the version of the tables, {SCHEMA_VERSION} today; a season without it is of "
                    f"version {FIRST_VERSION} ([season versions](../guide/season-versions.md))",
                ),
            ),
        ),
        "## What a season holds",
        *(part for table in SEASON for part in _table_parts(table, is_input=True)),
        "## What the season of a producing firm holds as well",
        "The [refund of a producing firm](../guide/producing-firm.md) is worked out from these.",
        *(part for table in PRODUCING for part in _table_parts(table, is_input=True)),
        "## What a close writes",
        "Parquet unless `--write` says otherwise; `run.json` beside them names inputs and packs "
        "with their sha256, versions, counts, control totals and a digest of each table.",
        *(part for table in OUTPUTS for part in _table_parts(table, is_input=False)),
        "## What the close of a producing firm writes as well",
        *(part for table in VAT_OUTPUTS for part in _table_parts(table, is_input=False)),
        "## What an amendment writes as well",
        "With `--amend`, where sealed figures change ([close a month](../guide/close-a-month.md)).",
        *(part for table in (AMENDMENT, CAUSES) for part in _table_parts(table, is_input=False)),
    ]
    return _page(parts)


def _table_parts(table: Table, *, is_input: bool) -> Iterator[str]:
    yield f"### `{table.name}`"
    more = ". A season may do without it." if table.optional else "."
    if table.since > FIRST_VERSION:
        more += f" Since version {table.since}."
    if table.day:
        more += f" Rows whose `{table.day}` is after `as_of` are left out and counted."
    yield f"One row per {table.row}{more}"
    rows = []
    for column in table.columns:
        star = "*" if column.key else ""
        if is_input:
            held = expected(column)
        else:
            held = ", ".join(column.values) if column.values else _HELD[column.kind]
        allowed = [held]
        if column.empty:
            allowed.append("may be empty")
        if column.absent:
            allowed.append("may be left out")
        if column.since > FIRST_VERSION:
            allowed.append(f"since version {column.since}")
        rows.append((f"`{column.name}`{star}", column.meaning, "; ".join(allowed)))
    yield _table(("column", "meaning", "holds"), rows)
    if table.references:
        yield (
            "Named here and found there: "
            + "; ".join(f"`{', '.join(ref.columns)}` in `{ref.table}`" for ref in table.references)
            + "."
        )


def commands_page() -> str:
    """The help text of every command."""
    parts = [
        "# Commands",
        "Exit code 0: done. 1: a rule said no, and why is on the error output. 2: the request "
        "itself makes no sense. A progress display is shown on a terminal and in no pipe.",
    ]
    for path, each in _commands(command, ["entrepot"]):
        context = _context(each, path)
        parts += [f"## `{' '.join(path)}`", f"```text\n{context.get_help()}\n```"]
    return _page(parts)


def _commands(each: click.Command, path: list[str]) -> Iterator[tuple[list[str], click.Command]]:
    yield path, each
    if isinstance(each, click.Group):
        context = _context(each, path)
        for name in each.list_commands(context):
            found = each.get_command(context, name)
            assert found is not None
            yield from _commands(found, [*path, name])


def _context(each: click.Command, path: list[str]) -> click.Context:
    return click.Context(
        each, info_name=" ".join(path), terminal_width=_WIDTH, max_content_width=_WIDTH
    )


def errors_page() -> str:
    """Every code that a user may meet, with what it means."""
    meanings = tomllib.loads((FOLDER / "codes.toml").read_text(encoding="utf-8"))
    _same_codes("faults", meanings["faults"], fault_codes())
    _same_codes("exceptions", meanings["exceptions"], REMEDIES)
    _same_codes("import", meanings["import"], import_codes())
    _same_codes("messages", meanings["messages"], message_codes())
    return _page(
        [
            "# Errors, faults and exceptions",
            "An error says in three parts what was asked, what was found and what to do. Its code "
            "is for programs.",
            "## Errors",
            _table(
                ("code", "exit", "says"),
                sorted(
                    (f"`{each.code}`", str(each.exit_code), _first_line(each))
                    for each in error_classes()
                ),
            ),
            "## Faults of a season",
            "`entrepot check` lists every fault of every table with file, row, column, what was "
            "found, what was expected and what to do; `entrepot close` refuses a season that has "
            "one.",
            _table(
                ("code", "says"),
                ((f"`{code}`", text) for code, text in meanings["faults"].items()),
            ),
            "## Exceptions of a close",
            "Facts that do not fit. The close goes on and reports each as a row of `exceptions`.",
            _table(
                ("code", "says", "remedy"),
                (
                    (f"`{code}`", text, REMEDIES[code])
                    for code, text in meanings["exceptions"].items()
                ),
            ),
            "## Exceptions of an import",
            "Lines of an export that are neither a sale nor a return. Each is a row of the "
            "import's `exceptions`, with its remedy.",
            _table(
                ("code", "says"),
                ((f"`{code}`", text) for code, text in meanings["import"].items()),
            ),
            "## Faults of a message for customs",
            "`entrepot customs validate` and `read` list every fault of a message with its place, "
            "line and column, what was found, what was expected and what to do. A remark is no "
            "fault: the schema takes the value, customs may not.",
            _table(
                ("code", "says"),
                ((f"`{code}`", text) for code, text in meanings["messages"].items()),
            ),
        ]
    )


def error_classes() -> list[type[EntrepotError]]:
    """Every class of error that the program raises, itself included."""
    _put_django_together()
    for module in walk_packages([str(SOURCE)], "entrepot."):
        if "migrations" not in module.name:
            import_module(module.name)
    found: list[type[EntrepotError]] = [EntrepotError]
    for each in found:
        found += [one for one in each.__subclasses__() if one not in found]
    # Tests have errors of their own.
    ours = [each for each in found if each.__module__.startswith("entrepot.")]
    return [each for each in ours if "code" in vars(each)]


def _put_django_together() -> None:
    """The desk's modules can be imported only then; no database is asked for."""
    if "DJANGO_SETTINGS_MODULE" in os.environ:
        return
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {
            "ENTREPOT_HOME": home,
            "DJANGO_SETTINGS_MODULE": "entrepot.site.settings",
        }
        django.setup()


def fault_codes() -> set[str]:
    """Every code of a fault that stands in the source."""
    written = {
        text
        for path in SOURCE.rglob("*.py")
        for text in _texts(path)
        if _FAULT.fullmatch(text) and text not in _NO_FAULT
    }
    return written | {f"season.{field.name}" for field in fields(About)}


def import_codes() -> set[str]:
    """Every code that an import reports a line with."""
    folder = SOURCE / "warehouse" / "importing"
    tree = ast.parse((folder / "faults.py").read_text(encoding="utf-8"))
    found = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Fault"
        and isinstance(node.args[0], ast.Constant)
    }
    outputs = import_module("entrepot.warehouse.importing.outputs")
    return {*found, outputs.WITHOUT_ORDER}


def message_codes() -> set[str]:
    """Every code of a fault that a message may have."""
    return {
        text
        for path in (SOURCE / "customs" / "messages").glob("*.py")
        for text in _texts(path)
        if _MESSAGE_FAULT.fullmatch(text)
    }


def _texts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _same_codes(what: str, told: Iterable[str], found: Iterable[str]) -> None:
    missing, spare = sorted(set(found) - set(told)), sorted(set(told) - set(found))
    if missing or spare:
        raise SystemExit(
            f"docs/reference/codes.toml, [{what}]: say what these mean: {missing}; "
            f"these no longer exist: {spare}"
        )


def messages_page() -> str:
    """Every message for customs and every field of it, its editions side by side."""
    about = messages.about()
    editions = {name: messages.edition(name) for name in messages.names()}
    newest = messages.newest()
    parts = [
        "# Messages for customs",
        f"{about['title']}. How a field is written: `C36` 36 characters, `C1..80` 1 to 80, `C..60` "
        "at most 60 or none, `N5` a whole number of at most 5 digits, `N19.5` a number of 19 "
        "digits, 5 of them decimals; `?` it may be left out, `1..100` how often it may stand, "
        "`trimmed` blanks at its ends do not count, `default 1` empty means 1, `always 3` nothing "
        "but 3; `-` it is not there.",
        about["how"].strip().replace("\n", " "),
        _table(
            ("edition", "source"),
            ((name, str(each["source"])) for name, each in about["editions"].items()),
        ),
        "## Messages",
        _table(
            ("message", "中文", "what it carries", "sent by", "answered by", "editions"),
            (
                (
                    f"`{kind.name}`",
                    kind.zh,
                    f"{kind.en} (`{kind.carries}`, at most {kind.most})",
                    "firm" if kind.from_firm else "customs",
                    f"`{kind.answered_by}`" if kind.answered_by else "",
                    ", ".join(name for name, each in editions.items() if kind.name in each.kinds),
                )
                for kind in newest.kinds.values()
            ),
        ),
        "A message that a firm sends carries after its documents `BaseTransfer`, at most 5 "
        "`BaseSubscribe`, an XML signature and `ExtendMessage`, the last three where they are "
        "needed. Its root has the attributes `guid` (C36) and `version` (C1..10).",
    ]
    cells = {name: messages.cells(name) for name in editions}
    for part in dict.fromkeys(part for part, _ in cells[newest.name]):
        meanings = {
            child.name: child.meaning for child in newest.part(part).children if child.facet
        }
        names_of = [element for owner, element in cells[newest.name] if owner == part]
        parts += [
            f"## `{part}`",
            _table(
                ("element", *editions, "中文", "meaning"),
                (
                    (
                        f"`{element}`",
                        *(cells[name].get((part, element), "-") for name in editions),
                        meanings[element].zh if element in meanings else "",
                        meanings[element].en if element in meanings else "a part of its own",
                    )
                    for element in names_of
                ),
            ),
        ]
    return _page(parts)


def packs_page() -> str:
    """Every published pack: what it holds, who published it, how sure its rows are."""
    sure = "; ".join(f"**{letter}** {words}" for letter, words in CONFIDENCE.items())
    parts = [
        "# Packs",
        "Figures of the law, each with the first day it holds, the day it ends, where it was read "
        "and how sure it is. They lie in `src/entrepot/packs`, a CSV file with a TOML file about "
        "it each, so that whoever knows the law can compare and correct them. "
        f"How sure: {sure}. Every pack also has the columns "
        + ", ".join(f"`{column}`" for column in EVERY_PACK)
        + ".",
        "A firm's own packs lie in the folder that `ENTREPOT_PACKS` names and are called "
        "`own/NAME`; they never take the place of a published one.",
    ]
    for name in (each for each in names() if not each.startswith(f"{OWN}/")):
        pack = read(name)
        about = pack.about
        counted = Counter(row.text("confidence") for row in pack.rows)
        parts += [
            f"## `{name}`",
            _table(
                ("", ""),
                (
                    ("what", pack.title),
                    ("unit", str(about["unit"])),
                    ("publisher", str(about["publisher"])),
                    ("address", str(about["address"])),
                    ("retrieved", str(about["retrieved"])),
                    ("checked by", str(about["checked_by"])),
                    ("licence", str(about["licence"])),
                    ("key", ", ".join(f"`{column}`" for column in pack.key)),
                    ("columns", _columns(about["columns"])),
                    ("rows", f"{len(pack.rows)}: " + _counts(counted)),
                ),
            ),
        ]
    return _page(parts)


def _columns(columns: Mapping[str, str]) -> str:
    return ", ".join(f"`{name}` {held.lower()}" for name, held in columns.items())


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{counted[letter]} {letter}" for letter in CONFIDENCE if counted[letter])


def _first_line(each: type) -> str:
    return (each.__doc__ or "").strip().splitlines()[0]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def _page(parts: list[str]) -> str:
    title, *rest = parts
    return "\n\n".join([title, _WRITTEN, *rest]) + "\n"


if __name__ == "__main__":
    main()
