# SPDX-License-Identifier: Apache-2.0
"""Put the desk together for one command: the database first, then Django over it.

Models can be imported only after that, so what a command does lies in `site.work`, which is
imported here once everything is ready.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

import django
from django.apps import apps

from entrepot.site.configuration import configuration
from entrepot.site.stopping import stop_when_asked

SETTINGS = "entrepot.site.settings"


@contextmanager
def desk(home: Path | None = None) -> Iterator[ModuleType]:
    """The desk over a database that is there; that of the program is stopped by its last user.

    Args:
        home: the data folder, where it is not the one that the environment names.

    Returns:
        `site.work`.

    Raises:
        Misconfigured: what was set cannot be used.
        NoDatabase: there is no database, and none can be started.
        DatabaseUnfit: the database, or the role, is not one to work with.
    """
    if home is not None:
        os.environ["ENTREPOT_HOME"] = str(home.absolute())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    found = configuration()
    # Asked to stop before it runs: what was started for it is stopped all the same.
    stop_when_asked()
    try:
        found.make_folder()
        if found.is_embedded:
            found.embedded.start()
        django.setup()
        import_module("entrepot.site.setting_up").set_up(found)
        yield import_module("entrepot.site.work")
    finally:
        if apps.ready:
            import_module("entrepot.site.setting_up").let_go()
        if found.is_embedded:
            found.embedded.stop()
