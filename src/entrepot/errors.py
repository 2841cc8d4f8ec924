# SPDX-License-Identifier: Apache-2.0
"""The errors a user can cause, as one tree.

EntrepotError
    Refused             a rule said no (exit 1)
        FaultyTables    tables that break their own schema, every fault listed
        ProofFailed     a close whose figures do not add up
    Misused             the request itself makes no sense (exit 2)

Bugs raise something else: nobody is asked to mend a KeyError.
"""

from __future__ import annotations

from typing import ClassVar


class EntrepotError(Exception):
    """A rule said no.

    Say it in three parts, each on one line: what was asked, what was found, what to do next.
    Pages, API and terminal all show the same words; `facts` are for programs.
    """

    code: ClassVar[str] = "entrepot.refused"
    exit_code: ClassVar[int] = 1

    def __init__(self, asked: str, found: str, remedy: str, **facts: object) -> None:
        super().__init__(f"{asked}\n{found}\n{remedy}")
        self.asked, self.found, self.remedy, self.facts = asked, found, remedy, facts


class Refused(EntrepotError):
    """The data or the state forbids what was asked."""


class Misused(EntrepotError):
    """The request itself cannot be carried out: an option that does not fit, a missing path."""

    code: ClassVar[str] = "entrepot.misused"
    exit_code: ClassVar[int] = 2
