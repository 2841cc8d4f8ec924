# SPDX-License-Identifier: Apache-2.0
"""Classification on the desk: the tariff, versions, four eyes, the work list, settings."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entrepot.customs.classifying import lists, recording
from entrepot.customs.classifying.checking import tariff_on
from entrepot.customs.classifying.configuring import change_policy, policy
from entrepot.customs.classifying.importing import Taken
from entrepot.customs.classifying.lines import for_goods
from entrepot.customs.classifying.models import (
    STATES,
    WAYS,
    Classification,
    Step,
    TariffFile,
    TariffLine,
)
from entrepot.customs.classifying.refusals import (
    FaultyTable,
    NoSuchGoods,
    NotThere,
    SameEyes,
    Unfit,
    WrongSettings,
    WrongState,
)
from entrepot.people.actions import open_account, open_enterprise
from entrepot.people.database import raw_cursor
from entrepot.people.models import ApiToken, AuditEntry
from entrepot.people.tenancy import acting, within
from entrepot.people.walled import new_id
from entrepot.web.paging import Paging
from tests.customs.classifying_kit import (
    BEGINS,
    CHARGER,
    HEAD,
    LAMP,
    ONE,
    OTHER,
    TARIFF,
    accepted,
    classified,
    drafted,
    goods,
    products,
    proposed,
    states,
    tariff,
)

TODAY = date(2026, 4, 1)


def statuses(enterprise, on=TODAY, **asked):
    """SKU and status of products, as the work list has them."""
    with within(enterprise), raw_cursor() as cursor:
        found = lists.products(on, **asked)
        asked_ = {**found.given, "enterprise": acting().enterprise}
        rows = Paging(limit=100).of_sql(cursor, found.statement, asked_, *found.by)["items"]
    return {row["sku"]: row["status"] for row in rows}


# The tariff


def test_a_tariff_is_taken_once_and_a_correction_is_a_newer_version(enterprise):
    first, again = tariff(enterprise), tariff(enterprise)
    other = tariff(enterprise, TARIFF.replace("样例充电器", "充电器"))

    assert first == Taken(2, 2, 0, 0)
    assert again == Taken(2, 0, 0, 2)
    assert other == Taken(2, 0, 1, 1)
    with within(enterprise):
        assert tariff_on([CHARGER, "0" * 10], TODAY)[CHARGER][1].name == "充电器"
        kept = TariffLine.objects.filter(hs_code=CHARGER).order_by("version")
        assert list(kept.values_list("version", "name")) == [(1, "样例充电器"), (2, "充电器")]
        assert TariffFile.objects.count() == 2
        assert AuditEntry.objects.filter(action="classifying.tariff_taken").count() == 2


def test_nothing_is_taken_of_a_tariff_with_a_mistake(enterprise):
    with pytest.raises(FaultyTable):
        tariff(enterprise, TARIFF + "1,a,b,007,,2026-01-01,,s\n")
    tariff(enterprise, HEAD + f"{LAMP},a,b,007,,2026-01-01,2026-09-01,s\n")
    with pytest.raises(FaultyTable, match="do not overlap"):
        tariff(enterprise, HEAD + f"{LAMP},a,b,007,,2026-08-01,,s\n")

    with within(enterprise):
        assert TariffLine.objects.count() == 1


def test_a_line_that_is_taken_back_lets_the_one_before_hold_again(enterprise):
    tariff(enterprise, HEAD + f"{LAMP},old,b,007,,2026-01-01,,s\n")
    tariff(enterprise, HEAD + f"{LAMP},new,b,007,,2026-03-01,,s\n")
    with within(enterprise):
        assert tariff_on([LAMP], TODAY)[LAMP][1].name == "new"
        assert tariff_on([LAMP], date(2026, 2, 28))[LAMP][1].name == "old"

    tariff(enterprise, HEAD + f"{LAMP},new,b,007,,2026-03-01,2026-03-01,s\n")

    with within(enterprise):
        assert tariff_on([LAMP], TODAY)[LAMP][1].name == "old"
    tariff(enterprise, HEAD + f"{LAMP},old,b,007,,2026-01-01,2026-09-01,s\n")


def test_lines_of_the_tariff_are_never_changed(enterprise):
    tariff(enterprise)

    with within(enterprise), pytest.raises(DatabaseError):
        TariffLine.objects.update(name="other")


# Versions


def test_a_draft_is_proposed_and_accepted_by_another(enterprise):
    tariff(enterprise)
    products(enterprise, "A")
    (draft,) = drafted(enterprise, goods("A"))

    with within(enterprise, ONE):
        with pytest.raises(WrongState):
            recording.accept([draft.id])
        recording.propose([draft.id])
        with pytest.raises(SameEyes):
            recording.accept([draft.id])
    with within(enterprise, OTHER):
        (done,) = recording.accept([draft.id])

    assert (done.state, done.version, done.proposed_by) == ("accepted", 1, ONE)
    assert [name for name, _ in done.elements] == ["品牌类型", "用途", "材质", "品牌"]
    with within(enterprise):
        steps = Step.objects.order_by("step_no").values_list("event", "was", "became", "by")
        assert list(steps) == [
            ("proposed", "draft", "proposed", ONE), ("accepted", "proposed", "accepted", OTHER),
        ]  # fmt: skip
        assert AuditEntry.objects.filter(action="classifying.accepted").count() == 1


def test_whoever_proposed_does_not_accept_by_a_token_either(enterprise):
    user = open_account(f"{new_id().hex}@example.com", "correct horse battery")
    firm = open_enterprise("Lanting", user).enterprise
    tariff(firm)
    products(firm, "A")
    with within(firm, f"user:{user.pk}"):
        (draft,) = recording.draft([goods("A")], BEGINS).made
        recording.propose([draft.id])
        token = ApiToken.objects.create(
            name="t", secret_hash=b"1" * 32, made_by=user, expires_at="2099-01-01T00:00:00Z"
        )
    with within(firm, f"token:{token.id}"):
        with pytest.raises(SameEyes):
            recording.accept([draft.id])
        change_policy({"four_eyes": False})
        assert recording.accept([draft.id])[0].state == "accepted"


def test_the_same_draft_is_there_once_and_another_takes_its_place(enterprise):
    tariff(enterprise)
    products(enterprise, "A", "B")
    drafted(enterprise, goods("A"), goods("B"))
    with within(enterprise):
        again = recording.draft([goods("A"), goods("B", name_zh="台灯")], BEGINS)

    assert (again.known, len(again.made)) == (1, 1)
    assert states(enterprise, "A") == ["draft"]
    assert states(enterprise, "B") == ["dropped", "draft"]
    accepted_ = accepted(enterprise, goods("A", country="VN"))
    with within(enterprise):
        assert recording.draft([goods("A", country="VN")], BEGINS).known == 1
        assert recording.undo(accepted_, "wrong country")[0].state == "undone"
        assert recording.draft([goods("A", country="VN")], BEGINS).known == 0
    assert states(enterprise, "A") == ["dropped", "undone", "draft"]


def test_what_a_check_refuses_is_not_proposed_and_everything_is_told(enterprise):
    tariff(enterprise)
    products(enterprise, "A", "B", "C")
    bad = drafted(enterprise, goods("A", elements="", unit2=""), goods("B", hs_code="1" * 10))
    (good,) = drafted(enterprise, goods("C", country=""))

    with within(enterprise, ONE), pytest.raises(Unfit) as error:
        recording.propose([each.id for each in (*bad, good)])

    assert [(each["sku"], each["check"]) for each in error.value.facts["findings"]] == [
        ("A", "elements_missing"), ("A", "unit2_differs"), ("B", "hs_not_in_force"),
    ]  # fmt: skip
    assert states(enterprise, "C") == ["draft"]
    with within(enterprise, ONE):
        recording.propose([good.id])
        assert [each["check"] for each in Step.objects.get().findings] == ["country_missing"]


def test_a_later_version_holds_from_its_day_and_undone_the_one_before_holds_again(enterprise):
    classified(enterprise, "A")
    (later,) = accepted(enterprise, goods("A", name_zh="新台灯"), on=date(2026, 6, 1))

    def name(day):
        with within(enterprise):
            return for_goods(["A"], day)["A"].name_zh

    assert [name(date(2026, 5, 31)), name(date(2026, 6, 1))] == ["样例台灯", "新台灯"]
    with within(enterprise, ONE):
        recording.undo([later], "not agreed")
    assert name(date(2026, 6, 1)) == "样例台灯"


def test_what_was_sent_back_or_dropped_is_done_with(enterprise):
    tariff(enterprise)
    products(enterprise, "A", "B")
    back, gone = proposed(enterprise, goods("A"), goods("B"))
    with within(enterprise, OTHER):
        recording.send_back([back], "another code")
        recording.drop([gone])
        for again in (recording.propose, recording.accept, recording.drop):
            with pytest.raises(WrongState):
                again([back])
        with pytest.raises(NotThere):
            recording.accept([new_id()])

    with within(enterprise):
        assert list(Step.objects.filter(event="returned").values_list("reason", flat=True)) == [
            "another code"
        ]


def test_unknown_goods_are_all_named_and_nothing_is_drafted(enterprise):
    products(enterprise, "A")

    with within(enterprise), pytest.raises(NoSuchGoods) as error:
        recording.draft([goods("A"), goods("Y"), goods("X")], BEGINS)

    assert error.value.facts["skus"] == ["X", "Y"]
    assert states(enterprise, "A") == []


@pytest.mark.parametrize("change", [{"name_zh": "x"}, {"state": "accepted"}, {"steps": 1}])
def test_the_database_keeps_what_a_classification_says_and_how_it_goes(enterprise, change):
    tariff(enterprise)
    products(enterprise, "A")
    drafted(enterprise, goods("A"))

    with within(enterprise), pytest.raises(DatabaseError), transaction.atomic():
        Classification.objects.update(**change)


def test_the_database_knows_the_same_ways():
    from entrepot.customs.classifying.migrations import __path__ as found

    text = Path(found[0], "0001_initial.py").read_text("utf-8")
    ways = re.search(r"\(OLD.state, NEW.state\) NOT IN \((.*?)\) THEN", text, re.DOTALL)
    assert ways is not None
    assert set(re.findall(r"\('(\w+)', '(\w+)'\)", ways[1])) == {
        (begin, ends) for begins, ends in WAYS.values() for begin in begins
    }


# The work list


def test_the_work_list_says_what_is_to_be_done(enterprise):
    classified(enterprise, "A", "B")
    products(enterprise, "C", "D", "E")
    drafted(enterprise, goods("C"))
    proposed(enterprise, goods("D"))
    text = HEAD + f"{LAMP},样例台灯,品牌类型;用途;材质;品牌,007,035,2026-02-01,,the same\n"
    tariff(enterprise, text)

    assert statuses(enterprise) == {"A": "fine", "B": "fine", "C": "draft", "D": "proposed",
                                    "E": "unclassified"}  # fmt: skip
    tariff(enterprise, text.replace("品牌,", "品牌;光源,").replace("02-01", "03-01"))
    assert statuses(enterprise, to_do=True) == {
        "A": "changed", "B": "changed", "C": "draft", "D": "proposed", "E": "unclassified",
    }  # fmt: skip
    assert statuses(enterprise, date(2026, 2, 2), status="fine") == {"A": "fine", "B": "fine"}
    assert statuses(enterprise, sku="B") == {"B": "changed"}


# Settings


def test_settings_are_changed_in_part_and_refused_whole(enterprise):
    with within(enterprise):
        change_policy({"counted_units": ["007"], "severities": {"country_missing": "off"}})
        change_policy({"brands": ["样例牌"]})
        with pytest.raises(WrongSettings) as error:
            change_policy({"brands": [""], "joiner": 7, "counted_units": ["7"]})
        its = policy()

    assert len(error.value.facts["mistakes"]) == 3
    assert (its.counted_units, its.brands, its.joiner) == (("007",), ("样例牌",), "|")
    assert its.severity("country_missing") == "off"


ACTIONS = st.lists(
    st.sampled_from(["draft", "draft_other", "propose", "accept", "send_back", "drop", "undo"]),
    max_size=12,
)


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(ACTIONS)
def test_whatever_is_done_there_is_one_open_version_and_every_step_is_told(desk, done):
    from entrepot.people.models import Enterprise

    firm = Enterprise.objects.create().id
    tariff(firm)
    products(firm, "A")
    for at, what in enumerate(done):
        with within(firm, ONE if what in ("draft", "propose") else OTHER):
            newest = Classification.objects.filter(sku="A").order_by("-version").first()
            ids = [newest.id] if newest else []
            try:
                if what == "draft":
                    recording.draft([goods("A")], BEGINS)
                elif what == "draft_other":
                    recording.draft([goods("A", name_en=f"Lamp {at}")], BEGINS)
                elif ids:
                    its = {"send_back": ("no",), "undo": ("no",)}.get(what, ())
                    getattr(recording, what)(ids, *its)
            except (WrongState, SameEyes):
                pass

    with within(firm):
        rows = list(Classification.objects.order_by("version"))
        assert [each.version for each in rows] == list(range(1, len(rows) + 1))
        assert sum(each.state in ("draft", "proposed") for each in rows) <= 1
        for each in rows:
            steps = list(Step.objects.filter(classification=each).order_by("step_no"))
            assert [step.step_no for step in steps] == list(range(1, each.steps + 1))
            assert each.state in STATES
            assert (steps[-1].became if steps else "draft") == each.state
