# SPDX-License-Identifier: Apache-2.0
"""Reads camt.052, camt.053 and camt.054 of ISO 20022, any version: the paths of all are tried.

Versions differ where a name, a status or an agent became a choice: `Sts` or `Sts/Cd`, `Dbtr/Nm` or
`Dbtr/Pty/Nm`. The sign of an entry is that of CdtDbtInd, of a reversal too: it tells what happens
now, RvslInd that an earlier entry is taken back.
"""

from __future__ import annotations

import re
from datetime import date

from entrepot.bank.money import WHOLE_DIGITS, digits, minor_units
from entrepot.bank.parsing import Node, Stopped, parse
from entrepot.bank.tables import Balance, Batch, Entry, Money, Part, Statement
from entrepot.engine.mistakes import Mistake, shown

_NAMESPACE = re.compile(r"(?:urn:iso:std:iso:20022:tech:xsd:|urn:swift:xsd:\$?)camt\.05([234])\..*")
#: By the message: the element around all, the one of an account, and what it is.
_MESSAGES = {
    "2": ("BkToCstmrAcctRpt", "Rpt", "report"),
    "3": ("BkToCstmrStmt", "Stmt", "statement"),
    "4": ("BkToCstmrDbtCdtNtfctn", "Ntfctn", "notice"),
}
_STATUSES = {"BOOK": "booked", "PDNG": "pending", "INFO": "information", "FUTR": "future"}
#: The balances a period begins and ends with, the best first.
_OPENING = ("OPBD", "PRCD")
_CLOSING = ("CLBD", "ITBD")
_REMEDY = "Ask the bank for the file again."
_REFERENCES = (
    "EndToEndId",
    "TxId",
    "InstrId",
    "UETR",
    "PmtInfId",
    "AcctSvcrRef",
    "MndtId",
    "ChqNb",
    "ClrSysRef",
    "Prtry/Ref",
)


def read_camt(file: str, data: bytes) -> tuple[list[Statement], list[Mistake]]:
    """The statements of a message, and every mistake in it."""
    reader = _Reader(file)
    try:
        root, namespace = parse(data)
    except Stopped as stopped:
        mistake = Mistake(file, stopped.line, "", stopped.found, stopped.expected, _REMEDY)
        return [], [mistake]
    found = _NAMESPACE.fullmatch(namespace)
    kind = _MESSAGES[found[1]] if found else None
    holder = None
    if kind and root.tag == "Document":
        holder = root.find(kind[0]) or root.find(f"{kind[0]}V01")
    if kind is None or holder is None:
        what = f"{root.tag} of {shown(namespace)}"
        expected = "a Document of camt.052, camt.053 or camt.054"
        return [], [Mistake(file, root.line, "", what, expected, "Look which file it is.")]
    statements = [reader.statement(node, kind[2]) for node in holder.all(kind[1])]
    if not statements:
        reader.fault(holder, kind[1], "nothing", "a statement")
    return statements, reader.mistakes


