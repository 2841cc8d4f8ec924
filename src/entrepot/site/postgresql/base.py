# SPDX-License-Identifier: Apache-2.0
"""Django's PostgreSQL, where a database that was started anew is met without delay.

The pool would find its connections broken one by one, and wait longer after each.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for how a connection is taken from the pool."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that works; where the one at hand does not, all others are made anew."""
        found = super().get_new_connection(conn_params)
        pool = self.pool
        if not pool:
            return found
        try:
            ConnectionPool.check_connection(found)
        except psycopg.OperationalError:
            pool.putconn(found)
            pool.drain()
            found = super().get_new_connection(conn_params)
        return found
