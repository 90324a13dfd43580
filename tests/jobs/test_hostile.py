"""The hostile press: what each server's misbehaviour leaves in the ledger, how often it was asked, and that others did not wait."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import sys
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from aiohttp.abc import AbstractResolver

from newsroom import broken_http, hostile, inward
from newsroom.raw import Servers
from newsroom.wire import Capture, capture, possible
from wirewatch.io import feeds, postgres
from wirewatch.jobs import batches, clean, fetch, poll
from wirewatch.settings import settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a loopback address for each server")
OURS = ipaddress.ip_network("127.9.0.0/16")
GOOD = ("good-1", "good-2", "good-3")
ROUNDS = 3


class Names(AbstractResolver):
    """Look-ups of the test's names: each has a list of addresses, one for each look-up, the last for all after it."""

    def __init__(self, known: dict[str, list[str]]) -> None:
        self.known = known

    async def resolve(self, host, port=0, family=socket.AF_INET):
        found = self.known.get(host)
        if found is None:
            address = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]
        else:
            address = found.pop(0) if len(found) > 1 else found[0]
        return [
            {"hostname": host, "host": address, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
        ]  # fmt: skip

    async def close(self) -> None:
        pass


@dataclass
class Desk:
    """A desk that has polled, fetched and cleaned everything three times over."""

    dsn: str
    servers: Servers
    cases: dict[str, hostile.Case]
    homes: dict[str, str]
    feeds: dict[str, int] = field(default_factory=dict)
    connected: list[str] = field(default_factory=list)
    traps: dict[str, int] = field(default_factory=dict)
    wire: Capture | None = None

    def rows(self, query, *values):
        with postgres.transaction(self.dsn) as db:
            return postgres.rows(db, query, values)


def every_case(traps: dict[str, int]) -> list[hostile.Case]:
    return [*hostile.cases(traps), *inward.cases(traps), *broken_http.cases()]


def certificate(folder):
    """A certificate that nobody has signed."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "tls.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.fixture(scope="module")
def set_up():
    """Settings for hostile servers: only their addresses are allowed, and deadline and cap are near."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WIREWATCH_ALLOW_PRIVATE", str(OURS))
        patch.setenv("WIREWATCH_FETCH_DEADLINE", "3")
        patch.setenv("WIREWATCH_MAX_BYTES", "8000000")
        patch.setenv("WIREWATCH_BUCKETS", "1")
        patch.setenv("WIREWATCH_MAX_ATTEMPTS", "9")
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture(scope="module")
def desk(make_warehouse, tmp_path_factory, set_up):
    with make_warehouse() as dsn, Servers().running() as servers:
        traps = {host: servers.trap(host) for host in ("127.0.0.1", "::1")}
        tls = certificate(tmp_path_factory.mktemp("tls"))
        cases = {case.name: case for case in every_case(traps)}
        cases.update({name: hostile.Case(name, hostile.site(hostile.ONE), hostile.OK, "healthy") for name in GOOD})
        known = {"inside.test": ["127.0.0.1"]}
        found = Desk(dsn, servers, cases, {})
        with postgres.transaction(dsn) as db:
            for number, case in enumerate(cases.values(), 1):
                host = f"127.9.{number}.1"
                home = servers.serve(host, case.answer, tls=tls if case.tls else None, name=case.host_name)
                if case.host_name:
                    known[case.host_name] = [host, "127.0.0.1"]
                found.homes[case.name] = home
                feeds.add(db, home + case.path, case.name, home.partition("://")[2])
        found.feeds = {row["title"]: row["id"] for row in found.rows("select id, title from ingest.feed")}
        found.traps = traps
        watch(found.connected)
        with capture() if possible() else nullcontext() as found.wire:
            for number in range(ROUNDS):
                one_round(dsn, f"round {number}", Names(known), whole=number == ROUNDS - 1)
        watch(None)
        yield found


_watched: list[list[str] | None] = [None]


