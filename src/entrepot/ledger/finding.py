# SPDX-License-Identifier: Apache-2.0
"""Find movements: by what moved, where, when, with which document, and by what was noted of it.

What is asked for first decides which index is followed; what else is asked for is looked at row by
row. `{after}`, `{near}`, `{order}` and `{limit}` are filled in by `web.paging`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from entrepot.ledger.lists import List
from entrepot.people.tenancy import acting

#: No text sorts after a prefix followed by this.
_LAST: Final = "\U0010ffff"
#: Documents that one text finds by their numbers or kinds, and items and places by their names.
MOST_DOCUMENTS: Final = 500
MOST_NAMES: Final = 20

_COLUMNS: Final = """d.id, m.document_id, m.line, d.kind, d.number, m."on", m.item, m.lot,
    m.quantity, m.from_place, m.to_place"""
_ITS_DOCUMENT: Final = """
    CROSS JOIN LATERAL (
        SELECT * FROM ledger_document AS d
        WHERE d.enterprise_id = %(enterprise)s AND d.id = m.document_id OFFSET 0
    ) AS d
"""
#: Documents in the order of an index, and their lines. Every document has lines, so that a page of
#: lines needs no more documents than a page, and the one before.
_BY_DOCUMENTS: Final = f"""
    SELECT {_COLUMNS}
    FROM (
        SELECT * FROM ledger_document AS d
        WHERE d.enterprise_id = %(enterprise)s AND <where> AND {{near}}
        ORDER BY {{near_order}} LIMIT {{limit}} + 1
    ) AS d
    CROSS JOIN LATERAL (
        SELECT * FROM ledger_movement AS m
        WHERE m.enterprise_id = %(enterprise)s AND m.document_id = d.id AND {{after}}
        ORDER BY {{order}} LIMIT {{limit}}
    ) AS m
    ORDER BY {{order}} LIMIT {{limit}}
"""
#: Movements in the order of posting, from several lists merged.
_MERGED: Final = f"""
    SELECT {_COLUMNS}
    FROM (SELECT * FROM (<parts>) AS m ORDER BY {{order}} LIMIT {{limit}}) AS m {_ITS_DOCUMENT}
    ORDER BY {{order}}
"""
_PART: Final = """
    (SELECT m.* FROM ledger_movement AS m <document>
        WHERE m.enterprise_id = %(enterprise)s AND <where> AND {after}
        ORDER BY {order} LIMIT {limit})
"""
#: The movements of each of a few documents, items or places.
_PART_OF: Final = f"""
    (SELECT m.* FROM (<few>) AS f (one) CROSS JOIN LATERAL {_PART} AS m
        ORDER BY {{order}} LIMIT {{limit}})
"""
_BY_NUMBER: Final = """
    SELECT id FROM ledger_document WHERE enterprise_id = %(enterprise)s
        AND number >= %(q)s AND number < %(q_end)s ORDER BY number LIMIT %(most_documents)s
"""
#: The latest of a kind have the highest numbers.
_BY_KIND: Final = """
    SELECT d.id FROM unnest(%(q_kinds)s::text[]) AS k CROSS JOIN LATERAL (
        SELECT id FROM ledger_document WHERE enterprise_id = %(enterprise)s AND kind = k
        ORDER BY number DESC LIMIT %(most_documents)s
    ) AS d
"""
_BY_ITEM: Final = """
    SELECT code FROM ledger_item WHERE enterprise_id = %(enterprise)s
        AND code >= %(q)s AND code < %(q_end)s ORDER BY code LIMIT %(most_names)s
"""
_BY_PLACE: Final = """
    (SELECT path FROM ledger_place WHERE enterprise_id = %(enterprise)s
        AND path >= %(q)s AND path < %(q_end)s ORDER BY path LIMIT %(most_names)s)
    UNION SELECT unnest(%(q_places)s::text[])
"""
_BY_WORDS: Final = """
    SELECT DISTINCT m.document_id FROM ledger_word AS m
    WHERE m.enterprise_id = %(enterprise)s AND <words> AND {near}
    ORDER BY {near_order} LIMIT {limit} + 1
"""
_NOTED: Final = """
    SELECT d.id, d.kind, d.number, d.note
    FROM (
        SELECT DISTINCT m.document_id FROM ledger_word AS m
        WHERE m.enterprise_id = %(enterprise)s AND <words>
        ORDER BY m.document_id DESC LIMIT %(most)s
    ) AS m
    CROSS JOIN LATERAL (
        SELECT * FROM ledger_document AS d
        WHERE d.enterprise_id = %(enterprise)s AND d.id = m.document_id OFFSET 0
    ) AS d
    ORDER BY d.id DESC
"""
_HAS_WORD: Final = """
    EXISTS (SELECT FROM ledger_word AS o WHERE o.enterprise_id = %(enterprise)s
        AND o.document_id = <document> AND <word>)
"""
_FITS: Final = """
    (d.number >= %(q)s AND d.number < %(q_end)s OR d.kind = ANY(%(q_kinds)s)
        OR m.item >= %(q)s AND m.item < %(q_end)s OR m.lot = %(q)s
        OR m.from_place >= %(q)s AND m.from_place < %(q_end)s
        OR m.to_place >= %(q)s AND m.to_place < %(q_end)s
        OR m.from_place = ANY(%(q_places)s) OR m.to_place = ANY(%(q_places)s) OR <words>)
