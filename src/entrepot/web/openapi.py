# SPDX-License-Identifier: Apache-2.0
"""What the OpenAPI says of every operation alike: problems, the Idempotency-Key, the scope."""

from __future__ import annotations

from typing import Any, Final

from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from ninja.operation import Operation

from entrepot.web.problems import MEDIA_TYPE, Problem

#: Methods that change something.
UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_ALWAYS: Final = {
    400: "The request makes no sense.",
    422: "What was sent breaks its description; every fault is listed.",
    429: "Too many requests in a short time.",
    500: "The program has a mistake; the reference is in its log.",
    503: "The database could not do it at this moment; nothing was changed.",
}
_SIGNED_IN: Final = {
    401: "Nobody is signed in.",
    403: "The role or the token does not allow it.",
}
_NAMED: Final = {404: "There is no such thing."}
_CHANGING: Final = {409: "The state of things forbids it."}
_WITH_BODY: Final = {413: "More was sent than is taken.", 415: "What was sent is not JSON."}

IDEMPOTENCY_KEY: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": (
        "A name of this request: sent again with the same key, it is done once and answered alike,"
        " with `Idempotent-Replayed: true`. Kept for seven days."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


class Description(OpenAPISchema):
    """The OpenAPI of an API, with what holds for all of its operations."""

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        """One operation, with every problem that it may answer."""
        details = super().operation_details(operation)
        if operation.description:
            details["summary"] = operation.description.split("\n")[0].rstrip(".")
        changes = bool(UNSAFE & set(operation.methods))
        problems = dict(_ALWAYS)
        if "security" in details:
            problems |= _SIGNED_IN
        if any(each["in"] == "path" for each in details["parameters"]):
            problems |= _NAMED
        if changes:
            details["parameters"].append(IDEMPOTENCY_KEY)
            problems |= _CHANGING
        if "requestBody" in details:
            problems |= _WITH_BODY
        answers = {status: _problem(words) for status, words in problems.items()}
        details["responses"] = dict(sorted((answers | details["responses"]).items()))
        return details

    def operation_security(self, operation: Operation) -> list[dict[str, Any]] | None:
        """How to sign in, and the scope that is needed."""
        found = super().operation_security(operation) or []
        for auth in operation.auth_callbacks:
            for way in found:
                if type(auth).__name__ in way and (scope := getattr(auth, "scope", None)):
                    way[type(auth).__name__] = [scope]
        return found or None

    def get_components(self) -> dict[str, Any]:
        """What the operations refer to."""
        self.schemas["Problem"] = Problem.model_json_schema(ref_template=REF_TEMPLATE)
        return dict(super().get_components())


def _problem(words: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": words, "content": {MEDIA_TYPE: {"schema": schema}}}
