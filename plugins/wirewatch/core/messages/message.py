"""One message in the forms that channels take: a mail's text and HTML, Slack's blocks, a webhook's JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

_LONGEST_SUBJECT = 160
_SLACK_TEXT = 2900
"""Slack refuses a section of more than 3000 characters."""
SHOWN = 5
"""Articles that a message names for each alert."""


@dataclass(frozen=True, slots=True)
class Item:
    """An article of an alert."""

    title: str
    source: str
    url: str
    is_copy: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it is told: `link` is its page in the Newsroom, `articles` the latest of the `count`."""

    id: int
    kind: str
    subject: str
    title: str
    lines: tuple[str, ...]
    first_seen: datetime
    link: str
    articles: tuple[Item, ...] = ()
    count: int = 0
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent. `key` stays the same however often it is tried, so that a receiver can tell a second copy."""

    key: str
    subject: str
    text: str
    html: str
    blocks: Sequence[Mapping[str, Any]] = ()
    payload: Mapping[str, Any] = field(default_factory=dict)


def of_alerts(alerts: Sequence[Alert], key: str, page: str, unsure: Sequence[str] = ()) -> Message:
    """One message of one alert, or of several; `unsure` are titles of earlier messages that may not have arrived."""
    first = alerts[0]
    subject = first.title if len(alerts) == 1 else f"{len(alerts)} alerts: {first.title}, and {len(alerts) - 1} more"
    values = {"alerts": alerts, "subject": one_line(subject), "page": page, "unsure": list(unsure), "shown": SHOWN}
    return Message(
        key,
        f"[Wirewatch] {shortened(one_line(subject), _LONGEST_SUBJECT)}",
        rendered("alerts.txt", values),
        rendered("alerts.html", values),
        [_block(alert) for alert in alerts[:40]],
        {"kind": "alerts", "key": key, "alerts": [_plain(alert) for alert in alerts], "unsure": list(unsure)},
    )


def of_test(channel: str, page: str) -> Message:
    """A message that says that the channel works."""
    text = f"This is a test of the channel “{channel}”. Alerts and digests come this way."
    values = {"subject": "A test", "lines": [text], "page": page}
    return Message(
        f"test-{channel}",
        "[Wirewatch] A test message",
        f"{text}\n\n{page}\n",
        rendered("test.html", values),
        [_section(f"*A test message*\n{slack(text)}")],
        {"kind": "test", "key": f"test-{channel}", "text": text},
    )


def _block(alert: Alert) -> dict[str, Any]:
    lines = [f"*<{alert.link}|{slack(alert.title)}>*", *(slack(line) for line in alert.lines)]
    for item in alert.articles[:SHOWN]:
        link = web_address(item.url)
        title = slack(item.title or "Untitled")
        # Slack ends a link at the first bar or bracket: an address that has one is written without its link.
        lines.append(
            f"• {f'<{link}|{title}>' if link and not set(link) & set('|<>') else title} ({slack(item.source)})"
        )
    if alert.count > SHOWN:
        lines.append(f"and {alert.count - SHOWN} more")
    return _section("\n".join(lines))


def as_sections(text: str) -> list[dict[str, Any]]:
    """A plain text as Slack's sections, a paragraph each."""
    kept = [part for part in text.split("\n\n") if part.strip()]
    return [_section("\n".join(slack(line) for line in part.splitlines())) for part in kept[:45]]


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": shortened(text, _SLACK_TEXT)}}


def _plain(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "kind": alert.kind,
        "subject": alert.subject,
        "title": alert.title,
        "lines": list(alert.lines),
        "first_seen_at": alert.first_seen.isoformat(),
        "link": alert.link,
        "articles": alert.count,
        "latest": [{"title": one.title, "source": one.source, "url": one.url} for one in alert.articles[:SHOWN]],
    }


def slack(text: str) -> str:
    """Text that Slack shows as it is: its three signs escaped, and the asterisks and the like left without a meaning."""
    escaped = one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "¦")
    return "".join(f"{sign}\u200b" if sign in "*_~`" else sign for sign in escaped)


def one_line(text: str) -> str:
    """The text without line ends and other controls: a header or a line of a list cannot be broken by it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def shortened(text: str, most: int) -> str:
    """The text, cut with an ellipsis where it is longer."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def web_address(value: str) -> str | None:
    """The address where it is one of the web; None for what a reader would run."""
    try:
        return value if urlsplit(value).scheme in ("http", "https") else None
    except ValueError:
        return None


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """A template beside this file; HTML is escaped, text is not."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(web_address=web_address, one_line=one_line)
    return made
