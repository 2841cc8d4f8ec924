# SPDX-License-Identifier: Apache-2.0
"""The rules of allocation for programs: routes and the policy, each put as a whole."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from entrepot.people.access import needs
from entrepot.warehouse.allocation import ruling
from entrepot.warehouse.api.shapes import Truth
from entrepot.warehouse.models import Policy, Route
from entrepot.web.fields import MOST_LINES, Body, code, text, whole
from entrepot.web.paging import Page, Paging
from entrepot.web.reading import bulk

READ, WRITE = "orders.read", "orders.write"

routes, policy = Router(tags=["allocation"]), Router(tags=["allocation"])

Criterion = Literal["rank", "cost", "distance", "age"]


class RouteIn(Body):
    """That a warehouse may serve a destination, and what speaks for it."""

    country: Annotated[str, Field(strict=True, pattern="^([A-Z]{2})?$")] = Field(
        "", description="Empty: every country without routes of its own."
    )
    postcode: Annotated[str, text(20)] = Field(
        "", description="How postcodes begin; of those that fit, the longest counts."
    )
    warehouse: Annotated[str, code(40)]
    rank: Annotated[int, whole(0, 10**6)] = Field(0, description="The lowest first.")
    cost: Annotated[int, whole(0, 10**12)] = Field(
        0, description="Of a parcel, in one currency for all."
    )
    distance_km: Annotated[int, whole(0, 10**6)] = 0


class RoutesIn(Body):
    """All routes."""

    routes: list[RouteIn] = Field(max_length=MOST_LINES)


class RouteOut(Schema):
    """A route."""

    country: str
    postcode: str
    warehouse: str
    rank: int
    cost: int
    distance_km: int


class RoutesOut(Schema):
    """How many routes there are."""

    count: int


class PolicyIn(Body):
    """How warehouses are compared."""

    criteria: list[Criterion] = Field(
        max_length=4, description="What is compared first, second, and so on; the least first."
    )
    whole_first: Truth = Field(
        True, description="A warehouse that has the whole order goes before all criteria."
    )
    may_split: Truth = Field(True, description="Whether an order may come from several warehouses.")


class PolicyOut(Schema):
    """How warehouses are compared."""

    criteria: list[Criterion]
    whole_first: bool
    may_split: bool


@routes.get("", response=Page[RouteOut], auth=needs(READ))
def list_routes(request: HttpRequest, page: Query[Paging]) -> dict[str, Any]:
    """List routes by destination. Without one that fits, every overseas warehouse may serve an
    order, those of its country first.
    """
    return page.of(Route.objects.all(), "country", "postcode", "warehouse")


@routes.put("", response=RoutesOut, auth=needs(WRITE))
@bulk
def put_routes(request: HttpRequest, body: RoutesIn) -> dict[str, int]:
    """Put these routes in the place of all there are.

    Answers 422 `warehouse.unfit_rules` with every fault of every route.
    """
    return {"count": ruling.put_routes([each.model_dump() for each in body.routes])}


@policy.get("", response=PolicyOut, auth=needs(READ))
def show_policy(request: HttpRequest) -> Policy:
    """Show how warehouses are compared."""
    return ruling.policy()


@policy.put("", response=PolicyOut, auth=needs(WRITE))
def put_policy(request: HttpRequest, body: PolicyIn) -> Policy:
    """Set how warehouses are compared."""
    return ruling.put_policy(body.criteria, whole_first=body.whole_first, may_split=body.may_split)
