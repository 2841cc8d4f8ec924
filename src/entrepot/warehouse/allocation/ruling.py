# SPDX-License-Identifier: Apache-2.0
"""Set the rules by which a warehouse is chosen: routes and the policy, each as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from entrepot.catalog.models import Warehouse
from entrepot.errors import Refused
from entrepot.people.audit import record
from entrepot.warehouse.allocation.rules import DEFAULT
from entrepot.warehouse.models import Policy, Route

MOST_LISTED = 1000


class UnfitRules(Refused):
    """Routes that cannot be: warehouses that are not there, or one that is named twice."""

    code = "warehouse.unfit_rules"


def put_routes(routes: Sequence[dict[str, Any]]) -> int:
    """Put these routes in the place of all there are; how many there are then.

    Raises:
        UnfitRules: with every fault of every route.
    """
    known = set(Warehouse.objects.values_list("code", flat=True))
    keys = Counter((r["country"], r["postcode"], r["warehouse"]) for r in routes)
    faults = [
        {"route": at, "found": found}
        for at, route in enumerate(routes)
        for found in _faults(route, known, keys)
    ]
    if faults:
        first = faults[0]
        more = f", and {len(faults) - 1:,} more faults" if len(faults) > 1 else ""
        raise UnfitRules(
            "Cannot set the routes.",
            f"Route {first['route']}: {first['found']}{more}.",
            "Correct what is listed and send all of them again; nothing was changed.",
            faults=faults[:MOST_LISTED],
            count=len(faults),
        )
    Route.objects.all().delete()
    Route.objects.bulk_create([Route(**route) for route in routes], batch_size=1000)
    record("routes.set", f"{len(routes):,} routes", count=len(routes))
    return len(routes)


def add_route(route: dict[str, Any]) -> Route:
    """Add a route to those there are.

    Raises:
        UnfitRules: with every fault of it.
    """
    known = set(Warehouse.objects.filter(code=route["warehouse"]).values_list("code", flat=True))
    key = {name: route[name] for name in ("country", "postcode", "warehouse")}
    times = 1 + Route.objects.filter(**key).count()
    if found := _faults(route, known, Counter({tuple(key.values()): times})):
        raise UnfitRules(
            "Cannot add the route.",
            f"{found[0][0].upper()}{found[0][1:]}.",
            "Correct it and add it again.",
            faults=[{"route": 0, "found": each} for each in found],
            count=len(found),
        )
    made = Route.objects.create(**route)
    record("route.added", " ".join(each for each in key.values() if each), **key)
    return made


def remove_routes(ids: Sequence[UUID]) -> int:
    """Remove routes; how many of them were still there."""
    count, _ = Route.objects.filter(id__in=ids).delete()
    if count:
        record("routes.removed", f"{count:,} routes", count=count)
    return count


def _faults(
    route: dict[str, Any], known: set[str], keys: Counter[tuple[str, str, str]]
) -> list[str]:
    found = []
    if route["warehouse"] not in known:
        found.append(f"there is no warehouse {route['warehouse']}")
    if keys[route["country"], route["postcode"], route["warehouse"]] > 1:
        found.append("this destination and warehouse come twice")
    if route["postcode"] and not route["country"]:
        found.append("a postcode without a country")
    return found


def policy() -> Policy:
    """The policy of the enterprise, or the one that holds where none was set."""
    return Policy.objects.first() or Policy(criteria=list(DEFAULT))


def put_policy(criteria: Sequence[str], *, whole_first: bool, may_split: bool) -> Policy:
    """Set the policy."""
    says = {"criteria": list(criteria), "whole_first": whole_first, "may_split": may_split}
    made, _ = Policy.objects.update_or_create(defaults=says)
    record("allocation_policy.set", ", ".join(criteria) or "nothing compared", **says)
    return made
