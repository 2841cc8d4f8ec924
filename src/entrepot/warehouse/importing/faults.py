# SPDX-License-Identifier: Apache-2.0
"""Why a line of an export is neither a sale nor a return: the codes, as data, first that fits.

Source: our own policy. A line whose money or key cannot be read comes first, because it weighs
most; a line that is readable and merely no sale comes last.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.engine.amounts import FEN_LIMIT, QUANTITY_LIMIT
from entrepot.engine.duck import text
from entrepot.warehouse.importing.mapping import Mapping


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason to report a line.

    `at`: our name of the column whose text is shown. `when`: a condition on the table `parsed`.
    `says`: what is wrong with the text. `remedy`: what a person does about it.
    """

    code: str
    at: str
    when: str
    says: str
    remedy: str


def faults(mapping: Mapping) -> list[Fault]:
    """The reasons that can arise under `mapping`, in order of precedence."""
    return [
        *_unreadable(mapping),
        *_without_key(mapping),
        *_no_goods(mapping),
        *_without_facts(mapping),
        *_cancelled(mapping),
        *_no_sale(mapping),
    ]


def _unreadable(mapping: Mapping) -> list[Fault]:
    columns = ["quantity", *(c for c in ("unit_price", "amount", "discount") if _has(mapping, c))]
    found = [
        Fault(
            "not_a_number",
            column,
            f"{column}_number IS NULL",
            f'is no number with "{mapping.decimal}" as decimal mark and at most six decimals',
            "Correct it in the export, or [numbers] in the mapping.",
        )
        for column in columns
    ]
    if _has(mapping, "line_no"):
        found.append(
            Fault(
                "not_a_number",
                "line_no",
                "line_no IS NULL",
                "is no whole number from 0",
                "Correct it in the export, or leave line_no out of the mapping.",
            )
        )
    return [
        *found,
        Fault(
            "not_whole",
            "quantity",
            "quantity_number <> trunc(quantity_number)",
            "is no whole number of units",
            "Enter it in stock units.",
        ),
        Fault(
            "too_large",
            "quantity",
            f"abs(quantity_number) >= {QUANTITY_LIMIT} OR abs(exact) >= {FEN_LIMIT // 100}",
            "makes a line larger than the book holds",
            "Look whether columns have slipped; split the line.",
        ),
    ]


def _without_key(mapping: Mapping) -> list[Fault]:
    """An empty order number leaves nothing to book under; a repeated line is there already."""
    again = (
        "repeats a line number of this order"
        if _has(mapping, "line_no")
        else "repeats a line that is in the file already"
    )
    return [
        Fault("no_order", "order_no", _blank("order_no"), "names no order", "Fill it in."),
        Fault(
            "duplicate_line",
            "line_no" if _has(mapping, "line_no") else "order_no",
            "copy > 1",
            again,
            "Remove it where the export holds it twice; number it where it is a line of its own.",
        ),
        Fault("no_sku", "sku", _blank("sku"), "names no article", "Fill it in."),
    ]


def _no_goods(mapping: Mapping) -> list[Fault]:
    services = [f"sku = {text(code)}" for code in mapping.service_codes]
    services += [f"regexp_full_match(sku, {text(each)})" for each in mapping.service_patterns]
    if not services:
        return []
    return [
        Fault(
            "service_line",
            "sku",
            " OR ".join(services),
            "is a service and no goods",
            "Nothing to do: it moves no stock. Book its money with the channel's statement.",
        )
    ]


def _without_facts(mapping: Mapping) -> list[Fault]:
    found = []
    if _has(mapping, "shipped_status"):
        values = ", ".join(text(value) for value in mapping.shipped_values)
        found.append(
            Fault(
                "not_shipped",
                "shipped_status",
                f"NOT cancelled AND coalesce(shipped_status NOT IN ({values}), true)",
                "means that the line has not left",
                "Nothing to do: import a later export once it has.",
            )
        )
    day = "returned_at" if _has(mapping, "returned_at") else "shipped_at"
    forms = ", ".join(mapping.forms)
    says = f"is no day of the form {forms}"
    remedy = "Correct it in the export, or add its form to [days] forms in the mapping."
    found += [
        Fault("unreadable_date", day, "cancelled AND day IS NULL", says, remedy),
        Fault("unreadable_date", "shipped_at", "NOT cancelled AND day IS NULL", says, remedy),
        Fault("no_channel", "channel", _blank("channel"), "names no channel", "Fill it in."),
        Fault("no_warehouse", "warehouse", _blank("warehouse"), "names no place", "Fill it in."),
        Fault(
            "unknown_currency",
            "currency",
            "NOT coalesce(regexp_full_match(currency, '[A-Z]{3}'), false)",
            "is no ISO code of a currency",
            "Use three capital letters.",
        ),
    ]
    return found


def _cancelled(mapping: Mapping) -> list[Fault]:
    asked = "positive" if mapping.positive_cancellations else "negative"
    return [
        Fault(
            "wrong_sign",
            "quantity",
            "cancelled AND (units > 0 OR exact > 0)",
            f"should be {asked} in a cancellation, with a price of zero or more",
            'Say quantity = "positive" in [cancellations] where the export writes them so.',
        ),
        Fault(
            "zero_quantity",
            "quantity",
            "units = 0",
            "moves nothing",
            "Nothing to do unless it carries money: book that with the channel's statement.",
        ),
    ]


def _no_sale(mapping: Mapping) -> list[Fault]:
    price = "amount" if _has(mapping, "amount") else "unit_price"
    found = [
        Fault(
            "negative_quantity",
            "quantity",
            "NOT cancelled AND units < 0",
            "is negative, and the line is no cancellation",
            "Book it as an adjustment (lost, scrapped) where stock went.",
        ),
        Fault(
            "negative_amount",
            price,
            "NOT cancelled AND exact < 0",
            "makes the line negative, and it is no cancellation",
            "Book it with the channel's statement.",
        ),
    ]
    if mapping.zero_price != "sale":
        unless = "" if mapping.zero_price == "report" else f" AND {_blank('buyer')}"
        found.append(
            Fault(
                "zero_price",
                price,
                f"NOT cancelled AND exact = 0{unless}",
                "makes the line free of charge" + (", and it has no buyer" if unless else ""),
                "Book it as an adjustment where stock moved; say zero_price in [rules]"
                " where it is a sale.",
            )
        )
    found.append(
        Fault(
            "unknown_country",
            "destination",
            "NOT cancelled AND country IS NULL",
            "is no ISO code and not in [countries]",
            "Add it to [countries], with ZZ where the export does not say.",
        )
    )
    return found


def _has(mapping: Mapping, column: str) -> bool:
    return column in mapping.columns


def _blank(column: str) -> str:
    return f"coalesce(trim({column}), '') = ''"
