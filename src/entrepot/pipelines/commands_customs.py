# SPDX-License-Identifier: Apache-2.0
"""`entrepot customs`: messages of the export edition, checked, read and made up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from entrepot.customs.messages.editions import names
from entrepot.customs.messages.faults import SHOWN, Fault
from entrepot.customs.messages.files import (
    as_facts,
    faults_as_facts,
    found,
    read_file,
    write_samples,
)
from entrepot.customs.messages.reading import Reading
from entrepot.pipelines import commands_sending
from entrepot.pipelines.commands_classify import classify
from entrepot.pipelines.commands_ways import merge, way

EDITIONS = click.Choice(list(names()))


@click.group("customs")
def customs() -> None:
    """Check, read, make up, sign and verify messages for customs, and read its receipts; tell ways
    to declare, merge lists, and look at how goods are classified.
    """


customs.add_command(way)
customs.add_command(merge)
customs.add_command(classify)
for _command in commands_sending.commands():
    customs.add_command(_command)


@customs.command("validate")
@click.argument(
    "paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--edition", type=EDITIONS, help="Check against this edition, not the best fit.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=SHOWN,
    show_default=True,
    metavar="N",
    help="Print at most N faults of a file; all are counted.",
)
@click.option("--json", "as_json", is_flag=True, help="Print every fault for a program to read.")
def validate(paths: tuple[Path, ...], edition: str | None, limit: int, as_json: bool) -> None:
    """Say every fault of messages; of a folder, of every .xml file in it."""
    readings = ((path, read_file(path, edition, keep=False)) for path in found(paths))
    faulty = _validated_as_json(readings) if as_json else _validated(readings, limit)
    if faulty:
        raise click.exceptions.Exit(1)


def _validated(readings: Iterator[tuple[Path, Reading]], limit: int) -> int:
    files = faulty = faults = documents = remarks = 0
    for path, reading in readings:
        click.echo(f"{path}: {described(reading)}")
        _print_faults(reading.faults, reading.fault_count, limit)
        _print_faults(reading.remarks, reading.remark_count, limit, "remark: ")
        files, faulty = files + 1, faulty + bool(reading.fault_count)
        faults, remarks = faults + reading.fault_count, remarks + reading.remark_count
        documents += reading.count
    more = f", {_many(remarks, 'remark')}" if remarks else ""
    said = f"{_many(faults, 'fault')} in {faulty:,} of them" if faulty else "no faults"
    click.echo(f"{_many(files, 'file')}, {_many(documents, 'document')}: {said}{more}.")
    return faulty


def _validated_as_json(readings: Iterator[tuple[Path, Reading]]) -> int:
    """One JSON object a line, so that a folder of any size can be told."""
    faulty = 0
    for path, reading in readings:
        faulty += bool(reading.fault_count)
        facts = {
            "file": str(path),
            "message": reading.message,
            "edition": reading.edition,
            "is_valid": reading.is_valid,
            "count": reading.count,
            **faults_as_facts(reading),
        }
        click.echo(json.dumps(facts, ensure_ascii=False))
    return faulty


@customs.command("read")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--edition", type=EDITIONS, help="Read it as of this edition, not the best fit.")
@click.option("--json", "as_json", is_flag=True, help="Print all that it holds as JSON.")
def read(file: Path, edition: str | None, as_json: bool) -> None:
    """Show what a message holds, and its faults; it is read as far as it can be."""
    (path,) = found([file])[:1]
    reading = read_file(path, edition)
    if as_json:
        click.echo(
            json.dumps({"file": str(path), **as_facts(reading)}, ensure_ascii=False, indent=2)
        )
        return
    click.echo(described(reading))
    for number, document in enumerate(reading.documents, start=1):
        click.echo(f"{reading.carries} {number}")
        for line in _shown(document, "  "):
            click.echo(line)
    _print_faults(reading.faults, reading.fault_count, SHOWN)
    _print_faults(reading.remarks, reading.remark_count, SHOWN, "remark: ")


@customs.command("sample")
@click.option("--message", required=True, metavar="CODE", help="Which message, such as 603.")
@click.option("--count", type=int, default=10, show_default=True, help="How many documents.")
@click.option(
    "--edition", type=EDITIONS, default=names()[-1], show_default=True, help="Of which edition."
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder to write, which is not there yet.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other data.")
@click.option("--envelope", is_flag=True, help="Put each message into a DxpMsg.")
def sample(message: str, count: int, edition: str, out: Path, seed: int, envelope: bool) -> None:
    """Make up messages to try things out with, a hundred documents a file.

    The same options make the same files, to the byte. Firms, numbers and codes are made up; the
    documents are drafts without a signature.
    """
    files, size = write_samples(
        out, message, count, edition_name=edition, seed=seed, in_envelopes=envelope
    )
    click.echo(f"{_many(count, 'document')} in {_many(files, 'file')}, {size:,} bytes")
    click.echo(f"Check them with: entrepot customs validate {out}")


def described(reading: Reading) -> str:
    """What a file is, in one line."""
    if not reading.message:
        return "no message"
    said = [reading.message, _many(reading.count, "document")]
    if reading.envelope is not None:
        said.append("in an envelope")
    if reading.fault_count:
        against = f" against edition {reading.edition}" if reading.edition else ""
        said.append(_many(reading.fault_count, "fault") + against)
    else:
        said.append("fits edition " + " and ".join(reading.fits or (reading.edition,)))
    return ", ".join(said)


def _print_faults(faults: Sequence[Fault], count: int, limit: int, kind: str = "") -> None:
    for fault in faults[:limit]:
        click.echo(f"  {kind}{fault}")
    if count > min(limit, len(faults)):
        click.echo(f"  and {count - min(limit, len(faults)):,} more")


def _shown(values: dict[str, object], indent: str) -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield f"{indent}{name}"
            yield from _shown(value, indent + "  ")
        elif isinstance(value, list):
            for number, each in enumerate(value, start=1):
                yield f"{indent}{name} {number}"
                yield from _shown(each, indent + "  ") if isinstance(each, dict) else (str(each),)
        else:
            yield f"{indent}{name}: {value}"


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
