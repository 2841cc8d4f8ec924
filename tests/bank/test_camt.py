# SPDX-License-Identifier: Apache-2.0
"""camt messages: what is read of them, and how they foot."""

from __future__ import annotations

import pytest

from entrepot.bank.actions import bank_report, read_bank
from entrepot.bank.mistakes import Contradicting, Unreadable
from entrepot.bank.tables import Money
from tests.bank.kit import DATA, EXAMPLES, bal, camt, codes, ntry, put, read, report

SAMPLES = DATA / "camt" / "test" / "data"
needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="no camt: set ENTREPOT_DATA to the folder of real data"
)
#: What does not fit in the published samples; all that are not named here foot without a word.
SAID = {
    "camt052": {"no_balances"},
    "camt052.v4.xml": {"no_balances", "pending"},
    "camt052.v6.Amt-zero.xml": {"no_balances", "pending"},
    "camt052.v6.xml": {"no_balances", "pending"},
    "camt054": {"no_balances"},
    "camt053.v2.all-balance-types.xml": {"not_footed"},
    "camt053.v2.five.decimals.xml": {"not_footed"},
    "camt053.v2.with-account-name.xml": {"balance_missing"},
    "camt53.only-Dt-with-DtTm.xml": {"balance_missing"},
    "camt053.v2.multi.statement.xml": set(),
    "camt053": {"other_currency"},
}


@needs_samples
def test_every_published_sample_foots_or_says_why_not():
    looked = 0
    for path in sorted(SAMPLES.glob("*.xml")):
        if path.name == "camt053.v2.wrong.xml":
            continue
        found = bank_report(path, "camt", None, "")
        expected = SAID.get(path.name, SAID.get(path.name[:7]))
        assert set(found["exceptions"]["counts"]) == expected, path.name
        assert all(each["account"] for each in found["statements"])
        looked += 1
    assert looked >= 25


@needs_samples
def test_a_sample_without_a_statement_is_refused():
    with pytest.raises(Unreadable, match=r"wrong\.xml:3, Stmt: found nothing"):
        read_bank(SAMPLES / "camt053.v2.wrong.xml", "camt")


@needs_samples
def test_the_residual_of_a_sample_is_told_to_the_cent():
    (finding,) = read_bank(SAMPLES / "camt053.v2.five.decimals.xml", "camt").findings

    assert finding.minor == 5
    assert finding.found == "18.15 and entries of 8.85 do not come to 27.05 EUR."


def test_the_examples_foot():
    found = read_bank(EXAMPLES / "camt", "camt")

    assert codes(found) == ["pending"]


def test_only_what_is_booked_counts(tmp_path):
    entries = [ntry("5.00"), ntry("7.00", status="PDNG"), ntry("9.00", status="INFO")]
    found = report(tmp_path, a=camt(bal("OPBD", "1.00"), bal("CLBD", "6.00"), *entries))

    (statement,) = found["statements"]
    assert statement["residual"] == "0.00"
    assert [e["status"] for e in statement["entries"]] == ["booked", "pending", "information"]


def test_a_reversal_has_the_sign_of_what_happens_now(tmp_path):
    back = ntry("5.00", "DBIT", inside="<RvslInd>true</RvslInd>")
    again = ntry("2.00", "CRDT", inside="<RvslInd>true</RvslInd>")
    found = read(tmp_path, a=camt(bal("PRCD", "5.00"), bal("CLBD", "2.00"), back, again))

    assert [e.amount.minor for e in found.statements[0].entries] == [-500, 200]
    assert all(e.is_reversal for e in found.statements[0].entries)
    assert not codes(found)


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [("JPY", "1000", 1000), ("JPY", "1000.00", 1000), ("KWD", "1.234", 1234), ("EUR", "1.5", 150)],
)
def test_amounts_have_the_decimals_of_their_currency(tmp_path, currency, text, minor):
    found = read(tmp_path, a=camt(ntry(text, currency=currency), message="054"))

    assert found.statements[0].entries[0].amount == Money(minor, currency)


def test_an_entry_tells_exchange_charges_batch_and_who_paid(tmp_path):
    inside = """
        <AcctSvcrRef>B1</AcctSvcrRef>
        <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>XBCT</SubFmlyCd></Fmly></Domn></BkTxCd>
        <AmtDtls><InstdAmt><Amt Ccy="USD">20.00</Amt>
          <CcyXchg><XchgRate>0.5</XchgRate></CcyXchg></InstdAmt></AmtDtls>
        <Chrgs><Rcrd><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs>
        <NtryDtls><Btch><NbOfTxs>1</NbOfTxs><TtlAmt Ccy="EUR">10.00</TtlAmt></Btch><TxDtls>
          <Refs><EndToEndId>E2E-1</EndToEndId></Refs>
          <RltdPties><Dbtr><Pty><Nm>Payer</Nm></Pty></Dbtr>
            <DbtrAcct><Id><IBAN>NL1</IBAN></Id></DbtrAcct></RltdPties>
          <RmtInf><Ustrd>Payout 1</Ustrd><Ustrd>of March</Ustrd></RmtInf>
        </TxDtls></NtryDtls>"""
    found = read(tmp_path, a=camt(ntry("9.00", inside=inside), message="054"))

    (entry,) = found.statements[0].entries
    assert (entry.reference, entry.references, entry.bank_code) == (
        "B1",
        ("E2E-1",),
        "PMNT/RCDT/XBCT",
    )
    assert (entry.counterparty, entry.counterparty_account) == ("Payer", "NL1")
    assert entry.text == "Payout 1 of March"
    assert (entry.instructed, entry.rate) == (Money(2000, "USD"), "0.5")
    assert entry.charges == (Money(-100, "EUR"),)
    assert (entry.batches[0].count, entry.batches[0].total) == (1, Money(1000, "EUR"))


