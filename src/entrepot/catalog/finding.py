# SPDX-License-Identifier: Apache-2.0
"""Find masters: by the beginning of a code, or by words, in pages in the order of their codes.

Row security shows an index only comparisons that are leakproof, so a prefix is a range and a word
an equality in the index of words; neither LIKE nor an index of arrays would be used behind the
wall. Each of the two ways stops after one page, however many masters a word finds.
"""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet

from entrepot.catalog.models import Master
from entrepot.catalog.nouns import Noun
from entrepot.catalog.planning import rows_of
from entrepot.catalog.words import wanted
from entrepot.people.database import raw_cursor
from entrepot.web.paging import Paging

#: Sorts after everything that begins with what is before it.
_LAST: Final = "\U0010ffff"

#: Written out and not a parameter, so that a prepared statement uses the index of the few unused.
_STATES: Final = {None: "TRUE", True: "m.is_active", False: "NOT m.is_active"}
_BY_CODE: Final = """
    (SELECT code FROM (
        SELECT m.{key} AS code FROM {table} AS m
        WHERE m.{key} >= %(code)s AND m.{key} < %(code_end)s AND {state}
    ) AS by_code WHERE {{after}} ORDER BY {{order}} LIMIT {{limit}})
"""
_BY_WORDS: Final = """
    (SELECT {distinct} code FROM (
        SELECT w.code FROM catalog_word AS w WHERE w.about = %(about)s AND {first} {others}
            AND {in_state}
    ) AS by_words WHERE {{after}} ORDER BY {{order}} LIMIT {{limit}})
"""
_IN_STATE: Final = """
    EXISTS (SELECT FROM {table} AS m WHERE m.{key} = w.code AND {state})
"""
_OTHER: Final = """
    AND EXISTS (SELECT FROM catalog_word AS o
        WHERE o.about = %(about)s AND o.code = w.code AND {word})
"""


def refers(noun: Noun) -> list[str]:
    """The fields of a noun that hold the code of another master."""
    return [field.name for field in noun.fields if field.refers]


def begins(rows: QuerySet[Any], field: str, prefix: str) -> QuerySet[Any]:
    """Those rows whose field begins so."""
    if not prefix:
        return rows
    return rows.filter(**{f"{field}__gte": prefix, f"{field}__lt": prefix + _LAST})


def page(noun: Noun, rows: QuerySet[Any], paging: Paging) -> dict[str, Any]:
    """One page of some masters in the order of their keys."""
    by = [noun.field(name).column for name in noun.key]
    return paging.of(rows.select_related(*refers(noun)), *by)


def search(noun: Noun, text: str, is_active: bool | None, paging: Paging) -> dict[str, Any]:
    """One page of the masters whose code begins with a text, or who have all of its words."""
    found_by, given = statement(noun, text, is_active)
    with raw_cursor() as cursor:
        found = paging.of_sql(cursor, found_by, given, "code")
    codes = [row["code"] for row in found["items"]]
    return {**found, "items": _in_order(noun, codes)}


def _in_order(noun: Noun, codes: list[str]) -> list[Master]:
    key = noun.key[-1]
    rows = rows_of(noun).select_related(*refers(noun))
    its = {getattr(row, key): row for row in rows.filter(**{f"{key}__in": codes})}
    return [its[code] for code in codes if code in its]


def statement(noun: Noun, text: str, is_active: bool | None) -> tuple[str, dict[str, Any]]:
    """The search as SQL, with its parameters; every name in it is one of ours."""
    prefix = text.strip()
    given: dict[str, Any] = {"about": noun.name, "code": prefix, "code_end": prefix + _LAST}
    names = {"table": noun.table, "key": noun.key[-1], "state": _STATES[is_active]}
    parts = [_BY_CODE.format(**names)]
    conditions = []
    words = wanted(text)
    for at, (word, is_begun) in enumerate(words):
        alias = "o" if at else "w"
        given[f"word_{at}"] = word
        if is_begun:
            given[f"word_{at}_end"] = word + _LAST
            conditions.append(f"{alias}.word >= %(word_{at})s AND {alias}.word < %(word_{at}_end)s")
        else:
            conditions.append(f"{alias}.word = %(word_{at})s")
    if conditions:
        parts.append(
            _BY_WORDS.format(
                # One word is in the index once with each code; several that begin so are not.
                distinct="DISTINCT" if words[0][1] else "",
                first=conditions[0],
                others="".join(_OTHER.format(word=other) for other in conditions[1:]),
                in_state="TRUE" if is_active is None else _IN_STATE.format(**names),
            )
        )
    union = " UNION ".join(parts)
    return (
        f"SELECT code FROM ({union}) AS found WHERE {{after}} ORDER BY {{order}} LIMIT {{limit}}",
        given,
    )
