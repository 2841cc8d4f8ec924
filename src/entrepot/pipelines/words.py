# SPDX-License-Identifier: Apache-2.0
"""What a close says on a terminal, in English and Chinese."""

from __future__ import annotations

LANGUAGES = ("en", "zh")

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "closed": "{name}, closed for {as_of}",
        "units": "Units",
        "sold": "sold",
        "unsold": "unsold",
        "scrapped": "scrapped",
        "lost": "lost",
        "sent_home": "sent home",
        "in_transit": "in transit",
        "refund": "VAT refund (CNY)",
        "refundable": "refundable on everything covered",
        "refundable_on_sold": "refundable on what is sold",
        "claimed": "claimed",
        "advanced": "advanced, less what was settled",
        "open_advance": "advances still open",
        "due": "Due (CNY)",
        "by": "by {day}",
        "now": "now",
        "advance.overdue": "overdue advances: the tax office recovers them",
        "advance.confirm": "advances to confirm, no adjustment",
        "advance.adjust": "advances to adjust: reverse in full, claim what is sold",
        "advance.waiting": "advances to reconcile, goods not all sold",
        "item.claim": "items to claim",
        "item.late": "items to claim late, before they lapse",
        "item.lapsed": "items lapsed: taxed as a domestic sale",
        "item.pay_back": "items to pay back",
        "item.claim_advance": "items that may claim an advance refund",
        "exceptions": "Exceptions",
        "left_out": "Left out, dated after {as_of}: {tables}",
        "of": "{rows:,} of {table}",
        "tables": "The tables lie in {out}",
    },
    "zh": {
        "closed": "{name}，结账日 {as_of}",
        "units": "数量（件）",
        "sold": "已售",
        "unsold": "未售",
        "scrapped": "报废",
        "lost": "丢失",
        "sent_home": "退运回国",
        "in_transit": "在途",
        "refund": "出口退税（人民币元）",
        "refundable": "已取得发票部分的应退税额",
        "refundable_on_sold": "已售部分的应退税额",
        "claimed": "已申报（正常退税）",
        "advanced": "出口预退税净额（已核算部分扣除）",
        "open_advance": "尚未核算的预退税",
        "due": "待办事项（人民币元）",
        "by": "{day} 前",
        "now": "即办",
        "advance.overdue": "笔预退税逾期未核算：由税务机关追回",
        "advance.confirm": "笔预退税待确认：无需调整申报",
        "advance.adjust": "笔预退税待调整：全额冲减后按实际销售申报",
        "advance.waiting": "笔预退税待核算：货物尚未售完",
        "item.claim": "项待申报退税",
        "item.late": "项已过申报期：须在视同内销前申报",
        "item.lapsed": "项已超过期限：视同内销征税",
        "item.pay_back": "项须缴回税款",
        "item.claim_advance": "项可申报出口预退税",
        "exceptions": "异常",
        "left_out": "未计入（日期晚于 {as_of}）：{tables}",
        "of": "{table} {rows:,} 行",
        "tables": "结果表位于 {out}",
    },
}


def language(asked: str | None, environment: str) -> str:
    """The language asked for, else Chinese where the environment's locale is, else English."""
    return asked or ("zh" if environment.lower().startswith("zh") else "en")
