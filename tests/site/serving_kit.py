# SPDX-License-Identifier: Apache-2.0
"""A desk for tests as people run it: `entrepot serve`, in processes and a folder of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

ENTREPOT = [sys.executable, "-c", "from entrepot.cli import main; main()"]
#: Prints an enterprise and a token of its owner.
_OPEN = """
import json
from importlib import import_module
from entrepot.site.starting import desk
with desk():
    caller = import_module("tests.jobs.callers").new_caller()
    print(json.dumps({"enterprise": str(caller.enterprise), "token": caller.token}))
"""
ANSWERS = "The desk answers on "
_LONGEST = 40.0
#: The first start makes a database and all its tables, beside whatever else runs.
_LONGEST_START = 180.0
_NOT_INHERITED = (
    "DATABASE_URL", "DATABASE_APP_URL", "ENTREPOT_HOSTS", "ENTREPOT_HTTPS", "ENTREPOT_MAIL",
    "ENTREPOT_PROXY", "ENTREPOT_LOG", "ENTREPOT_METRICS_TOKEN",
)  # fmt: skip


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@contextmanager
def new_home() -> Iterator[Path]:
    """A data folder for a while, reached by the database's user too, where tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="entrepot-served-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        for pid in processes_of(folder):
            kill(pid)
        until(lambda: not processes_of(folder))
        shutil.rmtree(folder)


@dataclass
class Served:
    """A desk in a folder, and how to reach it."""

    home: Path
    port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(maxsize=16, retries=False, timeout=20)
    )

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        return kept | {
            "ENTREPOT_HOME": str(self.home), "PYTHONPATH": os.getcwd(), "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "entrepot.site.settings", **self.settings,
        }  # fmt: skip

    @property
    def printed(self) -> str:
        """What it printed, errors included."""
        printed = self.home / "printed"
        return printed.read_text(encoding="utf-8") if printed.exists() else ""

    def begin(self, *options: str) -> subprocess.Popen[bytes]:
        """Start `entrepot serve`, and do not wait for it."""
        self.starts = self.printed.count(ANSWERS)
        command = [*ENTREPOT, "serve", f"--port={self.port}", "--workers=2", *options]
        with (self.home / "printed").open("ab") as printed:
            self.process = subprocess.Popen(
                command, env=self.environment, stdout=printed, stderr=printed,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        return self.process

    def start(self) -> None:
        """Start it where it does not run, and wait until it is ready."""
        if self.process is None or self.process.poll() is not None:
            self.begin()
        until(self._is_ready, _LONGEST_START)

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.printed
        return self.printed.count(ANSWERS) > self.starts and self.answers("/readyz")

    def answers(self, path: str) -> bool:
        try:
            return self.http.request("GET", self.at(path), timeout=10).status < 400
        except urllib3.exceptions.HTTPError:
            return False

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop, and wait for that; the exit code."""
        assert self.process is not None
        self.process.send_signal(with_signal)
        return self.process.wait(_LONGEST)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command of `entrepot` on this desk."""
        return self._run([*ENTREPOT, *arguments])

    def open_enterprise(self) -> dict[str, str]:
        """An enterprise and a token for everything in it."""
        found: dict[str, str] = self.python(_OPEN)
        return found

    def python(self, program: str) -> Any:
        """What a program prints as JSON that runs on this desk."""
        done = self._run([sys.executable, "-c", program])
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip

    def processes(self) -> dict[int, str]:
        """Everything that runs for this desk: pid and command line."""
        return processes_of(self.home)


@contextmanager
def served(**settings: str) -> Iterator[Served]:
    """A desk that is not started yet; in the end nothing of it runs."""
    with new_home() as home:
        desk = Served(home, settings=settings)
        try:
            yield desk
        finally:
            desk.http.clear()
            if desk.process is not None and desk.process.poll() is None:
                desk.process.kill()
                desk.process.wait()


def processes_of(home: Path) -> dict[int, str]:
    """Every process that has the folder in its command line, its environment or as its place."""
    sought = os.fsencode(home)
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal() or int(folder.name) == os.getpid():
            continue
        try:
            says = (folder / "cmdline").read_bytes()
            place = os.fsencode(os.readlink(folder / "cwd"))
            if says and any(sought in text for text in (says, place, _environment(folder))):
                found[int(folder.name)] = says.replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has ended
    return found


def _environment(folder: Path) -> bytes:
    return (folder / "environ").read_bytes()


def parent(pid: int) -> int:
    """The process that started another; 0 where that has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def kill(pid: int) -> None:
    """Kill a process outright, where it still lives."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def until(look: Callable[[], Any], longest: float = _LONGEST) -> Any:
    """Wait until something is so."""
    end = time.monotonic() + longest
    while not (found := look()):
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.02)
    return found
