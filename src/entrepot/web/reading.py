# SPDX-License-Identifier: Apache-2.0
"""Read what was sent, strictly: JSON only, bounded, and no text that a database cannot keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

import pydantic_core
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser

from entrepot.web.problems import NotJson, TooLarge, Unreadable, refuse_faults

#: Bytes that a body may have; a bulk operation takes more.
MOST_BYTES: Final = 1024 * 1024
MOST_BULK_BYTES: Final = 16 * 1024 * 1024

Called = TypeVar("Called", bound=Callable[..., Any])


def bulk(view: Called) -> Called:
    """Let an operation take 16 MiB instead of one."""
    view.most_bytes = MOST_BULK_BYTES  # type: ignore[attr-defined]
    return view


class Reader(Parser):
    """Reads bodies and queries for every operation."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Read a body.

        The reader below refuses what is nested deeper than 200, surrogates without their other
        half, and numbers that JSON does not have.

        Raises:
            NotJson: the body says that it is something else.
            TooLarge: it is larger than the operation takes.
            Unreadable: it is not JSON.
            Faulty: a text in it contains the character NUL, which PostgreSQL cannot keep.
        """
        _refuse_other_types(request)
        _refuse_large(request)
        try:
            found = pydantic_core.from_json(request.body, allow_inf_nan=False)
        except ValueError as error:
            raise Unreadable(
                "Cannot read what was sent.",
                f"It is not JSON: {error}.",
                "Send JSON in UTF-8, nested at most 200 deep.",
            ) from error
        if b"\\u0000" in request.body:
            refuse_faults("Cannot take what was sent.", [_nul(place) for place in _nuls(found)])
        return found

    def parse_querydict(
        self, data: MultiValueDict[str, str], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """Read a query; a name may come twice only where a list is asked for.

        Raises:
            Faulty: with every name that comes twice, and every text with the character NUL.
        """
        faults = [
            {"at": [name], "found": f"given {len(values)} times", "expected": "once"}
            for name, values in data.lists()
            if len(values) > 1 and name not in list_fields
        ]
        faults += [
            _nul([name])
            for name, values in data.lists()
            if any("\0" in text for text in (name, *values) if isinstance(text, str))
        ]
        refuse_faults("Cannot take the query.", faults)
        return super().parse_querydict(data, list_fields, request)


def _refuse_other_types(request: HttpRequest) -> None:
    kind = request.content_type or ""
    if kind != "application/json":
        raise NotJson(
            "Cannot read what was sent.",
            f"Its Content-Type is {kind[:100]!r}.",
            "Send JSON, with Content-Type: application/json.",
        )


def _refuse_large(request: HttpRequest) -> None:
    most: int = request.most_bytes  # type: ignore[attr-defined]
    if (size := len(request.body)) > most:
        raise TooLarge(
            "Cannot take what was sent.",
            f"It is {size:,} bytes; this operation takes {most:,}.",
            "Send it in parts.",
            bytes=size,
            most=most,
        )


def _nul(place: list[str | int]) -> dict[str, Any]:
    return {"at": place, "found": "the character NUL", "expected": "text without it"}


def _nuls(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[list[str | int]]:
    """The places of all texts that contain NUL."""
    if isinstance(value, str):
        if "\0" in value:
            yield list(place)
    elif isinstance(value, dict):
        for name, each in value.items():
            if "\0" in name:
                yield [*place, name.replace("\0", "\N{SYMBOL FOR NULL}")]
            yield from _nuls(each, (*place, name))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _nuls(each, (*place, index))
