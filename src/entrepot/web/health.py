# SPDX-License-Identifier: Apache-2.0
"""Whether the program is alive, and whether it can work: for whatever starts and watches it."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

#: Bytes that have to be free where the data lies.
LEAST_FREE: Final = 256 * 1024 * 1024


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers. Asks nothing of anybody else."""
    return JsonResponse({"alive": True})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether the database answers, has the tables of this version, and the disk has room."""
    found = {"database": _database_answers(), "migrations": False, "disk": _disk_has_room()}
    found["migrations"] = found["database"] and _is_migrated()
    return JsonResponse(found, status=200 if all(found.values()) else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _is_migrated() -> bool:
    return _wanted() <= MigrationRecorder(connection).applied_migrations().keys()


@cache
def _wanted() -> set[tuple[str, str]]:
    """What has to be applied: the last migration of each app. It is read from files, so once."""
    return set(MigrationLoader(None, ignore_no_migrations=True).graph.leaf_nodes())


def _disk_has_room() -> bool:
    folder: Path = settings.DATA_FOLDER
    return shutil.disk_usage(folder).free >= LEAST_FREE
