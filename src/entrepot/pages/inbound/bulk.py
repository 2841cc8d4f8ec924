# SPDX-License-Identifier: Apache-2.0
"""The form with which a table is pasted or sent: checked, shown, and taken over, in this order.

To check it, it is done for real and taken back in the same transaction: what the page then shows
is what will happen, and nothing is written until somebody says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django import forms as fields
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from entrepot.errors import EntrepotError
from entrepot.pages import forms
from entrepot.pages.frame import show
from entrepot.pages.inbound.pasting import (
    MOST_TEXT,
    Field,
    Grid,
    Mistake,
    Row,
    arranged,
    heading,
    pasted,
    sent,
    template,
    written,
)
from entrepot.pages.wording import language, words
from entrepot.people.access import Access
from entrepot.web import telling

#: Rows and mistakes that a page shows.
MOST_SHOWN: Final = 100
_PLACE = re.compile(r"(?:purchases\[(\d+)\]\.?)?(?:lines\[(\d+)\]\.?)?(\w*)")


class TableForm(forms.DeskForm):
    """What is said besides the table, and the table: pasted, or as a file."""

    text = fields.CharField(
        required=False, strip=False, max_length=MOST_TEXT,
        widget=fields.Textarea(attrs={"rows": 10, "spellcheck": "false", "wrap": "off",
                                      "class": "code"}),
    )  # fmt: skip
    file = fields.FileField(
        required=False, widget=fields.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"})
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        names = [name for name in self.fields if name not in ("text", "file")]
        self.order_fields([*names, "text", "file"])


@dataclass(frozen=True, slots=True)
class Bulk:
    """A table and what is done with it.

    Args:
        columns: what its rows say.
        take: does it, given rows and what the form says besides. A refusal's faults name lines
            counted from 1, or `lines[0].sku`.
        done: what to say when it is done, and where to go, given what `take` gave.
        preview: what the page says of what `take` gave, before it is taken over.
        groups: the rows of each of the things that `take` takes in, as refusals count them.
        start: rows the table begins with.
        form: what is asked besides the table.
        may_be_empty: whether a table without rows is taken.
        submit: the word of the button.
    """

    columns: Sequence[Field]
    take: Callable[[Sequence[Row], Mapping[str, Any]], Any]
    done: Callable[[Any], tuple[str, str]]
    start: Sequence[Sequence[object]] = ()
    form: type[TableForm] = TableForm
    initial: Mapping[str, Any] = field(default_factory=dict)
    preview: Callable[[Any], Mapping[str, Any]] = lambda taken: {}
    groups: Callable[[Sequence[Row]], Sequence[Sequence[Row]]] = lambda rows: [rows]
    may_be_empty: bool = False
    submit: str = ""
    template: str = "pages/inbound/bulk.html"


def answer(request: HttpRequest, access: Access, bulk: Bulk, **context: Any) -> HttpResponse:
    """The form; what is wrong with the table; what it would do; or the page to go to, done."""
    say = words("inbound")
    context |= {"submit": bulk.submit or say["take_over"], "columns": _told_columns(bulk.columns)}
    if request.method != "POST":
        initial = {"text": template(bulk.columns, bulk.start), **bulk.initial}
        return _shown(request, access, bulk, bulk.form(initial=initial, say=say), **context)
    form = bulk.form(request.POST, request.FILES, say=say)
    if not form.is_valid():
        return _shown(request, access, bulk, form, status=422, **context)
    if request.POST.get("step") == "change":
        return _shown(request, access, bulk, form, **context)
    try:
        grid = _grid(form)
    except EntrepotError as error:
        form.refuse(error)
        return _shown(request, access, bulk, form, status=422, **context)
    form = _with_text(form, grid)
    rows, mistakes, ignored = arranged(grid, bulk.columns)
    if not rows and not mistakes and not bulk.may_be_empty:
        form.add_error("text", str(say["no_rows"]))
        return _shown(request, access, bulk, form, status=422, **context)
    context["ignored"] = ignored
    if not mistakes:
        return _taken(request, access, bulk, form, rows, **context)
    return _shown(request, access, bulk, form, status=422, **_listed(mistakes), **context)


def _taken(
    request: HttpRequest,
    access: Access,
    bulk: Bulk,
    form: TableForm,
    rows: Sequence[Row],
    **context: Any,
) -> HttpResponse:
    """Do it; unless it was only to be checked, for which it is taken back again."""
    is_check = request.POST.get("step") != "take"
    given = {name: value for name, value in form.cleaned_data.items() if name not in _OWN}
    try:
        with transaction.atomic():
            taken = bulk.take(rows, given)
            if is_check:
                context |= bulk.preview(taken)
                transaction.set_rollback(True)
    except EntrepotError as error:
        mistakes = _of_refusal(error, bulk.groups(rows))
        if not mistakes or not all(each.row for each in mistakes):
            form.refuse(error)
        listed = _listed(mistakes)
        return _shown(request, access, bulk, form, status=422, **listed, **context)
    if is_check:
        shown = [_told(row, bulk.columns) for row in rows[:MOST_SHOWN]]
        return _shown(
            request, access, bulk, form, is_checked=True, rows=shown, count=len(rows),
            more=len(rows) - len(shown), **context,
        )  # fmt: skip
    said, to = bulk.done(taken)
    messages.success(request, said)
    return redirect(to)


_OWN: Final = ("text", "file")


def _shown(
    request: HttpRequest, access: Access, bulk: Bulk, form: TableForm, **context: Any
) -> HttpResponse:
    return show(request, access, "inbound", bulk.template, form=form, **context)


def _grid(form: TableForm) -> Grid:
    if file := form.cleaned_data["file"]:
        return sent(file.name, file.read())
    return pasted(form.cleaned_data["text"])


def _with_text(form: TableForm, grid: Grid) -> TableForm:
    """The form with what was sent as a file as if it had been pasted: it may be mended there."""
    if form.cleaned_data["file"]:
        data = QueryDict(mutable=True)
        data.update(form.data)
        data["text"] = written(grid)
        form.data = data
    return form


def _of_refusal(error: EntrepotError, groups: Sequence[Sequence[Row]]) -> list[Mistake]:
    """What a refusal lists, each in the row that a spreadsheet shows."""
    mistakes = []
    for fault in telling.told(error, language()).faults:
        if "expected" not in fault:
            continue
        name, line = str(fault.get("field", "")), fault.get("row")
        found = _PLACE.fullmatch(name)
        group, at = 0, None if line is None else int(line) - 1
        if found:
            group, name = int(found[1] or 0), found[3]
            at = int(found[2]) if found[2] else 0 if found[1] else at
        number = None if at is None or at >= len(groups[group]) else groups[group][at].number
        told = (heading(name), str(fault["found"]), str(fault["expected"]))
        mistakes.append(Mistake(number, *told))
    return sorted(mistakes, key=lambda each: each.row or 0)


def _listed(mistakes: Sequence[Mistake]) -> dict[str, Any]:
    return {
        "mistakes": mistakes[:MOST_SHOWN],
        "mistake_count": len(mistakes),
        "more_mistakes": max(len(mistakes) - MOST_SHOWN, 0),
    }


def _told(row: Row, columns: Sequence[Field]) -> dict[str, Any]:
    """A row as the preview shows it: what was understood of it."""
    return {"number": row.number, "cells": [
        (heading(field.name), _cell(field, row[field.name]), field.is_number) for field in columns
    ]}  # fmt: skip


def _cell(column: Field, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(words("common")["yes" if value else "no"])
    if column.name == "net_amount":
        return f"{value / 100:,.2f}"
    if column.name == "vat_rate":
        return f"{value / 100:g} %"
    return str(value)


def _told_columns(columns: Sequence[Field]) -> list[dict[str, Any]]:
    """The columns, and what each holds."""
    hints = words("inbound")["column_hints"]
    return [
        {
            "heading": heading(each.name),
            "must": each.must,
            "hint": hints.get(each.name, ""),
            "is_number": each.is_number,
        }
        for each in columns
    ]
