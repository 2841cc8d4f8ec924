# SPDX-License-Identifier: Apache-2.0
"""Draft cost invoices, change and drop drafts; every mistake of every line at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from entrepot.catalog.forms import Fault, shown
from entrepot.costing.models import CostFile, Invoice, InvoiceLine, Share
from entrepot.costing.refusals import ChangedMeanwhile, SaysOtherwise, WrongState, refuse_faults
from entrepot.costing.rules import (
    BOOKED,
    DRAFT,
    MOST_AMOUNT,
    MOST_LINES,
    MOST_SHARE,
    MOST_SHARES,
    NAMES,
    NAMING,
    SALES,
)
from entrepot.costing.saying import NewInvoice, NewLine, kept
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: What lines of sales name and the desk does not know.
_UNKNOWN: Final = """
    SELECT 'channel', c FROM unnest(%(channels)s::text[]) AS c
    WHERE NOT EXISTS (SELECT FROM warehouse_order AS o
        WHERE o.enterprise_id = %(enterprise)s AND o.channel = c)
    UNION ALL
    SELECT 'order_no', c || '/' || n
    FROM unnest(%(order_channels)s::text[], %(orders)s::text[]) AS g (c, n)
    WHERE NOT EXISTS (SELECT FROM warehouse_order AS o
        WHERE o.enterprise_id = %(enterprise)s AND o.channel = g.c AND o.number = g.n)
    UNION ALL
    SELECT 'sku', s FROM unnest(%(skus)s::text[]) AS s
    WHERE NOT EXISTS (SELECT FROM catalog_product AS p
        WHERE p.enterprise_id = %(enterprise)s AND p.sku = s)
    UNION ALL
    SELECT 'warehouse', w FROM unnest(%(warehouses)s::text[]) AS w
    WHERE NOT EXISTS (SELECT FROM catalog_warehouse AS h
        WHERE h.enterprise_id = %(enterprise)s AND h.code = w AND h.kind = 'overseas')
