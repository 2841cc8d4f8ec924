# SPDX-License-Identifier: Apache-2.0
"""A command that ends keeps no connections.

A pool would go on making them to a database that is stopped, and say so.
"""

from __future__ import annotations

from django.db import connection

from entrepot.people.models import Enterprise
from entrepot.site.setting_up import let_go


def test_what_is_let_go_makes_no_more_connections_until_it_is_asked_again(desk):
    Enterprise.objects.exists()
    before = connection.pool

    let_go()

    assert before.closed
    assert connection.connection is None
    Enterprise.objects.exists()  # works again, by a pool of its own
    assert connection.pool is not before
