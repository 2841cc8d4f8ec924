# SPDX-License-Identifier: Apache-2.0
"""Draft, propose, accept, send back, drop and undo: the only ones that write classifications.

One of them or ten thousand: rows are locked in the order of their keys, and every step says who
did it. What is refused is refused for all of them, with every reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from entrepot.catalog.models import Product
from entrepot.customs.classifying.checking import Looked, goods_of, look_at, tariff_on
from entrepot.customs.classifying.configuring import policy
from entrepot.customs.classifying.factors import written
from entrepot.customs.classifying.models import ACCEPTED, OPEN, WAYS, Classification, Step
from entrepot.customs.classifying.refusals import NoSuchGoods, NotThere, SameEyes, Unfit, WrongState
from entrepot.customs.classifying.rules import arranged
from entrepot.customs.classifying.tables import Goods
from entrepot.customs.classifying.telling import as_facts, next_step, reason
from entrepot.people.audit import record
from entrepot.people.database import planned_for, raw_cursor
from entrepot.people.models import ApiToken
from entrepot.people.tenancy import acting

_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
#: SKUs or findings that a refusal spells out; the facts have more.
_SHOWN: Final = 10
_GO: Final = """
    UPDATE classifying_classification AS c SET state = s.became, steps = s.step_no,
        proposed_by = CASE WHEN s.became = 'proposed' THEN s.by ELSE c.proposed_by END
    FROM classifying_step AS s
    WHERE s.enterprise_id = %(enterprise)s AND s.id = ANY(%(ids)s)
        AND c.enterprise_id = %(enterprise)s AND c.id = s.classification_id
