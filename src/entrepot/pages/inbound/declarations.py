# SPDX-License-Identifier: Apache-2.0
"""Export declarations: what left under which item, and whose invoices it was bought with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args
from uuid import UUID

from django import forms as fields
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from entrepot.catalog.forms import Fault
from entrepot.ledger.models import Item
from entrepot.logistics import declaring, linking, lists
from entrepot.logistics.api.declarations import DeclarationLineFields, Mode
from entrepot.logistics.api.shapes import MOST_UNITS, DeclarationNo, Number, Perhaps, Sku
from entrepot.logistics.declaring import Declared
from entrepot.logistics.linking import Linked
from entrepot.logistics.models import Declaration, DeclarationLine, ReceiptLine
from entrepot.logistics.refusals import refuse_faults
from entrepot.packs.read import read as read_pack
from entrepot.pages import forms
from entrepot.pages.frame import action, form, page
from entrepot.pages.inbound import asking, parts
from entrepot.pages.inbound.bulk import Bulk, TableForm, answer
from entrepot.pages.inbound.parts import READ, WRITE
from entrepot.pages.inbound.pasting import (
    Field, Row, Wrong, amount, day, one_of, shape, smallest, whole, yes_or_no,
)  # fmt: skip
from entrepot.pages.places import movements
from entrepot.pages.table import Column, Table
from entrepot.pages.wording import words
from entrepot.people.access import Access
from entrepot.taxrefund.deadlines import NoDeadline, claim_deadlines

MODES: Final = get_args(Mode)
_PARTS: Final = ("items", "links", "sent", "received")
_OF = DeclarationLineFields.model_fields


def _shape_of(name: str) -> Any:
    """The shape that the API takes for a field."""
    return shape(_shaped(name), name)


def _shaped(name: str) -> Any:
    from typing import Annotated

    return Annotated[_OF[name].annotation, *_OF[name].metadata]
