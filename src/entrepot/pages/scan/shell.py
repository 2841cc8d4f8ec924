# SPDX-License-Identifier: Apache-2.0
"""The scan pages: one page for each flow, whose script does the rest, also without a network.

A page holds nothing but words, and whose scans the device keeps: an enterprise and a person. What
it works with comes as JSON, and what is scanned goes to the API.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.templatetags.static import static
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from entrepot.catalog.models import Warehouse
from entrepot.errors import EntrepotError
from entrepot.pages.frame import page, show, told
from entrepot.pages.scan import finding
from entrepot.pages.wording import language, words
from entrepot.people.access import Access

SCOPE: Final = "floor.write"
#: The flows in the order of a day, and the scope that one needs beside that of all of them.
FLOWS: Final = {
    "receive": "inbound.write",
    "put": "",
    "pick": "",
    "pack": "orders.read",
    "ship": "",
    "return": "",
    "count": "",
    "move": "",
    "site": "inbound.write",
    "look": "",
}
#: What the browser keeps of a page, so that it opens without a network.
_NAMES: Final = (
    "scan", "api", "codes", "flow", "queue", "screen", "signal", "store", "wedge", "count", "look",
    "move", "pack", "pick", "put", "receive", "return", "ship", "site", "start",
)  # fmt: skip
SCRIPTS: Final = tuple(f"{name}.js" for name in _NAMES)
_KEPT: Final = ("scan.css", *SCRIPTS)
#: A picture for each flow, on a square of 24: the path of an SVG.
_PICTURES: Final = {
    "receive": "M12 3v10m-4-4 4 4 4-4M4 14v6h16v-6",
    "put": "M4 21V3m16 18V3M4 9h16M4 17h16M9 5h6v4H9z",
    "pick": "M12 13V3m-4 4 4-4 4 4M4 14v6h16v-6",
    "pack": "M3 8l9-5 9 5v9l-9 5-9-5zM3 8l9 5 9-5M12 13v9",
    "ship": "M2 6h12v11H2zM14 10h4l4 4v3h-8M6 20a2 2 0 1 0 0-4 2 2 0 0 0 0 4zm12 0a2 2 0 1 0 0-4",
    "return": "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
    "count": "M8 3h8v3H8zM6 5H4v16h16V5h-2M8 13l3 3 5-6",
    "move": "M4 8h14m-4-4 4 4-4 4M20 16H6m4-4-4 4 4 4",
    "site": "M3 21h18M5 21V9l7-5 7 5v12M9 13l2 2 4-4",
    "look": "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 21 21",
}
#: The longest code that is looked up, as the API takes it.
_LONGEST: Final = 200


@page(SCOPE)
def start(request: HttpRequest, access: Access) -> HttpResponse:
    """Choose what to do, or scan anything."""
    return _shell(request, access, "start")


@page(SCOPE)
def flow(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """One flow."""
    if name not in FLOWS:
        raise Http404
    if FLOWS[name]:
        access.need(FLOWS[name])
    return _shell(request, access, name)


@page(SCOPE)
def me(request: HttpRequest, access: Access) -> JsonResponse:
    """Whose session this is, and what its requests are signed with."""
    return JsonResponse({"owner": _owner(access), "token": get_token(request)})


@page(SCOPE)
def find(request: HttpRequest, access: Access) -> JsonResponse:
    """What a scanned code is."""
    given = request.GET.get("text", "")[:_LONGEST]
    return _json(lambda: finding.what_is(_warehouse(request), _printable(given)))


@page(SCOPE)
def load(request: HttpRequest, access: Access, what: str) -> JsonResponse:
    """What a flow takes along: `pick` and so on are choices, the others what is in them."""
    if what in ("pick", "receive", "count"):
        return _json(lambda: finding.choices(what, _warehouse(request)))
    if what == "site":
        access.need("inbound.read")
        return _json(lambda: finding.at_site(_warehouse(request)))
    by_warehouse = {
        "put": finding.to_put_away,
        "bins": finding.bins,
        "ship": finding.to_hand_over,
    }
    if what not in by_warehouse:
        raise Http404
    return _json(lambda: by_warehouse[what](_warehouse(request)))


@page(SCOPE)
def consignment(request: HttpRequest, access: Access, id: Any) -> JsonResponse:
    """What a consignment was announced with."""
    access.need("inbound.read")
    return _json(lambda: finding.announced(id))


@page(SCOPE)
def count(request: HttpRequest, access: Access, id: Any) -> JsonResponse:
    """The bins of a count."""
    return _json(lambda: finding.to_count(id))


@never_cache
@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: below the scan pages, so that it serves these and no others."""
    kept = [reverse("pages:scan"), *(reverse("pages:scan_flow", args=[each]) for each in FLOWS)]
    kept += [static(f"pages/scan/{each}") for each in _KEPT]
    kept += [static("pages/desk.css"), static("pages/icon.svg")]
    script = files("entrepot.pages").joinpath("static", "pages", "scan", "worker.js")
    return HttpResponse(
        f"const ADDRESSES = {json.dumps(kept)};\n{script.read_text('utf-8')}",
        content_type="text/javascript; charset=utf-8",
    )


def _shell(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    say = words("scan")
    warehouses = [
        {"code": code, "name": its_name}
        for code, its_name in Warehouse.objects.filter(is_active=True)
        .order_by("-kind", "code")
        .values_list("code", "name")[:500]
    ]
    return show(
        request, access, "scan", "pages/scan/page.html",
        flow=name,
        owner=_owner(access),
        flows=[
            {
                "name": each, "title": say["flows"][each], "hint": say["hints"][each],
                "picture": _PICTURES[each],
            }
            for each, scope in FLOWS.items()
            if not scope or scope in access.scopes
        ],
        heading=say["flows"][name] if name in FLOWS else say["title"],
        given={
            "words": say, "language": language(), "warehouses": warehouses, "flow": name,
            "owner": _owner(access), "enterprise": str(access.enterprise),
            "token": get_token(request), "scopes": sorted(access.scopes),
            "addresses": {
                "start": reverse("pages:scan"), "api": "/api/v1", "login": reverse("account_login"),
                "worker": reverse("pages:scan_worker"),
            },
        },
    )  # fmt: skip


def _owner(access: Access) -> str:
    """Whose scans they are: those of an enterprise and a person."""
    assert access.user is not None
    return f"{access.enterprise}:{access.user.pk}"


def _warehouse(request: HttpRequest) -> str:
    return _printable(request.GET.get("warehouse", "")[:40])


def _printable(given: str) -> str:
    """Without control characters but that between the elements of GS1: no text of ours has any."""
    return "".join(c for c in given if c == "\x1d" or (c >= " " and c != "\x7f"))


def _json(answer: Any) -> JsonResponse:
    """What is found; a refusal in the reader's language."""
    try:
        return JsonResponse(answer())
    except EntrepotError as error:
        asked, found, remedy = ([*told(error).split("\n"), "", ""])[:3]
        refusal = {"code": error.code, "asked": asked, "found": found, "remedy": remedy}
        return JsonResponse(refusal, status=409)


urlpatterns = [
    path("", start, name="scan"),
    path("worker.js", worker, name="scan_worker"),
    path("me", me, name="scan_me"),
    path("find", find, name="scan_find"),
    path("load/<slug:what>", load, name="scan_load"),
    path("consignment/<uuid:id>", consignment, name="scan_consignment"),
    path("count/<uuid:id>", count, name="scan_count"),
    path("<slug:name>/", flow, name="scan_flow"),
]
