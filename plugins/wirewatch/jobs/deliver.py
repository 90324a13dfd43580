"""Deliver what waits, by a function that sends: a failure is tried again later, a kill sends nothing twice and loses nothing.

A delivery is taken, put on the wire, sent; each is committed before the next. What a killed task had only taken is taken
again. What it had on the wire may have arrived or not, and nobody can know: it is not sent again by itself, but the next
message on its channel names it, and the page offers to send it again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from wirewatch.core.alert_file import AlertPlan, Channel
from wirewatch.core.messages import message as messages
from wirewatch.core.messages.message import Alert, Item, Message
from wirewatch.io import alerts, deliveries, postgres
from wirewatch.settings import settings

log = logging.getLogger(__name__)

Send = Callable[[Channel, Message, Callable[[], None]], None]
"""Sends a message on a channel; calls its third argument right before the message goes on the wire. Raises on failure."""
MOST_AT_ONCE = 5
"""So many alerts are sent as so many messages; more come as one."""
_TAKEN_AT_ONCE = 200


class TakenOver(RuntimeError):
    """Another task has the delivery: this one was held up for too long."""


def deliver(dsn: str, chosen: AlertPlan, send: Send) -> dict[str, int]:
    """Send what is due on every channel of the plan. Counts: sent, failed, unsure (see above), given_up."""
    with postgres.transaction(dsn) as db:
        left = deliveries.free_left_behind(db)
        counts = {"sent": 0, "failed": 0, "unsure": left["unsure"], "given_up": deliveries.give_up(db)}
    for channel in chosen.channels:
        while batch := _take(dsn, channel):
            for part in _messages(batch):
                done = _deliver(dsn, channel, part, send)
                counts["sent" if done else "failed"] += len(part)
    return counts


def _take(dsn: str, channel: Channel) -> list[dict[str, Any]]:
    with postgres.transaction(dsn) as db:
        return deliveries.take(db, channel.name, _TAKEN_AT_ONCE)


def _messages(taken: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """What goes into one message each: a digest by itself, alerts by themselves where they are few, else together."""
    digests = [[row] for row in taken if row["digest_day"]]
    told = [row for row in taken if row["alert_id"]]
    return digests + ([told] if len(told) > MOST_AT_ONCE else [[row] for row in told])


def _deliver(dsn: str, channel: Channel, part: Sequence[dict[str, Any]], send: Send) -> bool:
    ids = [row["id"] for row in part]

    def on_the_wire() -> None:
        with postgres.transaction(dsn) as db:
            if not deliveries.on_the_wire(db, ids):
                message = f"Deliveries {ids} were taken over by another run."
                raise TakenOver(message)

    with postgres.transaction(dsn) as db:
        unsure = deliveries.unsure(db, channel.name)
        message = _written(db, part, [row["title"] for row in unsure])
    try:
        send(channel, message, on_the_wire)
    except TakenOver as problem:
        log.warning("%s", problem)
        return False
    except Exception as problem:  # noqa: BLE001  (whatever a channel says, the others go on)
        log.warning("Channel %s did not take “%s”: %s", channel.name, message.subject, problem)
        with postgres.transaction(dsn) as db:
            deliveries.failed(db, ids, max(row["attempts"] for row in part), str(problem)[:500])
        return False
    with postgres.transaction(dsn) as db:
        deliveries.sent(db, ids)
        deliveries.told(db, [row["id"] for row in unsure])
    return True


def _written(db: postgres.Connection, part: Sequence[dict[str, Any]], unsure: Sequence[str]) -> Message:
    if part[0]["digest_day"]:
        found = deliveries.digest_of(db, part[0]["digest_day"])
        assert found is not None
        key = f"digest-{found['day']}"
        payload = {"kind": "digest", "key": key, "day": f"{found['day']}", "text": found["text"], **found["facts"]}
        blocks = messages.as_sections(found["text"])
        return Message(key, found["subject"], found["text"], found["html"], blocks, payload)
    ids = [row["alert_id"] for row in part]
    told = as_told(db, ids)
    return messages.of_alerts(told, f"delivery-{part[0]['id']}", page(), unsure)


def as_told(db: postgres.Connection, ids: Sequence[int]) -> list[Alert]:
    """Alerts as a message tells them."""
    articles: dict[int, list[Item]] = {}
    for row in alerts.articles_of(db, ids):
        item = Item(row["title"], row["source"], row["url"], row["is_copy"])
        articles.setdefault(row["alert_id"], []).append(item)
    return [
        Alert(
            row["id"],
            row["kind"],
            row["subject"],
            row["title"],
            tuple(row["lines"]),
            row["first_seen_at"],
            _link(row),
            tuple(articles.get(row["id"], ())),
            len(articles.get(row["id"], ())),
            row["state"] == "over",
        )
        for row in alerts.by_id(db, ids)
    ]


def page() -> str:
    """The Newsroom's address."""
    return settings().page


def _link(row: dict[str, Any]) -> str:
    if row["story_id"]:
        return f"{page()}/stories/{row['story_id']}"
    if row["facts"].get("feed_id"):
        return f"{page()}/sources/{row['facts']['feed_id']}"
    return f"{page()}/watchlists#alert-{row['id']}"