def watch(into: list[str] | None) -> None:
    """Write down every address that this process connects to, for as long as `into` is a list."""
    if _watched == [None] and into is not None:
        sys.addaudithook(_note)
    _watched[:] = [into]


def _note(event: str, arguments: tuple) -> None:
    if event == "socket.connect" and _watched[0] is not None and isinstance(arguments[1], tuple):
        _watched[0].append(str(arguments[1][0]))


def one_round(dsn: str, run_id: str, names: Names, *, whole: bool) -> None:
    with postgres.transaction(dsn) as db:
        postgres.execute(db, "update ingest.feed set next_poll_at = now(), lease_until = null")
        postgres.execute(db, "update ingest.entry set next_try_at = now() where disposition = 'pending'")
        if whole:
            postgres.execute(db, "update ingest.feed set whole_at = whole_at - interval '7 hours'")
    for bucket in poll.due_buckets(dsn, buckets=1):
        poll.poll_bucket(dsn, bucket, run_id, names)
    work = batches.claim(dsn, run_id, limit=1000)
    for item in work:
        fetch.fetch(dsn, item["batch"], item["bucket"], run_id, names)
        clean.clean(dsn, item["batch"], item["bucket"], run_id)
    if work:
        batches.reconcile(dsn, work[0]["batch"])


CASES = [case.name for case in every_case({"127.0.0.1": 1, "::1": 1})]


@pytest.mark.parametrize("name", CASES)
def test_each_poll_ends_as_it_should(desk, name):
    rows = desk.rows("select outcome, error from ingest.poll where feed_id = %s order by id", desk.feeds[name])
    assert tuple(row["outcome"] for row in rows) == desk.cases[name].polls, rows
    (health,) = desk.rows("select * from ingest.source_health where feed_id = %s", desk.feeds[name])
    assert health["state"] == desk.cases[name].state, health
    assert health["since"] is not None
    assert health["what_to_do"]


@pytest.mark.parametrize("name", CASES)
def test_each_entry_is_in_the_ledger_with_its_reason(desk, name):
    rows = desk.rows(
        "select e.url, e.stage, e.reason from ingest.entry e join ingest.sighting s on s.entry_id = e.id where s.feed_id = %s",
        desk.feeds[name],
    )
    home = desk.homes[name]
    found = {row["url"].removeprefix(home): row for row in rows}
    if any(path.startswith("#") for path in desk.cases[name].ledger):
        found = {f"#{n}": row for n, row in enumerate(sorted(rows, key=lambda row: row["stage"]), 1)}
    assert len(found) == len(desk.cases[name].ledger), found
    for (path, expected), row in zip(
        sorted(desk.cases[name].ledger.items()), (found[path] for path in sorted(found)), strict=True
    ):
        became = row["stage"] if row["stage"] == "cleaned" else row["reason"]
        assert became.startswith(expected), (path, became)


@pytest.mark.parametrize("name", CASES)
def test_each_server_is_asked_as_often_as_it_should_be(desk, name):
    assert dict(desk.servers.journal.requests(desk.homes[name])) == desk.cases[name].requests


def test_the_wellbehaved_were_done_before_those_that_hang(desk):
    hung = desk.servers.journal.place("ended", desk.homes["a feed that drips"], "/feed")
    for name in GOOD:
        assert desk.servers.journal.place("ended", desk.homes[name], "/feed") < hung
    hung = desk.servers.journal.place("ended", desk.homes["a page that drips"], "/1")
    assert all(desk.servers.journal.place("ended", desk.homes[name], "/1") < hung for name in GOOD)


def test_no_connection_was_made_to_a_refused_address(desk):
    """Seen from both sides: by the interpreter's audit of every connect, and by servers that wait there."""
    warehouse = {"127.0.0.1"} if "127.0.0.1" in desk.dsn else set()
    outside = {
        address for address in desk.connected if address not in warehouse and ipaddress.ip_address(address) not in OURS
    }
    assert outside == set()
    assert len(desk.connected) > 2 * len(CASES)
    assert not [event for event in desk.servers.journal.events if event[1] == "trap"]


