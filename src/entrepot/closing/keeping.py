# SPDX-License-Identifier: Apache-2.0
"""Keep what a close wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from entrepot.closing.models import Close, ClosedFile
from entrepot.errors import Refused

#: Bytes of one file that are kept; larger closes are made with `entrepot export-season`.
MOST_BYTES: Final = 256 * 1024 * 1024


class TooLargeToKeep(Refused):
    """A close whose tables are larger than the desk keeps."""

    code = "closing.too_large"


def take_over(
    close: UUID, folder: Path, run: Mapping[str, Any], stock: Mapping[str, object]
) -> None:
    """Keep what a close wrote, and say that it is done.

    Raises:
        TooLargeToKeep: a file is larger than the desk keeps.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file())
    if large := [path for path in files if path.stat().st_size > MOST_BYTES]:
        raise TooLargeToKeep(
            "Cannot keep the close.",
            f"{large[0].name} has {large[0].stat().st_size:,} bytes; the desk keeps files of"
            f" {MOST_BYTES:,}.",
            "Write the season with entrepot export-season, and close it with entrepot close.",
        )
    for path in files:
        content = path.read_bytes()
        ClosedFile.objects.create(
            close_id=close,
            name=path.name,
            content=content,
            sha256=hashlib.sha256(content).digest(),
        )
    Close.objects.filter(id=close).update(
        closed_at=timezone.now(), summary=run["summary"], stock=dict(stock)
    )
