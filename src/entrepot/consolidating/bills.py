# SPDX-License-Identifier: Apache-2.0
"""Master and house documents of a container (总单, 分单): who has what in it, under which number.

A firm gives the numbers; none is made up. `relation` says what is known of the message CEB607
(清单总分单) that ties lists of 9610 to their master number, and what is not.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from entrepot.consolidating.models import Bill, Container, Piece
from entrepot.consolidating.refusals import Lacking
from entrepot.papers.cargo_bill import BilledPiece, HouseBill, MasterBill
from entrepot.people.audit import record
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import acting

_IN_IT: Final = """
    SELECT coalesce(m.owner, '') AS owner, p.mark, p.declaration_no, p.description, p.weight_g,
        p.volume_cm3
    FROM consolidating_piece AS p
    LEFT JOIN consolidating_measure AS m
        ON m.enterprise_id = %(enterprise)s AND m.piece_id = p.id
    WHERE p.enterprise_id = %(enterprise)s AND p.container_id = %(container)s
    ORDER BY owner, p.mark
"""
_NUMBERS: Final = """
    SELECT DISTINCT ON (b.owner) b.owner, b.bill_no FROM consolidating_bill AS b
    WHERE b.enterprise_id = %(enterprise)s AND b.container_id = %(container)s
    ORDER BY b.owner, b.id DESC
"""
#: District, year, I or E, serial: what a list number of customs looks like. Source: JGS of the
#: unified export edition, as read in a copy.
_LIST_NO: Final = re.compile(r"[0-9]{8}E[0-9]{9}")
#: What CEB607 asks for that neither pieces nor numbers say: whoever sends it gives them.
LACKS_HEAD: Final = (
    "guid", "appType", "appTime", "appStatus", "customsCode", "copNo", "agentCode", "agentName",
    "trafMode", "trafName", "voyageNo", "logisticsCode", "logisticsName", "msgCount", "msgSeqNo",
)  # fmt: skip
LACKS_LINE: Final = ("logisticsNo",)


def master_of(id: UUID) -> MasterBill:
    """A container with what each owner has in it, and the numbers that were given.

    Raises:
        Container.DoesNotExist: there is none.
    """
    found = Container.objects.get(id=id)
    given = {"enterprise": acting().enterprise, "container": id}
    with raw_cursor() as cursor:
        rows = cursor.execute(_IN_IT, given).fetchall()
        numbers = dict(cursor.execute(_NUMBERS, given).fetchall())
    return MasterBill(
        found.number,
        found.site,
        found.seal_no,
        numbers.get("", ""),
        tuple(
            HouseBill(
                owner,
                numbers.get(owner, "") if owner else "",
                tuple(BilledPiece(*row[1:]) for row in its),
            )
            for owner, its in groupby(rows, key=lambda row: row[0])
        ),
    )


@transaction.atomic
def name(id: UUID, bill_no: str, owner: str = "") -> Bill:
    """Give the number of a container's master document, or of an owner's house; the latest holds.

    Raises:
        Container.DoesNotExist: there is none.
        Lacking: this owner has nothing in it.
    """
    found = Container.objects.get(id=id)
    its = Piece.objects.filter(container=found, measures__owner=owner)
    if owner and not its.exists():
        asked = f"Cannot name the house document of {owner} in container {found.number}."
        remedy = "Measure its pieces with this owner, and load one."
        raise Lacking(asked, "This owner has nothing in it.", remedy)
    latest = Bill.objects.filter(container=found, owner=owner).order_by("-id").first()
    if latest is not None and latest.bill_no == bill_no:
        return latest
    made = Bill.objects.create(
        container=found, owner=owner, bill_no=bill_no, named_by=acting().actor
    )
    record("bill.named", found.number, owner=owner, bill_no=bill_no)
    return made


def relation(given: MasterBill) -> dict[str, Any]:
    """What is known of CEB607 for a container, by the names of its elements; and what is lacking.

    `house_no` stands beside each line for the reader and is no element. A list number is taken
    where a piece names one; a declaration number is not one.

    Source: WayBillHead and WayBillList of the unified export edition, as read in a copy.
    """
    lines: list[dict[str, Any]] = []
    for house in given.houses:
        for each in house.pieces:
            line = {"gnum": len(lines) + 1, "totalPackageNo": each.mark[:60]}
            if _LIST_NO.fullmatch(each.declaration_no):
                line["invtNo"] = each.declaration_no
            lines.append({"house_no": house.bill_no, "owner": house.owner, "says": line})
    head = {"grossWeight": f"{given.weight_g // 1000}.{given.weight_g % 1000:03}"}
    if given.bill_no:
        head["billNo"] = given.bill_no
    lacks = [*LACKS_HEAD, *(() if given.bill_no else ("billNo",))]
    return {
        "message": "CEB607Message", "head": head, "lines": lines, "lacks_head": lacks,
        "lacks_line": list(LACKS_LINE),
    }  # fmt: skip
