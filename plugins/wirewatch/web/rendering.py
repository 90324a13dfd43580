"""Templates: everything escaped, times in UTC, addresses below the root that Airflow gives the page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from wirewatch.web import assets

NAVIGATION = (
    ("", "Today"),
    ("stories", "Stories"),
    ("articles", "Articles"),
    ("copies", "Copies"),
    ("sources", "Sources"),
    ("watchlists", "Watchlists"),
    ("quarantine", "Quarantine"),
    ("actions", "Actions"),
    ("why", "Why?"),
)
"""The pages of the header: address below the root, and name."""
_SECTIONS = {"review": "copies", "gaps": "sources", "entries": "", "runs": "", "feeds": "articles"}
"""Pages that stand under another of the header."""


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """The template as an answer. It sees `values`, `url(path, **query)`, `user`, `may_write`, and `done`: the action just done."""
    root = str(request.scope.get("root_path", "")).rstrip("/")
    here = request.url.path.removeprefix(root).strip("/")

    def url(path: str = "", **query: Any) -> str:
        given = {name: value for name, value in query.items() if value is not None and value != ""}
        return f"{root}/{quote(path, safe='/~:+')}" + (f"?{urlencode(given)}" if given else "")

    user = getattr(request.state, "user", None)
    text = (
        _environment()
        .get_template(template)
        .render(
            url=url,
            asset=lambda name: f"{root}/{assets.address(name)}",
            section=_SECTIONS.get(here.split("/")[0], here.split("/")[0]),
            navigation=NAVIGATION,
            user=user.get_name() if user is not None else "",
            may_write=getattr(request.state, "may_write", False),
            now=datetime.now(UTC),
            **{"done": None, **values},
        )
    )
    return HTMLResponse(text, status_code=status)


def _environment() -> Environment:
    if _KEPT:
        return _KEPT[0]
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        moment=moment,
        ago=ago,
        span=span,
        number=number,
        percent=percent,
        web_address=web_address,
        short_url=short_url,
        whole_number=whole_number,
        hundredths=hundredths,
    )
    _KEPT.append(made)
    return made


_KEPT: list[Environment] = []


def moment(value: datetime | date | None) -> str:
    """A time as people read it, in UTC: "20:14" today, "23 Nov, 20:14" before; with the year where it is not this one."""
    if value is None:
        return "–"
    if not isinstance(value, datetime):
        return f"{value:%a} {value.day} {value:%b %Y}"
    at, now = value.astimezone(UTC), datetime.now(UTC)
    if at.date() == now.date():
        return f"{at:%H:%M}"
    year = "" if at.year == now.year else f" {at.year}"
    return f"{at.day} {at:%b}{year}, {at:%H:%M}"


def ago(value: datetime | None) -> str:
    """How long ago, or in how long, in one unit: "4 min ago", "in 2 h"."""
    if value is None:
        return "never"
    passed = datetime.now(UTC) - value.astimezone(UTC)
    text = span(abs(passed))
    if text == "now":
        return text
    return f"{text} ago" if passed >= timedelta() else f"in {text}"


def span(value: timedelta | None) -> str:
    """A length of time in its largest unit."""
    if value is None:
        return "–"
    seconds = value.total_seconds()
    for size, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 else "now"


def number(value: float | None) -> str:
    """A count with thin spaces between thousands."""
    return "–" if value is None else f"{value:,}".replace(",", "\u202f")


def percent(value: float | None) -> str:
    """A share of 0..1 in hundredths: "0.87"."""
    return "–" if value is None else f"{value:.2f}"


def whole_number(value: float | Decimal | None) -> str:
    """A measure rounded to a count."""
    return "–" if value is None else number(round(value))


def hundredths(value: float | Decimal | None) -> str:
    """A share of 0..1 in percent: "12 %"."""
    return "–" if value is None else f"{100 * value:.0f}\u202f%"


def web_address(value: str | None) -> str | None:
    """The address where it is one of the web; None for anything that a browser would run or look up elsewhere."""
    try:
        return value if value and urlsplit(value).scheme in ("http", "https") else None
    except ValueError:
        return None


def short_url(value: str, most: int = 80) -> str:
    """An address without its scheme, its middle left out where it is long."""
    plain = value.split("://", 1)[-1]
    return plain if len(plain) <= most else f"{plain[: most - 25]}…{plain[-24:]}"