def test_a_gap_between_statements_is_told(tmp_path):
    first = camt(bal("OPBD", "0"), bal("CLBD", "10.00"), ntry(), identity="A", ends="2026-03-31")
    later = camt(
        bal("OPBD", "12.00"), bal("CLBD", "12.00"), identity="C", number="3", ends="2026-05-31"
    )
    found = read(tmp_path, a=first, c=later)

    assert codes(found) == ["number_missing", "chain_broken"]
    assert found.findings[1].minor == 200


def test_numbers_may_begin_anew_with_the_year(tmp_path):
    old = camt(bal("OPBD", "1"), bal("CLBD", "1"), identity="A", number="12", ends="2025-12-31")
    new = camt(bal("OPBD", "1"), bal("CLBD", "1"), identity="B", number="1", ends="2026-01-31")

    assert not codes(read(tmp_path, a=old, b=new))


def test_the_same_file_and_the_same_statement_count_once(tmp_path):
    text = camt(bal("OPBD", "0"), bal("CLBD", "10.00"), ntry())
    found = read(tmp_path, a=text, b=text, c=text.replace("<Ntry>", "\n<Ntry>"))

    assert len(found.statements) == 1
    assert [each["left"] for each in found.given_twice] == ["b.xml", "c.xml"]
    assert not found.findings


def test_two_statements_of_one_number_that_differ_are_refused(tmp_path):
    one = camt(bal("OPBD", "0"), bal("CLBD", "10.00"), ntry())
    with pytest.raises(Contradicting, match=r"b\.xml:1: found another statement S1"):
        read(tmp_path, a=one, b=one.replace("10.00", "11.00"))


def test_an_entry_of_two_statements_is_told(tmp_path):
    entry = ntry(inside="<AcctSvcrRef>B1</AcctSvcrRef>")
    one = camt(bal("OPBD", "0"), bal("CLBD", "10.00"), entry, identity="A")
    two = camt(
        bal("OPBD", "10.00"), bal("CLBD", "20.00"), entry, identity="B", number="2",
        ends="2026-04-30",
    )  # fmt: skip

    assert codes(read(tmp_path, a=one, b=two)) == ["repeated_entry"]


def test_a_notice_of_a_day_with_a_statement_is_covered(tmp_path):
    statement = camt(bal("OPBD", "0"), bal("CLBD", "10.00"), ntry())
    found = read(tmp_path, a=statement, b=camt(ntry(), message="054", identity="N"))

    assert codes(found) == ["no_balances", "covered"]


def test_what_the_bank_counts_is_compared(tmp_path):
    summary = (
        "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries>"
        "<TtlCdtNtries><Sum>12.00</Sum></TtlCdtNtries></TxsSummry>"
    )
    found = read(tmp_path, a=camt(bal("OPBD", "0"), bal("CLBD", "10.00"), summary, ntry()))

    assert codes(found) == ["count_differs", "count_differs"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (">10.00<", ">10.001<", "at most 2 decimals"),
        (">10.00<", ">-10.00<", "an amount in EUR"),
        (">10.00<", ">1e3<", "an amount in EUR"),
        (">10.00<", ">١٠<", "an amount in EUR"),
        ('Ccy="EUR">10', 'Ccy="XYZ">10', "the code of a currency"),
        ("CRDT", "PLUS", "CRDT or DBIT"),
        ("<Cd>BOOK", "<Cd>MAYBE", "one of BOOK"),
        ("2026-03-05", "2026-13-05", "a day such as"),
        ("<IBAN>DE1</IBAN>", "", "the number of an account"),
        ("</Document>", "", "a whole XML message"),
        ("camt.054", "pain.001", "a Document of camt"),
    ],
)
def test_what_is_broken_is_refused_with_its_line(tmp_path, old, new, told):
    text = camt(ntry(), message="054")
    assert old in text
    with pytest.raises(Unreadable, match=r"a\.xml:1") as refused:
        read(tmp_path, a=text.replace(old, new))
    assert told in str(refused.value)


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path):
    bad = camt(ntry("x"), ntry("y"), message="054")
    with pytest.raises(Unreadable) as refused:
        read(tmp_path, a=bad, b=bad.replace("S1", "S2"))
    assert refused.value.facts["count"] == 4


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "/etc/passwd">]>'


@pytest.mark.parametrize("type_", [BOMB, OUTSIDE, '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd">'])
def test_a_document_type_is_refused(tmp_path, type_):
    with pytest.raises(Unreadable, match="document type"):
        read(tmp_path, a=type_ + camt(ntry("&c;")))


def test_too_deep_and_too_large_are_refused(tmp_path, monkeypatch):
    with pytest.raises(Unreadable, match="within each other"):
        read(tmp_path, a="<a>" * 5000 + "</a>" * 5000)
    monkeypatch.setattr("entrepot.bank.parsing.MOST", 10)
    with pytest.raises(Unreadable, match="more than 10 elements"):
        read(tmp_path, a=camt(ntry()))
    monkeypatch.setattr("entrepot.bank.actions.LARGEST", 100)
    with pytest.raises(Unreadable, match="larger file"):
        read(tmp_path, a=camt(ntry()))


def test_an_encoding_that_is_not_known_is_refused(tmp_path):
    (tmp_path / "a.xml").write_bytes(b'<?xml version="1.0" encoding="utf-9"?><a/>')
    with pytest.raises(Unreadable, match=r"a\.xml:1"):
        read_bank(put(tmp_path), "camt")
