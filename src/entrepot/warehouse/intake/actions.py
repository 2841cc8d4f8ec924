# SPDX-License-Identifier: Apache-2.0
"""Take files of orders over: send one, look at it, take it over, take it back.

`upload` keeps a file, `preview` reads the whole of it and says every mistake at once, or what it
would do; `commit` does just that, all or nothing; then its orders are reserved for, ten thousand
with one transaction, so that nobody waits long for a bin. `undo` removes them while nothing of them
was picked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import duckdb
from django.utils import timezone
from psycopg import Cursor

from entrepot.jobs.models import QUEUED, RUNNING, Job
from entrepot.ledger.models import Item
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting
from entrepot.warehouse.allocation.actions import allocate_orders
from entrepot.warehouse.intake import keeping, staging
from entrepot.warehouse.intake.reading import folder, opened
from entrepot.warehouse.intake.refusals import (
    Fault,
    NoSuchMapping,
    OtherByNow,
    WrongState,
    refuse_faulty,
)
from entrepot.warehouse.models import OrderFile, OrderMapping
from entrepot.warehouse.models.intake import COMMITTED, PREVIEWED, SENT
from entrepot.warehouse.orders.creating import MOST_LISTED, create, known_orders, unknown_skus

#: Orders that are written, or reserved for, with one statement.
BATCH: Final = 10_000
#: What was looked at and not taken over is thrown away after this time, or when there are more.
KEPT_FOR: Final = timedelta(days=1)
MOST_KEPT: Final = 20
#: The jobs that read files and take them over (`intake.work`); what one of them is about is kept.
READ, TAKE_OVER, ALLOCATE = "orders.read", "orders.import", "orders.allocate"

Progress = Callable[[int, int], None]

_REMEMBER: Final = """
    INSERT INTO warehouse_takenorder (enterprise_id, source_id, at, order_id)
    SELECT %(enterprise)s, %(source)s, at, order_id
    FROM unnest(%(ats)s::int[], %(ids)b::uuid[]) AS t (at, order_id)
"""
_NEXT: Final = """
    SELECT order_id FROM warehouse_takenorder
    WHERE enterprise_id = %(enterprise)s AND source_id = %(source)s AND at >= %(from)s
    ORDER BY at LIMIT %(most)s
