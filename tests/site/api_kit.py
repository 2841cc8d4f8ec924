# SPDX-License-Identifier: Apache-2.0
"""The whole API for tests, read from its own description, and a world of rows to meet in it.

A new operation is found here without being named; a new kind of text needs a sample in `_TEXTS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from entrepot.site.api import api
from entrepot.site.configuration import configuration
from tests.catalog.kit import BIN_A, PARTNER_A, PRODUCT_A, WAREHOUSE_A, ZONE_A
from tests.closing.world import add_closes
from tests.consolidating.kit import add_site
from tests.costing.kit import add_costs
from tests.customs.classifying_kit import add_classifying
from tests.customs.returning_kit import add_returning
from tests.customs.world import add_customs
from tests.declaring.world import add_declaring
from tests.jobs.callers import Caller, new_caller
from tests.logistics.world import add_inbound
from tests.reconciling.world import add_money
from tests.warehouse.floor_world import add_floor
from tests.warehouse.orders_world import add_orders

PREFIX = "/api/v1"
#: Tried in this order where a description asks for a text.
_TEXTS = (
    "A-1", "a", "EUR", "DE", "2026-03-01", "supplier/LSP", "https://example.com/told",
    "ada@example.com", "01a2168e-0000-7000-8000-000000000000", "12345678", "Asia/Shanghai",
    "310120260000000001", "2026-03-01T12:00:00Z", "603", "2018", "3", "",
)  # fmt: skip
_FORMATS = {
    "date": r"\d{4}-\d\d-\d\d", "date-time": r"\d{4}-\d\d-\d\dT[0-9:]{8}Z",
    "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "binary": "a",
}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """One operation as the description says it."""

    method: str
    path: str
    says: Mapping[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return str(self.says["operationId"])

    @property
    def scopes(self) -> list[str]:
        """What a token needs for it."""
        return list(self.says["security"][0]["BearerToken"])

    @property
    def in_path(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    @property
    def in_query(self) -> dict[str, dict[str, Any]]:
        """What may be asked, by name."""
        return {each["name"]: each for each in self.says["parameters"] if each["in"] == "query"}

    @property
    def media_type(self) -> str:
        """How a body is sent; empty where there is none."""
        return next(iter(self.says.get("requestBody", {}).get("content", {})), "")

    @property
    def body(self) -> dict[str, Any] | None:
        """What a JSON body has to be."""
        if self.media_type != "application/json":
            return None
        return resolved(self.says["requestBody"]["content"][self.media_type]["schema"])

    @property
    def is_list(self) -> bool:
        return "cursor" in self.in_query

    def sample_query(self) -> dict[str, Any]:
        """A query that it takes."""
        return {
            name: sample(each["schema"]) for name, each in self.in_query.items() if each["required"]
        }

    def ask(
        self,
        caller: Caller,
        path: Mapping[str, object] | None = None,
        query: Mapping[str, object] | None = None,
        body: Any = None,
        **headers: str,
    ) -> Any:
        """Ask it, with samples for what is not given."""
        where = self.path.format(**(path or dict.fromkeys(self.in_path, UUID(int=7))))
        options: dict[str, Any] = {}
        if self.media_type == "application/json":
            options = {"data": sample(self.body) if body is None else body}
        elif self.media_type:
            options = {"data": b"SKU,name\nA-1,Cable\n" if body is None else body}
        return getattr(caller.client, self.method.lower())(
            PREFIX + where,
            query_params=self.sample_query() | dict(query or {}),
            content_type=self.media_type or "application/json",
            headers={"Authorization": f"Bearer {caller.token}"} | headers,
            **options,
        )


@cache
def description() -> dict[str, Any]:
    return dict(api.get_openapi_schema(path_prefix=""))


@cache
def operations() -> list[Operation]:
    """Every operation of the API."""
    return [
        Operation(method.upper(), path, says)
        for path, methods in description()["paths"].items()
        for method, says in methods.items()
    ]


def resolved(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A description with what it refers to."""
    while "$ref" in schema:
        schema = description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return dict(schema)


def fits(text: str, schema: Mapping[str, Any]) -> bool:
    """Whether a text is one that is asked for."""
    return (
        schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 10**9)
        and re.search(schema.get("pattern", ""), text) is not None
        and re.fullmatch(_FORMATS.get(schema.get("format", ""), "(?s).*"), text) is not None
    )