class _Reader:
    """Gathers the mistakes of one message while it reads."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []

    def fault(self, node: Node, what: str, found: str, expected: str) -> None:
        self.mistakes.append(Mistake(self.file, node.line, what, found, expected, _REMEDY))

    def statement(self, node: Node, kind: str) -> Statement:
        balances = [(each.said("Tp/CdOrPrtry/Cd"), each) for each in node.all("Bal")]
        opening = self._balance(balances, _OPENING)
        closing = self._balance(balances, _CLOSING)
        entries = tuple(self._entry(each) for each in node.all("Ntry"))
        account = node.said("Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id")
        if not account:
            self.fault(node, "Acct/Id", "nothing", "the number of an account")
        currency = node.said("Acct/Ccy")
        if currency and currency not in digits():
            self.fault(node, "Acct/Ccy", shown(currency), "the code of a currency")
        for said in (opening, closing, *entries):
            currency = currency or (said.amount.currency if said else "")
        return Statement(
            self.file,
            node.line,
            kind,
            node.said("Id"),
            account,
            currency,
            self._whole(node, "ElctrncSeqNb") or self._whole(node, "LglSeqNb"),
            node.said("StmtPgntn/PgNb", "RptPgntn/PgNb", "NtfctnPgntn/PgNb"),
            self._day(node, "FrToDt/FrDtTm") or (opening.on if opening else None),
            self._day(node, "FrToDt/ToDtTm") or (closing.on if closing else None),
            opening,
            closing,
            entries,
            self._whole(node, "TxsSummry/TtlNtries/NbOfNtries"),
            self._sum(node, "TxsSummry/TtlCdtNtries/Sum", currency),
            self._sum(node, "TxsSummry/TtlDbtNtries/Sum", currency),
        )

    def _balance(self, balances: list[tuple[str, Node]], codes: tuple[str, ...]) -> Balance | None:
        for code in codes:
            for each, node in balances:
                if each == code:
                    amount = self._signed(node)
                    on = self._day(node, "Dt/Dt") or self._day(node, "Dt/DtTm")
                    return Balance(amount, on) if amount else None
        return None

    def _entry(self, node: Node) -> Entry:
        status = node.said("Sts/Cd", "Sts") or "BOOK"
        if status not in _STATUSES:
            self.fault(node, "Sts", shown(status), f"one of {', '.join(_STATUSES)}")
        amount = self._signed(node) or Money(0, "")
        details = list(node.all("NtryDtls/TxDtls"))
        parts = tuple(self._part(each, amount.minor < 0) for each in details)
        references = [node.said("NtryRef"), *(ref for part in parts for ref in part.references)]
        instructed, rate = self._exchange([node, *details], amount)
        only = (
            parts[0]
            if len({(p.counterparty, p.counterparty_account) for p in parts}) == 1
            else None
        )
        texts = [*(part.text for part in parts), node.said("AddtlNtryInf")]
        return Entry(
            node.line,
            self._day(node, "BookgDt/Dt") or self._day(node, "BookgDt/DtTm"),
            self._day(node, "ValDt/Dt") or self._day(node, "ValDt/DtTm"),
            amount,
            _STATUSES.get(status, "booked"),
            node.said("RvslInd") in ("true", "1"),
            node.said("AcctSvcrRef"),
            _once(references),
            only.counterparty if only else "",
            only.counterparty_account if only else "",
            " ".join(_once(texts)),
            _code(node),
            tuple(self._batch(each) for each in node.all("NtryDtls/Btch")),
            instructed,
            rate,
            tuple(c for each in [node, *details] for c in self._charges(each)),
            parts,
        )

    def _part(self, node: Node, is_debit: bool) -> Part:
        refs = node.find("Refs")
        references = [refs.said(name) for name in _REFERENCES] if refs else []
        references += [
            each.text
            for path in ("RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/RfrdDocInf/Nb")
            for each in node.all(path)
        ]
        texts = [each.text for each in node.all("RmtInf/Ustrd")]
        texts += [each.text for each in node.all("RmtInf/Strd/AddtlRmtInf")]
        texts.append(node.said("AddtlTxInf"))
        # The one on the other side: of a debit the creditor, of a credit the debtor.
        own = node.said("CdtDbtInd")
        other = "Cdtr" if (own == "DBIT" if own else is_debit) else "Dbtr"
        parties = node.find("RltdPties") or Node("", {}, node.line)
        name = parties.said(
            f"{other}/Nm",
            f"{other}/Pty/Nm",
            f"Ultmt{other}/Nm",
            f"Ultmt{other}/Pty/Nm",
            f"{other}/Agt/FinInstnId/Nm",
        )
        account = parties.said(f"{other}Acct/Id/IBAN", f"{other}Acct/Id/Othr/Id")
        amount = self._of_part(node, is_debit)
        return Part(amount, _once(references), name, account, " ".join(_once(texts)))

    def _of_part(self, node: Node, is_debit: bool) -> Money | None:
        found = node.find("Amt") or node.find("AmtDtls/TxAmt/Amt")
        if found is None or (amount := self._amount(found)) is None:
            return None
        own = node.said("CdtDbtInd")
        below = own == "DBIT" if own else is_debit
        return Money(-amount.minor if below else amount.minor, amount.currency)

    def _batch(self, node: Node) -> Batch:
        total = node.find("TtlAmt")
        amount = self._amount(total) if total else None
        if amount and node.said("CdtDbtInd") == "DBIT":
            amount = Money(-amount.minor, amount.currency)
        return Batch(
            node.said("MsgId"), node.said("PmtInfId"), self._whole(node, "NbOfTxs"), amount
        )

    def _exchange(self, nodes: list[Node], booked: Money) -> tuple[Money | None, str]:
        """What was paid in another currency or amount, and the rate; of one payment only."""
        found: list[Money] = []
        rates: list[str] = []
        for node in nodes:
            for path in ("AmtDtls/InstdAmt", "AmtDtls/TxAmt", "AmtDtls/CntrValAmt"):
                for each in node.all(path):
                    amount = each.find("Amt")
                    said = self._amount(amount) if amount else None
                    if said and said.currency != booked.currency and said.minor:
                        found.append(said)
                    rates.append(each.said("CcyXchg/XchgRate"))
        if len(nodes) > 2 or len(set(found)) > 1:
            return None, ""
        sign = -1 if booked.minor < 0 else 1
        instructed = Money(sign * found[0].minor, found[0].currency) if found else None
        return instructed, next(filter(None, rates), "")

    def _charges(self, node: Node) -> list[Money]:
        charges = []
        for each in node.all("Chrgs"):
            for one in list(each.all("Rcrd")) or [each]:
                found = one.find("Amt") or one.find("TtlChrgsAndTaxAmt")
                amount = self._amount(found) if found else None
                if amount and amount.minor:
                    sign = 1 if one.said("CdtDbtInd") == "CRDT" else -1
                    charges.append(Money(sign * amount.minor, amount.currency))
        return charges

    def _signed(self, node: Node) -> Money | None:
        found = node.find("Amt")
        amount = self._amount(found) if found else None
        if found is None:
            self.fault(node, "Amt", "nothing", "an amount")
        mark = node.said("CdtDbtInd")
        if mark not in ("CRDT", "DBIT"):
            self.fault(node, "CdtDbtInd", shown(mark), "CRDT or DBIT")
        if amount is None:
            return None
        return Money(-amount.minor if mark == "DBIT" else amount.minor, amount.currency)

    def _amount(self, node: Node) -> Money | None:
        currency = node.attributes.get("Ccy", "")
        if currency not in digits():
            self.fault(node, "Ccy", shown(currency), "the code of a currency")
            return None
        places = digits()[currency]
        minor = minor_units(node.text, places)
        if minor is None:
            expected = (
                f"an amount in {currency} with at most {places} decimals and {WHOLE_DIGITS} digits"
                " before them"
            )
            self.fault(node, node.tag, shown(node.text), expected)
            return None
        return Money(minor, currency)

    def _sum(self, node: Node, path: str, currency: str) -> int | None:
        said = node.said(path)
        if not said or currency not in digits():
            return None
        minor = minor_units(said, digits()[currency])
        if minor is None:
            self.fault(node, path, shown(said), f"a sum in {currency}")
        return minor

    def _whole(self, node: Node, path: str) -> int | None:
        said = node.said(path)
        if not said:
            return None
        if not re.fullmatch("[0-9]{1,18}", said):
            self.fault(node, path, shown(said), "a whole number")
            return None
        return int(said)

    def _day(self, node: Node, path: str) -> date | None:
        """The day as the bank's own clock shows it, whatever the zone behind it."""
        said = node.said(path)
        if not said:
            return None
        try:
            return date.fromisoformat(said[:10])
        except ValueError:
            self.fault(node, path, shown(said), "a day such as 2026-03-25")
            return None


def _code(node: Node) -> str:
    code = node.find("BkTxCd")
    if code is None:
        return ""
    of_domain = [code.said(f"Domn/{each}") for each in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return "/".join(filter(None, of_domain)) or code.said("Prtry/Cd")


def _once(texts: list[str]) -> tuple[str, ...]:
    """Texts that say something, each once, in their order."""
    return tuple(dict.fromkeys(each for each in texts if each and each != "NOTPROVIDED"))