"""


def upload(
    file: str, sent: keeping.Readable, mapping: str = "", promise_days: int = 0
) -> OrderFile:
    """Keep a file of orders; nothing is read of it yet.

    Args:
        mapping: the name of one of the mappings of the enterprise; empty for our own columns.
        promise_days: days from the order to the day by which it is to leave, where the file does
            not say it.

    Raises:
        NoSuchMapping: there is none of this name.
        TooLargeTable: it is larger than what is read.
    """
    toml = _toml(mapping) if mapping else ""
    file = "".join(c for c in file if c.isprintable())[-200:] or "the file"
    with raw_cursor() as cursor:
        throw_old_away(cursor)
        made = OrderFile.objects.create(
            file=file, mapping=mapping, toml=toml, promise_days=promise_days, bytes=0,
            uploaded_by=acting().actor,
        )  # fmt: skip
        made.bytes, made.sha256 = keeping.keep(cursor, made.id, sent, file)
    made.save(update_fields=["bytes", "sha256"])
    return made


def _toml(mapping: str) -> str:
    found = OrderMapping.objects.filter(name=mapping).first()
    if found is None:
        raise NoSuchMapping(
            f"Cannot read a file by the mapping {mapping}.",
            "There is no mapping of this name.",
            "Look it up among the mappings, or add it first.",
        )
    return found.content


def throw_old_away(cursor: Cursor[Any]) -> int:
    """Throw files away that nobody took over in time; how many they were."""
    waiting = OrderFile.objects.filter(state__in=(SENT, PREVIEWED))
    young = waiting.filter(uploaded_at__gte=timezone.now() - KEPT_FOR).order_by("-uploaded_at")
    old = waiting.exclude(id__in=young.values("id")[: MOST_KEPT - 1])
    # First held, then asked about: nobody can ask for a job in between.
    held = set(old.select_for_update(skip_locked=True).values_list("id", flat=True))
    jobs = Job.objects.filter(kind__in=(READ, TAKE_OVER), state__in=(QUEUED, RUNNING))
    awaited = set(map(UUID, jobs.values_list("arguments__source", flat=True)))
    if gone := held - awaited:
        keeping.drop(cursor, *gone)
        OrderFile.objects.filter(id__in=gone).delete()
    return len(gone)


def locked(id: UUID, states: Sequence[str], verb: str) -> OrderFile:
    """A file in one of the states for what is asked, that nobody else touches meanwhile.

    Raises:
        OrderFile.DoesNotExist: there is none.
        WrongState: it is in another state.
    """
    found = OrderFile.objects.select_for_update().get(id=id)
    if found.state not in states:
        raise WrongState(
            f"Cannot {verb} {found.file}.",
            f"The file is {found.state}.",
            f"Only one that is {' or '.join(states)} can be; send it again to have it read again.",
            state=found.state,
        )
    return found


def preview(id: UUID, progress: Progress | None = None) -> OrderFile:
    """Read a whole file, and say what taking it over would do; no order changes.

    Raises:
        OrderFile.DoesNotExist: there is none.
        WrongState: it was taken over already.
        NoTable, TooLargeTable, UnreadableExport, BadMapping: it cannot be read so.
        FaultyOrders: with every mistake of every line.
    """
    found = locked(id, (SENT, PREVIEWED), "look at")
    with _staged(found, progress) as (connection, counts):
        found.preview = counts | {"sample": _sample(connection)}
    found.state = PREVIEWED
    found.save(update_fields=["preview", "state"])
    return found


def commit(id: UUID, progress: Progress | None = None) -> OrderFile:
    """Take a file over: all of its orders, or none.

    Args:
        progress: is told how many orders of how many are written.

    Raises:
        OrderFile.DoesNotExist: there is no such file, or it was not taken over within a day.
        WrongState: it was taken over already, or nobody has looked at it.
        OtherByNow: it would do something else by now than its preview says.
        FaultyOrders: orders came in meanwhile that say otherwise.
    """
    found = locked(id, (PREVIEWED,), "take over")
    with _staged(found, progress) as (connection, counts), raw_cursor() as cursor:
        before = {name: found.preview[name] for name in counts}
        if counts != before:
            raise OtherByNow(
                f"Cannot take over {found.file}.",
                f"{counts['new']:,} of its orders are new by now, and {before['new']:,} were.",
                "Have it read again, and look at the new preview; nothing was changed.",
            )
        for first in range(0, counts["orders"], BATCH):
            taken = create(list(staging.orders(connection, first, BATCH)))
            new = [each.id for each in taken if each.is_new]
            given = {
                "enterprise": acting().enterprise,
                "source": id,
                "ats": list(range(found.orders, found.orders + len(new))),
                "ids": new,
            }
            cursor.execute(_REMEMBER, given)
            found.orders += len(new)
            if progress is not None:
                progress(first + len(taken), counts["orders"])
        keeping.drop(cursor, id)
    found.state, found.toml = COMMITTED, ""
    found.preview.pop("sample", None)
    found.committed_at, found.committed_by = timezone.now(), acting().actor
    found.save()
    record("orders.imported", found.file, source=str(id), **counts)
    return found


def allocate_next(id: UUID) -> bool:
    """Reserve for the next ten thousand orders of a file; whether there are more.

    Those of a file that was taken back meanwhile are gone.
    """
    found = OrderFile.objects.select_for_update().filter(id=id, state=COMMITTED).first()
    if found is None:
        return False
    given = {
        "enterprise": acting().enterprise, "source": id, "from": found.allocated, "most": BATCH,
    }  # fmt: skip
    with raw_cursor() as cursor:
        ids = [order for (order,) in cursor.execute(_NEXT, given)]
    allocate_orders(ids)
    found.allocated += len(ids)
    found.save(update_fields=["allocated"])
    return found.allocated < found.orders


@contextmanager
def _staged(
    source: OrderFile, progress: Progress | None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, Any]]]:
    """The orders of a file, checked and arranged, and what they come to.

    Raises:
        FaultyOrders: with every mistake.
    """
    with folder() as work, raw_cursor() as cursor:
        sent = work / "sent"
        keeping.write_out(cursor, source.id, sent)
        name = source.mapping or "our own columns"
        with opened(sent, source.file, source.toml, name) as (duck, mapping, file):
            connection = duck.connection
            if progress is not None:
                progress(0, source.preview.get("orders", 0))
            typed = file.endswith(".xlsx")
            staging.stage(
                connection, mapping, file, source.promise_days, typed=typed,
                is_ours=not source.toml,
            )  # fmt: skip
            if unknown := unknown_skus(cursor, staging.skus(connection)):
                staging.add_unknown_skus(connection, file, unknown)
            staging.add_amounts(connection, file, digits_of(staging.currencies(connection)))
            refuse_faulty(source.file, *staging.listed_faults(connection))
            staging.arrange(connection)
            counts = staging.counts(connection)
            counts["known"] = _known(cursor, connection, source.file, counts["orders"])
            counts["new"] = counts["orders"] - counts["known"]
            if not counts["orders"]:
                nothing = Fault(2, "no_orders", "There is no order to be shipped in it.",
                                "Look which lines were left out, and why.")  # fmt: skip
                refuse_faulty(source.file, [nothing], 1)
            yield connection, counts


def digits_of(currencies: Sequence[str]) -> dict[str, int]:
    """The decimals of those currencies that the book knows."""
    items = Item.objects.filter(code__in=list(currencies), kind="money")
    return dict(items.values_list("code", "digits"))


def _known(
    cursor: Cursor[Any], connection: duckdb.DuckDBPyConnection, file: str, count: int
) -> int:
    """How many of the orders are there already, word for word.

    Raises:
        FaultyOrders: with each that is there and says something else.
    """
    there, faults, other = 0, [], 0
    for first in range(0, count, BATCH):
        hashes = known_orders(cursor, staging.keys(connection, first, BATCH))
        there += len(hashes)
        if not hashes:
            continue
        for order in staging.orders(connection, first, BATCH):
            its = hashes.get((order.channel, order.number))
            if its is not None and its[1] != order.hash:
                other += 1
                if other <= MOST_LISTED:
                    found = f"Order {order.name} is there already and says something else."
                    faults.append(Fault(0, "order_differs", found, "Leave it out, or renumber it."))
    refuse_faulty(file, faults, other)
    return there


def _sample(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The first orders of a file, without whom they go to."""
    return [
        {
            "channel": order.channel,
            "number": order.number,
            "ordered_at": order.ordered_at.isoformat(),
            "promised_on": order.promised_on.isoformat(),
            "country": order.country,
            "currency": order.currency,
            "lines": [
                {"line_no": line.line_no, "sku": line.sku, "quantity": line.quantity,
                 "amount": line.amount}
                for line in order.lines[:20]
            ],
        }
        for order in staging.orders(connection, 0, 20)
    ]  # fmt: skip
