# SPDX-License-Identifier: Apache-2.0
"""Bank entries of the desk as rows of the season's table `bank`: whose money each is.

A credit that was matched is of its payouts; one that was not is `other`, which a close tells.
Debits that belong to no payout are `spent`, and what an account held before its first statement is
its `opening`: so that it holds in the close what it holds at the bank.

- One payout: the entry is of it. What was put down to a fee of the bank is a row of its own, so
  that all of the payout came.
- Several payouts in one entry: a row each, and what is left is a fee or `other`.
- In another currency than its settlement: what was exchanged is the payout, split by position over
  several entries, or the entry split over several payouts.
"""

from __future__ import annotations

from typing import Final

_ISO: Final = "unnest(%(currencies)b::text[], %(digits)s::int[]) AS {} (currency, digits)"

#: Entries that count, numbered so that no two of an account have one number.
_ENTRIES: Final = f"""
    SELECT l.id, l.account, l.currency, l.text,
        round(l.amount / 10::numeric ^ iso.digits, 2) AS amount,
        coalesce(l.booked_on, l.dated_on) AS booked_on, i.match_id, l.reference,
        CASE WHEN l.reference <> '' AND count(*) OVER same = 1 THEN l.reference
            ELSE coalesce(nullif(l.reference, ''), 'entry') || ' ' || l.id END AS entry_no
    FROM reconciling_bankline AS l
    JOIN {_ISO.format("iso")} ON iso.currency = l.currency
    LEFT JOIN reconciling_item AS i ON i.enterprise_id = l.enterprise_id AND i.stage = 'bank'
        AND i.subject = l.id::text
    WHERE l.enterprise_id = %(enterprise)s
        AND l.aside IN ('', 'debit')
    WINDOW same AS (PARTITION BY l.account, l.reference)
"""
#: Payouts of matches, with all that they come to and what comes before each.
_PAYOUTS: Final = f"""
    SELECT i.match_id, p.channel, p.settlement_no, p.currency,
        round(p.amount / 10::numeric ^ iso.digits, 2) AS amount,
        count(*) OVER of_match AS payouts,
        row_number() OVER (in_order) - 1 AS at,
        sum(round(p.amount / 10::numeric ^ iso.digits, 2)) OVER of_match AS whole,
        sum(round(p.amount / 10::numeric ^ iso.digits, 2)) OVER (in_order) AS upto
    FROM reconciling_item AS i
    JOIN reconciling_payout AS p ON p.enterprise_id = i.enterprise_id AND p.id::text = i.subject
    JOIN {_ISO.format("iso")} ON iso.currency = p.currency
    WHERE i.enterprise_id = %(enterprise)s AND i.stage = 'payout' AND i.match_id IS NOT NULL
        AND p.amount IS NOT NULL
    WINDOW of_match AS (PARTITION BY i.match_id),
        in_order AS (PARTITION BY i.match_id ORDER BY p.channel, p.settlement_no)
"""
#: Every entry beside every payout of its match.
_PAIRS: Final = f"""
    WITH entries AS ({_ENTRIES}), payouts AS ({_PAYOUTS}), placed AS (
        SELECT *, count(*) OVER of_match AS entries,
            sum(amount) OVER of_match AS came, sum(amount) OVER in_order AS came_upto
        FROM entries
        WINDOW of_match AS (PARTITION BY match_id),
            in_order AS (PARTITION BY match_id ORDER BY booked_on, account, entry_no)
    )
    SELECT e.*, p.channel, p.settlement_no, p.payouts, coalesce(p.at, 0) AS at, p.whole, p.upto,
        p.currency AS own_currency, p.amount AS own, m.difference_as, m.reason,
        p.currency <> e.currency AS is_exchanged,
        (p.amount > 0) = (e.amount > 0) AS is_alike
    FROM placed AS e
    LEFT JOIN payouts AS p USING (match_id)
    LEFT JOIN reconciling_match AS m ON m.enterprise_id = %(enterprise)s AND m.id = e.match_id
"""
#: By position, so that the parts of an amount sum to it.
_GIVEN: Final = """
    round(own * came_upto / came, 2) - round(own * (came_upto - amount) / came, 2)
"""
_OF_ENTRY: Final = """
    round(amount * upto / whole, 2) - round(amount * (upto - own) / whole, 2)
"""
_COLUMNS: Final = """
    account, entry_no, line_no, booked_on, kind, currency, part AS amount, channel, settlement_no,
    NULL AS payee, of_currency, of_amount, reference
"""

