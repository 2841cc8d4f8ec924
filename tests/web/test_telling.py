# SPDX-License-Identifier: Apache-2.0
"""Every refusal, fault and state of the desk can be read in Chinese, and says the same."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib import import_module
from importlib.resources import files

import pytest

import entrepot.site.urls  # noqa: F401, every error and kind of job is there once it is imported
from entrepot.catalog.nouns import BATTERIES, NOUNS, ROLES
from entrepot.errors import Refused
from entrepot.jobs.events import Event
from entrepot.jobs.kinds import KINDS
from entrepot.ledger.places import AREAS, ROOTS
from entrepot.people.roles import ROLES as PEOPLE
from entrepot.people.roles import SCOPES
from entrepot.warehouse.importing.mapping import parse_mapping
from entrepot.warehouse.importing.mistakes import BadMapping
from entrepot.web.phrases import HOLE, MAYBE, SHARED, Book, Phrase, phrases
from entrepot.web.telling import (
    LANGUAGES,
    TITLE,
    Told,
    accepted,
    facts_told,
    in_words,
    refusals,
    state_in_words,
    states,
    told,
    told_kept,
)  # fmt: skip
from tests.web.sentences import COMPOSED, errors, sentences, texts

#: A seal or a report that will not do is said by commands, which speak English.
OF_COMMANDS = (
    "bank.", "collection.",
    "customs.bad_sample", "customs.faulty_table", "customs.folder", "customs.no_messages",
    "entrepot.", "exchange.", "loading.", "margin.", "messages.", "netting.", "origin.",
    "paperwork.", "planning.", "rates.", "report.", "returns.", "seals.", "settlement.", "vat.",
    "walk.",
)  # fmt: skip
#: What the API says where nothing but a status is known; no error has these codes.
OF_STATUS = {
    "web.bad_request", "web.broken", "web.no_such_method", "web.not_allowed", "web.not_found",
    "web.not_signed_in", "web.too_many", "web.try_again",
}  # fmt: skip
CHINESE = re.compile("[\u4e00-\u9fff]")
#: Latin words that Chinese sentences keep: names of files, forms, headers, settings, products.
KEPT = set(
    re.findall(
        r"\w+",
        """After AI Allow amount application ASCII Authorization Bearer Berlin buyer cancellations
    cancels close CN CNY Code columns Content cookie countries cp CSRFToken csrftoken CSV csv day
    days delimiter encoding entrepot Entrepot Europe Excel export false file forms GB gb GS GTIN gz
    gzip HTTP https Idempotency in ISO jis JPEG JSON json Key kind line negative next no NUL numbers
    octet one order out Parquet PNG positive prefix previous price quantity RE Retry rules same
    season sheet shift shipped SKU SSCC status stream text TOML trading true two Type UN unit uscc
    UTC UTF utf UUID values VAT WebP Windows xlsx zero ZZ appStatus appType coElNo copNo customs
    FC FF GUID install logisticsNo orderNo PEM pip PKCS SFTP sftp validate XML""",
    )
)


def sections():
    return [(code, english, says) for code, section in refusals().items()
            for english, says in section.items() if english != TITLE]  # fmt: skip


def is_told(text: str, codes: Iterable[str]) -> bool:
    """Whether one of these codes says it in Chinese."""
    # A fault of a file of orders says before it which cell is meant.
    ways = (text, f"⟦8⟧, ⟦9⟧ {text}")
    return any(in_words(way, "zh", code) != way for way in ways for code in codes)


def test_every_sentence_of_the_source_is_told_by_its_code():
    found = list(sentences())
    assert len({each.text for each in found}) > 700

    missing = {
        each.where: each.text
        for each in found
        # What is filled in only, such as a name in quotes, is not said by us.
        if re.sub(r"[\W\d]|⟦\d+⟧", "", each.text)
        and (" " in each.text or each.text.isalpha())
        and each.text not in COMPOSED
        and not is_told(each.text, each.codes or refusals())
    }

    assert missing == {}, "no Chinese in entrepot/web/refusals"
    assert COMPOSED.keys() <= {"", *(each.text for each in found)}, "no longer said"


@pytest.mark.parametrize("text", [text for its in COMPOSED.values() for text in its])
def test_a_sentence_put_together_is_told(text):
    assert is_told(text, refusals())


def test_every_phrase_is_still_said():
    source = texts()
    said = {each.text for each in sentences()} | {text for its in COMPOSED.values() for text in its}
    said |= {f"⟦8⟧, ⟦9⟧ {text}" for text in said}
    with files("entrepot.web").joinpath("refusals", "libraries.toml").open("rb") as file:
        of_libraries = {text for section in tomllib.load(file).values() for text in section}

    def is_said(phrase: Phrase) -> bool:
        if all(part.strip(' .,:;()"') in source for part in phrase.around):
            return True
        return any(phrase.find(each) is not None for each in said)

    assert [
        (code, english)
        for code, english, says in sections()
        if english not in of_libraries
        and not any(is_said(phrase) for _, phrase in phrases(english, says))
    ] == []


def test_every_code_has_a_title_and_no_other_is_there():
    found = {each.code for each in errors() if not each.code.startswith(OF_COMMANDS)} | OF_STATUS

    assert {code for code in refusals() if code != SHARED} == found
    assert [code for code in found if TITLE not in refusals()[code]] == []


def test_what_stands_in_a_hole_is_said_in_english_as_well():
    for _, english, says in sections():
        holes = HOLE.findall(english)
        names = [name for name, _ in holes]
        assert not any(how for _, how in holes), english
        assert len(names) == len(set(names)), english
        assert {name for name, _ in HOLE.findall(says)} <= set(names), english
        assert "}{" not in english, f"nobody can tell where one ends: {english}"
        assert len(MAYBE.findall(english)) >= len(MAYBE.findall(says)), english


def test_a_hole_is_told_as_a_word_or_as_a_state_that_is_known():
    how = {how for _, _, says in sections() for _, how in HOLE.findall(says) if how}

    assert {kind for each in how for kind in each.split("|")} - {"word"} <= states().keys()


def test_nothing_is_left_in_english():
    said = [says for _, _, says in sections()] + [
        each.get(TITLE, "") for each in refusals().values()
    ]
    for says in said:
        plain = HOLE.sub("", says)
        assert set(re.findall("[A-Za-z]{2,}", plain)) <= KEPT, says
        assert CHINESE.search(plain) or says in {"", *KEPT} or HOLE.search(says), says
        assert not re.search("[!！]|[\u4e00-\u9fff][,.;:?]", plain), says


def test_every_state_has_both_languages():
    for kind, its in states().items():
        for code, words in its.items():
            assert set(words) == set(LANGUAGES), (kind, code)
            assert all(words.values()), (kind, code)
            assert CHINESE.search(words["zh"]) or words["zh"] == "SKU", (kind, code)
            assert not CHINESE.search(words["en"]), (kind, code)


#: The kind of state, and the module and name that lists its codes.
LISTED = [
    ("order", "entrepot.warehouse.models.orders", "STATES"),
    ("order_file", "entrepot.warehouse.models.intake", "STATES"),
    ("customs_outcome", "entrepot.customs.sending.states", "OUTCOMES"),
    ("customs_message", "entrepot.customs.sending.models", "MESSAGE_STATES"),
    ("classification", "entrepot.customs.classifying.models", "STATES"),
    ("classifying_event", "entrepot.customs.classifying.models", "EVENTS"),
    ("classifying_status", "entrepot.customs.classifying.lists", "STATUSES"),
    ("shop_event", "entrepot.warehouse.models.shops", "EVENT_STATES"),
    ("counted_bin", "entrepot.warehouse.models.counts", "BIN_STATES"),
    ("consignment", "entrepot.logistics.models", "STATES"),
    ("job", "entrepot.jobs.models", "STATES"),
    ("delivery", "entrepot.jobs.models", "DELIVERY_STATES"),
    ("fate", "entrepot.ledger.numbers", "FATES"),
    ("closing_table", "entrepot.closing.kept", "KEPT"),
    ("enterprise", "entrepot.people.actions", "KINDS"),
    ("warehouse", "entrepot.catalog.nouns", "KINDS"),
    ("criterion", "entrepot.warehouse.allocation.rules", "CRITERIA"),
    ("money_kind", "entrepot.reconciling.models", "KINDS"),
    ("money_file", "entrepot.reconciling.models", "STATES"),
    ("money_stage", "entrepot.reconciling.models", "STAGES"),
    ("money_item", "entrepot.reconciling.models", "ITEM_STATES"),
    ("money_difference", "entrepot.reconciling.models", "DIFFERENCES"),
    ("money_age", "entrepot.reconciling.causes", "AGES"),
]


@pytest.mark.parametrize(("kind", "module", "name"), LISTED, ids=[each[0] for each in LISTED])
def test_every_state_of_the_database_has_words(kind, module, name):
    assert set(states()[kind]) == set(getattr(import_module(module), name))


def test_every_code_that_is_listed_elsewhere_has_words():
    assert set(states()["area"]) == set(AREAS)
    assert set(states()["place"]) == set(ROOTS)
    assert set(states()["event"]) == {str(event) for event in Event}
    assert set(states()["battery"]) == set(BATTERIES)
    assert set(states()["partner"]) == set(ROLES)
    assert set(states()["role"]) == set(PEOPLE)
    assert {f.name for noun in NOUNS.values() for f in noun.fields} <= states()["field"].keys()
    assert {name for noun in NOUNS.values() for name in (noun.name, noun.plural)} == set(
        states()["noun"]
    )
    assert {kind for kind in KINDS if "test" not in kind} <= states()["job_kind"].keys()
    assert all(words in refusals()["people.not_allowed"] for words in SCOPES.values())


def test_a_state_nobody_knows_is_said_as_it_is():
    assert state_in_words("order", "melted", "zh") == "melted"
    assert state_in_words("order", "open or held", "zh") == "进行中或暂停"
    assert state_in_words("claim|job", "queued", "en") == "waiting"


class Novel(Refused):
    """Nobody has said this in Chinese yet."""

    code = "test.novel"


def test_what_has_no_chinese_is_said_in_english():
    error = Novel("Cannot dance.", "There is no floor.", "Lay one.", steps=3)

    assert told(error, "zh") == Told(
        "Nobody has said this in Chinese yet.", "Cannot dance.", "There is no floor.", "Lay one."
    )


def test_english_is_said_as_it_is():
    error = Novel("Cannot read x.csv.", "nothing", "Send it in parts.")

    assert told(error, "en").remedy == "Send it in parts."
    assert told(error, "zh").remedy == "请分批发送。"


def test_what_was_kept_of_a_job_is_told_with_its_faults():
    kept = {
        "code": "catalog.faulty_file",
        "asked": "Cannot take over a.csv.",
        "found": '2 faults, first: row 3, hs_code: found "12", expected 10 digits.',
        "remedy": "Correct them and send it again; nothing was changed.",
        "facts": {"count": 2, "faults": [
            {"row": 3, "field": "hs_code", "found": '"12"', "expected": "10 digits"},
            {"row": 4, "field": "sku", "found": "nothing", "expected": "a value"},
        ]},
    }  # fmt: skip

    says = told_kept(kept, "zh")

    assert says.asked == "无法采用 a.csv。"
    assert says.found == '共 2 处错误，首处：第 3 行，海关编码：填写为"12"，应为10位数字。'
    assert says.faults[1] == {"row": 4, "field": "sku", "found": "空", "expected": "必填值"}


def test_the_mistakes_of_a_mapping_are_told_each_on_a_line():
    with pytest.raises(BadMapping) as refused:
        parse_mapping("a.toml", b'[columns]\nsku = "Article"\nprize = "Price"\n')

    says = told(refused.value, "zh").found.splitlines()

    assert says[0] == "共 1 处错误："
    assert says[1].startswith("  [columns] prize：没有该键。")


def test_facts_for_programs_stay_as_they_are():
    facts = {"found": "nothing", "orders": ["nothing"], "scan": {"found": "nothing"}}

    assert facts_told(facts, "zh", "web.faulty") == facts


def test_of_several_phrases_the_one_that_says_most_is_meant():
    book = Book(
        {SHARED: {"{what}.": "甲{what}", "It is {what}.": "乙{what}"}}, lambda _, code: code
    )

    assert book.tell("It is so.") == "乙so"
    assert book.tell("So it is.") == "甲So it is"
    assert book.tell(f"It is {'x' * 10_000}.") is None


def test_a_text_that_repeats_itself_is_told_in_time():
    book = Book({SHARED: {"{a} {b} {c} {d} {e}x": "{a}"}}, lambda _, code: code)

    assert book.tell(" " * 3999 + "y") is None


def test_a_part_that_is_missing_is_missing_in_either():
    book = Book({SHARED: {"Pack {order}< and {more} more>.": "打包{order}<等{more}>"}}, str)

    assert [book.tell(text) for text in ("Pack 7.", "Pack 7 and 3 more.")] == ["打包7", "打包7等3"]


@pytest.mark.parametrize(
    ("header", "language"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en,zh;q=0.5", "en"), ("zh-TW", "zh"), ("", "en"),
     ("de, zh;q=0.1", "zh"), ("zh;q=0, en;q=0.1", "en"), ("*", "en"), ("x" * 9000, "en")],
)  # fmt: skip
def test_a_header_says_which_language(header, language):
    assert accepted(header) == language
