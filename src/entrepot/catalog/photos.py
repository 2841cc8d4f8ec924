# SPDX-License-Identifier: Apache-2.0
"""One photo of a product: a picture by its first bytes, whatever it says of itself."""

from __future__ import annotations

import hashlib
from typing import Final
from uuid import UUID

from django.utils import timezone

from entrepot.catalog.actions import get
from entrepot.catalog.models import Photo, Product
from entrepot.catalog.nouns import PRODUCT
from entrepot.errors import Refused
from entrepot.people.audit import record
from entrepot.people.tenancy import acting

MOST_BYTES: Final = 5 * 1024 * 1024


class NotAPhoto(Refused):
    """A file that is no picture of a kind that is kept, or too large."""

    code = "catalog.not_a_photo"


def media_type(content: bytes) -> str:
    """What a picture is, by its first bytes; an empty text for anything but PNG, JPEG and WebP."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return ""


def put_photo(product: UUID, content: bytes) -> Photo:
    """Give a product a photo, in place of the one it had.

    Raises:
        ObjectDoesNotExist: there is no such product.
        NotAPhoto: it is no PNG, JPEG or WebP file, or has more than 5 MB.
    """
    found = get(PRODUCT, product)
    kind = media_type(content)
    if not kind or len(content) > MOST_BYTES:
        raise NotAPhoto(
            f"Cannot keep this file as the photo of {_sku(found)}.",
            f"It has {len(content):,} bytes." if kind else "It is no PNG, JPEG or WebP picture.",
            f"Send a PNG, JPEG or WebP picture of at most {MOST_BYTES:,} bytes.",
        )
    photo, _ = Photo.objects.update_or_create(
        product_id=product,
        defaults={
            "media_type": kind,
            "content": content,
            "sha256": hashlib.sha256(content).digest(),
            "added_at": timezone.now(),
            "added_by": acting().actor,
        },
    )
    record("product.photographed", f"product {_sku(found)}", bytes=len(content), kind=kind)
    return photo


def get_photo(product: UUID) -> Photo:
    """The photo of a product.

    Raises:
        ObjectDoesNotExist: there is no such product, or it has none.
    """
    return Photo.objects.get(product=product)


def drop_photo(product: UUID) -> None:
    """Take a product's photo away.

    Raises:
        ObjectDoesNotExist: there is no such product, or it has none.
    """
    found = get(PRODUCT, product)
    get_photo(product).delete()
    record("product.photo_dropped", f"product {_sku(found)}")


def _sku(product: object) -> str:
    assert isinstance(product, Product)
    return product.sku