#: Of each account and currency, what its first statement begins with.
_OPENINGS: Final = f"""
    SELECT account, 'opening ' || currency, 0, least(begins_on, first_on), 'opening', currency,
        round(opening / 10::numeric ^ digits, 2), NULL, NULL, NULL, NULL, NULL, NULL
    FROM (
        SELECT DISTINCT ON (s.account, s.currency) s.account, s.currency, iso.digits, s.opening,
            s.begins_on, l.first_on
        FROM reconciling_bankstatement AS s
        JOIN (SELECT account, currency, min(coalesce(booked_on, dated_on)) AS first_on
            FROM reconciling_bankline
            WHERE enterprise_id = %(enterprise)s AND aside IN ('', 'debit')
            GROUP BY account, currency) AS l ON (l.account, l.currency) = (s.account, s.currency)
        JOIN {_ISO.format("iso")} ON iso.currency = s.currency
        WHERE s.enterprise_id = %(enterprise)s AND s.opening IS NOT NULL
        ORDER BY s.account, s.currency, least(s.begins_on, s.ends_on), s.number, s.row
    ) AS firsts
    WHERE opening <> 0
"""

BANK: Final = f"""
    WITH pairs AS ({_PAIRS}), parts AS (
        SELECT account, entry_no, at AS line_no, booked_on, currency, amount, difference_as,
            CASE WHEN settlement_no IS NOT NULL AND is_alike THEN 'payout'
                WHEN match_id IS NULL AND amount < 0 THEN 'spent' ELSE 'other' END AS kind,
            CASE WHEN settlement_no IS NULL OR NOT is_alike THEN amount
                WHEN payouts > 1 AND is_exchanged THEN {_OF_ENTRY}
                WHEN payouts > 1 THEN own
                WHEN NOT is_exchanged AND entries = 1 AND difference_as = 'fee' THEN own
                ELSE amount END AS part,
            CASE WHEN is_alike THEN channel END AS channel,
            CASE WHEN is_alike THEN settlement_no END AS settlement_no,
            CASE WHEN is_alike AND is_exchanged THEN own_currency END AS of_currency,
            CASE WHEN is_alike AND is_exchanged AND payouts > 1 THEN own
                WHEN is_alike AND is_exchanged THEN {_GIVEN} END AS of_amount,
            left(coalesce(nullif(reason, ''), nullif(text, '')), 200) AS reference
        FROM pairs
    ), rests AS (
        SELECT account, entry_no, max(line_no) + 1 AS line_no, booked_on, currency,
            amount - sum(part) AS part,
            CASE WHEN max(difference_as) = 'fee' THEN 'fee' ELSE 'other' END AS kind
        FROM parts GROUP BY account, entry_no, booked_on, currency, amount
        HAVING amount <> sum(part)
    )
    SELECT {_COLUMNS} FROM parts
    UNION ALL
    {_OPENINGS}
    UNION ALL
    SELECT account, entry_no, line_no, booked_on, kind, currency, part, NULL, NULL, NULL, NULL,
        NULL, NULL
    FROM rests
    ORDER BY 1, 2, 3
"""
HAS_BANK: Final = """
    SELECT EXISTS (SELECT FROM reconciling_bankline WHERE enterprise_id = %(enterprise)s)
"""
#: What was sent of an account that the desk reads is not taken: it would be counted twice.
ACCOUNTS_KNOWN: Final = """
    SELECT DISTINCT account FROM reconciling_bankline WHERE enterprise_id = %(enterprise)s
"""
