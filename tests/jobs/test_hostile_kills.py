"""The hostile press with workers killed in the middle: nothing is lost, nothing is there twice, and no host is asked too soon."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import time
from datetime import timedelta
from itertools import count, pairwise
from statistics import median

import pytest

from newsroom import hostile
from newsroom.raw import Asked, Servers, http_date, send
from wirewatch.io import feeds, postgres
from wirewatch.jobs import batches, clean, fetch, poll
from wirewatch.settings import settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a loopback address for each server")
HOSTS, PAGES, SPACING, HELD = 12, 3, 0.2, 6


class Papers:
    """Half of the papers fail: broken, late, forbidding, asking for a pause. When each request came is written down."""

    def __init__(self) -> None:
        self.asked: dict[str, list[tuple[float, str]]] = {}
        self.paused: set[str] = set()

    async def answer(self, asked: Asked, out) -> None:
        now = time.monotonic()
        self.asked.setdefault(asked.home, []).append((now, asked.path))
        kind = int(asked.home.split(".")[2]) % 8
        first = asked.time == 1
        if asked.path == "/robots.txt":
            send(out, "404 Not Found")
        elif kind == 1 and asked.path != "/feed" and first:
            send(out, "503 Service Unavailable", b"", f"Retry-After: {HELD}")
            self.paused.add(asked.home)
        elif kind == 3 and first:
            send(out, "500 Internal Server Error")
        elif kind == 5 and asked.path != "/feed" and first:
            out.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nhalf")
        elif kind == 7 and asked.path == "/feed" and first:
            send(out, "429 Too Many Requests", b"", f"Retry-After: {http_date(timedelta(seconds=HELD))}")
            self.paused.add(asked.home)
        elif asked.path == "/feed":
            send(out, "200 OK", hostile.rss(*(hostile.item(f"/{n}", n) for n in range(PAGES))))
        else:
            send(out, "200 OK", hostile.page(f"{asked.home} {asked.path}"), "Content-Type: text/html")


@pytest.fixture
def desk(warehouse):
    """A warehouse with the papers' feeds; leases are short, as those of the dead must end within the test."""
    papers = Papers()
    with Servers().running() as servers, pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "ALLOW_PRIVATE": "127.9.0.0/16", "HOST_SPACING": str(SPACING), "BUCKETS": "2", "MAX_ATTEMPTS": "50",
        }.items():  # fmt: skip
            patch.setenv(f"WIREWATCH_{name}", value)
        settings.cache_clear()
        with postgres.transaction(warehouse) as db:
            for number in range(1, HOSTS + 1):
                home = servers.serve(f"127.9.{number}.1", papers.answer)
                feeds.add(db, f"{home}/feed", str(number), home.partition("://")[2])
        postgres.close_idle()
        yield warehouse, papers
    settings.cache_clear()


def free_the_dead(dsn: str) -> None:
    """What time does in life: leases of killed workers run out, and what was put off is due. Holds and spacing stay.

    What is cleaned has no stage to go to here. Claimed again at each turn, it would look like a text that kills every run.
    """
    with postgres.transaction(dsn) as db:
        postgres.execute(db, "update ingest.batch set lease_until = now() where finished_at is null")
        postgres.execute(
            db, "update ingest.feed set lease_until = null, next_poll_at = now() where last_success_at is null"
        )
        postgres.execute(
            db,
            """
            update ingest.entry set next_try_at = case stage when 'cleaned' then 'infinity' else now() end
            where disposition = 'pending'
            """,
        )
    postgres.close_idle()


def work(dsn: str, run_id: str) -> None:
    """A worker: polls, claims, fetches and cleans what is due."""
    for bucket in poll.due_buckets(dsn, buckets=2):
        poll.poll_bucket(dsn, bucket, run_id)
    claimed = batches.claim(dsn, run_id)
    for item in claimed:
        fetch.fetch(dsn, item["batch"], item["bucket"], run_id)
        clean.clean(dsn, item["batch"], item["bucket"], run_id)
    if claimed:
        batches.reconcile(dsn, claimed[0]["batch"])


def test_killed_workers_lose_nothing_and_keep_their_manners(desk):
    dsn, papers = desk
    chance, killed = random.Random(7), 0
    context = multiprocessing.get_context("fork")
    end = time.monotonic() + 120
    for turn in count():
        workers = [context.Process(target=work, args=(dsn, f"{turn}-{n}")) for n in range(2)]
        for worker in workers:
            worker.start()
        if turn < 6 or (killed < 4 and turn < 30):
            # Soon enough to find them at work on a quick machine, too, where a worker is done within half a second.
            time.sleep(chance.uniform(0.05, 1.0 if turn < 6 else 0.2))
            for worker in workers:
                if worker.is_alive():
                    os.kill(worker.pid, signal.SIGKILL)
                    killed += 1
        for worker in workers:
            worker.join()
        free_the_dead(dsn)
        if turn >= 6 and (killed >= 4 or turn >= 30) and (done(dsn) or time.monotonic() > end):
            break
    assert killed >= 4
    assert done(dsn), rows(dsn, "select url, stage, reason from ingest.entry where stage <> 'cleaned'")

    assert rows(dsn, "select * from ingest.ledger_fault") == []
    assert rows(dsn, "select * from ingest.funnel where not adds_up") == []
    found = rows(dsn, "select count(*)::int as n, count(distinct url)::int as urls from ingest.entry")
    assert found == [{"n": HOSTS * PAGES, "urls": HOSTS * PAGES}], "lost or twice"
    assert rows(dsn, "select entry_id from ingest.draft group by 1 having count(*) > 1") == []
    for home, asked in papers.asked.items():
        # The median, since a busy machine makes a request late, and so one gap longer and the next shorter.
        assert median(later - earlier for (earlier, _), (later, _) in pairwise(sorted(asked))) >= SPACING * 0.9, home
    assert len(papers.paused) >= 3
    assert rows(dsn, "select count(distinct host)::int as n from ingest.hold") == [{"n": len(papers.paused)}]
    # What was booked before the pause was asked for may still go out; half of the pause later nothing does.
    assert rows(
        dsn,
        """
        select r.host, r.url from ingest.request r join ingest.hold h on h.host = r.host
            and r.requested_at > h.held_at + (h.until - h.held_at) / 2 and r.requested_at < h.until
        """,
    ) == []  # fmt: skip


def done(dsn: str) -> bool:
    """Whether every page that the papers have is in the ledger and cleaned."""
    return rows(dsn, "select count(*)::int as n from ingest.entry where stage = 'cleaned'")[0]["n"] == HOSTS * PAGES


def rows(dsn: str, query: str):
    with postgres.transaction(dsn) as db:
        found = postgres.rows(db, query)
    postgres.close_idle()
    return found
