# SPDX-License-Identifier: Apache-2.0
"""Orders: the list, one of them, a new one, and what can be done with several at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import NoReverseMatch, path, reverse
from psycopg.rows import dict_row

from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.actors import named
from entrepot.pages.frame import action, form, page, show, tabs, told, where_from
from entrepot.pages.order_forms import ChangeForm, OrderForm, take
from entrepot.pages.order_history import history
from entrepot.pages.places import code_of, movements, warehouses
from entrepot.pages.table import Column, Table, answer, answer_several
from entrepot.pages.wording import words
from entrepot.people.access import Access
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.allocation.actions import allocate_orders, take_back
from entrepot.warehouse.allocation.work import serve_later
from entrepot.warehouse.api import lists
from entrepot.warehouse.models import Allocation, Order
from entrepot.warehouse.models.orders import HELD, OPEN, STATES
from entrepot.warehouse.orders import changing
from entrepot.warehouse.orders.recipients import read_recipient
from entrepot.warehouse.orders.splitting import split
from entrepot.warehouse.outbound.waves import gather

READ, WRITE, PERSONAL = "orders.read", "orders.write", "orders.personal"
#: Who may make a wave, and what it is called among what is done with orders that are marked.
GATHER, WAVE = "floor.write", "wave"
PAGES: Final = ("orders", "orders_files", "orders_shops", "orders_rules")
#: Orders that are marked and done together, and of how many it is said which they are.
_MOST_MARKED: Final = 500
_MOST_NAMED: Final = 20


class OrderFilters(forms.Filters):
    number = forms.text()
    channel = forms.text(40)
    sku = forms.text(64)
    state = forms.states("order", STATES)
    promised_until = forms.day()
    is_waiting = forms.flag()


def _order(row: Any) -> str:
    return reverse("pages:orders_one", args=[row["id"]])


COLUMNS = (
    Column("number", "code", to=_order),
    Column("channel"),
    Column("state", "state", states="order"),
    Column("country"),
    Column("promised_on", "day"),
    Column("ordered_at", "moment"),
    Column("held_because"),
)


@page(READ)
def orders(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Orders, the latest first, or by what they are narrowed by."""
    say = words("orders")
    filters = OrderFilters(request.GET, say=say)
    may_write = WRITE in access.scopes
    table = Table(
        "orders", COLUMNS, lists.orders(**filters.given()), filters=filters,
        choose="orders" if may_write else "",
    )  # fmt: skip
    return answer(
        request, access, "orders", table, "pages/orders.html",
        tabs=known_tabs("orders"), may_write=may_write,
        warehouses=list(warehouses(needs_one=True)) if GATHER in access.scopes else [],
    )  # fmt: skip


def marked(request: HttpRequest, name: str, most: int = _MOST_MARKED) -> list[UUID]:
    """The rows that are marked, each once.

    Raises:
        Http404: what was sent is no id of a row.
    """
    try:
        return list(dict.fromkeys(UUID(each) for each in request.POST.getlist(name)[:most]))
    except ValueError as error:
        raise Http404 from error


def known_tabs(here: str) -> list[dict[str, Any]]:
    """The pages of orders beside each other."""
    return tabs(words("orders"), here, *PAGES)


@page(READ)
def order(request: HttpRequest, access: Access, id: UUID) -> HttpResponseBase:
    """An order: its lines, where it is reserved, its parcels, and what can be done with it."""
    may_see = PERSONAL in access.scopes
    given = {"enterprise": acting().enterprise, "order": id, "personal": may_see}
    with raw_cursor() as cursor:
        cursor.row_factory = dict_row
        found: Any = cursor.execute(lists.SHOW, given).fetchone()
    if found is None:
        raise Order.DoesNotExist
    may_write = WRITE in access.scopes
    is_open = found["state"] in (OPEN, HELD)
    return answer_several(
        request, access, "orders", [*_tables(found, may_see=may_see), history(found)],
        "pages/order.html",
        order=found, heading=f"{found['channel']} {found['number']}",
        about=words("orders")["one_about"],
        recipient=read_recipient(id, found["sealed"]) if may_see else None, may_see=may_see,
        by=named([found["created_by"]]), erased_by=_erased_by(found), tour=_tour(id),
        back=_return(access, found),
        may_change=may_write and is_open, is_held=found["state"] == HELD,
        is_reserved=any(not each["picked_from"] for each in found["allocations"]),
        is_waiting=any(each["open"] for each in found["lines"]),
        change=ChangeForm(initial=found, say=words("orders")),
        lines=[each for each in found["lines"] if each["open"] or each["allocated"]],
    )  # fmt: skip


