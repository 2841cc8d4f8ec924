# SPDX-License-Identifier: Apache-2.0
"""The board of the reconciliation and the lists behind its numbers, with millions of open items."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Final
from uuid import UUID

from django.test import Client

from benchmarks.desk import book
from benchmarks.measure import Line, say
from entrepot.people.access import CHOSEN
from entrepot.people.actions import open_account, open_enterprise
from entrepot.people.database import raw_cursor
from entrepot.people.tenancy import within
from entrepot.people.walled import new_id
from entrepot.reconciling.auditing import differences

#: Most seconds of the slowest twentieth of the board, and of a list behind a number.
BOARD, LIST = 0.3, 0.2
TIMES: Final = 40
#: Rows of one statement: as many as a large import of a day.
_BATCH: Final = 500_000
#: Six stages in four currencies over two years; one in eleven is proven.
_FILL: Final = """
    INSERT INTO reconciling_item (enterprise_id, id, stage, subject, number, channel, opened_on,
        currency, amount, state, found, ended_on)
    SELECT %(enterprise)s, gen_random_uuid(), stage, gen_random_uuid()::text, 'N-' || n, 'a-us',
        current_date - (n * 7919 %% 730)::int, (ARRAY['USD', 'EUR', 'GBP', 'JPY'])[1 + n / 6 %% 4],
        100 + n %% 100000, CASE WHEN n %% 11 = 0 THEN 'proven' ELSE 'open' END,
        CASE WHEN n %% 11 = 0 THEN '' ELSE found END,
        CASE WHEN n %% 11 = 0 THEN current_date END
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
    JOIN (VALUES (0, 'shipped', 'no_settlement'), (1, 'settled', 'no_order'),
        (2, 'settled', 'not_paid_out'), (3, 'payout', 'not_arrived'), (4, 'bank', 'no_payout'),
        (5, 'shipped', 'no_settlement')) AS s (kind, stage, found) ON s.kind = n %% 6
"""
_PAGES: Final = {
    "the board": "/money/",
    "list: of a stage": "/money/items/shipped/?currency=USD",
    "list: over 90 days old": "/money/items/shipped/?currency=USD&age=90%2B",
    "list: of the last week": "/money/items/settled/?currency=JPY&age=0-7",
    "list: of one cause": "/money/items/settled/?currency=EUR&found=no_order",
    "list: proven": "/money/items/bank/?currency=GBP&state=proven",
    "list: by number": "/money/items/shipped/?currency=USD&number=N-600005",
    "left to match": "/money/match/",
}


def measure(items: int) -> Iterator[Line]:
    """The board and each list, asked for again and again, and how long an import waits for it."""
    user = open_account(f"{new_id().hex}@example.com", "correct horse battery")
    enterprise = open_enterprise("Benchmark of the board", user).enterprise
    say(f"A board of {items:,} items")
    last = _fill(enterprise, items)
    logging.disable(logging.INFO)  # a line a request, which a server writes elsewhere
    client = Client(headers={"Host": "localhost"})
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session[CHOSEN] = str(enterprise)
    session.save()
    for name, path in _PAGES.items():
        seconds = sorted(_asked(client, path) for _ in range(TIMES))
        bound = BOARD if path == "/money/" else LIST
        yield Line(f"p95 of {name}", seconds[int(TIMES * 0.95)], 0, bound)
    with within(enterprise):
        begun = time.perf_counter()
        found = differences()
        assert found == []
        yield Line("recounted from scratch", time.perf_counter() - begun, 0, 120)
    yield Line(f"{_BATCH:,} items added, tallied", last, 0, 120)


def _fill(enterprise: UUID, items: int) -> float:
    """Add so many items; the seconds of the last statement."""
    seconds = 0.0
    for first in range(0, items, _BATCH):
        begun = time.perf_counter()
        given = {
            "enterprise": enterprise, "first": first, "last": min(first + _BATCH, items) - 1,
        }  # fmt: skip
        with within(enterprise), raw_cursor() as cursor:
            cursor.execute(_FILL, given)
        seconds = time.perf_counter() - begun
    with book.owner() as owner:
        owner.autocommit = True
        owner.execute("VACUUM ANALYZE reconciling_item")
        owner.execute("VACUUM ANALYZE reconciling_tally")
    return seconds


def _asked(client: Client, path: str) -> float:
    begun = time.perf_counter()
    answer = client.get(path)
    taken = time.perf_counter() - begun
    assert answer.status_code == 200, answer.content
    return taken
