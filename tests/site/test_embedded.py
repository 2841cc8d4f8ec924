# SPDX-License-Identifier: Apache-2.0
"""The database that comes with the program, started again after whatever happened to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from threading import Timer

import psycopg
import pytest

from entrepot.site.embedded import Embedded
from tests.site.serving_kit import kill, new_home, until

#: Uses the server until it is killed.
_USE = """
import sys, time
from pathlib import Path
from entrepot.site.embedded import Embedded
Embedded(Path(sys.argv[1])).start()
print("used", flush=True)
time.sleep(60)
"""


@pytest.fixture
def server() -> Iterator[Embedded]:
    with new_home() as home:
        database = Embedded(home / "postgresql")
        database.start()
        yield database
        database.stop()


def postmaster(server: Embedded) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_it_does_not_start_beside_what_a_killed_server_left_running(server):
    """Two on the same files would ruin them: the second waits until the first's child has ended."""
    with psycopg.connect(server.url()) as connection:
        backend = connection.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        kill(postmaster(server))
        until(lambda: not server.is_running())
        let_go = Timer(1.0, os.kill, [backend, signal.SIGCONT])
        let_go.start()

        server.start()

        assert let_go.finished.is_set()
    assert server.is_running()


def test_a_number_that_another_process_has_by_now_is_not_the_servers(server):
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getppid()}\n{server.data}\n")
    (server.socket / ".s.PGSQL.5432.lock").write_text(f"{os.getppid()}\n")

    assert not server.is_running()
    server.start()
    assert server.is_running()


def test_it_runs_as_long_as_anybody_uses_it(server):
    command = [sys.executable, "-c", _USE, str(server.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"used\n"

        server.stop()

        assert server.is_running()
        other.kill()
        other.wait()
        server.stop()
        assert not server.is_running()
