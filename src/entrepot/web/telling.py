# SPDX-License-Identifier: Apache-2.0
"""Refusals, faults and states as a person reads them, in Chinese or English.

The program says everything in English. The Chinese of it is data: `refusals/*.toml`, a section for
each code; and `states.toml` for the codes that the database keeps, in both languages. What has no
Chinese yet is said in English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from django.utils.translation.trans_real import parse_accept_lang_header

from entrepot.errors import EntrepotError
from entrepot.web.phrases import Book

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
#: The key of a code's section that says what kind of refusal it is.
TITLE: Final = "title"
#: What of a fault is for people; the rest of it is for programs.
_SAID: Final = ("found", "expected", "remedy", "reason")


@dataclass(frozen=True, slots=True)
class Told:
    """A refusal for people.

    `title`: what kind it is. `faults`: what the facts list, each with its sentences told.
    """

    title: str
    asked: str
    found: str
    remedy: str
    faults: tuple[Mapping[str, Any], ...] = ()


def told(error: EntrepotError, language: Language) -> Told:
    """What a refusal says, in a language."""
    kept = {"code": error.code, "asked": error.asked, "found": error.found,
            "remedy": error.remedy, "facts": error.facts}  # fmt: skip
    return told_kept(kept, language, title=summary_of(error))


def told_kept(kept: Mapping[str, Any], language: Language, title: str = "") -> Told:
    """What a refusal said that was kept: that of a job, of an event of a shop, of a scan.

    Args:
        kept: its `code`, `found`, `remedy`, and `asked` and `facts` where they were kept.
        language: to tell it in.
        title: what kind it is, in English.
    """
    code = str(kept.get("code", ""))
    facts = facts_told(kept.get("facts") or {}, language, code)
    found = str(kept.get("found", ""))
    return Told(
        _titles().get(code, title) if language == "zh" else title,
        in_words(str(kept.get("asked", "")), language, code),
        _listed(facts)
        if facts.get("mistakes") and language == "zh"
        else _found(found, facts, language, code),
        in_words(str(kept.get("remedy", "")), language, code),
        tuple(_faults(facts)),
    )


def _found(found: str, facts: Mapping[str, Any], language: Language, code: str) -> str:
    """What was found; whoever refused may have said it in Chinese as well, as a fact."""
    if language == "zh" and "found_zh" in facts:
        return str(facts["found_zh"])
    return in_words(found, language, code)


def in_words(text: str, language: Language, code: str = "") -> str:
    """A sentence of the program, or a word of it, in a language.

    Args:
        text: as the program says it.
        language: to tell it in.
        code: of the refusal that says it; without one, what every refusal may say.
    """
    return text if language == "en" else _book().tell(text, code) or text


def facts_told(facts: Mapping[str, Any], language: Language, code: str = "") -> dict[str, Any]:
    """The facts of a refusal; of what they list, sentences are told, and the rest is as it was."""
    if language == "en":
        return dict(facts)
    return {
        name: [_fault(each, language, code) for each in value]
        if isinstance(value, (list, tuple))
        else value
        for name, value in facts.items()
    }


def state_in_words(kinds: str, code: str, language: Language) -> str:
    """The word for a state that the database keeps; the code itself where there is none.

    Args:
        kinds: what has the state: `order`, or several of which one has it: `order|import`.
        code: the state: `open`, or several: `open or held`.
        language: to tell it in.
    """
    many = code.split(" or ")
    if len(many) > 1:
        words = [state_in_words(kinds, each, language) for each in many]
        return ("或" if language == "zh" else " or ").join(words)
    for kind in kinds.split("|"):
        if words_of := states().get(kind, {}).get(code):
            return words_of[language]
    return code


@cache
def states() -> Mapping[str, Mapping[str, Mapping[Language, str]]]:
    """Of each kind, its states and what they are called in either language."""
    text = files("entrepot.web").joinpath("states.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def refusals() -> Mapping[str, Mapping[str, str]]:
    """The Chinese of every code: its title, and its sentences by their English."""
    found: dict[str, dict[str, str]] = {}
    folder = files("entrepot.web").joinpath("refusals")
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            for code, section in tomllib.loads(file.read_text("utf-8")).items():
                found.setdefault(code, {}).update(section)
    return found


def summary_of(error: EntrepotError) -> str:
    """What kind of refusal it is, in English: the first line of its description."""
    return (type(error).__doc__ or error.code).strip().split("\n")[0]


def accepted(header: str) -> Language:
    """Of English and Chinese what an `Accept-Language` likes more; English where it likes none."""
    for name, weight in parse_accept_lang_header(header[:500]):
        main = name.partition("-")[0]
        if weight and main in LANGUAGES:
            return main
    return "en"


@cache
def _titles() -> Mapping[str, str]:
    return {code: each[TITLE] for code, each in refusals().items() if TITLE in each}


@cache
def _book() -> Book:
    sentences = {
        code: {english: says for english, says in each.items() if english != TITLE}
        for code, each in refusals().items()
    }
    return Book(sentences, lambda kinds, code: state_in_words(kinds, code, "zh"))


def _fault(fault: Any, language: Language, code: str) -> Any:
    if not isinstance(fault, Mapping):
        return fault
    return {
        name: in_words(value, language, code) if name in _SAID and isinstance(value, str) else value
        for name, value in fault.items()
    }


def _faults(facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the facts list with a sentence for people."""
    return [
        each
        for value in facts.values()
        if isinstance(value, (list, tuple))
        for each in value
        if isinstance(each, Mapping) and any(name in each for name in _SAID)
    ]


def _place(mistake: Mapping[str, Any]) -> str:
    """Where a mistake stands: as it says it, or by its file, row and column."""
    if "place" in mistake:
        return str(mistake["place"])
    row, column = mistake.get("row"), mistake.get("column")
    file = str(mistake.get("file", ""))
    return (f"{file}:{row}" if row is not None else file) + (f", {column}" if column else "")


def _listed(facts: Mapping[str, Any]) -> str:
    """What the English says of mistakes on a line each."""
    shown = facts["mistakes"]
    lines = [f"共 {facts['count']} 处错误："]
    lines += [f"  {_place(each)}：{each['found']}{each['remedy']}" for each in shown]
    if more := facts["count"] - len(shown):
        lines.append(f"  另有 {more} 处。")
    return "\n".join(lines)