def _erased_by(found: Mapping[str, Any]) -> str:
    by = found["erased_by"]
    return named([by])[by] if by else ""


def _tour(order: UUID) -> str:
    """The page of the way of its units."""
    try:
        return reverse("pages:tour_order", args=[order])
    except NoReverseMatch:
        return ""


def _return(access: Access, found: Mapping[str, Any]) -> str:
    """Where a return of it is announced, once something of it was shipped."""
    if "floor.write" not in access.scopes or not any(each["shipped"] for each in found["lines"]):
        return ""
    known = urlencode({"channel": found["channel"], "order": found["number"]})
    return f"{reverse('pages:returns_announce')}?{known}"


def _tables(found: Mapping[str, Any], *, may_see: bool) -> list[Table]:
    lines = Table(
        "lines",
        (
            Column("line_no", "number"),
            Column("sku", "code", to=lambda row: movements(item=row["sku"])),
            Column("quantity", "number"),
            Column("open", "number"),
            Column("allocated", "number"),
            Column("shipped", "number"),
            Column("cancelled", "number"),
            Column("amount", "money"),
        ),
        [line | {"currency": found["currency"]} for line in found["lines"]],
    )
    reserved = Table(
        "reserved",
        (
            Column("sku", "code", to=lambda row: movements(item=row["sku"])),
            Column("quantity", "number"),
            Column("place", "code", to=lambda row: movements(place=row["place"])),
            Column("lot", "code"),
            Column("step", "state", states="allocation", of=_step),
        ),
        found["allocations"],
    )
    parcels = Table(
        "parcels",
        (
            Column("number", "code",
                   to=lambda row: reverse("pages:outbound_parcel", args=[row["id"]])),
            Column("state", "state", states="parcel"),
            Column("warehouse", "code", of=lambda row: code_of(row["warehouse"])),
            Column("carrier"),
            Column("tracking", "code"),
            Column("shipped_on"),
            Column("packing_list", of=lambda row: "PDF",
                   to=lambda row: f"/api/v1/parcels/{row['id']}/packing-list"),
            *([Column("label", of=lambda row: "PDF",
                      to=lambda row: f"/api/v1/parcels/{row['id']}/label")] if may_see else ()),
        ),
        found["parcels"],
    )  # fmt: skip
    return [lines, reserved, parcels]


def _step(row: Mapping[str, Any]) -> str:
    """How far what is reserved has come."""
    if row["parcel"]:
        return "packed"
    if row["picked_from"]:
        return "picked"
    return "in_wave" if row["wave"] else "reserved"


def _hold(ids: Sequence[UUID], because: str) -> None:
    serve_later(changing.hold(ids, because).freed)


def _cancel(ids: Sequence[UUID], because: str) -> None:
    serve_later(changing.cancel([changing.Cancel(id) for id in ids], because).freed)


#: What can be done with orders: all that are marked, or none.
DOING: Final[Mapping[str, Callable[[Sequence[UUID], str], object]]] = {
    "hold": _hold,
    "release": lambda ids, because: changing.release(ids),
    "cancel": _cancel,
    "allocate": lambda ids, because: allocate_orders(ids),
    "take_back": lambda ids, because: take_back(ids),
}


@action(WRITE, "/orders/")
def do(request: HttpRequest, access: Access) -> HttpResponse:
    """Do one thing with every order that is marked: with all of them, or with none."""
    say, ids = words("orders"), marked(request, "orders")
    what = request.POST.get("what", "")
    if what not in DOING and what != WAVE:
        raise Http404
    back = redirect(where_from(request, reverse("pages:orders")))
    if not ids:
        messages.warning(request, say["none_marked"])
        return back
    try:
        with transaction.atomic():
            if what == WAVE:
                return _wave_of(request, access, ids)
            DOING[what](ids, request.POST.get("because", "")[:200])
    except EntrepotError as error:
        messages.error(request, "\n".join((told(error), *_which(error, ids))))
        return back
    messages.success(request, say["did"][what].format(count=len(ids)))
    return back


