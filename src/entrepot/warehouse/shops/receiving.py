# SPDX-License-Identifier: Apache-2.0
"""Where shops send their webhooks: outside of the API, without a token, signed by the shop."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from entrepot.people.tenancy import within
from entrepot.warehouse.models import Shop
from entrepot.warehouse.shops.connecting import read_address, secret_of
from entrepot.warehouse.shops.refusals import NotSigned
from entrepot.warehouse.shops.taking import Message, receive
from entrepot.web.problems import TooLarge, answer

#: Bytes of one message.
MOST_BYTES: Final = 1024 * 1024
_PREFIX: Final = "X-Shopify-"
_NAME = re.compile(r"[!-~]{1,120}")
_TOPIC = re.compile(r"[a-z_]{1,29}/[a-z_]{1,30}")
#: What a message to nobody is compared with, so that it takes as long as one to somebody.
_NOBODYS: Final = b"nobody"


@csrf_exempt
@require_POST
def shopify(request: HttpRequest, address: str) -> HttpResponse:
    """Take a webhook of Shopify in: 200 where it is signed, whatever came of it.

    A wrong signature and an address that was never given are answered alike.
    """
    try:
        return _receive(request, address)
    except Exception as error:
        return answer(request, error)


def _receive(request: HttpRequest, address: str) -> HttpResponse:
    body = _body(request)
    found = read_address(address)
    if found is None:
        _check(request, body, _NOBODYS, is_somebody=False)
        raise AssertionError("nobody signed it")
    enterprise, id = found
    with within(enterprise, f"shop:{id}"):
        shop = Shop.objects.filter(id=id, is_active=True).first()
        secret = _NOBODYS if shop is None else secret_of(shop)
        _check(request, body, secret, is_somebody=shop is not None)
        assert shop is not None
        event = receive(shop, _message(request, body))
    said = "before" if event is None else event.state
    return HttpResponse(said, content_type="text/plain")


def _body(request: HttpRequest) -> bytes:
    """The body, no more of it than is taken.

    Raises:
        TooLarge: it is larger.
    """
    body: bytes = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise TooLarge(
            "Cannot take the message.", f"It is larger than {MOST_BYTES:,} bytes.", "Send less."
        )
    return body


def _check(request: HttpRequest, body: bytes, secret: bytes, *, is_somebody: bool) -> None:
    """Refuse what the shop did not sign.

    Raises:
        NotSigned: it is signed by nobody, by somebody else, or for nobody.
    """
    wanted = base64.b64encode(hmac.digest(secret, body, hashlib.sha256))
    given = request.headers.get(f"{_PREFIX}Hmac-Sha256", "").encode("utf-8", "replace")
    if not (hmac.compare_digest(wanted, given) and is_somebody):
        raise NotSigned(
            "Cannot take the message.",
            "There is no such address, or the message is not signed with its secret.",
            "Compare the address and the secret with those of the shop.",
        )


def _message(request: HttpRequest, body: bytes) -> Message:
    topic = request.headers.get(f"{_PREFIX}Topic", "")
    return Message(
        topic if _TOPIC.fullmatch(topic) else "unknown/unknown",
        body,
        _name(request, "Webhook-Id"),
        _name(request, "Event-Id"),
    )


def _name(request: HttpRequest, header: str) -> str:
    text = request.headers.get(_PREFIX + header, "")
    return text if _NAME.fullmatch(text) else ""
