# SPDX-License-Identifier: Apache-2.0
"""Say units, amounts, days and names in one language, and hang them on a tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from rich.text import Text
from rich.tree import Tree

from entrepot.pipelines.walk.closed import Row
from entrepot.pipelines.walk.printable import printable
from entrepot.pipelines.walk.words import EXCEPTIONS_ZH, WORDS

T = TypeVar("T")

DIM, BAD, HEAD = "dim", "red", "bold"


class Teller:
    """Says things in one language.

    Args:
        language: en or zh.
        limit: rows of a branch that are shown.
    """

    def __init__(self, language: str, limit: int) -> None:
        self._language, self._words, self._limit = language, WORDS[language], limit

    def say(self, words: str, **facts: object) -> str:
        """The `words`, with what the tables hold made fit to be shown."""
        shown = {name: printable(str(value)) for name, value in facts.items()}
        return self._words[words].format(**shown)

    def named(self, kind: str, word: object) -> str:
        """A word of the tables, such as a fate, in this language; one it does not know as it is."""
        return self._words.get(f"{kind}.{word}", printable(str(word)))

    def listed(self, parts: Iterable[str]) -> str:
        """What there is of `parts`, after one another."""
        return self._words["comma"].join(part for part in parts if part)

    def titled(self, *title: str, then: Iterable[str]) -> str:
        """A title, and after a colon what there is to say of it."""
        rest = self.listed(then)
        return self.listed(title) + (self._words["colon"] + rest if rest else "")

    def units(self, count: int) -> str:
        """A count of units."""
        return self.say("unit") if count == 1 else self.say("units", units=f"{count:,}")

    def amount(self, money: str) -> str:
        """An amount in CNY."""
        return self.say("amount", amount=grouped(money))

    def money(self, money: str | None) -> str:
        """An amount where CNY is understood; one that is null is not known."""
        return self.say("not_known") if money is None else grouped(money)

    def sums(self, sums: Row) -> str:
        """Units, what they cost, and how many of them no invoice covers."""
        amount = self.amount(sums["net_amount"]) if sums["net_amount"] is not None else ""
        lacking = ""
        if sums["uncovered"]:
            text = self.say("uncovered", units=self.units(sums["uncovered"]))
            lacking = self.say("brackets", text=text)
        return self.listed([self.units(sums["units"]), amount]) + lacking

    def days(self, first: str, last: str) -> str:
        """A day, or the first and the last of several."""
        return first if first == last else self.say("days", first=first, last=last)

    def exception(self, row: Row) -> str:
        """An exception: its code, the row it is about, what was found and what to do."""
        found, remedy = row["found"], row["remedy"]
        if self._language == "zh" and row["code"] in EXCEPTIONS_ZH:
            found, remedy = EXCEPTIONS_ZH[row["code"]], row["found"]
        return self.say("exception", code=row["code"], key=row["key"], found=found, remedy=remedy)

    def proof(self, proof: Row) -> str:
        """That a total is the sum of its parts."""
        is_money = proof["unit"] == "CNY"
        parts = [
            self.say(
                "part",
                name=self.named("fate", name),
                units=grouped(part) if is_money else f"{part:,}",
            )
            for name, part in proof["parts"].items()
        ]
        total = grouped(proof["total"]) if is_money else f"{proof['total']:,}"
        text = self.say(
            "proof",
            of=self.named("of", proof["of"]),
            total=total,
            parts=" + ".join(parts) or "0",
        )
        return text if proof["holds"] else self.say("broken", proof=text)

    def shown(self, branch: Tree, rows: Sequence[T]) -> Iterator[T]:
        """As many rows as are shown of a branch; then how many more there are."""
        yield from rows[: self._limit]
        if len(rows) > self._limit:
            add(branch, self.say("more", count=f"{len(rows) - self._limit:,}"), DIM)

    def proofs(self, branch: Tree, proofs: Sequence[Row]) -> None:
        """Hang proofs on a branch."""
        for each in proofs:
            add(branch, self.proof(each), "green" if each["holds"] else BAD)

    def exceptions(self, branch: Tree, rows: Sequence[Row]) -> None:
        """Hang exceptions on a branch."""
        for row in self.shown(branch, rows):
            add(branch, self.exception(row), BAD)


def add(branch: Tree, label: str, style: str = "") -> Tree:
    """Hang a label on a branch, as text: nothing in it is markup."""
    return branch.add(Text(label, style=style))


def grouped(money: str) -> str:
    """An amount with its thousands apart."""
    sign = "-" if money.startswith("-") else ""
    whole, point, places = money.lstrip("-").partition(".")
    return f"{sign}{int(whole):,}{point}{places}"
