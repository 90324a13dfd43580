"""What a robots.txt allows us (RFC 9309), read by protego."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urljoin, urlsplit

from protego import Protego

from wirewatch.core.storable import storable

_LONGEST_DELAY = 60.0
_SERVER_ERROR = 500
READ = 512_000
"""Bytes that are read of a file, and characters: at least 500 kibibytes (RFC 9309, section 2.5)."""
_AGENT_LINE = re.compile(r"^[ \t]*user[- ]?agent[ \t]*(?::|[ \t])[ \t]*([^#\r\n]*)", re.IGNORECASE | re.MULTILINE)
_RECORD = re.compile(r"^[ \t]*([A-Za-z][A-Za-z -]*)[ \t]*:.*$", re.MULTILINE)
_RULES = ("user", "allow", "di")
_LINE_END, _NO_LINE_END = re.compile(r"\r\n?"), re.compile(r"[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_MARK = re.compile(r"^(?:\ufeff|\xef\xbb\xbf|\ufffd)+")
"""A byte order mark, as Unicode or Latin-1 has it, or the first half of one."""
_TOKEN = re.compile(r"[A-Za-z_-]+")
_NOBODY = "nobody-of-that-name"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a site's rules say of an address: whether we may, by which rule (in words), and how far apart (seconds)."""

    allowed: bool
    words: str
    delay: float | None


def product_token(agent: str) -> str:
    """What a robots.txt calls us by: the letters, `_` and `-` that a User-Agent begins with (RFC 9309, section 2.2.1)."""
    found = _TOKEN.match(agent.strip())
    return found.group() if found else ""


def rule(body: str | None, status: int | None, url: str, agent: str) -> Rule:
    """What the rules say: those of the file where there are any; all is allowed on 4xx; nothing on 5xx or no answer.

    RFC 9309, sections 2.2, 2.3.1.3 and 2.3.1.4.
    """
    if status is None or status >= _SERVER_ERROR:
        return Rule(False, f"robots.txt: {status or 'no answer'}, so nothing is asked for", None)
    if not body:
        return Rule(True, f"no robots.txt ({status})", None)
    token = product_token(agent)
    found, group, delay = _parsed(body, token)
    verdict = bool(found.can_fetch(url, token))
    words = (
        f"robots.txt, group {group}: " + ("allowed" if verdict else "forbidden") if group else "robots.txt: no group"
    )
    return Rule(verdict, words + (f", {delay:g} s apart" if delay else ""), delay)


def allowed(body: str | None, status: int | None, url: str, agent: str) -> bool:
    """Whether `url` may be fetched (see rule)."""
    return rule(body, status, url, agent).allowed


def crawl_delay(body: str | None, agent: str) -> float | None:
    """Seconds between requests that the file asks of us (Crawl-delay or Request-rate), at most a minute, or None."""
    if not body:
        return None
    return _parsed(body, product_token(agent))[2]


def sitemaps(body: str | None, url: str) -> tuple[str, ...]:
    """The sitemaps that the file at `url` names, made absolute (sitemaps.org, "Specifying the Sitemap location").

    What is no address that can be asked for is passed over.
    """
    named = Protego.parse(_lines(body[:READ])).sitemaps if body else ()
    return tuple(dict.fromkeys(found for name in named if (found := _web_address(url, storable(name).strip()))))


def _web_address(base: str, name: str) -> str | None:
    """The name made absolute; None where that is no address of the web."""
    try:
        found = urljoin(base, name) if name else ""
    except ValueError:
        return None
    return found if urlsplit(found).scheme in ("http", "https") else None


def _delay(found: Protego, token: str) -> float | None:
    delays = [float(found.crawl_delay(token) or 0)]
    rate = found.request_rate(token)
    if rate:
        delays.append(rate.seconds / rate.requests)
    return min(max(delays), _LONGEST_DELAY) or None


@lru_cache(maxsize=512)
def _parsed(body: str, token: str) -> tuple[Protego, str, float | None]:
    """The rules, the name of the group that is ours ("" where there is none), and the seconds that it asks for.

    protego takes a group for ours where its name is anywhere in ours; the RFC wants the same name. So each group is
    renamed first: ours as ours, others as nobody's.
    """
    groups = set()

    def renamed(line: re.Match[str]) -> str:
        name = line.group(1).strip()
        called = _TOKEN.match(name)
        if name.split()[:1] == ["*"]:
            groups.add("*")
            return "User-agent: *"
        if called and called.group().lower() == token.lower():
            groups.add(token)
            return f"User-agent: {token}"
        return f"User-agent: {_NOBODY}"

    text = _AGENT_LINE.sub(renamed, _lines(body[:READ]))
    delay = _delay(Protego.parse(text), token)
    return (
        Protego.parse(_RECORD.sub(_rule_line, text)),
        token if token in groups else "*" if "*" in groups else "",
        delay,
    )


def _lines(body: str) -> str:
    """The file with line feeds between its lines (RFC 9309, section 2.2: CR, LF or both) and nowhere else, and without a mark.

    protego also breaks lines at form feeds, U+2028 and the like: in a path they are characters, and so they are encoded.
    """
    text = _LINE_END.sub("\n", _MARK.sub("", body, count=1))
    return _NO_LINE_END.sub(lambda found: quote(found.group()), text)


def _rule_line(line: re.Match[str]) -> str:
    """A line of the rules, or nothing in place of another record: it must not part the agents of a group (section 2.2.4)."""
    return line.group() if line.group(1).lower().startswith(_RULES) else ""