"""
#: Fields of goods that a classification says.
_SAID: Final = (
    "hs_code", "name_zh", "name_en", "elements", "unit", "per_unit", "unit1", "per_unit1", "unit2",
    "per_unit2", "country",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drafted:
    """What became of drafts: those that are new, and how many said what was there already."""

    made: list[Classification]
    known: int


def draft(goods: Sequence[Goods], valid_from: date, note: str = "") -> Drafted:
    """Draft how goods are declared from a day on; an open draft of the same goods is dropped.

    What says the same as the newest version that is open or accepted, from the same day, is that
    one. Elements are put into the order of the tariff; nothing is refused for what is missing,
    which `propose` does.

    Raises:
        NoSuchGoods: SKUs that no product in use has; each is named.
    """
    skus = sorted({each.sku for each in goods})
    _refuse_unknown(skus)
    with raw_cursor() as cursor:
        cursor.execute(_LOCK, [f"classifying {acting().enterprise}"])
    newest = _newest(skus)
    lines = tariff_on([each.hs_code for each in goods], valid_from)
    made, dropped, known = [], [], 0
    for each in goods:
        id, line = lines.get(each.hs_code, (None, None))
        before = newest.get(each.sku)
        new = Classification(
            sku=each.sku, version=before.version + 1 if before else 1, valid_from=valid_from,
            note=note, tariff_line_id=id, made_by=acting().actor, **_said(arranged(each, line)),
        )  # fmt: skip
        if before is not None and before.state in (*OPEN, ACCEPTED) and _same(before, new):
            known += 1
            continue
        if before is not None and before.state in OPEN:
            dropped.append(before)
        newest[each.sku] = new
        made.append(new)
    _step(dropped, "dropped", "")
    Classification.objects.bulk_create(made, batch_size=1000)
    if made:
        record("classifying.drafted", made[0].sku, count=len(made),
               skus=[each.sku for each in made[:20]])  # fmt: skip
    return Drafted(made, known)


def propose(ids: Sequence[UUID]) -> list[Classification]:
    """Propose drafts for somebody to accept.

    Raises:
        WrongState: one that is no draft. Unfit: a check refuses; every finding is listed.
        NotThere: there is none.
    """
    return _decide(ids, "proposed")


def accept(ids: Sequence[UUID]) -> list[Classification]:
    """Accept what was proposed: from its day on, goods are declared so.

    Raises:
        WrongState, Unfit, NotThere: as `propose`.
        SameEyes: whoever proposed accepts, and the enterprise asks for another.
    """
    return _decide(ids, "accepted")


def send_back(ids: Sequence[UUID], why: str) -> list[Classification]:
    """Send back what was proposed; another draft says it better."""
    return _go(_locked(ids), "returned", why)


def drop(ids: Sequence[UUID], why: str = "") -> list[Classification]:
    """Drop what is not decided yet."""
    return _go(_locked(ids), "dropped", why)


def undo(ids: Sequence[UUID], why: str) -> list[Classification]:
    """Take an acceptance back: what was accepted before it holds again."""
    return _go(_locked(ids), "undone", why)


def look_again(rows: Sequence[Classification]) -> list[Looked]:
    """What is found about classifications today, or on the first of their days if that is later."""
    skus = [each.sku for each in rows]
    weights = dict(Product.objects.filter(sku__in=skus).values_list("sku", "weight_g"))
    today, its = timezone.localdate(), policy()
    by_day: dict[date, list[int]] = {}
    for at, row in enumerate(rows):
        by_day.setdefault(max(today, row.valid_from), []).append(at)
    found: dict[int, Looked] = {}
    for day, places in by_day.items():
        goods = [goods_of(rows[at], weights.get(rows[at].sku)) for at in places]
        found |= dict(zip(places, look_at(goods, day, its), strict=True))
    return [found[at] for at in range(len(rows))]


def _decide(ids: Sequence[UUID], event: str) -> list[Classification]:
    rows = _locked(ids)
    _refuse_state(rows, event)
    if event == "accepted" and policy().four_eyes:
        _refuse_same_eyes(rows)
    looked = look_again(rows)
    _refuse_unfit(rows, looked, event)
    findings = {
        row.id: [as_facts(each) for each in its.findings]
        for row, its in zip(rows, looked, strict=True)
    }
    return _go(rows, event, "", findings)


def _go(
    rows: list[Classification],
    event: str,
    why: str,
    findings: Mapping[UUID, list[dict[str, object]]] | None = None,
) -> list[Classification]:
    _refuse_state(rows, event)
    _step(rows, event, why, findings or {})
    record(f"classifying.{event}", rows[0].sku if rows else "", count=len(rows), reason=why,
           versions=[f"{each.sku} {each.version}" for each in rows[:20]])  # fmt: skip
    return list(Classification.objects.filter(id__in=[each.id for each in rows]).order_by("id"))


def _step(
    rows: Sequence[Classification],
    event: str,
    why: str,
    findings: Mapping[UUID, list[dict[str, object]]] | None = None,
) -> None:
    """Add a step to each, and let them go where it leads."""
    if not rows:
        return
    became = WAYS[event][1]
    steps = Step.objects.bulk_create(
        [
            Step(
                classification=row, step_no=row.steps + 1, event=event, was=row.state,
                became=became, reason=why, by=acting().actor,
                findings=(findings or {}).get(row.id, []),
            )
            for row in rows
        ],
        batch_size=1000,
    )  # fmt: skip
    with raw_cursor() as cursor:
        given = {"enterprise": acting().enterprise, "ids": [each.id for each in steps]}
        cursor.execute(_GO, given, prepare=planned_for(len(steps)))


def _locked(ids: Sequence[UUID]) -> list[Classification]:
    wanted = sorted(set(ids))
    rows = Classification.objects.select_for_update(no_key=True).filter(id__in=wanted)
    found = list(rows.order_by("id"))
    if len(found) < len(wanted):
        gone = set(wanted) - {each.id for each in found}
        raise NotThere(
            "Cannot decide about classifications.",
            f"There are none of these ids: {_few([str(each) for each in sorted(gone)])}.",
            "List the versions, and send their ids.",
        )
    return found


def _newest(skus: Sequence[str]) -> dict[str, Classification]:
    """The newest version of each, locked."""
    rows = Classification.objects.filter(sku__in=skus).order_by("sku", "-version").distinct("sku")
    ids = [each.id for each in rows]
    locked = Classification.objects.select_for_update(no_key=True).filter(id__in=ids)
    return {each.sku: each for each in locked.order_by("id")}


def _said(goods: Goods) -> dict[str, Any]:
    """What goods say, as the columns have it."""
    said = {name: getattr(goods, name) for name in _SAID}
    said["elements"] = [list(each) for each in goods.elements]
    for name in ("per_unit", "per_unit1", "per_unit2"):
        said[name] = "" if said[name] is None else written(said[name])
    return said


def _same(before: Classification, new: Classification) -> bool:
    names = (*_SAID, "valid_from", "note", "tariff_line_id")
    return all(getattr(before, name) == getattr(new, name) for name in names)


def _person(actor: str) -> str:
    """The person behind an actor: a token's is whoever made it."""
    kind, _, id = actor.partition(":")
    if kind == "token":
        made_by = ApiToken.objects.filter(id=id).values_list("made_by_id", flat=True).first()
        return f"user:{made_by}" if made_by else actor
    return actor


