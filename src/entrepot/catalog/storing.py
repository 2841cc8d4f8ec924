# SPDX-License-Identifier: Apache-2.0
"""Write masters in sets: the rows, the words they are found by, what the book calls them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone
from psycopg import sql
from psycopg.errors import ForeignKeyViolation
from psycopg.types.json import Jsonb

from entrepot.catalog.book import open_in_book
from entrepot.catalog.nouns import Noun
from entrepot.catalog.planning import MODELS, Change, rows_of
from entrepot.catalog.words import words_of
from entrepot.errors import Refused
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

_ADD: Final = """
    INSERT INTO {table} ({columns}, version, created_at, created_by, changed_at, changed_by)
    SELECT {columns}, 1, %(at)s, %(by)s, %(at)s, %(by)s
    FROM jsonb_to_recordset(%(rows)s) AS r ({types})
    ON CONFLICT DO NOTHING
"""
_CHANGE: Final = """
    UPDATE {table} AS t
    SET ({columns}) = ROW ({given}), version = t.version + 1, changed_at = %(at)s,
        changed_by = %(by)s
    FROM jsonb_to_recordset(%(rows)s) AS r ({types}, was_version integer)
    WHERE t.id = r.id AND t.version = r.was_version
"""
#: Pairs of a word and a code; the words of a code come in one text, with blanks between.
_PAIRS: Final = """
    SELECT word, code FROM unnest(%(codes)s::text[], %(words)s::text[]) AS w (code, words),
        unnest(string_to_array(words, ' ')) AS word
"""
_ADD_WORDS: Final = f"""
    INSERT INTO catalog_word (about, word, code)
    SELECT %(about)s, word, code FROM ({_PAIRS}) AS p ORDER BY word COLLATE "C", code COLLATE "C"
    ON CONFLICT DO NOTHING
"""
_DROP_WORDS: Final = f"""
    DELETE FROM catalog_word AS t USING ({_PAIRS}) AS p
    WHERE t.about = %(about)s AND t.word = p.word AND t.code = p.code
"""


class ChangedMeanwhile(Refused):
    """Somebody else changed the same masters between the look at them and the change."""

    code = "catalog.changed_meanwhile"


def store(noun: Noun, changes: Sequence[Change]) -> None:
    """Write what is new and what changes.

    Raises:
        ChangedMeanwhile: a master that was to be added is there, or one that was to be changed is
            no longer as it was; nothing is written.
    """
    changes = sorted(changes, key=lambda change: noun.key_of(change.now))
    new = [change for change in changes if change.is_new]
    old = [change for change in changes if not change.is_new]
    try:
        is_whole = _write(noun, _ADD, new) == len(new) and _write(noun, _CHANGE, old) == len(old)
    except ForeignKeyViolation:
        # What it refers to was taken back by an undo at this moment.
        is_whole = False
    if not is_whole:
        raise ChangedMeanwhile(
            f"Cannot store {len(changes):,} {noun.plural if len(changes) > 1 else noun.name}.",
            "Somebody else added or changed one of them at the same moment.",
            "Look at them again and send it again; nothing was changed.",
        )
    if changes:
        open_in_book(noun, [change.now for change in changes])
        _index(noun, changes)


def remove(noun: Noun, gone: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Take masters out that nothing names yet, by their ids, with the words they are found by."""
    _write_words(_DROP_WORDS, noun, {its[noun.key[-1]]: _words(noun, its) for its in gone.values()})
    rows_of(noun).filter(id__in=list(gone)).delete()


def _write(noun: Noun, statement: str, changes: Sequence[Change]) -> int:
    """How many rows were written."""
    if not changes:
        return 0
    model = MODELS[noun.name]
    columns = ["id", *(field.column for field in noun.fields)]
    types = {
        name: model._meta.get_field(name.removesuffix("_id")).db_type(connection)
        if name != "id"
        else "uuid"
        for name in columns
    }
    composed = sql.SQL(statement).format(
        table=sql.Identifier(noun.table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        given=sql.SQL(", ").join(sql.Identifier("r", name) for name in columns),
        types=sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(str(kind)))
            for name, kind in types.items()
        ),
    )
    given = {
        "rows": Jsonb([_row(noun, change) for change in changes]),
        "at": timezone.now(),
        "by": acting().actor,
    }
    with raw_cursor() as cursor:
        return cursor.execute(composed, given).rowcount


def _row(noun: Noun, change: Change) -> dict[str, Any]:
    row: dict[str, Any] = {"id": str(change.id), "was_version": change.version}
    for field in noun.fields:
        value = change.refers[field.name] if field.refers else change.now[field.name]
        row[field.column] = str(value) if isinstance(value, UUID) else value
    return row


def _index(noun: Noun, changes: Sequence[Change]) -> None:
    """Bring the words up to what the masters say now."""
    gone, added = {}, {}
    for change in changes:
        code = change.now[noun.key[-1]]
        before, after = _words(noun, change.was), _words(noun, change.now)
        gone[code], added[code] = before - after, after - before
    _write_words(_DROP_WORDS, noun, gone)
    _write_words(_ADD_WORDS, noun, added)


def _words(noun: Noun, values: Mapping[str, Any] | None) -> set[str]:
    return words_of(values[name] for name in noun.words) if values else set()


def _write_words(statement: str, noun: Noun, words: Mapping[str, set[str]]) -> None:
    written = {code: " ".join(sorted(its)) for code, its in words.items() if its}
    if written:
        given = {"about": noun.name, "codes": list(written), "words": list(written.values())}
        with raw_cursor() as cursor:
            cursor.execute(statement, given)
