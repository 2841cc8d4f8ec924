# SPDX-License-Identifier: Apache-2.0
"""A folder in which all processes of a desk count together, for `/metrics`.

The library that counts looks for it once, when it is imported: so it is made before Django is put
together, and this module imports nothing of it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: The variable by which prometheus-client knows that processes count together.
FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def counting_together() -> Iterator[None]:
    """Have this process, and those that it starts, count in one folder, which goes in the end."""
    with tempfile.TemporaryDirectory(prefix="entrepot-counting-") as folder:
        os.environ[FOLDER] = folder
        yield
