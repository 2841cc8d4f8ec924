# SPDX-License-Identifier: Apache-2.0
"""Reads MT940 of SWIFT, and MT942, through the library mt-940: one message at a time.

The library reads the fields, the structured field 86 of German banks included; it keeps one set of
balances, so that messages of one file are parted here. Fields with money are looked at first, so
that all mistakes are told with their rows. `RC` takes a credit back and is below zero, `RD` above.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import mt940

from entrepot.bank.money import digits, signed_units
from entrepot.bank.tables import Balance, Entry, Money, Part, Statement
from entrepot.engine.mistakes import Mistake, shown

# What it cannot read is told here, not on the terminal as well.
logging.getLogger("mt940").setLevel(logging.CRITICAL)

#: Characters of one field at most; field 86 has 390, banks that write more stay far below.
LONGEST = 20_000
_REMEDY = "Ask the bank for the file again."
#: What the library raises where a field is not as it should be.
_BROKEN = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
_TAG = re.compile(r":(?P<tag>[0-9]{2}[A-Z]?|NS):")
_AMOUNT = r"(?=[0-9,]{1,16})[0-9]{1,13}(?:,[0-9]{0,12})?"
#: The fields with money, as they must begin, and what that is.
_FORMS = {
    "60": (rf"[DC][0-9]{{6}}[A-Z]{{3}}{_AMOUNT}", "a balance such as C260325EUR1234,56"),
    "61": (
        rf"[0-9]{{6}}(?:[0-9]{{4}}| {{4}})?R?[DC][A-Z]?\n? ?{_AMOUNT}[A-Z].*",
        "an entry such as 2603250325C1234,56NTRFREFERENCE",
    ),
}
_FORMS["62"] = _FORMS["60"]


def read_mt940(file: str, text: str) -> tuple[list[Statement], list[Mistake]]:
    """The statements of a file, and every mistake in it."""
    statements: list[Statement] = []
    mistakes: list[Mistake] = []
    messages = list(_messages(text))
    if not messages:
        mistakes.append(Mistake(file, 1, "", "no field :20:", "a message MT940", _REMEDY))
    for fields in messages:
        found = [*_faults(file, fields)]
        if not found:
            try:
                statements.append(_statement(file, fields))
                continue
            except _BROKEN as error:
                found = [_broken(file, fields, error)]
        mistakes += found
    return statements, mistakes


#: The fields that are read; what else a bank writes says nothing of an entry.
_WANTED = {"20", "25", "28", "28C", "34F", "60F", "60M", "61", "62F", "62M", "86"}
#: Where the currency stands in the fields that have one.
_CURRENCY = {"34F": 0, "60F": 7, "60M": 7, "62F": 7, "62M": 7}
#: The row of a field, its tag and what it says.
_Field = tuple[int, str, str]


def _messages(text: str) -> Iterator[list[_Field]]:
    """The fields of each message; what stands outside of messages is an envelope."""
    fields: list[_Field] = []
    is_open = False
    for row, line in enumerate(text.splitlines(), 1):
        line = re.sub(r"^.*\{4:", "", line).rstrip()
        begun = _TAG.match(line)
        if begun and begun["tag"] == "20":
            if fields:
                yield fields
            fields, is_open = [], True
        if line in ("-", "-}") or line.startswith("-}"):
            is_open = False
        elif is_open and begun:
            fields.append((row, begun["tag"], line[begun.end() :]))
        elif is_open and fields:
            at, tag, said = fields[-1]
            if len(said) <= LONGEST:
                fields[-1] = (at, tag, f"{said}\n{line}")
    if fields:
        yield fields


def _broken(file: str, fields: list[_Field], error: Exception) -> Mistake:
    """What the library could not read: it hands over the field, or says what was wrong in it."""
    row, column, found = fields[0][0], "", str(error).splitlines()[0]
    if isinstance(error, RuntimeError) and len(error.args) == 3:
        _, tag, found = error.args
        column = f":{tag.id}:"
        row = next((at for at, name, _ in fields if name.startswith(str(tag.id))), row)
    return Mistake(file, row, column, shown(found), "a message MT940", _REMEDY)


def _faults(file: str, fields: list[_Field]) -> Iterator[Mistake]:
    tags = [tag for _, tag, _ in fields]
    for needed in ("25", "28"):
        if not any(tag.startswith(needed) for tag in tags):
            yield Mistake(file, fields[0][0], f":{needed}:", "nothing", "this field", _REMEDY)
    currency = ""
    for row, tag, said in fields:
        if len(said) > LONGEST:
            expected = f"at most {LONGEST:,} characters"
            yield Mistake(file, row, f":{tag}:", "a longer field", expected, _REMEDY)
        elif tag[:2] in _FORMS:
            form, expected = _FORMS[tag[:2]]
            if not re.fullmatch(form, said.rstrip(), re.DOTALL):
                yield Mistake(file, row, f":{tag}:", shown(said), expected, _REMEDY)
        if tag in _CURRENCY:
            currency = said[_CURRENCY[tag] :][:3]
            if currency not in digits():
                expected = "the code of a currency"
                yield Mistake(file, row, f":{tag}:", shown(currency), expected, _REMEDY)
    if not currency and "61" in tags:
        expected = "a balance or a floor limit, which tells the currency"
        yield Mistake(file, fields[0][0], ":60F:", "nothing", expected, _REMEDY)


def _statement(file: str, fields: list[_Field]) -> Statement:
    """Raises: what the library raises, and ValueError where an amount has too many decimals."""
    text = "\n".join(f":{tag}:{said}" for _, tag, said in fields if tag in _WANTED)
    read = mt940.parse(text, options=mt940.Options.all())
    said: dict[str, Any] = read.data
    opening = _balance(
        said.get("final_opening_balance") or said.get("intermediate_opening_balance")
    )
    closing = _balance(
        said.get("final_closing_balance") or said.get("intermediate_closing_balance")
    )
    rows = [row for row, tag, _ in fields if tag == "61"]
    if len(rows) != len(read.transactions):
        raise ValueError(f"{len(rows)} fields :61:, {len(read.transactions)} entries")
    entries = tuple(
        _entry(row, each.data) for row, each in zip(rows, read.transactions, strict=True)
    )
    currency = opening.amount.currency if opening else read.currency or ""
    number = said.get("statement_number")
    return Statement(
        file,
        fields[0][0],
        "statement" if opening or closing else "report",
        said.get("transaction_reference") or "",
        said["account_identification"].strip(),
        currency,
        int(number) if number else None,
        said.get("sequence_number") or "",
        opening.on if opening else None,
        closing.on if closing else None,
        opening,
        closing,
        entries,
    )


def _balance(said: Any) -> Balance | None:
    if said is None:
        return None
    return Balance(_money(said.amount.amount, said.amount.currency), _day(said.date))


def _entry(row: int, said: dict[str, Any]) -> Entry:
    names = ("customer_reference", "end_to_end_reference", "additional_position_reference")
    references = [said.get(name) or "" for name in names]
    known = tuple(dict.fromkeys(r.strip() for r in references if r.strip() not in ("", "NONREF")))
    details = [said.get(name) for name in ("purpose", "additional_purpose", "transaction_details")]
    words = [*details, said.get("extra_details"), said.get("posting_text")]
    text = " ".join(dict.fromkeys(" ".join(each.split()) for each in words if each))
    amount = _money(said["amount"].amount, said["amount"].currency)
    name = said.get("applicant_name") or ""
    account = said.get("applicant_iban") or said.get("gvc_applicant_iban") or ""
    valued = _day(said["date"])
    return Entry(
        row,
        _day(said.get("entry_date")) or valued,
        valued,
        amount,
        "booked",
        said["status"].upper().startswith("R"),
        (said.get("bank_reference") or "").strip(),
        known,
        name,
        account,
        text,
        "/".join(filter(None, (said.get("id"), said.get("transaction_code")))),
        parts=(Part(amount, known, name, account, text),),
    )


def _money(amount: Decimal, currency: str) -> Money:
    minor = signed_units(format(amount, "f"), digits()[currency])
    if minor is None:
        raise ValueError(f"{amount} is no amount in {currency}")
    return Money(minor, currency)


def _day(said: date | None) -> date | None:
    return date(said.year, said.month, said.day) if said else None
