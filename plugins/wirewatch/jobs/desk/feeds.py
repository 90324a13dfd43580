"""Feeds, by hand: polled from now on, paused, polled again. What a feed brought always stays."""

from __future__ import annotations

import ipaddress
import socket

from wirewatch.core.actions import Action, ActionRefused, Actor, Kind, stated
from wirewatch.core.addresses import parse_networks, refused
from wirewatch.core.canonical import canonical_url, host_of
from wirewatch.core.keys import key_of, number_of
from wirewatch.io import actions, feeds, postgres
from wirewatch.io.postgres import Connection
from wirewatch.settings import settings


def add(
    dsn: str, url: str, who: Actor, *, title: str = "", category: str | None = None, reason: str = ""
) -> tuple[int, int, bool]:
    """Poll a feed from now on: (the feed, the action, whether it is new).

    BadUrl where it is no address; ActionRefused where it is polled already, or its host may not be connected to.
    """
    address = url.strip()
    canonical_url(address)
    _check_host(host_of(address))
    with postgres.transaction(dsn) as db:
        known = feeds.at(db, address)
        if known is not None and known["active"]:
            raise ActionRefused(f"{known['title']} is polled already.")
        feeds.add(db, address, " ".join(title.split())[:200] or address, host_of(address), category=category or None)
        feed = feeds.at(db, address)
        assert feed is not None
        kind = Kind.ADD_FEED if known is None else Kind.RESUME_FEED
        action = actions.record(db, kind, who, key_of("feed", feed["id"]), reason=stated(reason))
    return int(feed["id"]), action, known is None


def pause(dsn: str, feed_id: int, who: Actor, reason: str = "") -> int:
    """Stop polling a feed. The action's key."""
    with postgres.transaction(dsn) as db:
        if not feeds.set_active(db, feed_id, active=False):
            raise ActionRefused(f"Feed {feed_id} is not polled: there is nothing to pause.")
        return actions.record(db, Kind.PAUSE_FEED, who, key_of("feed", feed_id), reason=stated(reason))


def resume(dsn: str, feed_id: int, who: Actor, reason: str = "") -> int:
    """Poll a paused feed again. The action's key."""
    with postgres.transaction(dsn) as db:
        if not feeds.set_active(db, feed_id, active=True):
            raise ActionRefused(f"Feed {feed_id} is polled already, or there is none.")
        return actions.record(db, Kind.RESUME_FEED, who, key_of("feed", feed_id), reason=stated(reason))


def undo(db: Connection, action: Action) -> None:
    """A feed that was added or resumed is paused; one that was paused is polled again."""
    feeds.set_active(db, number_of(action.subject), active=action.kind is Kind.PAUSE_FEED)


def _check_host(host: str) -> None:
    """ActionRefused where the host is an address, or a name of addresses only, that may not be connected to.

    A name that is not found now may be tomorrow: the poll says so then. Each connection is guarded again when it is made.
    """
    allow = parse_networks(settings().allow_private)
    name = host.rsplit(":", 1)[0].strip("[]") if not host.endswith("]") else host.strip("[]")
    try:
        found = [str(ipaddress.ip_address(name))]
    except ValueError:
        try:
            found = [str(item[4][0]) for item in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]
        except OSError:
            return
    reasons = [refused(address, allow) for address in found]
    if reasons and all(reasons):
        raise ActionRefused(f"{name}: {reasons[0]}, which is not connected to. WIREWATCH_ALLOW_PRIVATE can allow it.")