def sample(schema: Mapping[str, Any] | None) -> Any:
    """The least that is taken: what need not be there is left out."""
    schema = resolved(schema or {})
    if "anyOf" in schema:
        return sample(schema["anyOf"][0])
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if schema["type"] == "object":
        wanted = schema.get("required", ())
        return {name: sample(schema["properties"][name]) for name in wanted}
    if schema["type"] == "array":
        return [sample(schema["items"])] * schema.get("minItems", 0)
    if schema["type"] in ("integer", "number"):
        return schema.get("minimum", 1)
    if schema["type"] == "boolean":
        return True
    return next(text for text in _TEXTS if fits(text, schema))


def texts_of(schema: Mapping[str, Any] | None, place: tuple[Any, ...] = ()) -> Iterator[Any]:
    """Every place of a body where a text goes: the place, and what it has to be."""
    schema = resolved(schema or {})
    for each in schema.get("anyOf", ()):
        yield from texts_of(each, place)
    if schema.get("type") == "string":
        yield place, schema
    for name, each in schema.get("properties", {}).items():
        yield from texts_of(each, (*place, name))
    if schema.get("type") == "array":
        yield from texts_of(schema["items"], (*place, 0))


def put(body: Any, place: tuple[Any, ...], value: object, schema: Mapping[str, Any]) -> Any:
    """A body with another value in one place; what lies above it is made."""
    if not place:
        return value
    schema = resolved(schema)
    if "anyOf" in schema:
        schema = next(
            each
            for each in map(resolved, schema["anyOf"])
            if each.get("type") in ("object", "array")
        )
    if place[0] == 0:
        below = body[0] if body else sample(schema["items"])
        return [put(below, place[1:], value, schema["items"])]
    of = schema["properties"][place[0]]
    below = body[place[0]] if place[0] in body else sample(of)
    return body | {place[0]: put(below, place[1:], value, of)}


def new_world(tag: str) -> Caller:
    """Somebody with an enterprise in which there is a row of everything, all named by the tag."""
    caller = new_caller()
    warehouse, bin = f"{tag}W", f"{tag}B"
    supplier, sku = f"supplier/{tag}P", f"{tag}-SKU"
    made = {
        "/partners": PARTNER_A | {"code": f"{tag}P"},
        "/warehouses": WAREHOUSE_A | {"code": warehouse},
        "/zones": ZONE_A | {"warehouse": warehouse, "code": f"{tag}Z"},
        "/bins": BIN_A | {"warehouse": warehouse, "code": bin, "zone": f"{tag}Z"},
        "/products": PRODUCT_A | {"sku": sku, "name": f"{tag} charger"},
        "/webhooks": {
            "url": f"https://{tag}.example.com/", "events": ["document.posted", "job.done"],
        },
        "/places": {"paths": [f"bank/{tag}"]},
        "/invitations": {"email": f"{tag}@example.com", "role": "finance"},
        "/documents": {
            "kind": "purchase", "number": f"{tag}-1", "on": "2026-03-01", "note": f"{tag} bought",
            "lines": [{"item": sku, "quantity": 5, "from_place": supplier, "lot": f"{tag}L",
                       "to_place": f"warehouse/{warehouse}"}],
        },
        "/jobs/housekeeping": {},
    }  # fmt: skip
    for path, body in made.items():
        answered = caller.post(path, body)
        assert answered.status_code < 300, (path, answered.content)
    add_inbound(caller, tag)
    add_site(caller, tag)
    add_returning(caller, tag)
    add_floor(caller, tag)
    add_orders(caller, tag)
    add_closes(caller, tag)
    add_customs(caller, tag)
    add_classifying(caller, tag)
    add_declaring(caller, tag)
    add_money(caller, tag)
    add_costs(caller, tag)
    upload = next(each for each in operations() if str(each) == "upload_import")
    assert upload.ask(caller, query={"about": "product", "file": f"{tag}.csv"}).status_code == 201
    return caller


def rows_of(enterprise: UUID) -> dict[str, str]:
    """A digest of all rows of an enterprise, table by table, past all walls."""
    found = {}
    with psycopg.connect(configuration().owner) as owner:
        owner.execute("SET row_security = off")
        tables = owner.execute("""
            SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE a.attname = 'enterprise_id' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                AND c.relnamespace = 'public'::regnamespace
        """).fetchall()
        for [table] in tables:
            statement = sql.SQL(
                "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
                " WHERE enterprise_id = %s"
            )
            row = owner.execute(statement.format(sql.Identifier(table)), [enterprise]).fetchone()
            found[table] = row[0] if row else ""
    return found
