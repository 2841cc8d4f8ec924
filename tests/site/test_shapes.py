# SPDX-License-Identifier: Apache-2.0
"""The shapes of the API: each name stands for one of them."""

from __future__ import annotations

import sys
from collections import defaultdict

from ninja import Schema
from pydantic import BaseModel

from entrepot.site.api import api
from entrepot.web.fields import Body


def kinds(of: type[BaseModel]) -> set[type[BaseModel]]:
    """All kinds of a kind of shape."""
    found = set(of.__subclasses__())
    return found.union(*(kinds(each) for each in found))


def test_no_two_shapes_of_the_api_have_one_name():
    """Where two have, the description shows one of them for both, and says nothing of it."""
    assert api.get_openapi_schema()
    named = defaultdict(set)
    for each in kinds(Schema) | kinds(Body):
        module = sys.modules.get(each.__module__)
        if each.__module__.startswith("entrepot.") and hasattr(module, each.__name__):
            named[each.__name__].add(each.__module__)

    assert len(named) > 100
    assert {name: modules for name, modules in named.items() if len(modules) > 1} == {}
