# SPDX-License-Identifier: Apache-2.0
"""The lists of cost invoices, and what payees were owed in all.

`{after}`, `{order}` and `{limit}` are filled in by `web.paging`; values are parameters.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from entrepot.ledger.lists import List

State = Literal["draft", "booked", "reversed", "reversal"]
#: What a list calls an invoice: one that was undone, and what undid it, are told from the others.
STATES: Final[tuple[State, ...]] = ("draft", "booked", "reversed", "reversal")
#: No text sorts after a prefix followed by this.
_LAST: Final = "\U0010ffff"
_CALLED: Final = """
    CASE WHEN i.state = 'draft' THEN 'draft' WHEN i.reverses_id IS NOT NULL THEN 'reversal'
        WHEN b.id IS NOT NULL THEN 'reversed' ELSE 'booked' END
"""
_INVOICES: Final = f"""
    SELECT r.* FROM (
        SELECT i.id, i.payee, i.number, i.invoiced_on, i.posted_on, i.currency, i.total, i.lines,
            i.note, i.version, i.reverses_id, b.id AS reversed_by, {_CALLED} AS state,
            i.created_at, i.created_by, i.booked_at, i.booked_by,
            (SELECT string_agg(DISTINCT l.account, ', ' ORDER BY l.account)
             FROM costing_invoiceline AS l
             WHERE l.enterprise_id = %(enterprise)s AND l.invoice_id = i.id) AS accounts
        FROM costing_invoice AS i
        LEFT JOIN costing_invoice AS b ON b.enterprise_id = %(enterprise)s AND b.reverses_id = i.id
        WHERE i.enterprise_id = %(enterprise)s AND {{where}}
    ) AS r WHERE {{{{after}}}} ORDER BY {{{{order}}}} LIMIT {{{{limit}}}}
"""
_PAYEES: Final = """
    SELECT r.* FROM (
        SELECT i.payee, i.currency, count(*) FILTER (WHERE i.state = 'draft') AS drafts,
            count(*) FILTER (WHERE i.state = 'booked') AS booked,
            coalesce(sum(i.total) FILTER (WHERE i.state = 'booked'), 0)::bigint AS total,
            max(i.posted_on) AS last_on
        FROM costing_invoice AS i WHERE i.enterprise_id = %(enterprise)s
        GROUP BY i.payee, i.currency
    ) AS r WHERE {after} ORDER BY {order} LIMIT {limit}
"""
_WHERE: Final = {
    "payee": "i.payee = %(payee)s",
    "currency": "i.currency = %(currency)s",
    "account": "EXISTS (SELECT FROM costing_invoiceline AS l WHERE"
    " l.enterprise_id = %(enterprise)s AND l.invoice_id = i.id AND l.account = %(account)s)",
    "consignment": "EXISTS (SELECT FROM costing_invoiceline AS l WHERE"
    " l.enterprise_id = %(enterprise)s AND l.invoice_id = i.id"
    " AND l.consignment = %(consignment)s AND l.consignment <> '')",
    "source": "i.source_id = %(source)s",
    "month": "coalesce(i.posted_on, i.invoiced_on) >= %(month)s"
    " AND coalesce(i.posted_on, i.invoiced_on) < (%(month)s::date + interval '1 month')::date",
    "q": "(i.number >= %(q)s AND i.number < %(q_end)s OR i.payee >= %(q)s AND i.payee < %(q_end)s)",
}
_STATES: Final = {
    "draft": "i.state = 'draft'",
    "booked": "i.state = 'booked' AND i.reverses_id IS NULL AND b.id IS NULL",
    "reversed": "i.state = 'booked' AND b.id IS NOT NULL",
    "reversal": "i.reverses_id IS NOT NULL",
}


def invoices(
    q: str = "",
    payee: str = "",
    account: str = "",
    state: str = "",
    month: date | None = None,
    currency: str = "",
    consignment: str = "",
    source: UUID | None = None,
) -> List:
    """Invoices, the latest first; `q`: whose number or payee begins so.

    Args:
        month: its first day; of the day it was booked, or of a draft that of the invoice.
    """
    asked: dict[str, Any] = {
        "q": q, "payee": payee, "account": account, "month": month, "currency": currency,
        "consignment": consignment, "source": source,
    }  # fmt: skip
    given = {name: value for name, value in asked.items() if value}
    where = ["TRUE", *(_WHERE[name] for name in given)]
    if state:
        where.append(_STATES[state])
    if q:
        given["q_end"] = q + _LAST
    if month:
        given["month"] = month.replace(day=1)
    return List(_INVOICES.format(where=" AND ".join(where)), given, ("-invoiced_on", "-id"))


def one(id: UUID) -> List:
    """One invoice as the list says it."""
    return List(_INVOICES.format(where="i.id = %(id)s"), {"id": id}, ("-invoiced_on", "-id"))


def payees() -> List:
    """Payees with what was booked of each in each currency, undone ones counting nothing."""
    return List(_PAYEES, {}, ("payee", "currency"))
