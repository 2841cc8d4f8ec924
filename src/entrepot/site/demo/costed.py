# SPDX-License-Identifier: Apache-2.0
"""Cost invoices of the demo: booked, undone, drafts of a file, and one that waits for its goods."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from entrepot.costing import booking, drafting, importing
from entrepot.costing.saying import NewInvoice, NewLine

_FORWARDER: Final = "Harbour Freight Forwarding · 港湾货运代理"
_FILE: Final = """payee,number,date,currency,account,amount,consignment,spread,label
{forwarder},HF-1043,{day},CNY,freight,12800.00,{later},quantity,Ocean freight
{forwarder},HF-1043,{day},CNY,brokerage,650.00,{later},,Export declaration
Click Ads,CA-0911,{day},EUR,advertising,418.20,,,Sponsored products
"""


def bill(today: date, consignment: str, later: str) -> None:
    """Invoices for a consignment that came, and for a later one."""
    day = today - timedelta(days=3)
    freight = NewLine("freight", 3_215_000, "consignment", "Ocean freight", consignment=consignment,
                      spread="value")  # fmt: skip
    for number, lines in (
        (
            "HF-1042",
            [freight, NewLine("insurance", 48_200, "consignment", consignment=consignment)],
        ),
        ("HF-1042-B", [freight]),
    ):
        made = drafting.draft(NewInvoice(_FORWARDER, number, day, "CNY", lines))
        booking.book(made.id)
    booking.reverse(made.id, note="The same freight was billed twice")
    unknown = NewLine("duty", 86_000, "declaration", declaration_no="290020260000000000")
    drafting.draft(NewInvoice("Customs broker DE", "ZOLL-77", day, "EUR", [unknown]))
    text = _FILE.format(forwarder=_FORWARDER, day=day, later=later)
    importing.take_over(importing.upload("forwarder.csv", text.encode()).id)