"""


@dataclass(frozen=True, slots=True)
class Said:
    """A text to look for, and what it may mean.

    `words`: those that a note must have, and whether it is enough that one begins so
    (`catalog.words.wanted`). `kinds` of documents and `places` are those that people call so.
    """

    text: str
    words: Sequence[tuple[str, bool]] = ()
    kinds: Sequence[str] = ()
    places: Sequence[str] = ()


def movements(
    *,
    item: str = "",
    lot: str = "",
    place: str = "",
    document: UUID | None = None,
    kind: str = "",
    number: str = "",
    first: object = None,
    last: object = None,
    said: Said | None = None,
) -> List:
    """Movements, the latest posted first.

    Those of one document come in the order of its lines; of numbers that begin alike, by number;
    of some days, by day; of a kind, by number, the highest first. A text finds documents by the
    beginning of their number, their kind and the words of their note, and movements by item, lot
    and place: of what it finds more than `MOST_DOCUMENTS` or `MOST_NAMES` of, the first.
    """
    given: dict[str, Any] = {"enterprise": acting().enterprise}
    lines = _equal(given, "m", item=item, lot=lot)
    documents = _equal(given, "d", kind=kind)
    if number:
        documents.append("d.number >= %(number)s AND d.number < %(number_end)s")
        given |= {"number": number, "number_end": number + _LAST}
    for name, sign, on in (("first", ">=", first), ("last", "<=", last)):
        if on is not None:
            documents.append(f'd."on" {sign} %({name})s')
            given[name] = on
    if document is not None:
        given["document"] = document
        parts = [_part([*lines, *documents, "m.document_id = %(document)s"])]
        return _merged(parts, given, "m.document_id", "m.line")
    if said is not None:
        given |= _meant(said)
    if lines or place:
        if said is not None:
            documents.append(_FITS.replace("<words>", _noted(said.words, "d.id")))
        given |= {"place": place} if place else {}
        sides = ["m.from_place = %(place)s", "m.to_place = %(place)s"] if place else ["TRUE"]
        return _merged([_part([*lines, *documents, side]) for side in sides], given)
    if said is not None:
        return _merged(_parts_of(said, documents), given)
    if not documents:
        return _merged([_part([])], given)
    by = ["-d.number", "-d.id", "-m.line"]
    if number:
        by = ["d.number", "d.id", "m.line"]
    elif first is not None or last is not None:
        by = ["-d.on", "-d.id", "-m.line"]
    return List(_BY_DOCUMENTS.replace("<where>", " AND ".join(documents)), given, tuple(by))


def noted(words: Sequence[tuple[str, bool]], most: int) -> tuple[str, dict[str, Any]]:
    """A statement, with its parameters: the latest documents whose notes have all of the words."""
    given = {"enterprise": acting().enterprise, "most": most} | _words(words)
    conditions = f"{_word(0, words[0][1], 'm')} AND {_noted(words, 'm.document_id', 1)}"
    return _NOTED.replace("<words>", conditions), given


def _equal(given: dict[str, Any], table: str, **columns: str) -> list[str]:
    """Conditions on those columns that have a value."""
    wanted = {name: value for name, value in columns.items() if value}
    given |= wanted
    return [f"{table}.{name} = %({name})s" for name in wanted]


def _meant(said: Said) -> dict[str, Any]:
    """The parameters of a text."""
    given: dict[str, Any] = {
        "q": said.text, "q_end": said.text + _LAST, "q_kinds": [*said.kinds],
        "q_places": [*said.places], "most_documents": MOST_DOCUMENTS, "most_names": MOST_NAMES,
    }  # fmt: skip
    return given | _words(said.words)


def _words(words: Sequence[tuple[str, bool]]) -> dict[str, str]:
    """The parameters of words."""
    return {
        name: value
        for at, (word, _) in enumerate(words)
        for name, value in ((f"word_{at}", word), (f"word_{at}_end", word + _LAST))
    }


def _merged(parts: Sequence[str], given: dict[str, Any], *by: str) -> List:
    statement = _MERGED.replace("<parts>", " UNION ".join(parts))
    return List(statement, given, by or ("-m.document_id", "-m.line"))


def _part(conditions: Sequence[str], few: str = "") -> str:
    """One list of movements, or those of each of a few."""
    where = " AND ".join(conditions) or "TRUE"
    part = (_PART_OF.replace("<few>", few) if few else _PART).replace("<where>", where)
    return part.replace("<document>", _ITS_DOCUMENT if "d." in where else "")


def _parts_of(said: Said, documents: Sequence[str]) -> list[str]:
    """The lists of what a text may mean."""
    its, few = "m.document_id = f.one", [("m.item = f.one", _BY_ITEM)]
    few += [("m.from_place = f.one", _BY_PLACE), ("m.to_place = f.one", _BY_PLACE)]
    few.append((its, _BY_NUMBER))
    if said.kinds:
        few.append((its, _BY_KIND))
    if said.words:
        first = _word(0, said.words[0][1], "m")
        others = _noted(said.words, "m.document_id", 1)
        few.append((its, _BY_WORDS.replace("<words>", f"{first} AND {others}")))
    parts = [_part([*documents, own], of) for own, of in few]
    return [*parts, _part([*documents, "m.lot = %(q)s AND m.lot <> ''"])]


def _word(at: int, is_begun: bool, table: str) -> str:
    if is_begun:
        return f"{table}.word >= %(word_{at})s AND {table}.word < %(word_{at}_end)s"
    return f"{table}.word = %(word_{at})s"


def _noted(words: Sequence[tuple[str, bool]], document: str, since: int = 0) -> str:
    """That the note of a document has all of the words, from one of them on."""
    has = [
        _HAS_WORD.replace("<document>", document).replace("<word>", _word(at, is_begun, "o"))
        for at, (_, is_begun) in enumerate(words)
        if at >= since
    ]
    return "(" + " AND ".join(has) + ")" if has else ("TRUE" if since else "FALSE")