def _which(error: EntrepotError, ids: Sequence[UUID]) -> Iterator[str]:
    """Which of several orders it is that were refused."""
    listed = error.facts.get("orders")
    if len(ids) > 1 and isinstance(listed, list):
        its = [UUID(each["order"] if isinstance(each, dict) else each) for each in listed]
        yield words("orders")["refused_are"].format(orders=_names(its))


def _names(ids: Sequence[UUID]) -> str:
    """Orders by channel and number; of many, the first."""
    found = Order.objects.filter(id__in=ids[:_MOST_NAMED]).order_by("number")
    names = [" ".join(each) for each in found.values_list("channel", "number")]
    return ", ".join(names) + (" …" if len(ids) > _MOST_NAMED else "")


def _wave_of(request: HttpRequest, access: Access, ids: Sequence[UUID]) -> HttpResponse:
    """Make a wave of those of the marked orders that can be picked, and say which cannot."""
    access.need(GATHER)
    say = words("orders")
    made = gather(request.POST.get("warehouse", "")[:40], len(ids), ids)
    its = set(Allocation.objects.filter(wave_id=made.id).values_list("order_id", flat=True))
    if left := [each for each in ids if each not in its]:
        messages.warning(request, say["not_in_wave"].format(orders=_names(left)))
    said = say["did"][WAVE].format(number=made.number, orders=made.orders, units=made.units)
    messages.success(request, said)
    return redirect("pages:outbound_wave", made.id)


@action(WRITE, "/orders/")
def change(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Change when it is promised, how urgent it is, how it is shipped, and its note."""
    given = ChangeForm(request.POST, say=words("orders"))
    Order.objects.only("id").get(id=id)
    if given.is_valid():
        changing.change(id, **given.cleaned_data)
        messages.success(request, words("orders")["did"]["change"])
    else:
        for name, errors in given.errors.items():
            messages.error(request, f"{given.fields[name].label}: {' '.join(map(str, errors))}")
    return redirect("pages:orders_one", id)


@action(WRITE, "/orders/")
def units(request: HttpRequest, access: Access, id: UUID) -> HttpResponse:
    """Cancel units of lines, or make an order of their own of them."""
    found = Order.objects.only("id").get(id=id)
    say, wanted = words("orders"), _units(request)
    if not wanted:
        messages.warning(request, say["no_units"])
        return redirect("pages:orders_one", id)
    if request.POST.get("what") == "split":
        made = split(id, wanted)
        messages.success(request, say["did"]["split"].format(number=made.number))
        return redirect("pages:orders_one", made.id)
    cancelled = dict(found.lines.filter(line_no__in=wanted).values_list("line_no", "cancelled"))
    in_all = {line: cancelled.get(line, 0) + count for line, count in wanted.items()}
    because = request.POST.get("because", "")[:200]
    serve_later(changing.cancel([changing.Cancel(id, in_all)], because).freed)
    messages.success(request, say["did"]["units"].format(count=sum(wanted.values())))
    return redirect("pages:orders_one", id)


def _units(request: HttpRequest) -> dict[int, int]:
    """Units by line, of the fields `units-<line>`."""
    found = {}
    for name in request.POST:
        field, _, line = name.partition("-")
        value = request.POST.get(name, "")
        if field == "units" and line.isdecimal() and value.isdecimal() and len(value) < 10:
            found[int(line[:9])] = int(value)
    return {line: count for line, count in found.items() if count}


@form(WRITE)
def new(request: HttpRequest, access: Access) -> HttpResponseBase:
    """Take an order in by hand."""
    say = words("orders")
    is_growing = "more" in request.POST
    given = OrderForm(request.POST or None, say=say)
    if is_growing:  # nothing is looked at yet: what was typed stays
        given.errors.clear()
    elif request.method == "POST" and given.is_valid():
        taken = take(given)
        if taken is not None:
            allocate_orders([taken.id])
            messages.success(request, say["did"]["new"].format(number=taken.number))
            return redirect("pages:orders_one", taken.id)
    return show(
        request, access, "orders", "pages/order_new.html", form=given, heading=say["new"],
        about=say["new_about"], submit=say["new"], back=reverse("pages:orders"),
        status=422 if given.errors else 200,
    )  # fmt: skip


urlpatterns = [
    path("", orders, name="orders"),
    path("new/", new, name="orders_new"),
    path("do", do, name="orders_do"),
    path("<uuid:id>/", order, name="orders_one"),
    path("<uuid:id>/change", change, name="orders_change"),
    path("<uuid:id>/units", units, name="orders_units"),
]
