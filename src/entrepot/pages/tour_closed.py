# SPDX-License-Identifier: Apache-2.0
"""What the latest close says of an order, a declaration item or an invoice line.

The tables that a walk asks are written beside the database once, under the hash of what they hold,
and read from there by DuckDB, which reads of them what it needs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db.models import CharField, F, Func, IntegerField

from entrepot.closing.models import Close, ClosedFile
from entrepot.people.tenancy import acting
from entrepot.pipelines.walk import exports, find, orders
from entrepot.pipelines.walk.closed import RUN, TABLES, ClosedSeason, Row, open_closed

#: Files of a close that a walk reads, in any of the formats a close writes.
_FILES: Final = (RUN, *(f"{name}.{form}" for name in TABLES for form in ("parquet", "csv", "xlsx")))
#: Closes whose files lie ready, of each enterprise.
_READY: Final = 3
_CHUNK: Final = 8 * 1024 * 1024
#: What DuckDB may take for one question.
_LIMITS: Final = ("SET memory_limit = '256MB'", "SET threads = 2")


def latest() -> Close | None:
    """The latest close that is done."""
    done = Close.objects.filter(closed_at__isnull=False)
    return done.order_by("-asked_at", "-id").defer("summary", "stock").first()


def order_in(close: Close, channel: str, number: str) -> Row | None:
    """What a close says of an order; None where it does not know it."""
    found = _walk(close, lambda closed: [
        orders.walk_order(closed, each)
        for each in find.find_orders(closed, f"{channel}/{number}")
        if (each.channel, each.order_no) == (channel, number)
    ])  # fmt: skip
    return found[0] if found else None


def items_in(close: Close, text: str) -> list[Row]:
    """What a close says of a declaration's items: NUMBER or NUMBER/ITEM."""
    return _walk(
        close, lambda closed: exports.walk_items(closed, find.find_items(closed, text)[:MOST])
    )


def invoice_lines_in(close: Close, text: str) -> list[Row]:
    """What a close says of an invoice's lines: NUMBER or NUMBER/LINE."""
    return _walk(
        close,
        lambda closed: exports.walk_invoice_lines(
            closed, find.find_invoice_lines(closed, text)[:MOST]
        ),
    )


#: Items or lines of one number that are walked.
MOST: Final = 20


def _walk(close: Close, ask: Callable[[ClosedSeason], list[Row]]) -> list[Row]:
    with open_closed(_folder(close)) as closed:
        for limit in _LIMITS:
            closed.rows(limit)
        try:
            return ask(closed)
        except find.NothingFound:
            return []


# --- The files of a close, where DuckDB can read them --------------------------------------------


class _Hex(Func):
    function, template = "encode", "encode(%(expressions)s, 'hex')"
    output_field = CharField()


def _folder(close: Close) -> Path:
    """The folder with the files of a close, which is made where it is not there."""
    digests: Mapping[str, str] = dict(
        ClosedFile.objects.filter(close_id=close.id, name__in=_FILES)
        .order_by("name").values_list("name", _Hex(F("sha256")))
    )  # fmt: skip
    whole = hashlib.sha256(repr(sorted(digests.items())).encode()).hexdigest()
    home = Path(settings.DATA_FOLDER) / "walks" / str(acting().enterprise)
    folder = home / whole
    if folder.is_dir():
        os.utime(folder)
        return folder
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = Path(tempfile.mkdtemp(prefix="new-", dir=home))
    try:
        for name, digest in digests.items():
            _write(close, name, digest, new / name)
        new.rename(folder)
    except OSError:
        # Another process may have been quicker.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)
    _tidy(home)
    return folder


class _Part(Func):
    """A part of a content, so that no file is ever whole in memory."""

    function, template = "substring", "substring(%(expressions)s from %(start)s for %(count)s)"


def _write(close: Close, name: str, digest: str, path: Path) -> None:
    """Write a file of a close, and see that it is what was kept."""
    rows = ClosedFile.objects.filter(close_id=close.id, name=name)
    size = rows.values_list(
        Func(F("content"), function="octet_length", output_field=IntegerField()), flat=True
    ).get()
    sha = hashlib.sha256()
    with path.open("wb") as file:
        for start in range(1, size + 1, _CHUNK):
            part = _Part(F("content"), start=start, count=_CHUNK,
                         output_field=ClosedFile._meta.get_field("content"))  # fmt: skip
            content = bytes(rows.values_list(part, flat=True).get())
            sha.update(content)
            file.write(content)
    if sha.hexdigest() != digest:
        raise AssertionError(f"{name} of close {close.id} is not what was kept")


def _tidy(home: Path) -> None:
    """Leave the files of the closes that were asked last."""
    ready = [each for each in home.iterdir() if not each.name.startswith("new-")]
    for old in sorted(ready, key=lambda each: each.stat().st_mtime, reverse=True)[_READY:]:
        shutil.rmtree(old, ignore_errors=True)


def about(close: Close | None) -> dict[str, Any] | None:
    """What a page says of the close it tells from."""
    return None if close is None else {"id": close.id, "as_of": close.as_of, "at": close.closed_at}
