# SPDX-License-Identifier: Apache-2.0
"""One walk: find what is asked for, and say everything the close knows of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from entrepot.pipelines.season import SCHEMA_VERSION
from entrepot.pipelines.walk import exports, find, orders
from entrepot.pipelines.walk.closed import ClosedSeason, Row, open_closed

#: Version of what `--json` gives; it grows when something is taken away or means another thing.
WALK_VERSION = 1


def walk(folder: Path, by: str, text: str) -> Row:
    """Walk from what `text` names, as `--json` holds it (docs/guide/walk-a-unit.md).

    Args:
        folder: what `entrepot close` wrote.
        by: order, declaration or invoice.
        text: CHANNEL/NO; NO or NO/ITEM; NO or NO/LINE.

    Raises:
        NoClose, NewerClose, BrokenClose: the folder cannot be walked.
        NothingFound: nothing in it has that name.
    """
    with open_closed(folder) as closed:
        found = _WALKS[by](closed, text)
        return {
            "walk_version": WALK_VERSION,
            "asked": {"by": by, "text": text},
            "close": _about(closed),
            "total": _total(found),
            "found": found,
        }


def _orders(closed: ClosedSeason, text: str) -> list[Row]:
    return [orders.walk_order(closed, order) for order in find.find_orders(closed, text)]


def _declarations(closed: ClosedSeason, text: str) -> list[Row]:
    return exports.walk_items(closed, find.find_items(closed, text))


def _invoices(closed: ClosedSeason, text: str) -> list[Row]:
    return exports.walk_invoice_lines(closed, find.find_invoice_lines(closed, text))


_WALKS = {"order": _orders, "declaration": _declarations, "invoice": _invoices}


def _about(closed: ClosedSeason) -> Row:
    run = closed.run
    return {
        "folder": str(closed.folder),
        "name": run["name"],
        "as_of": run["as_of"],
        "schema_version": run["schema_version"],
        "newest_schema_version": SCHEMA_VERSION,
        "is_older": closed.is_older,
    }


def _total(found: list[Row]) -> Row:
    amounts = [Decimal(each["net_amount"]) for each in found if each["net_amount"] is not None]
    return {
        "units": sum(each["units"] for each in found),
        "net_amount": str(sum(amounts)) if amounts else None,
        "uncovered": sum(each["uncovered"] for each in found),
    }


def holds(walk: Row) -> bool:
    """Whether every total of a walk is the sum of its parts."""
    return all(proof["holds"] for found in walk["found"] for proof in found["proofs"])
