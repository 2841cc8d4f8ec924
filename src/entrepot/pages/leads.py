# SPDX-License-Identifier: Apache-2.0
"""Addresses of other areas' pages: of one that this desk does not have, nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse


def lead(name: str, *given: Any, **query: Any) -> str:
    """The address of a page, with a query of what is not empty."""
    try:
        address = reverse(f"pages:{name}", args=given)
    except NoReverseMatch:
        return ""
    said = {key: value for key, value in query.items() if value not in (None, "")}
    return f"{address}?{urlencode(said)}" if said else address
