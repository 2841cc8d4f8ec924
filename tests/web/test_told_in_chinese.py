# SPDX-License-Identifier: Apache-2.0
"""Real refusals of the API, asked for in Chinese."""

from __future__ import annotations

import pytest

from entrepot.ledger.opening import open_items, open_places
from entrepot.people.tenancy import within
from tests.jobs.callers import Caller, new_caller

HOME = "home/NB1"
LINE = {"item": "SKU-1", "quantity": 5, "from_place": HOME, "to_place": "customer/web"}
DOCUMENT = {"kind": "sale", "number": "S-1", "on": "2026-03-01", "lines": [LINE]}
PRODUCT = {"sku": "SKU-7", "name": "Fast charger", "gtin": "4006381333932"}
ORDER = {
    "channel": "web", "number": "1001", "ordered_at": "2026-03-01T10:00:00Z",
    "promised_on": "2026-03-03", "country": "DE",
    "lines": [{"sku": "NONE", "quantity": 1, "amount": 900}], "currency": "EUR",
}  # fmt: skip

CASES = [
    ("POST", "/documents", DOCUMENT, "库存不足", "无法从 home/NB1 取出 SKU-1 5 件。",
     "现有 0 件。", "请减少数量，或先将其入库的单据入账；未作任何入账。"),
    ("POST", "/products", PRODUCT, "基础资料的字段不符合要求，逐项列出错误", "无法新增商品。",
     '国际条码：填写为"4006381333932"，应为8、12、13或14位的GTIN条码（校验位不正确）。',
     "请改正后重新发送；未作任何更改。"),
    ("POST", "/orders", ORDER, "没有该SKU的商品", "无法接收订单 1001。",
     "没有商品 NONE。", "请新增商品或改正SKU后重新发送；未接收任何订单。"),
    ("POST", "/documents", DOCUMENT | {"on": "1.3.2026"}, "发送的内容不符合要求，逐项列出错误",
     "无法处理 POST /api/v1/documents。", 'on：填写为"1.3.2026"，应为日期，写作 2026-01-02。',
     "请改正所列各项后重新发送；未作任何更改。"),
    ("GET", "/orders/00000000-0000-7000-8000-000000000000", None, "此地址没有内容",
     "无法处理 GET /api/v1/orders/00000000-0000-7000-8000-000000000000。", "没有该内容。",
     "请核对地址或编号。"),
    ("GET", "/nowhere", None, "此地址没有内容", "无法处理 GET /api/v1/nowhere。", "没有该内容。",
     "请核对地址或编号。"),
]  # fmt: skip


@pytest.fixture
def caller(desk: None) -> Caller:
    """A caller with an item and two places."""
    found = new_caller()
    with within(found.enterprise):
        open_items(["SKU-1"])
        open_places([HOME, "customer/web"])
    return found


@pytest.mark.parametrize(
    ("method", "path", "body", "title", "asked", "found", "remedy"),
    CASES,
    ids=[each[1].split("/")[1] + str(at) for at, each in enumerate(CASES)],
)
def test_a_refusal_is_told_in_chinese(caller, method, path, body, title, asked, found, remedy):
    answer = caller.ask(method, path, body, **{"Accept-Language": "zh-CN,zh;q=0.9"})

    says = answer.json()
    assert (says["title"], says["asked"], says["found"], says["remedy"]) == (
        title, asked, found, remedy,
    )  # fmt: skip
    assert says["detail"] == asked + found + remedy
    assert answer["Content-Language"] == "zh-hans"
    assert "Accept-Language" in answer["Vary"]


def test_the_same_is_english_for_whoever_does_not_ask_for_chinese(caller):
    answer = caller.post("/documents", DOCUMENT)

    assert answer.json()["found"] == "There are 0."
    assert answer["Content-Language"] == "en"


def test_faults_are_told_and_programs_read_the_same(caller):
    body = DOCUMENT | {"lines": [LINE | {"quantity": 0}, {"item": "SKU-1"}]}
    english, chinese = (
        caller.ask("POST", "/documents", body, **{"Accept-Language": tag}).json()
        for tag in ("en", "zh")
    )

    assert chinese["code"] == english["code"] == "web.faulty"
    where = [fault["at"] for fault in english["facts"]["faults"]]
    assert [fault["at"] for fault in chinese["facts"]["faults"]] == where
    assert chinese["facts"]["faults"][0] == {
        "in": "body", "at": ["lines", 0, "quantity"], "found": "0", "expected": "不小于 1 的数",
    }  # fmt: skip


def test_a_right_that_is_missing_is_named(desk):
    narrow = new_caller("book.read")

    answer = narrow.ask("GET", "/audit", **{"Accept-Language": "zh"})

    assert answer.json()["asked"] == "无权查看操作日志。"
