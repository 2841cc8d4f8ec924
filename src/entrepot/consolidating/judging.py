# SPDX-License-Identifier: Apache-2.0
"""Judge what was sent: which events happen, in their order, and why others do not.

Nothing here asks the database: pieces, containers and known events were read and locked before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from entrepot.consolidating.refusals import (
    Lacking,
    NotReleased,
    NotThere,
    SaysOtherwise,
    WrongState,
)
from entrepot.consolidating.rules import STEPS, Event, State, leads_to
from entrepot.errors import Refused

#: Events before which a piece must have been released.
_NEEDS_RELEASE: Final[Event] = "consolidated"


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened to a piece, as a hand-held or program says it.

    Args:
        number: the id that it gave the event; the same for a piece is the same event.
        container: the number of one that has not departed.
        at: when it was done, where that was not now.
    """

    number: str
    mark: str
    event: Event
    site: str = ""
    location: str = ""
    container: str = ""
    declaration_no: str = ""
    reason: str = ""
    disposition: str = ""
    at: datetime | None = None


@dataclass(slots=True)
class Standing:
    """A piece as it stands while events are judged, one after the other."""

    id: UUID
    mark: str
    state: State
    steps: int
    site: str
    declaration_no: str
    container: UUID | None
    disposition: str


@dataclass(frozen=True, slots=True)
class Box:
    """A container that has not departed, locked."""

    id: UUID
    number: str
    site: str
    state: str


@dataclass(frozen=True, slots=True)
class Judged:
    """An event that happens: the step of its piece, counted from 1."""

    said: Happened
    piece: UUID
    step_no: int
    was: State
    became: State
    site: str
    container: UUID | None
    declaration_no: str


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an event: done, once however often it is sent, or refused, and why."""

    number: str
    mark: str
    state: str = ""
    is_new: bool = False
    refusal: Refused | None = None


@dataclass(slots=True)
class Scene:
    """What is known when events are judged.

    `known`: by piece and number, the event and where it led; `boxes` by number and by id.
    """

    pieces: dict[str, Standing]
    boxes: Mapping[str, Box]
    known: dict[tuple[UUID, str], tuple[str, str]]
    steps: list[Judged] = field(default_factory=list)

    def judge(self, said: Happened) -> Told:
        """Let an event happen, or say why not; what it changes is seen by those after it."""
        piece = self.pieces.get(said.mark)
        if piece is None:
            found, remedy = (
                "There is no piece of this mark.",
                "Announce it, or read the label again.",
            )
            return self._refused(said, NotThere(_asked(said), found, remedy))
        if (known := self.known.get((piece.id, said.number))) is not None:
            if known[0] == said.event:
                return Told(said.number, said.mark, known[1])
            found = f"Event {said.number} of this piece was another: {known[0]}."
            remedy = "Give each event an id of its own."
            return self._refused(said, SaysOtherwise(_asked(said), found, remedy))
        refusal = self._unfit(said, piece)
        if refusal is not None:
            return self._refused(said, refusal)
        return self._done(said, piece)

    def _unfit(self, said: Happened, piece: Standing) -> Refused | None:
        asked, step = _asked(said), STEPS[said.event]
        missing = [name for name in step.asks if not _has(said, piece, name)]
        if missing:
            found = f"Not said: {missing[0]}."
            return Lacking(asked, found, "Say it with the event.", missing=missing)
        if leads_to(piece.state, said.event, piece.disposition) is None:
            return _wrong_state(asked, said, piece)
        if said.site and piece.site and said.event != "arrived" and said.site != piece.site:
            found = f"The piece is at {piece.site}, not at {said.site}."
            return WrongState(asked, found, "Scan it where it is.", site=piece.site)
        if (
            piece.declaration_no
            and said.declaration_no
            and said.declaration_no != piece.declaration_no
        ):
            found = f"The piece belongs to {piece.declaration_no}, not to {said.declaration_no}."
            return SaysOtherwise(asked, found, "Look at its declaration or list.")
        return self._unfit_box(asked, said, piece)

    def _unfit_box(self, asked: str, said: Happened, piece: Standing) -> Refused | None:
        if said.event == "consolidated":
            box = self.boxes.get(said.container)
            if box is None:
                found = f"There is no container {said.container} that has not departed."
                return NotThere(asked, found, "Open it first, or read its number again.")
        elif said.event == "taken_out":
            box = next((each for each in self.boxes.values() if each.id == piece.container), None)
            if box is None:  # it was put in between two looks of ours
                found = "The piece was put into a container meanwhile."
                return WrongState(asked, found, "Send it again.")
        else:
            return None
        if box.state != "open":
            found = f"Container {box.number} is {box.state}."
            return WrongState(asked, found, "Choose one that is open.", state=box.state)
        if box.site != piece.site:
            found = f"Container {box.number} stands at {box.site}, the piece at {piece.site}."
            return WrongState(asked, found, "Choose one at the same site.", site=box.site)
        return None

    def _done(self, said: Happened, piece: Standing) -> Told:
        became = STEPS[said.event].ends
        container = piece.container
        if said.event == "consolidated":
            container = self.boxes[said.container].id
        judged = Judged(
            said,
            piece.id,
            piece.steps + 1,
            piece.state,
            became,
            said.site or piece.site,
            container,
            said.declaration_no or piece.declaration_no,
        )
        self.steps.append(judged)
        self.known[piece.id, said.number] = (said.event, became)
        piece.state, piece.steps, piece.site = became, judged.step_no, judged.site
        piece.declaration_no = judged.declaration_no
        piece.container = None if said.event == "taken_out" else container
        piece.disposition = said.disposition if became == "failed" else ""
        return Told(said.number, said.mark, became, is_new=True)

    def _refused(self, said: Happened, refusal: Refused) -> Told:
        return Told(said.number, said.mark, refusal=refusal)


def _asked(said: Happened) -> str:
    return f"Cannot record {said.event} of piece {said.mark}."


def _has(said: Happened, piece: Standing, name: str) -> bool:
    if name == "declaration_no":
        return bool(said.declaration_no or piece.declaration_no)
    return bool(getattr(said, name))


def _wrong_state(asked: str, said: Happened, piece: Standing) -> Refused:
    facts: dict[str, object] = {"state": piece.state, "mark": piece.mark}
    if said.event == _NEEDS_RELEASE and piece.container is None:
        found = f"The piece is {piece.state}: it was not released."
        remedy = "Load it once it has passed or was not selected, and is released."
        return NotReleased(asked, found, remedy, **facts)
    if piece.state == "failed":
        found = f"The piece failed, and what becomes of it is {piece.disposition}."
        return WrongState(asked, found, "Only what is held is inspected again.", **facts)
    remedy = "Look at its steps: something else comes before, or it is done already."
    begins = list(STEPS[said.event].begins)
    return WrongState(asked, f"The piece is {piece.state}.", remedy, begins=begins, **facts)
