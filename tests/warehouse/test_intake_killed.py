# SPDX-License-Identifier: Apache-2.0
"""A worker killed in the middle of an import, again and again: nothing lost, nothing twice."""

from __future__ import annotations

import io
import time

from entrepot.jobs import actions as jobs
from entrepot.jobs.models import DONE, ENDS, FAILED, RUNNING
from entrepot.ledger.opening import open_items
from entrepot.people.tenancy import within
from entrepot.warehouse.intake import actions
from entrepot.warehouse.intake.work import FileIn, take_over
from entrepot.warehouse.models import Order, OrderFile, OrderLine, TakenOrder
from tests.jobs.working import state, until, until_state, working
from tests.warehouse.floor import A1, check_reserved, open_floor, stock

COUNT = 12_000
HEADING = "channel,number,ordered_at,country,currency,sku,quantity,amount,recipient\n"


def test_an_import_whose_workers_are_killed_brings_every_order_once(enterprise):
    open_floor(enterprise)
    stock(enterprise, A1, COUNT)
    with within(enterprise):
        open_items(["EUR"], "money", 2)
    lines = (f"shop,{n},2026-03-01,DE,EUR,SKU-1,1,9.9,Ada {n}\n" for n in range(COUNT))
    content = (HEADING + "".join(lines)).encode()
    with within(enterprise):
        file = actions.upload("orders.csv", io.BytesIO(content)).id
        actions.preview(file)
        job = jobs.start(take_over, FileIn(source=file)).id

    killed = 0
    for wait in (0.1, 0.6, 1.2):
        with working(stalled=1.0) as worker:
            until(lambda: state(enterprise, job).state in (RUNNING, *ENDS))
            time.sleep(wait)
            worker.kill()
            worker.wait()
            killed += state(enterprise, job).state == RUNNING
        with within(enterprise):
            assert Order.objects.count() in (0, COUNT)
    with working(stalled=1.0) as worker:
        found = until_state(enterprise, job, DONE, FAILED)
        assert (found.state, found.problem) == (DONE, None)
        until(lambda: allocated(enterprise, file) > 0)
        worker.kill()
        worker.wait()
    with working(stalled=1.0):
        until(lambda: allocated(enterprise, file) == COUNT)

    assert killed
    with within(enterprise):
        assert Order.objects.count() == TakenOrder.objects.count() == COUNT
        assert OrderLine.objects.filter(allocated=1).count() == COUNT
    check_reserved(enterprise)


def allocated(enterprise, file):
    with within(enterprise):
        return OrderFile.objects.get(id=file).allocated
