"""Read who is told what from YAML, saying in which line a mistake is. It sends nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import yaml

from wirewatch.core.counts import Sensitivity
from wirewatch.core.yaml_nodes import Reader

CHANNEL_KINDS = ("smtp", "slack", "webhook")
KINDS = ("hit", "spike", "silence", "freshness", "gap", "quarantine")
SUBJECTS = ("topic", "source", "watchlist")
_COUNTED = ("spike", "silence")
_AFTER = {"freshness": timedelta(hours=1), "gap": timedelta(hours=2)}
_COOLDOWN = timedelta(hours=12)
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LENGTH = re.compile(r"(\d{1,4})\s*(min|h|d)")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_CHANNEL_KEYS = {"name", "kind", "connection", "to", "from", "path"}
_RULE_KEYS = {"kind", "of", "only", "sensitivity", "after", "cooldown", "channels", "name"}
_DIGEST_KEYS = {"at", "zone", "channels", "stories"}


class AlertFileError(ValueError):
    """The file that says who is told what is wrong; the message names the line and what to do."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to tell people; `connection` is the id of an Airflow connection, in which the secrets are."""

    name: str
    kind: str
    connection: str
    to: tuple[str, ...] = ()
    sender: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is told: a kind, of which subjects, how soon, how often, and to whom (`channels` None: to all)."""

    name: str
    kind: str
    of: str = ""
    only: tuple[str, ...] = ()
    sensitivity: Sensitivity = Sensitivity.NORMAL
    after: timedelta = timedelta()
    cooldown: timedelta = _COOLDOWN
    channels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Digest:
    """The daily mail: at which time of which zone, to which channels (None: all), with how many stories."""

    at: time
    zone: str
    channels: tuple[str, ...] | None = None
    stories: int = 10


@dataclass(frozen=True, slots=True)
class AlertPlan:
    """The whole file."""

    channels: tuple[Channel, ...] = ()
    rules: tuple[Rule, ...] = ()
    digest: Digest | None = None

    def channel(self, name: str) -> Channel | None:
        """The channel of that name."""
        return next((channel for channel in self.channels if channel.name == name), None)

    def to(self, wanted: Sequence[str] | None) -> list[str]:
        """The names of the wanted channels; of all where None is wanted."""
        return [channel.name for channel in self.channels if wanted is None or channel.name in wanted]


def parse_alerts(content: str, origin: str = "alerts.yaml") -> AlertPlan:
    """The plan in YAML `content`; AlertFileError with file, line and what to do."""
    read = Reader(origin, AlertFileError)
    root = read.root(content)
    if root is None:
        return AlertPlan()
    fields = read.fields(root, "the file", {"channels", "alerts", "digest"})
    channels: list[Channel] = []
    for node in read.items(fields["channels"], "channels") if "channels" in fields else ():
        channel = _channel(node, read)
        if any(channel.name == other.name for other in channels):
            raise read.wrong(node, f"two channels are called {channel.name!r}; give each its own name")
        channels.append(channel)
    names = [channel.name for channel in channels]
    rules: list[Rule] = []
    for node in read.items(fields["alerts"], "alerts") if "alerts" in fields else ():
        rule = _rule(node, read, names)
        if any(rule.name == other.name for other in rules):
            raise read.wrong(node, f"two alerts are called {rule.name!r}; add `name:` to tell them apart")
        rules.append(rule)
    return AlertPlan(
        tuple(channels), tuple(rules), _digest(fields["digest"], read, names) if "digest" in fields else None
    )


def _channel(node: yaml.Node, read: Reader) -> Channel:
    fields = read.fields(node, "a channel", _CHANNEL_KEYS)
    name = read.text(fields, "name", node, "a channel")
    what = f"channel {name!r}"
    if "kind" not in fields:
        raise read.wrong(node, f"{what} has no 'kind': one of {', '.join(CHANNEL_KINDS)}")
    kind = read.word(fields["kind"], f"kind of {what}", CHANNEL_KINDS)
    connection = read.text(fields, "connection", node, what)
    if "://" in connection:
        raise read.wrong(
            fields["connection"],
            f"connection of {what} must be the id of an Airflow connection, not an address: secrets do not belong here",
        )
    to = read.texts(fields, "to", what)
    if kind == "smtp" and not to:
        raise read.wrong(node, f"{what} has nobody to send to; add `to:` with a list of addresses")
    return Channel(
        name,
        kind,
        connection,
        to,
        read.text(fields, "from", node, what) if "from" in fields else "",
        read.text(fields, "path", node, what) if "path" in fields else "",
    )


def _rule(node: yaml.Node, read: Reader, channels: Sequence[str]) -> Rule:
    fields = read.fields(node, "an alert", _RULE_KEYS)
    if "kind" not in fields:
        raise read.wrong(node, f"an alert has no 'kind': one of {', '.join(KINDS)}")
    kind = read.word(fields["kind"], "kind of an alert", KINDS)
    what = f"alert {kind!r}"
    if kind in _COUNTED and "of" not in fields:
        raise read.wrong(node, f"{what} does not say of what; add `of:` and one of {', '.join(SUBJECTS)}")
    if kind not in _COUNTED and "of" in fields:
        raise read.wrong(fields["of"], f"{what} takes no `of:`; spike and silence do")
    of = read.word(fields["of"], f"of: of {what}", SUBJECTS) if "of" in fields else ""
    usual = f"{kind} of {of}" if of else kind
    word = (
        read.word(fields["sensitivity"], f"sensitivity of {what}", list(Sensitivity))
        if "sensitivity" in fields
        else "normal"
    )
    return Rule(
        read.text(fields, "name", node, what) if "name" in fields else usual,
        kind,
        of,
        read.texts(fields, "only", what),
        Sensitivity(word),
        _length(fields["after"], f"after of {what}", read) if "after" in fields else _AFTER.get(kind, timedelta()),
        _length(fields["cooldown"], f"cooldown of {what}", read) if "cooldown" in fields else _COOLDOWN,
        _channels(fields, what, read, channels),
    )


def _digest(node: yaml.Node, read: Reader, channels: Sequence[str]) -> Digest:
    fields = read.fields(node, "digest", _DIGEST_KEYS)
    clock = read.text(fields, "at", node, "digest")
    found = _CLOCK.fullmatch(clock)
    if not found:
        raise read.wrong(fields["at"], f'at of digest is {clock!r}; it must be a time such as "07:00"')
    zone = read.text(fields, "zone", node, "digest") if "zone" in fields else "UTC"
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as problem:
        raise read.wrong(
            fields["zone"], f"there is no time zone {zone!r}; write one such as Europe/Berlin"
        ) from problem
    return Digest(
        time(int(found[1]), int(found[2])),
        zone,
        _channels(fields, "digest", read, channels),
        read.number(fields["stories"], "stories of digest", 1, 50) if "stories" in fields else 10,
    )


def _channels(fields: dict[str, yaml.Node], what: str, read: Reader, known: Sequence[str]) -> tuple[str, ...] | None:
    if "channels" not in fields:
        return None
    for node in read.items(fields["channels"], f"'channels' of {what}"):
        if read.scalar(node, what) not in known:
            raise read.wrong(node, f"{what} names the channel {node.value!r}; there are: {', '.join(known) or 'none'}")
    return read.texts(fields, "channels", what)


def _length(node: yaml.Node, what: str, read: Reader) -> timedelta:
    value = read.scalar(node, what)
    found = _LENGTH.fullmatch(value)
    if not found:
        raise read.wrong(node, f"{what} is {value!r}; it must be a length of time such as 30min, 6h or 2d")
    return int(found[1]) * _UNITS[found[2]]
