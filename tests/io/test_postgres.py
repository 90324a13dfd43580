"""Transactions: whole or not at all, on connections that are used again, and replaced where they are dead."""

from __future__ import annotations

import os

import psycopg2
import pytest

from wirewatch.io import postgres


def backend(dsn: str) -> int:
    with postgres.transaction(dsn) as db:
        return postgres.one(db, "select pg_backend_pid() as pid")["pid"]


def test_a_connection_is_used_again_and_is_as_new(warehouse):
    with postgres.transaction(warehouse) as db:
        postgres.execute(db, "set statement_timeout = '7s'")
        first = postgres.one(db, "select pg_backend_pid() as pid")["pid"]
    with postgres.transaction(warehouse) as db:
        now = postgres.one(
            db,
            "select pg_backend_pid() as pid, current_setting('statement_timeout') as t, current_setting('timezone') as z",
        )
    assert now == {"pid": first, "t": "0", "z": "UTC"}


def make_half(dsn: str) -> None:
    with postgres.transaction(dsn) as db:
        postgres.execute(db, "create table half ()")
        postgres.execute(db, "select 1 / 0")


def test_what_fails_is_rolled_back_whole(warehouse):
    with pytest.raises(psycopg2.errors.DivisionByZero):
        make_half(warehouse)
    with postgres.transaction(warehouse) as db:
        assert postgres.one(db, "select to_regclass('half') as found")["found"] is None


def test_two_at_once_are_two_connections(warehouse):
    with postgres.transaction(warehouse) as one, postgres.transaction(warehouse) as other:
        pids = {postgres.one(db, "select pg_backend_pid() as pid")["pid"] for db in (one, other)}
    assert len(pids) == 2


def test_a_connection_that_the_server_ended_is_replaced(warehouse):
    before = backend(warehouse)
    with postgres.transaction(warehouse) as db, postgres.transaction(warehouse) as other:
        mine = postgres.one(db, "select pg_backend_pid() as pid")["pid"]
        theirs = postgres.one(other, "select pg_backend_pid() as pid")["pid"]
    assert before in (mine, theirs)
    other = psycopg2.connect(warehouse)
    other.autocommit = True
    with other.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(pid) from pg_stat_activity where pid in (%s, %s)", (mine, theirs))
    other.close()
    assert backend(warehouse) not in (mine, theirs)


def test_a_forked_process_takes_connections_of_its_own_and_leaves_ours_open(warehouse):
    before = backend(warehouse)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, str(backend(warehouse)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(read, 20)) != before
    assert backend(warehouse) == before


def test_a_server_that_is_not_there_is_said_in_a_sentence():
    with (
        pytest.raises(postgres.WarehouseUnreachable, match="Is it running"),
        postgres.transaction("postgresql://nobody@127.0.0.1:1/none"),
    ):
        pass


@pytest.mark.parametrize("do", [postgres.rows, postgres.execute])
def test_a_text_with_nul_characters_is_an_error_of_the_data(warehouse, do):
    with pytest.raises(psycopg2.DataError, match="NUL"), postgres.transaction(warehouse) as db:
        do(db, "select %s", ("a\x00b",))
