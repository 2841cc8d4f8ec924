# SPDX-License-Identifier: Apache-2.0
"""The firm of a month's story: its masters, whoever runs it, and whoever works in its warehouse."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from entrepot.catalog import actions as masters
from entrepot.catalog.nouns import BIN, PARTNER, PRODUCT, WAREHOUSE
from entrepot.ledger.opening import open_items
from entrepot.pages.wording import Language
from entrepot.people.models import Profile
from tests.pages.kit import new_person
from tests.pages.month import Served, Walker
from tests.warehouse.floor import DUI, lying

USCC = "91110000600037341L"
#: The barcode of LAMP, and one that nobody knows.
LAMP, STRANGER = "4006381333931", "5901234123457"
HS = {"LAMP": "9405210090", "BULB": "8539520000"}


class Month:
    """A firm on a desk: `office` is the browser of its owner, `hand` that of the warehouse."""

    def __init__(self, browser: Any, desk: Served, language: Language, is_wide: bool) -> None:
        self.desk = desk
        self.owner = new_person()
        self.enterprise = self.owner.enterprise
        self.worker = new_person("warehouse", self.enterprise)
        self.office = Walker(browser, desk.address, language, is_wide)
        self.hand = Walker(browser, desk.address, language, is_wide)
        self._begin()

    def _begin(self) -> None:
        with self.within():
            Profile.objects.update(uscc=USCC)
            open_items(["EUR", "USD"], "money", 2)
            masters.put(PARTNER, [
                {"code": "FACT", "name": "Ningbo Lamp Factory", "name_zh": "宁波灯具厂",
                 "country": "CN", "roles": ["supplier"], "uscc": USCC},
                {"code": "SHIP", "name": "Sea Line", "name_zh": "海运", "country": "CN",
                 "roles": ["carrier"]},
            ])  # fmt: skip
            masters.put(WAREHOUSE, [
                {"code": "NB1", "name": "NB1", "kind": "home", "time_zone": "Asia/Shanghai",
                 "country": "CN"},
                {"code": "DUI1", "name": "DUI1", "kind": "overseas", "time_zone": "Europe/Berlin",
                 "country": "DE"},
            ])  # fmt: skip
            masters.put(BIN, [
                {"warehouse": "DUI1", "code": code, "pick_sequence": at}
                for at, code in enumerate(("A-01", "A-02", "A-03"))
            ])  # fmt: skip
            masters.put(PRODUCT, [
                {"sku": "LAMP", "name": "Desk lamp", "name_zh": "台灯", "gtin": LAMP,
                 "hs_code": HS["LAMP"], "weight_g": 700},
            ])  # fmt: skip

    def within(self) -> Any:
        return self.owner.within()

    def id(self, model: Any, **given: object) -> UUID:
        """The id of the one there is."""
        with self.within():
            return UUID(str(model.objects.get(**given).id))

    def units(self, *place: str) -> dict[str, int]:
        """What lies in a place of the warehouse overseas."""
        at = "/".join((DUI, *place))
        found = lying(self.enterprise)
        return {sku: units for (place_, sku), (units, _) in found.items() if place_ == at}
