# SPDX-License-Identifier: Apache-2.0
"""The kinds of jobs.

A module named `work` of any app declares its own:

    @work("catalog.import")
    def import_products(told: Told, arguments: ImportIn) -> dict[str, object]:
        for index, row in enumerate(rows):
            ...
            told.progress(index + 1, of=len(rows))
        return {"added": 12}

It runs within the enterprise and as the actor that asked for it, in one transaction: it may stop at
any line, and nothing is half done. What it returns is JSON and becomes the job's result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, get_type_hints

from pydantic import BaseModel

Arguments = TypeVar("Arguments", bound=BaseModel)
Result = Mapping[str, object]


class Told(Protocol):
    """Where a job says how far it is."""

    def progress(self, done: int, of: int | None = None) -> None:
        """Say how far it is; seen at once, while the job's own transaction goes on.

        Cheap enough to be called for every row. A job that was asked to stop stops here.
        """


@dataclass(frozen=True, slots=True)
class Work(Generic[Arguments]):
    """A kind of job: its name, what it takes, what it does."""

    kind: str
    takes: type[Arguments]
    does: Callable[[Told, Arguments], Result]


#: Every kind that was declared, by name.
KINDS: dict[str, Work[BaseModel]] = {}


def work(kind: str) -> Callable[[Callable[[Told, Arguments], Result]], Work[Arguments]]:
    """Declare a kind of job; `jobs.actions.start` begins one."""

    def declare(does: Callable[[Told, Arguments], Result]) -> Work[Arguments]:
        if kind in KINDS:
            raise AssertionError(f"two kinds of jobs are named {kind}")
        made = Work(kind, get_type_hints(does)["arguments"], does)
        KINDS[kind] = made
        return made

    return declare
