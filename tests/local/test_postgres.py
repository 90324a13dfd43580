"""The embedded Postgres: made once, password and all, on a port that any client reaches; and it survives a kill."""

from __future__ import annotations

import os
import signal
import socket
import time

import psycopg2
import pytest

from wirewatch.local.postgres import PostgresUnavailable, Server, free_port


@pytest.fixture
def own(tmp_path):
    server = Server(tmp_path / "a folder" / "postgres", free_port(), throw_away=True)
    yield server
    server.stop()


def query(server: Server, text: str, database: str = "warehouse") -> list[tuple]:
    db = psycopg2.connect(server.dsn(database))
    db.autocommit = True
    try:
        with db.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall() if cursor.description else []
    finally:
        db.close()


def test_it_is_made_started_and_stopped_with_its_data(own):
    own.start()
    assert own.is_running()
    assert query(own, "show server_version")[0][0].startswith("18")
    query(own, "create extension vector")
    query(own, "create table kept as select '[1,2]'::vector as v")
    password = own.password
    own.stop()
    assert not own.is_running()
    own.start()
    assert own.password == password
    assert query(own, "select v::text from kept") == [("[1,2]",)]
    assert query(own, "select 1", "airflow") == [(1,)]


def test_the_password_is_asked_for_and_private(own):
    own.start()
    assert len(own.password) > 20
    assert (own.folder / "password").stat().st_mode & 0o077 == 0
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(own.dsn("warehouse").replace(own.password, "guess"))


def test_it_listens_on_loopback_only(own):
    own.start()
    assert query(own, "show listen_addresses") == [("127.0.0.1",)]


def test_after_a_kill_it_starts_again_with_what_was_committed(tmp_path):
    own = Server(tmp_path / "postgres", free_port())
    own.start()
    query(own, "create table kept as select 7 as n")
    assert not own.revive()
    os.kill(own.pid, signal.SIGKILL)
    end = time.monotonic() + 20
    while not own.revive():
        assert time.monotonic() < end
        time.sleep(0.05)
    assert query(own, "select n from kept") == [(7,)]
    own.stop()


def test_a_taken_port_is_said_in_a_sentence(own):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", own.port))
        taken.listen()
        with pytest.raises(PostgresUnavailable, match="WIREWATCH_POSTGRES_PORT"):
            own.start()


def test_data_of_another_version_is_left_alone(own):
    data = own.folder / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n")
    with pytest.raises(PostgresUnavailable, match="another Postgres version"):
        own.start()
    assert (data / "PG_VERSION").read_text() == "15\n"