"""
_EXPECTED: Final = {
    "channel": "a channel that orders came by",
    "order_no": "an order of the channel",
    "sku": "a SKU of a product",
    "warehouse": "a warehouse overseas",
}
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def draft(new: NewInvoice) -> Invoice:
    """Draft an invoice; the same one sent again is the same.

    Raises:
        Unfit: with every mistake of every line.
        SaysOtherwise: there is one of this payee and number that says something else.
    """
    asked = f"Cannot draft {new.number} of {new.payee}."
    if before := Invoice.objects.filter(payee=new.payee, number=new.number).first():
        if bytes(before.hash) == new.digest:
            return before
        raise _taken(asked)
    refuse_faults(asked, faults_of([new]))
    try:
        with transaction.atomic():
            (invoice,) = add([new])
    except IntegrityError as error:
        # Somebody else drafted one of this number at this moment.
        raise _taken(asked) from error
    record("cost.drafted", _about(invoice), total=invoice.total, currency=invoice.currency)
    return invoice


def add(news: Sequence[NewInvoice], source: CostFile | None = None) -> list[Invoice]:
    """Add drafts that were checked."""
    by = acting().actor
    invoices = [
        Invoice(
            payee=new.payee, number=new.number, invoiced_on=new.invoiced_on,
            posted_on=new.posted_on, currency=new.currency, note=new.note, lines=len(new.lines),
            total=new.total, hash=new.digest, source=source, created_by=by,
        )
        for new in news
    ]  # fmt: skip
    Invoice.objects.bulk_create(invoices, batch_size=1000)
    store_lines([(invoice, new.lines) for invoice, new in zip(invoices, news, strict=True)])
    return invoices


def store_lines(its: Sequence[tuple[Invoice, Sequence[NewLine]]]) -> list[InvoiceLine]:
    """Add the lines of drafts, and the shares that were given by hand."""
    lines, shares = [], []
    for invoice, new in its:
        for line, said in zip(kept(invoice, new), new, strict=True):
            lines.append(line)
            shares += [
                Share(line=line, declaration_no=each.declaration_no, item_no=each.item_no,
                      sku=each.sku, share=each.share)
                for each in said.shares
            ]  # fmt: skip
    InvoiceLine.objects.bulk_create(lines, batch_size=1000)
    Share.objects.bulk_create(shares, batch_size=1000)
    return lines


def change(id: UUID, version: int, new: NewInvoice) -> Invoice:
    """Put another invoice in the place of a draft.

    Raises:
        Invoice.DoesNotExist: there is none.
        WrongState: it is booked.
        ChangedMeanwhile: it has another version by now.
        Unfit: with every mistake of every line.
        SaysOtherwise: there is another one of this payee and number.
    """
    found = locked_draft(id, "change", version)
    asked = f"Cannot change {found.number} of {found.payee}."
    refuse_faults(asked, faults_of([new]))
    its = Invoice.objects.filter(payee=new.payee, number=new.number).exclude(id=id)
    if its.exists():
        raise _taken(asked)
    Share.objects.filter(line__invoice=found).delete()
    InvoiceLine.objects.filter(invoice=found).delete()
    for name in ("payee", "number", "invoiced_on", "posted_on", "currency", "note", "total"):
        setattr(found, name, getattr(new, name))
    found.lines, found.hash, found.version = len(new.lines), new.digest, found.version + 1
    try:
        with transaction.atomic():
            found.save()
    except IntegrityError as error:
        raise _taken(asked) from error
    store_lines([(found, new.lines)])
    record("cost.changed", _about(found), total=found.total, currency=found.currency)
    return found


def drop(id: UUID) -> None:
    """Drop a draft.

    Raises:
        Invoice.DoesNotExist: there is none.
        WrongState: it is booked.
    """
    found = locked_draft(id, "drop")
    remove([found.id])
    record("cost.dropped", _about(found), total=found.total, currency=found.currency)


def remove(drafts: Sequence[UUID]) -> None:
    """Delete drafts with their lines."""
    Share.objects.filter(line__invoice_id__in=drafts).delete()
    InvoiceLine.objects.filter(invoice_id__in=drafts).delete()
    Invoice.objects.filter(id__in=drafts, state=DRAFT).delete()


def locked_draft(id: UUID, verb: str, version: int | None = None) -> Invoice:
    """A draft that nobody else touches meanwhile.

    Raises:
        Invoice.DoesNotExist: there is none.
        WrongState: it is booked.
        ChangedMeanwhile: it has another version than the one that was seen.
    """
    found = Invoice.objects.select_for_update(no_key=True).get(id=id)
    asked = f"Cannot {verb} {found.number} of {found.payee}."
    if found.state == BOOKED:
        raise WrongState(
            asked,
            f"It was booked on {found.posted_on}.",
            "Reverse it, and enter it again as it should be.",
            state=found.state,
        )
    if version is not None and found.version != version:
        raise ChangedMeanwhile(
            asked,
            f"It has version {found.version} by now; version {version} was seen.",
            "Look at it again and repeat what you did.",
            version=found.version,
        )
    return found


def _about(invoice: Invoice) -> str:
    return f"{invoice.number} of {invoice.payee}"


def _taken(asked: str) -> SaysOtherwise:
    return SaysOtherwise(
        asked,
        "There is an invoice of this payee and number that says something else.",
        "Look at that one, or give this one a number of its own; nothing was changed.",
    )


def faults_of(news: Sequence[NewInvoice]) -> list[Fault]:
    """What is wrong with invoices; a fault's row is the number of its line.

    What their goods are is not asked here: a draft may wait for its declaration.
    """
    return [
        fault
        for new, unknown in zip(news, _unknown(news), strict=True)
        for fault in (*_of_head(new), *_of_lines(new), *unknown)
    ]


def _of_head(new: NewInvoice) -> Iterator[Fault]:
    if not _CURRENCY.fullmatch(new.currency):
        yield Fault("currency", shown(new.currency), "three capital letters")
    if not 1 <= len(new.lines) <= MOST_LINES:
        yield Fault("lines", f"{len(new.lines):,}", f"1 to {MOST_LINES} lines")


def _of_lines(new: NewInvoice) -> Iterator[Fault]:
    for row, line in enumerate(new.lines, 1):
        if not 0 < abs(line.amount) < MOST_AMOUNT:
            expected = f"an amount other than 0, below {MOST_AMOUNT // 100:,}"
            yield Fault("amount", f"{Decimal(line.amount).scaleb(-2):.2f}", expected, row)
        names = NAMES[line.paid_for]
        for name in NAMING:
            value = getattr(line, name)
            is_given = value not in ("", None) and value != () and value != []
            if is_given and name not in (*names.asks, *names.takes):
                said = shown(value) if name != "shares" else f"{len(value)} shares"
                yield Fault(name, said, f"nothing, where it paid for {line.paid_for}", row)
            if not is_given and name in names.asks:
                yield Fault(name, "nothing", "a value", row)
        yield from _of_what(line, row)
        yield from _of_shares(line, row)


def _of_what(line: NewLine, row: int) -> Iterator[Fault]:
    """Of sales and days, what contradicts itself."""
    if line.first_on and line.last_on and line.last_on < line.first_on:
        yield Fault("last_on", str(line.last_on), f"a day from {line.first_on} on", row)
    if line.paid_for != SALES:
        return
    if not any(getattr(line, name) for name in NAMES[SALES].takes):
        yield Fault("channel", "nothing", "what narrows the sales", row)
    if line.order_no and not line.channel:
        yield Fault("channel", "nothing", "the channel of the order", row)


def _of_shares(line: NewLine, row: int) -> Iterator[Fault]:
    if len(line.shares) > MOST_SHARES:
        yield Fault("shares", f"{len(line.shares):,}", f"at most {MOST_SHARES} shares", row)
    seen = set()
    for each in line.shares:
        told = f"{each.declaration_no}/{each.item_no} {each.sku}"
        if not 1 <= each.share <= MOST_SHARE:
            expected = f"a whole number from 1 to {MOST_SHARE:,}"
            yield Fault("shares", f"{each.share:,} for {told}", expected, row)
        if each.key in seen:
            yield Fault("shares", told, "each declared line once", row)
        seen.add(each.key)


def _unknown(news: Sequence[NewInvoice]) -> Iterator[list[Fault]]:
    """Of each invoice, channels, orders, SKUs and warehouses that the desk does not know."""
    lines = [line for new in news for line in new.lines if line.paid_for == SALES]
    orders = sorted({(line.channel, line.order_no) for line in lines if line.order_no})
    asked: dict[str, Any] = {
        "enterprise": acting().enterprise,
        "channels": sorted({line.channel for line in lines if line.channel}),
        "order_channels": [channel for channel, _ in orders],
        "orders": [number for _, number in orders],
        "skus": sorted({line.sku for line in lines if line.sku}),
        "warehouses": sorted({line.warehouse for line in lines if line.warehouse}),
    }
    unknown: set[tuple[str, str]] = set()
    if lines:
        with raw_cursor() as cursor:
            unknown = set(cursor.execute(_UNKNOWN, asked).fetchall())
    for new in news:
        yield [
            Fault(name, shown(getattr(line, name)), _EXPECTED[name], row)
            for row, line in enumerate(new.lines, 1)
            if line.paid_for == SALES
            for name in _EXPECTED
            if (name, _named(line, name)) in unknown
        ]


def _named(line: NewLine, name: str) -> str:
    return f"{line.channel}/{line.order_no}" if name == "order_no" else str(getattr(line, name))
