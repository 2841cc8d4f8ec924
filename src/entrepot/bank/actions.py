# SPDX-License-Identifier: Apache-2.0
"""Read bank statements: take, judge, merge and foot; and match payouts to what arrived."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from entrepot.bank.camt import read_camt
from entrepot.bank.footing import Finding, foot
from entrepot.bank.mapping import Mapping, read_mapping
from entrepot.bank.matching import Rules, match
from entrepot.bank.mistakes import Contradicting, Unreadable
from entrepot.bank.payouts import read_payouts
from entrepot.bank.reporting import match_report, read_report
from entrepot.bank.swift import read_mt940
from entrepot.bank.table import read_table
from entrepot.bank.tables import Statement
from entrepot.engine.mistakes import Mistake, refusal
from entrepot.errors import Misused

FORMATS = {
    "camt": (".xml",),
    "mt940": (".sta", ".mt940", ".940", ".txt", ".swi"),
    "table": (".csv", ".txt", ".tsv"),
}
#: Files of a folder that are read at once.
MOST_FILES = 10_000
#: Bytes of one file; a statement of a hundred thousand entries has fewer.
LARGEST = 128 << 20


@dataclass(slots=True)
class Read:
    """What was read: statements, what does not fit, what was given twice, what was left alone."""

    statements: list[Statement] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    given_twice: list[dict[str, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def read_bank(path: Path, form: str, mapping: Path | None = None, encoding: str = "") -> Read:
    """Read a file of a bank, or all files of a folder, and foot every statement.

    Args:
        form: one of FORMATS.
        encoding: of MT940, where it is neither UTF-8 nor Windows-1252.

    Raises:
        Misused: there is no such path, or options that do not go together.
        Unreadable, BadMapping: with every mistake of all files.
        Contradicting: two statements of one number that say different things.
    """
    if (form == "table") != (mapping is not None):
        raise Misused(
            f"Cannot read as {form}.",
            "A table is read by a mapping." if form == "table" else "The format is known.",
            "Give --mapping with --format table, and with no other format.",
        )
    known = read_mapping(mapping) if mapping else None
    files, ignored = _files(path, form)
    read = Read(ignored=ignored)
    mistakes: list[Mistake] = []
    names: dict[str, str] = {}
    for each in files:
        data = _bytes(each)
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 in names:
            read.given_twice.append({"kept": names[sha256], "left": each.name})
            continue
        names[sha256] = each.name
        statements, found = _take(each.name, data, form, known, encoding)
        mistakes += found
        read.statements += statements
        about = {"file": each.name, "sha256": sha256, "bytes": len(data)}
        read.inputs.append({**about, "statements": len(statements)})
    if mistakes:
        told = files[0].name if len(files) == 1 else f"{len(files)} files"
        remedy = "Give the files as the bank made them; nothing was taken."
        raise refusal(Unreadable, f"Cannot read {told} as {form}.", mistakes, remedy)
    read.statements = _merged(read.statements, read.given_twice)
    read.findings = foot(read.statements)
    return read


def bank_report(path: Path, form: str, mapping: Path | None, encoding: str) -> dict[str, Any]:
    """What `entrepot bank read --json` prints."""
    read = read_bank(path, form, mapping, encoding)
    return _with_files(read_report(read.statements, read.findings), read)


def matched(
    payouts: Path, path: Path, form: str, mapping: Path | None, encoding: str, rules: Rules
) -> dict[str, Any]:
    """Match payouts to what the bank says arrived: what `entrepot bank match --json` prints.

    Raises:
        what `read_bank` raises, and `read_payouts`.
        MoneyLost: a payout or credit is in no state or in two: a mistake of the program.
    """
    owed, left_out = read_payouts(payouts)
    read = read_bank(path, form, mapping, encoding)
    result = match(owed, read.statements, rules)
    report = match_report(result, read.statements, read.findings, rules)
    return _with_files({**report, "payouts_left_out": left_out}, read)


def _with_files(report: dict[str, Any], read: Read) -> dict[str, Any]:
    return {
        "inputs": read.inputs,
        "given_twice": read.given_twice,
        "ignored": read.ignored,
        **report,
    }


def _take(
    name: str, data: bytes, form: str, mapping: Mapping | None, encoding: str
) -> tuple[list[Statement], list[Mistake]]:
    if form == "camt":
        return read_camt(name, data)
    text, fault = _text(name, data, mapping.encoding if mapping else encoding)
    if fault:
        return [], [fault]
    return read_table(name, text, mapping) if mapping else read_mt940(name, text)


def _text(name: str, data: bytes, encoding: str) -> tuple[str, Mistake | None]:
    """The text of a file: in its encoding, or else in UTF-8 or Windows-1252."""
    for each in (encoding,) if encoding else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(each), None
        except UnicodeDecodeError as error:
            row = data.count(b"\n", 0, error.start) + 1
        except LookupError as error:
            raise Misused(
                f"Cannot read as {each}.", "No such encoding.", "Say for example cp1252."
            ) from error
    remedy = "Say which with --encoding, or in the mapping."
    return "", Mistake(name, row, "", "bytes of another encoding", encoding or "UTF-8", remedy)


def _merged(statements: Sequence[Statement], twice: list[dict[str, str]]) -> list[Statement]:
    """Each statement once.

    Raises:
        Contradicting: two of one account, number and page that say different things.
    """
    known: dict[tuple[object, ...], Statement] = {}
    mistakes = []
    for each in statements:
        days = (each.begins, each.ends)
        names = (each.identity, each.number, each.page)
        # A table has no number of its own: its file and days stand for it.
        key = (each.kind, each.account, each.currency, *names, *days)
        earlier = known.setdefault(key, each)
        if earlier is each:
            continue
        if earlier.said() == each.said():
            what = f"statement {each.identity} of {each.account}"
            twice.append({"kept": earlier.file, "left": each.file, "statement": what})
        else:
            found = f"another statement {each.identity} of {each.account}"
            expected = f"what {earlier.file}:{earlier.row} says"
            remedy = "Take away the one that does not count."
            mistakes.append(Mistake(each.file, each.row, "", found, expected, remedy))
    if mistakes:
        raise refusal(Contradicting, "Cannot tell which statement counts.", mistakes, "Choose one.")
    return list(known.values())


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise refusal(
            Unreadable,
            f"Cannot read {path.name}.",
            [Mistake(path.name, None, "", "a larger file", f"at most {LARGEST >> 20} MB", "")],
            "Split it, or fetch it for a shorter time.",
        )
    return data


def _files(path: Path, form: str) -> tuple[list[Path], list[str]]:
    """The files to read, in order of their names, and what else lies in the folder."""
    if path.is_file():
        return [path], []
    asked = f"Cannot read bank statements of {path}."
    if not path.is_dir():
        raise Misused(asked, "There is no such file or folder.", "Give the path of a statement.")
    inside = sorted(each for each in path.iterdir() if not each.name.startswith("."))
    endings = FORMATS[form]
    wanted = [each for each in inside if each.is_file() and each.suffix.lower() in endings]
    if not wanted or len(wanted) > MOST_FILES:
        found = f"{len(wanted):,} files there end in {' or '.join(endings)}."
        remedy = f"Give a folder with 1 to {MOST_FILES:,} statements, or one statement."
        raise Misused(asked, found, remedy)
    return wanted, [each.name for each in inside if each not in wanted]
