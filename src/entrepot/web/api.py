# SPDX-License-Identifier: Apache-2.0
"""The API as every operation meets it: read strictly, errors as problems, exactly described."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError, ValidationErrorContext
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from entrepot.web.openapi import Description
from entrepot.web.problems import answer, fault_of, refuse_faults
from entrepot.web.reading import MOST_BYTES, Reader

Called = TypeVar("Called", bound=Callable[..., Any])


def shown_once(view: Called) -> Called:
    """Say of an operation that its answer holds a secret, which is kept nowhere."""
    view.is_shown_once = True  # type: ignore[attr-defined]
    return view


class Api(NinjaAPI):
    """django-ninja with the conventions of the program; routers are added to it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(parser=Reader(), **options)
        for error in (Exception, Http404, HttpError, ValidationError):
            self.add_exception_handler(error, cast(Any, answer))
        self.add_decorator(_with_operation, mode="view")
        self.add_decorator(_strict_query, mode="operation")

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        """Every fault of a request, as `problems.refuse_faults` wants them."""
        return ValidationError(
            [
                fault_of(
                    context.model.__ninja_param_source__, place.get(each["loc"], each["loc"]), each
                )
                for context in error_contexts
                for place in [context.model.__ninja_flatten_map_reverse__]
                for each in context.pydantic_validation_error.errors(include_url=False)
            ]
        )

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of the function: `list_jobs`."""
        return str(operation.view_func.__name__)

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The description, with what holds for every operation."""
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        return Description(self, prefix)


def _with_operation(run: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let whoever reads a request know which operation it is for."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    names = _query_names(operation)
    most_bytes = getattr(operation.view_func, "most_bytes", MOST_BYTES)
    is_shown_once = getattr(operation.view_func, "is_shown_once", False)

    @wraps(run)
    def told(request: HttpRequest, *given: Any, **named: Any) -> HttpResponseBase:
        request.query_names, request.most_bytes = names, most_bytes  # type: ignore[attr-defined]
        request.is_shown_once = is_shown_once  # type: ignore[attr-defined]
        return run(request, *given, **named)

    return told


def _strict_query(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse names in the query that the operation does not know: a filter must not be lost."""

    @wraps(view)
    def strict(request: HttpRequest, *given: Any, **named: Any) -> Any:
        known: frozenset[str] = request.query_names  # type: ignore[attr-defined]
        refuse_faults(
            "Cannot take the query.",
            [
                {"in": "query", "at": [name[:100]], "found": "an unknown name",
                 "expected": ", ".join(sorted(known)) or "no query"}
                for name in request.GET
                if name not in known
            ],
        )  # fmt: skip
        return view(request, *given, **named)

    return strict


def _query_names(operation: Operation) -> frozenset[str]:
    return frozenset(
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    )
