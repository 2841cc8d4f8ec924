# SPDX-License-Identifier: Apache-2.0
"""What is given to tell the ways open to an export and to merge lists, and what comes out."""

from typing import Any

from entrepot.engine.schema import Column, Kind, Table

BUYERS = ("consumer", "firm", "own_warehouse")
VERDICTS = ("open", "ask", "refused")
#: What may be true of goods; what is not said is asked for where it decides.
FLAGS = ("licence", "inspection", "export_duty", "refund_wanted", "pilot_zone", "special_area")

_HS: dict[str, Any] = {"pattern": "^[0-9]{10}$", "form": "10 digits"}
_AMOUNT: dict[str, Any] = {
    "pattern": "^[0-9]{1,14}([.][0-9]{1,5})?$",
    "form": "a number such as 12 or 0.75, with at most five places",
}


def _flag(name: str, meaning: str) -> Column:
    return Column(name, Kind.FLAG, f"{meaning}; empty: not known", empty=True, absent=True)


GOODS = Table(
    "goods",
    "line of goods of a ticket",
    (
        Column("ticket", Kind.TEXT, "what is declared together", key=True),
        Column("line_no", Kind.NUMBER, "line of it", key=True),
        Column("on", Kind.DAY, "day of the export; of all lines the same"),
        Column("buyer", Kind.TEXT, "who buys; of all lines the same", values=BUYERS),
        Column("value", Kind.MONEY, "value of the line, CNY"),
        _flag("licence", "an export licence is needed"),
        _flag("inspection", "inspection or quarantine is needed"),
        _flag("export_duty", "export duty is due"),
        _flag("refund_wanted", "a refund of VAT is wanted"),
        _flag("pilot_zone", "declared in a comprehensive pilot zone"),
        _flag("special_area", "the goods leave through a special customs area"),
    ),
)

WAYS = Table(
    "ways",
    "ticket and way to declare it",
    (
        Column("ticket", Kind.TEXT, "what is declared together", key=True),
        Column("way", Kind.TEXT, "way, as the pack names it", key=True),
        Column("mode", Kind.TEXT, "customs supervision mode"),
        Column("form", Kind.TEXT, "list, form or outbound_list"),
        Column("flag", Kind.TEXT, "statistics flag of a list", empty=True),
        Column("verdict", Kind.TEXT, "open; ask: it hangs on what is not known", values=VERDICTS),
        Column("confidence", Kind.TEXT, "how sure that is: V, S or M"),
        Column("value", Kind.MONEY, "value of the ticket, CNY"),
        Column("reason_zh", Kind.TEXT, "why, Chinese"),
        Column("reason_en", Kind.TEXT, "why, English"),
        Column("sent_zh", Kind.TEXT, "data sent before, Chinese"),
        Column("sent_en", Kind.TEXT, "the same, English"),
        Column("then_zh", Kind.TEXT, "what follows, Chinese"),
        Column("then_en", Kind.TEXT, "the same, English"),
        Column("source", Kind.TEXT, "where the deciding conditions were read"),
    ),
)

#: What lists must agree in to be merged into one form, and goods into one item of it.
HEAD_KEY = ("consignor", "transport_mode", "producer", "arrival_country", "exit_customs")
ITEM_KEY = ("final_country", "hs_code", "currency", "unit")

_HEAD = (
    Column("consignor", Kind.TEXT, "consignor, as the list names it"),
    Column("transport_mode", Kind.TEXT, "customs code of the transport"),
    Column("producer", Kind.TEXT, "production or sales unit"),
    Column("arrival_country", Kind.TEXT, "country of arrival"),
    Column("exit_customs", Kind.TEXT, "customs where the goods leave"),
)
_ITEM = (
    Column("final_country", Kind.TEXT, "country of final destination"),
    Column("hs_code", Kind.TEXT, "HS code", **_HS),
    Column("currency", Kind.TEXT, "currency of the value"),
    Column("unit", Kind.TEXT, "unit of the quantity"),
)

LISTS = Table(
    "lists",
    "item of a declaration list of 9610",
    (
        Column("list_no", Kind.TEXT, "number of the list", key=True),
        Column("item_no", Kind.NUMBER, "item of it", key=True),
        Column("closed_on", Kind.DAY, "day customs closed it; of all items the same"),
        Column("flag", Kind.TEXT, "statistics flag", values=("A", "B")),
        *_HEAD,
        *_ITEM,
        Column("quantity", Kind.TEXT, "declared quantity", **_AMOUNT),
        Column("value", Kind.TEXT, "declared value", **_AMOUNT),
    ),
)

MERGED = Table(
    "merged_forms",
    "export declaration form to make of lists",
    (
        Column("form_no", Kind.NUMBER, "number given here, from 1", key=True),
        Column("month", Kind.TEXT, "month in which its lists were closed"),
        Column("due_on", Kind.DAY, "last day to declare it"),
        *_HEAD,
        Column("lists", Kind.COUNT, "lists in it"),
        Column("items", Kind.COUNT, "items of it"),
    ),
)

MERGED_ITEMS = Table(
    "merged_items",
    "item of such a form",
    (
        Column("form_no", Kind.NUMBER, "form", key=True),
        Column("item_no", Kind.NUMBER, "item, from 1", key=True),
        *_ITEM,
        Column("quantity", Kind.TEXT, "sum of the lists' quantities"),
        Column("value", Kind.TEXT, "sum of the lists' values"),
        Column("list_items", Kind.COUNT, "items of lists in it"),
    ),
)

MERGED_LISTS = Table(
    "merged_lists",
    "item of a list, and where it went",
    (
        Column("list_no", Kind.TEXT, "list", key=True),
        Column("item_no", Kind.NUMBER, "item of it", key=True),
        Column("form_no", Kind.NUMBER, "form; empty: of flag A, which is not merged", empty=True),
        Column("form_item_no", Kind.NUMBER, "item of the form", empty=True),
    ),
)
