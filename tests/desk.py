# SPDX-License-Identifier: Apache-2.0
"""The desk for tests: a PostgreSQL of its own for each process of pytest, in a temporary folder.

Every test opens enterprises of its own, so none sees what another did: the walls see to that.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import psycopg

#: Tests need not survive a power cut.
_UNSAFE_BUT_FAST = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")


def configure() -> None:
    """Point the program at a folder of this process's own, and put Django together.

    Called before any test is imported, since models need Django when they are imported.
    """
    folder = Path(tempfile.mkdtemp(prefix="entrepot-desk-"))
    folder.chmod(0o711)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["ENTREPOT_HOME"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "entrepot.site.settings"
    for name in ("DATABASE_URL", "DATABASE_APP_URL", "ENTREPOT_HOSTS", "ENTREPOT_HTTPS"):
        os.environ.pop(name, None)
    import django

    django.setup()


def start() -> None:
    """Start the database and bring its tables up."""
    from entrepot.site.configuration import configuration
    from entrepot.site.setting_up import set_up

    found = configuration()
    found.embedded.start()
    with psycopg.connect(found.embedded.url(), autocommit=True) as server:
        for setting in _UNSAFE_BUT_FAST:
            server.execute(f"ALTER SYSTEM SET {setting}")
        server.execute("SELECT pg_reload_conf()")
    set_up(found)


def stop() -> None:
    """Stop the database."""
    from django.db import connections

    from entrepot.site.configuration import configuration

    connections.close_all()
    configuration().embedded.stop()
