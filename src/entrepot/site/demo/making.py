# SPDX-License-Identifier: Apache-2.0
"""Make the demo: an enterprise that has closed a season, and is in the middle of a working day.

Each step is made once: where it ended in the middle, the next call goes on with what is missing.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from entrepot.catalog import actions as masters
from entrepot.catalog.models import Partner, Product
from entrepot.catalog.nouns import BIN, PARTNER, PRODUCT, WAREHOUSE, ZONE
from entrepot.closing.loading.actions import LOADED, load_season
from entrepot.closing.models import Close
from entrepot.closing.work import WhichClose, close_books
from entrepot.ledger.opening import open_items
from entrepot.ledger.sealing import seal_all
from entrepot.pages.counting import count
from entrepot.people.actions import enterprises_of, open_account, open_enterprise
from entrepot.people.audit import record
from entrepot.people.models import AuditEntry, User
from entrepot.people.tenancy import within
from entrepot.pipelines.about import read_about
from entrepot.pipelines.sample.actions import make_sample
from entrepot.site.demo.login import ADDRESS, PASSWORD
from entrepot.site.demo.present import happen

NAME: Final = "Demo Trading Co., Ltd. · 示例贸易有限公司"
#: The sample that stands for a season, where none is given.
SALES, SEED = 600, 7
MADE: Final = "demo.made"
Tell = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo's enterprise; `is_new` is false where all of it was there."""

    enterprise: UUID
    is_new: bool


class _Silent:
    """A job's progress that nobody looks at."""

    def progress(self, done: int, of: int | None = None) -> None:
        """Take it, and drop it."""


def make_demo(season: Path | None = None, tell: Tell = lambda step, share: None) -> Demo:
    """Make the demo, as far as it is not there.

    Args:
        season: a folder with the season that it has behind it; a sample of 600 sales, if none.
        tell: is told each stage as it begins, and what share of it is done.

    Raises:
        Unloadable: the season cannot be loaded.
    """
    user = User.objects.filter(email=ADDRESS, is_demo=True).first() or _account()
    workplaces = enterprises_of(user)
    enterprise = workplaces[0].enterprise if workplaces else None
    if enterprise is not None and _has(enterprise, MADE):
        return Demo(enterprise, is_new=False)
    with _season(season, tell) as folder:
        about = read_about(folder).about
        if enterprise is None:
            uscc = about.uscc if about else ""
            enterprise = open_enterprise(NAME, user, uscc=uscc).enterprise
        actor = f"user:{user.pk}"
        if not _has(enterprise, LOADED):
            tell("Storing the masters", 0)
            with within(enterprise, actor):
                _masters()
            load_season(enterprise, folder, tell)
    tell("Closing the books", 0)
    _close(enterprise, actor, about.as_of if about else None)
    tell("Living today", 0)
    with within(enterprise, actor):
        _name_masters()
        happen(setting())
        count()
        record(MADE, NAME)
    seal_all(enterprise)
    return Demo(enterprise, is_new=True)


@cache
def setting() -> Mapping[str, Any]:
    """Who and where: `setting.toml`."""
    text = files("entrepot.site.demo").joinpath("setting.toml").read_text("utf-8")
    return tomllib.loads(text)


def _account() -> User:
    user = open_account(ADDRESS, PASSWORD)
    user.is_demo, user.name = True, "Demo"
    user.save(update_fields=["is_demo", "name"])
    return user


def _has(enterprise: UUID, action: str) -> bool:
    with within(enterprise):
        return AuditEntry.objects.filter(action=action).exists()


@contextmanager
def _season(given: Path | None, tell: Tell) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="entrepot-demo-") as work:
        tell("Making a season up", 0)
        folder = Path(work) / "season"
        make_sample(folder, SALES, SEED)
        yield folder


def _masters() -> None:
    """Warehouses with bins, carriers, currencies: before the season names its own."""
    known = setting()
    for code, digits in known["currencies"].items():
        open_items([code], kind="money", digits=digits)
    masters.put(WAREHOUSE, known["warehouse"])
    masters.put(PARTNER, known["partner"])
    overseas = [each["code"] for each in known["warehouse"] if each["kind"] == "overseas"]
    masters.put(ZONE, [
        {"warehouse": warehouse, "code": zone, "name": name}
        for warehouse in overseas
        for zone, name in (("A", "Small goods · 小件"), ("B", "Bulky goods · 大件"))
    ])  # fmt: skip
    masters.put(BIN, [
        {
            "warehouse": warehouse, "code": f"{zone}-{aisle:02}-{shelf:02}", "zone": zone,
            "pick_sequence": 100 * (zone == "B") + 10 * aisle + shelf, "capacity_units": 400,
        }
        for warehouse in overseas
        for zone in "AB"
        for aisle in (1, 2)
        for shelf in (1, 2, 3)
    ])  # fmt: skip
    masters.put(BIN, [{"warehouse": "NB1", "code": "H-01", "pick_sequence": 1}])


def _name_masters() -> None:
    """Names for the suppliers and the goods of the season, which has none, or English ones."""
    known = setting()
    suppliers = Partner.objects.filter(roles__contains=["supplier"]).order_by("code")
    named = zip(suppliers.values_list("code", flat=True), known["factories"]["names"], strict=False)
    masters.put(
        PARTNER, [{"code": code, "name": name, "name_zh": zh} for code, (name, zh) in named]
    )
    lines = []
    for sku, name in Product.objects.order_by("sku").values_list("sku", "name"):
        for begins, (zh, weight) in known["goods"].items():
            if name.startswith(begins):
                named_zh = zh + name.removeprefix(begins)
                lines.append({"sku": sku, "name_zh": named_zh, "weight_g": weight})
    if lines:
        masters.put(PRODUCT, lines)


def _close(enterprise: UUID, actor: str, as_of: date | None) -> None:
    """Close the books for the last day of the season, as a job would."""
    if as_of is None:
        return
    with within(enterprise, actor):
        if Close.objects.filter(closed_at__isnull=False).exists():
            return
        close = Close.objects.create(as_of=as_of, asked_by=actor)
        close_books.does(_Silent(), WhichClose(close=close.id))
        record("close.asked", f"for {as_of}", close=str(close.id))