def test_a_packet_capture_shows_no_connection_to_a_refused_address(desk):
    """Others on this machine connect too: what is ours is known by the ports. Only the warehouse may have one of these, on its address."""
    if desk.wire is None:
        pytest.skip("a packet capture is for root, or for who has CAP_NET_RAW")
    assert desk.wire.whole
    ports = {urlsplit(home).port for home in desk.homes.values()}
    warehouse = ("127.0.0.1", urlsplit(desk.dsn).port)
    begun = [place for place in desk.wire.begun if place != warehouse]
    ours = [(address, port) for address, port in begun if port in ports | set(desk.traps.values())]
    assert {address for address, _ in ours if ipaddress.ip_address(address) not in OURS} == set()
    assert {port for _, port in ours} == ports
    assert not [address for address, _ in desk.wire.begun if address == "169.254.169.254"]


def test_the_capture_sees_what_it_is_there_to_see():
    if not possible():
        pytest.skip("a packet capture is for root, or for who has CAP_NET_RAW")
    six, four = socket.create_server(("::1", 0), family=socket.AF_INET6), socket.create_server(("127.8.8.8", 0))
    with six, four:
        places = [server.getsockname()[:2] for server in (six, four)]
        with capture() as wire:
            for place in places:
                socket.create_connection(place).close()
    assert wire.whole
    assert set(places) <= set(wire.begun)


def test_the_ledger_adds_up(desk):
    assert desk.rows("select * from ingest.ledger_fault") == []
    assert desk.rows("select * from ingest.funnel where not adds_up") == []


def test_the_audit_has_every_request_that_was_made(desk):
    for name in CASES:
        home = desk.homes[name]
        if home.startswith("https"):
            continue
        counted = desk.rows(
            "select coalesce(sum(requests), 0)::int as n from ingest.fetch_audit where host = %s",
            home.partition("://")[2],
        )[0]["n"]
        assert counted == sum(desk.servers.journal.requests(home).values()), name


def test_the_audit_says_why_hosts_were_held(desk):
    host = desk.homes["429 for some seconds"].partition("://")[2]
    (row,) = desk.rows("select holds, why_held, rules from ingest.fetch_audit where host = %s", host)
    assert (row["holds"], row["why_held"]) == (1, "it answered 429 and asked for a pause")
    assert "no robots.txt (404)" in row["rules"]


def test_a_liar_is_not_believed_any_more(desk):
    rows = desk.rows("select title from ingest.feed where caught_at is not null")
    assert [row["title"] for row in rows] == ["a lying ETag"]


def test_moves_are_written_down(desk):
    rows = desk.rows("select f.title, m.why from ingest.feed_move m join ingest.feed f on f.id = m.feed_id order by 1")
    assert {row["title"]: row["why"] for row in rows} == {
        "a feed that moved for good": "a permanent redirect leads there",
        "a feed that says it moved": "its itunes:new-feed-url names it",
        "a page in place of a feed": "the page at its address names it (rel=alternate)",
    }


def test_a_sitemap_of_fifty_thousand_is_entered_whole(warehouse, set_up):
    urls = "".join(f"<url><loc>http://127.9.200.1/{n}</loc></url>" for n in range(50_000))
    body = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>".encode()
    with Servers().running() as servers:
        home = servers.serve("127.9.200.1", hostile.site(body))
        with postgres.transaction(warehouse) as db:
            feeds.add(db, f"{home}/feed", "", home.partition("://")[2])
        for bucket in poll.due_buckets(warehouse):
            assert poll.poll_bucket(warehouse, bucket, "one")["new_entries"] == 50_000
        assert servers.journal.requests(home) == {"/robots.txt": 1, "/feed": 1}
    with postgres.transaction(warehouse) as db:
        assert postgres.one(db, "select count(*)::int as n from ingest.entry")["n"] == 50_000
