# SPDX-License-Identifier: Apache-2.0
"""Masters: products, warehouses with their zones and bins, and partners; and their imports.

`nouns` says what each field is and what it may hold. Rows are written by `storing`, in sets.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from entrepot.ledger.models import code as codes
from entrepot.people.walled import Walled, reference


def text(length: int = 200) -> models.CharField[str, str]:
    """A column of text for people; an empty text where there is none."""
    return models.CharField(max_length=length, blank=True)


class Master(Walled):
    """What every master has. `version` grows with each change, so that none is lost unseen."""

    is_active = models.BooleanField(default=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.CharField(max_length=45)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=45)

    class Meta:
        abstract = True


class Product(Master):
    """What the firm sells: a goods item of the book by the same code."""

    sku = codes(64)
    name = text()
    name_zh = text()
    gtin = codes(14, blank=True)
    hs_code = codes(10, blank=True)
    length_mm = models.IntegerField(null=True)
    width_mm = models.IntegerField(null=True)
    height_mm = models.IntegerField(null=True)
    weight_g = models.IntegerField(null=True)
    contains_battery = models.BooleanField(default=False)
    battery_kind = models.CharField(max_length=24, blank=True)
    is_dangerous_goods = models.BooleanField(default=False)
    un_number = models.CharField(max_length=6, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "sku"], name="catalog_product_sku"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "gtin", "sku"], name="catalog_product_gtin"),
            models.Index(fields=["enterprise", "hs_code", "sku"], name="catalog_product_hs"),
            # Those out of use are few, and would be looked for among all others.
            models.Index(
                fields=["enterprise", "sku"],
                name="catalog_product_unused",
                condition=models.Q(is_active=False),
            ),
        ]


class Photo(Walled):
    """What a product looks like: one picture each."""

    product = reference("catalog.Product", related_name="photos")
    media_type = models.CharField(max_length=10)
    content = models.BinaryField()
    sha256 = models.BinaryField(max_length=32)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    added_by = models.CharField(max_length=45)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "product"], name="catalog_photo_one"),
        ]


class Partner(Master):
    """Whom the firm works with; where a supplier or a customer, a place of the book."""

    code = codes(40)
    name = text()
    name_zh = text()
    roles = ArrayField(models.CharField(max_length=30), default=list)
    country = models.CharField(max_length=2)
    uscc = codes(18, blank=True)
    vat_number = codes(24, blank=True)
    eori_number = codes(20, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "code"], name="catalog_partner_code"),
        ]


class Warehouse(Master):
    """Where goods lie, at home or overseas: a place of the book."""

    code = codes(40)
    name = text()
    kind = models.CharField(max_length=8)
    time_zone = models.CharField(max_length=64)
    country = models.CharField(max_length=2)
    region = text(100)
    city = text(100)
    postcode = text(20)
    street = text()
    operator = reference("catalog.Partner", null=True, related_name="operates")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "code"], name="catalog_warehouse_code"),
        ]


class Zone(Master):
    """A part of a warehouse, such as a cold room."""

    warehouse = reference("catalog.Warehouse", related_name="zones")
    code = codes(40)
    name = text()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "warehouse", "code"], name="catalog_zone_code"
            ),
        ]


class Bin(Master):
    """The smallest place of a warehouse, such as A-01-02: a place of the book."""

    warehouse = reference("catalog.Warehouse", related_name="bins")
    zone = reference("catalog.Zone", null=True, related_name="bins")
    code = codes(40)
    pick_sequence = models.IntegerField(default=0)
    capacity_units = models.IntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "warehouse", "code"], name="catalog_bin_code"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["enterprise", "warehouse", "pick_sequence", "code"],
                name="catalog_bin_walk",
            ),
        ]


class Word(models.Model):
    """That a master is found by a word: an index of words, in the order of the masters' codes.

    A table and not an index of an array, since row security lets no operator near an index before
    the wall unless it is leakproof: those of arrays and texts to search are not, equality is.
    """

    pk = models.CompositePrimaryKey("enterprise_id", "about", "word", "code")
    enterprise_id = models.UUIDField()
    about = models.TextField()
    word = models.TextField()
    code = models.TextField()

    class Meta:
        managed = False


class Import(Walled):
    """A file of masters that was sent, looked at, taken over and perhaps taken back."""

    about = models.CharField(max_length=10)
    file = models.CharField(max_length=200)
    #: Kept until it is taken over; after that, the digest says which file it was.
    content = models.BinaryField(default=bytes)
    sha256 = models.BinaryField(max_length=32)
    state = models.CharField(
        max_length=9, choices=[(each, each) for each in ("previewed", "committed", "undone")]
    )
    preview = models.JSONField(default=dict)
    #: sha256 over what it would change, so that what is taken over is what was looked at.
    plan = models.BinaryField(max_length=32)
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)
    uploaded_by = models.CharField(max_length=45)
    committed_at = models.DateTimeField(null=True)
    committed_by = models.CharField(max_length=45, blank=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=45, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "uploaded_at", "id"], name="catalog_import_at"),
        ]


class ImportedRow(Walled):
    """What an import did to one master: what it was before, nothing where it was new."""

    about = models.CharField(max_length=10)
    source = reference("catalog.Import", related_name="rows")
    row = models.IntegerField()
    master = models.UUIDField()
    was = models.JSONField(null=True)
    #: The version it has if nothing happened to it since.
    version = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["enterprise", "source", "row"], name="catalog_importedrow_row"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "master"], name="catalog_importedrow_master"),
        ]