def _refuse_unknown(skus: Sequence[str]) -> None:
    there = Product.objects.filter(sku__in=skus, is_active=True).values_list("sku", flat=True)
    if unknown := sorted(set(skus) - set(there)):
        raise NoSuchGoods(
            "Cannot draft classifications.",
            f"No product in use has these SKUs: {_few(unknown)}.",
            "Add the products to the masters first, or correct the SKUs.",
            skus=unknown[:1000],
        )


def _refuse_state(rows: Sequence[Classification], event: str) -> None:
    wrong = [each for each in rows if each.state not in WAYS[event][0]]
    if wrong:
        raise WrongState(
            f"Cannot record {event} for the classification of {_few([x.sku for x in wrong])}.",
            f"It is {wrong[0].state}.",
            "Look at its history; draft it anew where it has to change.",
            state=wrong[0].state,
            ids=[str(each.id) for each in wrong[:1000]],
        )


def _refuse_same_eyes(rows: Sequence[Classification]) -> None:
    me = _person(acting().actor)
    by = {actor: _person(actor) for actor in {each.proposed_by for each in rows}}
    own = [each.sku for each in rows if by[each.proposed_by] == me]
    if own:
        raise SameEyes(
            f"Cannot accept the classification of {_few(own)}.",
            "Whoever proposed it does not accept it: the enterprise asks for a second person.",
            "Ask somebody else to accept it.",
            skus=own[:1000],
        )


def _refuse_unfit(
    rows: Sequence[Classification], looked: Sequence[Looked], event: str
) -> None:  # fmt: skip
    found = [
        (row, each)
        for row, its in zip(rows, looked, strict=True)
        for each in its.findings
        if each.refuses
    ]
    if not found:
        return
    told = [f"{row.sku}: {reason(each, 'en')} {next_step(each, 'en')}" for row, each in found]
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    raise Unfit(
        f"Cannot record {event} for the classification of {_few([r.sku for r, _ in found])}.",
        "\n".join(told[:_SHOWN]) + more,
        "Draft it anew with these corrected.",
        found_zh="\n".join(
            f"{row.sku}：{reason(each, 'zh')}{next_step(each, 'zh')}"
            for row, each in found[:_SHOWN]
        ),
        findings=[{"sku": row.sku, **as_facts(each)} for row, each in found[:1000]],
    )


def _few(skus: Sequence[str]) -> str:
    different = list(dict.fromkeys(skus))
    more = f" and {len(different) - _SHOWN} more" if len(different) > _SHOWN else ""
    return ", ".join(different[:_SHOWN]) + more
