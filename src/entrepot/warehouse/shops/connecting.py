# SPDX-License-Identifier: Apache-2.0
"""Connect shops, and the address to which each sends its webhooks.

An address says of which enterprise it is, as a token does, so that its shop can be looked up behind
the wall. It is no secret: what is sent there has to be signed.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final
from uuid import UUID

from entrepot.people.audit import record
from entrepot.people.secrets import seal, unseal
from entrepot.people.tenancy import acting
from entrepot.people.walled import new_id
from entrepot.warehouse.models import Shop
from entrepot.warehouse.shops.refusals import TooManyShops

MOST: Final = 50
#: Two ids of 16 bytes are 43 characters without padding.
_LENGTH: Final = 43


def address_of(shop: Shop) -> str:
    """The last part of the address of a shop: `/hooks/shopify/<this>`."""
    both = UUID(str(shop.enterprise_id)).bytes + shop.id.bytes
    return base64.urlsafe_b64encode(both).decode().rstrip("=")


def read_address(text: str) -> tuple[UUID, UUID] | None:
    """The enterprise and the shop of an address; nothing where it was never given."""
    if len(text) != _LENGTH:
        return None
    try:
        both = base64.b64decode(text.encode("ascii") + b"=", b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    if base64.urlsafe_b64encode(both).decode().rstrip("=") != text:
        return None
    return UUID(bytes=both[:16]), UUID(bytes=both[16:])


def add_shop(name: str, channel: str, secret: str, **options: Any) -> Shop:
    """Connect a shop.

    Args:
        name: what it is called here.
        channel: the channel of its orders.
        secret: what the shop signs its webhooks with; it is kept encrypted and never shown.
        options: promise_days, country, services, digits.

    Raises:
        TooManyShops: there are fifty.
    """
    if Shop.objects.count() >= MOST:
        raise TooManyShops(
            f"Cannot connect the shop {name}.", f"There are {MOST}.", "Disconnect one first."
        )
    id = new_id()
    made = Shop.objects.create(
        id=id, name=name, channel=channel, secret=seal(secret.encode(), f"shop {id}"),
        made_by=acting().actor, **options,
    )  # fmt: skip
    record("shop.connected", name, shop=str(id), channel=channel)
    made.refresh_from_db()
    return made


def change_shop(shop: UUID, **new: Any) -> Shop:
    """Change what is said of a shop; what is not named stays. The channel never changes.

    Raises:
        Shop.DoesNotExist: there is none.
    """
    found = Shop.objects.select_for_update().get(id=shop)
    fields = sorted(new)
    if "secret" in new:
        new["secret"] = seal(new["secret"].encode(), f"shop {shop}")
    for name, value in new.items():
        setattr(found, name, value)
    if new:
        found.save(update_fields=fields)
        record("shop.changed", found.name, shop=str(shop), fields=fields)
    return found


def secret_of(shop: Shop) -> bytes:
    """What a shop signs with."""
    return unseal(bytes(shop.secret), f"shop {shop.id}")
