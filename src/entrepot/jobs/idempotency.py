# SPDX-License-Identifier: Apache-2.0
"""A request sent twice with one `Idempotency-Key` is done once and answered twice.

The key is taken, by a row that nobody can have twice, in the transaction of what the request does;
the answer is added to that row before the transaction ends. Whoever comes second with the key waits
for that end. What is refused is rolled back with its key, and may be asked again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from entrepot.errors import Misused, Refused
from entrepot.jobs.models import Reply
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.web.openapi import UNSAFE
from entrepot.web.problems import answer

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
#: Bytes of an answer that are kept.
MOST_KEPT: Final = 2 * 1024 * 1024
#: How long a second request waits for the first.
WAIT: Final = "30s"
_KEY = re.compile(r"[!-~]{1,200}")

_TAKE = """
    INSERT INTO jobs_reply (id, actor, key, fingerprint, at, content_type)
    VALUES (%s, %s, %s, %s, %s, '')
    ON CONFLICT (enterprise_id, actor, key) DO NOTHING
    RETURNING id
"""


class BadKey(Misused):
    """An Idempotency-Key that is none."""

    code: ClassVar[str] = "jobs.bad_key"


class KeyUsedOtherwise(Refused):
    """An Idempotency-Key that came with another request before."""

    code: ClassVar[str] = "jobs.key_used_otherwise"


class StillAnswering(Refused):
    """The first request with this Idempotency-Key is being answered still."""

    code: ClassVar[str] = "jobs.still_answering"


class NotKept(Refused):
    """The request was done before, and its answer is not kept: it held a secret, or too much."""

    code: ClassVar[str] = "jobs.reply_not_kept"


class Idempotent:
    """Keeps the answer beside the key that `once` took; within the caller's transaction."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in UNSAFE and HEADER in request.headers and _is_known(request):
            try:
                # The body has to be read before a form in it is, which leaves nothing to read.
                request.fingerprint = _fingerprint(request)  # type: ignore[attr-defined]
            except Exception as error:
                return answer(request, error)
        response = self.get_response(request)
        taken: UUID | None = getattr(request, "reply", None)
        if taken is not None and response.status_code < 400:
            _keep(taken, response, is_secret=getattr(request, "is_shown_once", False))
        return response


def once(view: Callable[..., Any]) -> Callable[..., Any]:
    """Do what an operation does once for each key; around every operation of the API.

    Raises, when called:
        BadKey: the key is not 1 to 200 visible ASCII characters.
        KeyUsedOtherwise: the caller sent the key with another request.
        StillAnswering: the first request with this key takes longer than 30 seconds.
        NotKept: the answer of the first is not kept: it held a secret, or too much.
    """

    @wraps(view)
    def asked(request: HttpRequest, *given: Any, **named: Any) -> Any:
        fingerprint: bytes | None = getattr(request, "fingerprint", None)
        if fingerprint is None:
            return view(request, *given, **named)
        key = request.headers[HEADER]
        if not _KEY.fullmatch(key):
            raise BadKey(
                "Cannot take the Idempotency-Key.",
                "It is not 1 to 200 visible ASCII characters.",
                "Make a random one for each request, such as a UUID.",
            )
        request.reply = _take(key, fingerprint)  # type: ignore[attr-defined]
        if request.reply is None:  # type: ignore[attr-defined]
            return _replay(key, fingerprint)
        return view(request, *given, **named)

    return asked


def _is_known(request: HttpRequest) -> bool:
    return getattr(request, "access", None) is not None


def _fingerprint(request: HttpRequest) -> bytes:
    """sha256 over what is asked; the enterprise and the caller are part of the key."""
    asked = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(asked + hashlib.sha256(request.body).digest()).digest()


def _take(key: str, fingerprint: bytes) -> UUID | None:
    """Take a key; nothing where it was taken before. Waits for whoever is taking it."""
    given: list[Any] = [new_id(), acting().actor, key, fingerprint, timezone.now()]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [WAIT])
            cursor.execute(_TAKE, given)
            row = cursor.fetchone()
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        raise StillAnswering(
            f"Cannot take the Idempotency-Key {key}.",
            "The first request with it is being answered still.",
            "Send the request again in a while.",
        ) from error
    return row[0] if row else None


def _replay(key: str, fingerprint: bytes) -> HttpResponse:
    found = Reply.objects.get(actor=acting().actor, key=key)
    if bytes(found.fingerprint) != fingerprint:
        raise KeyUsedOtherwise(
            f"Cannot take the Idempotency-Key {key}.",
            "It came with another request before.",
            "Make a key of its own for each request.",
        )
    if found.body is None:
        raise NotKept(
            f"Cannot answer as to the first request with the key {key}.",
            "It was done, and its answer is not kept: it held a secret,"
            f" or more than {MOST_KEPT:,} bytes.",
            "Ask for what it made; where its secret is lost, remove that and make another.",
            status=found.status,
        )
    response = HttpResponse(bytes(found.body), status=found.status)
    response["Content-Type"] = found.content_type
    response[REPLAYED] = "true"
    return response


def _keep(reply: UUID, response: HttpResponse, *, is_secret: bool) -> None:
    body = None if is_secret or response.streaming else response.content
    Reply.objects.filter(id=reply).update(
        status=response.status_code,
        content_type=response.headers.get("Content-Type", "")[:100],
        body=None if body is None or len(body) > MOST_KEPT else body,
    )
