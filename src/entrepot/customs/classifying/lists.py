# SPDX-License-Identifier: Apache-2.0
"""The lists of classification: what is to be done, the tariff, the versions of one product.

`{after}`, `{order}` and `{limit}` are filled in by `web.paging`; values are parameters.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from django.db.models import QuerySet

from entrepot.customs.classifying.models import Classification
from entrepot.ledger.lists import List
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

#: No text sorts after a prefix followed by this.
_LAST: Final = "\U0010ffff"
#: Of a product: nothing accepted or open; a draft; proposed; accepted by a line of the tariff that
#: asked otherwise, or that is not in force any more; accepted.
UNCLASSIFIED, CHANGED, FINE = "unclassified", "changed", "fine"
STATUSES: Final = (UNCLASSIFIED, "draft", "proposed", CHANGED, FINE)
#: What somebody has to do something about.
TO_DO: Final = STATUSES[:-1]
_PRODUCTS: Final = """
    SELECT r.* FROM (
        SELECT p.id, p.sku, p.name, p.name_zh, c.id AS accepted, c.hs_code, c.name_zh AS declared,
            c.valid_from, c.version, o.id AS open, coalesce(o.hs_code, '') AS open_hs,
            CASE
                WHEN o.state IS NOT NULL THEN o.state
                WHEN c.id IS NULL THEN 'unclassified'
                WHEN t.id IS NULL THEN 'changed'
                WHEN t.id <> c.tariff_line_id AND (t.elements, t.unit1, t.unit2)
                    IS DISTINCT FROM (l.elements, l.unit1, l.unit2) THEN 'changed'
                ELSE 'fine'
            END AS status
        FROM catalog_product AS p
        LEFT JOIN LATERAL (
            SELECT c.* FROM classifying_classification AS c
            WHERE c.enterprise_id = %(enterprise)s AND c.sku = p.sku AND c.state = 'accepted'
                AND c.valid_from <= %(on)s
            ORDER BY c.valid_from DESC, c.version DESC LIMIT 1
        ) AS c ON TRUE
        LEFT JOIN classifying_classification AS o ON o.enterprise_id = %(enterprise)s
            AND o.sku = p.sku AND o.state IN ('draft', 'proposed')
        LEFT JOIN LATERAL (
            SELECT n.id, n.elements, n.unit1, n.unit2 FROM classifying_tariffline AS n
            WHERE n.enterprise_id = %(enterprise)s AND n.hs_code = c.hs_code
                AND n.valid_from <= %(on)s AND (n.valid_to IS NULL OR n.valid_to > %(on)s)
                AND NOT EXISTS (SELECT FROM classifying_tariffline AS m
                    WHERE m.enterprise_id = %(enterprise)s AND m.hs_code = n.hs_code
                        AND m.valid_from = n.valid_from AND m.version > n.version)
            ORDER BY n.valid_from DESC LIMIT 1
        ) AS t ON TRUE
        LEFT JOIN classifying_tariffline AS l ON l.enterprise_id = %(enterprise)s
            AND l.id = c.tariff_line_id
        WHERE p.enterprise_id = %(enterprise)s AND p.is_active AND {where}
    ) AS r WHERE r.status = ANY(%(statuses)s) AND {{after}} ORDER BY {{order}} LIMIT {{limit}}
"""
_TARIFF: Final = """
    SELECT r.* FROM (
        SELECT t.id, t.hs_code, t.name, t.elements, t.unit1, t.unit2, t.valid_from, t.valid_to,
            t.version, t.source,
            NOT EXISTS (SELECT FROM classifying_tariffline AS m
                WHERE m.enterprise_id = %(enterprise)s AND m.hs_code = t.hs_code
                    AND m.valid_from = t.valid_from AND m.version > t.version) AS is_newest
        FROM classifying_tariffline AS t
        WHERE t.enterprise_id = %(enterprise)s AND {where}
    ) AS r WHERE {{after}} ORDER BY {{order}} LIMIT {{limit}}
"""
_COUNTS: Final = """
    SELECT state, count(*) FROM classifying_classification
    WHERE enterprise_id = %(enterprise)s AND state IN ('draft', 'proposed') GROUP BY state
"""


def products(on: date, sku: str = "", status: str = "", *, to_do: bool = False) -> List:
    """Products in use by SKU, each with what holds on a day, what is open, and its status."""
    where, given = "TRUE", dict[str, object]()
    if sku:
        where = "p.sku >= %(sku)s AND p.sku < %(sku_end)s"
        given = {"sku": sku, "sku_end": sku + _LAST}
    statuses = [status] if status else list(TO_DO if to_do else STATUSES)
    given |= {"on": on, "statuses": statuses}
    return List(_PRODUCTS.format(where=where), given, ("sku",))


def tariff(hs_code: str = "") -> List:
    """Lines of the tariff by HS code, first day and version; those that begin alike."""
    where, given = "TRUE", dict[str, object]()
    if hs_code:
        where = "t.hs_code >= %(code)s AND t.hs_code < %(code_end)s"
        given = {"code": hs_code, "code_end": hs_code + _LAST}
    return List(_TARIFF.format(where=where), given, ("hs_code", "valid_from", "version"))


def versions(sku: str = "") -> QuerySet[Classification]:
    """All versions of how goods are declared, or those of a SKU; by `-id`, the newest first."""
    rows = Classification.objects.all()
    return rows.filter(sku=sku) if sku else rows


def open_counts() -> dict[str, int]:
    """How many are drafts, and how many are proposed."""
    with raw_cursor() as cursor:
        rows = cursor.execute(_COUNTS, {"enterprise": acting().enterprise}).fetchall()
    return dict(rows)
