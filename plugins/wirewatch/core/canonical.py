"""Canonical addresses: what makes one article one entry, and never two articles one."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

import idna

_LONGEST = 4096
_DEFAULT_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(
    r"^(utm_\w+|mtm_\w+|pk_\w+|hsa_\w+|at_(medium|campaign|custom\d|link\w*|format|ptr_name|bbc_team)|_hs(enc|mi)"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id|mc_cid|mc_eid|vero_id|oly_\w+_id"
    r"|cmpid|cmp|ns_(campaign|mchannel|source|linkname|fee)|ocid|ftag|icid|ito|wt_mc|xtor|cid_?source|smid|smtyp"
    r"|ref_?(src|url)|rss_?(source|id)|feedtype|taid|partner_?id|traffic_?source|spm|s_cid|campaign_?id|amp_\w+"
    r"|phpsessid|jsessionid|aspsessionid\w*|sessionid|session_id)$",
    re.IGNORECASE,
)
_TRACKING_VALUES = {
    ("ref", "rss"),
    ("source", "rss"),
    ("from", "rss"),
    ("feed", "rss"),
    ("output", "amp"),
    ("outputtype", "amp"),
}
_SESSION_VALUE = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9_-]{20,}")
"""What a session's key looks like: `sid` names an article in some systems, and a session in others."""
_PATH_SESSION = re.compile(r";(jsessionid|phpsessid|sid)=[^/?#]*", re.IGNORECASE)
_MOST_WRAPPED = 6
_AMP_CACHE = re.compile(r"/[civ]/(s/)?([^/]+\.[^/]+/.*)")
_AMP_VIEWER = re.compile(r"/amp/(s/)?([^/]+\.[^/]+/.*)")
_READERS_HOST = re.compile(r"^(?:(?:www\d?|m|mobile|touch|amp)\.)+(?=[^.]+\.)")
_VARIANT_PATH = re.compile(
    r"^/(?:amp|print)(?=/)|/(?:amp|print)(?:\.html)?/?$|\.(?:amp|print)(?=\.html$|$)", re.IGNORECASE
)
_VARIANT_PAIRS = frozenset(
    {"outputtype=amp", "m=1", "view=print", "format=print", "output=print", "mode=print", "printable=1"}
    | {f"{kind}{said}" for kind in ("amp", "print") for said in ("", "=1", "=true", "=yes")}
)
_SEARCH = re.compile(r"(www\.)?(google\.[a-z.]{2,6}|bing\.com)")
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_PLAIN_QUERY = re.compile(r"[!-$&-*,-~]*")
"""Printable ASCII without space, percent and plus: nothing to decode or to encode."""
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED = "!$&'()*+,;=:@~/-._"


class BadUrl(ValueError):
    """The address is none that can be fetched."""


def canonical_url(url: str, base: str | None = None) -> str:
    """The one address of an article: RFC 3986 section 6.2 normal form, without fragment, tracking and session parameters.

    Addresses of AMP caches and of counters that carry the article's own address give that one. A fragment that the page's
    script reads as a path (#!/…, #/…) names an article and stays.

    Relative and scheme-less addresses are resolved against `base`. Parameters that name the article keep their
    order. BadUrl where there is no http(s) address in it.
    """
    text = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]+", "", url.strip())
    if not text:
        raise BadUrl("the address is empty")
    try:
        parts = urlsplit(urljoin(base, text) if base and not _ABSOLUTE.match(text) else text)
        found = _normal(parts, url)
        # Looked for in the normal form: what is wrapped may show only when dots and escapes are resolved.
        for _ in range(_MOST_WRAPPED):
            inner = _wrapped(urlsplit(found))
            if inner is None:
                break
            found = _normal(urlsplit(inner), url)
        else:
            raise BadUrl("the address is wrapped in too many others")
    except BadUrl:
        raise
    except ValueError as problem:
        message = f"{url[:200]!r} is not an address: {problem}"
        raise BadUrl(message) from problem
    if len(found) > _LONGEST:
        message = f"the address is longer than {_LONGEST} characters"
        raise BadUrl(message)
    return found


def _normal(parts: SplitResult, url: str) -> str:
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        message = f"{url[:200]!r} is not an http or https address"
        raise BadUrl(message)
    netloc = _place(parts.scheme, parts.netloc)
    routed = _requote(parts.fragment) if parts.fragment.startswith(("!", "/")) and len(parts.fragment) > 1 else ""
    return urlunsplit((scheme, netloc, _path(parts.path), _query(parts.query), routed))


def _wrapped(parts: SplitResult) -> str | None:
    """The article's own address in that of an AMP cache or of a counter (Google Alerts and the like)."""
    host = parts.hostname or ""
    amp = _AMP_CACHE.fullmatch(parts.path) if host.endswith(".cdn.ampproject.org") else None
    viewer = _AMP_VIEWER.fullmatch(parts.path) if _SEARCH.fullmatch(host) else None
    inner = None
    if found := amp or viewer:
        inner = f"http{'s' if found.group(1) else ''}://{found.group(2)}" + (f"?{parts.query}" if parts.query else "")
    elif _SEARCH.fullmatch(host) and parts.path == "/url":
        inner = next((value for key, value in parse_qsl(parts.query) if key in ("url", "q")), None)
    elif host in ("l.facebook.com", "lm.facebook.com") and parts.path == "/l.php":
        inner = next((value for key, value in parse_qsl(parts.query) if key == "u"), None)
    return inner if inner and _ABSOLUTE.match(inner) else None


def twins(one: str, other: str) -> bool:
    """Whether two canonical addresses may be one article's for two readers: http and https, www., m. and amp. hosts, AMP, print.

    Likeness of addresses alone proves nothing: that both are one article, a page has to say (rel=canonical).
    """
    return _bare(one) == _bare(other)


def _bare(url: str) -> tuple[str, str, str]:
    """Host, path and query without what tells readers' variants of one article apart."""
    parts = urlsplit(url)
    host = _READERS_HOST.sub("", parts.netloc)
    path = _VARIANT_PATH.sub("", parts.path).rstrip("/")
    query = "&".join(pair for pair in parts.query.split("&") if pair.lower() not in _VARIANT_PAIRS)
    return host, path, query


def host_of(url: str) -> str:
    """The host of an address, with the port where it is not the scheme's default: the key of all rules of manners."""
    try:
        parts = urlsplit(url)
        return _place(parts.scheme, parts.netloc)
    except ValueError as problem:
        message = f"{url[:200]!r} is not an address: {problem}"
        raise BadUrl(message) from problem


@lru_cache(maxsize=8192)
def _place(scheme: str, netloc: str) -> str:
    """Host and port of an address's parts, as host_of has them; many addresses share them. ValueError."""
    parts = SplitResult(scheme, netloc, "", "", "")
    host, port = _host(parts), parts.port
    return host if port in (None, _DEFAULT_PORTS.get(scheme.lower())) else f"{host}:{port}"


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".").lower()
    if not host:
        raise BadUrl("the address has no host")
    if ":" in host:
        return f"[{host}]"
    if host.isascii():
        if not re.fullmatch(r"[a-z0-9._-]+", host):
            raise BadUrl("the host has characters that no host has")
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (UnicodeError, IndexError) as problem:
        raise BadUrl("the host is no internationalised name") from problem


def _path(path: str) -> str:
    plain = _PATH_SESSION.sub("", path)
    segments: list[str] = []
    for segment in _requote(plain).split("/"):
        if segment == "..":
            if len(segments) > 1:
                segments.pop()
        elif segment != ".":
            segments.append(segment)
    last = path.rsplit("/", 1)[-1]
    if last in (".", "..") and segments[-1:] != [""]:
        segments.append("")
    joined = "/".join(segments)
    return joined if joined.startswith("/") else f"/{joined}"


def _requote(text: str) -> str:
    """Percent-encodings in one form: unreserved characters plain, the rest encoded with capitals, escapes kept."""

    def each(match: re.Match[str]) -> str:
        character = unquote(match.group(), errors="strict") if int(match.group()[1:], 16) < 0x80 else ""
        return character if re.fullmatch(r"[A-Za-z0-9._~-]", character) else match.group().upper()

    # A percent sign that begins no escape is encoded before any is resolved: "%4%43" must not become the escape "%4C".
    kept = re.sub(r"%[0-9A-Fa-f]{2}", each, _STRAY_PERCENT.sub("%25", text))
    return "".join(
        part if re.fullmatch(r"%[0-9A-F]{2}", part) else quote(part, safe=_UNRESERVED, errors="replace")
        for part in re.split(r"(%[0-9A-F]{2})", kept)
    )


def _query(query: str) -> str:
    if not query:
        return ""
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape", max_num_fields=200)
    kept = [
        (key, value)
        for key, value in pairs
        if not _TRACKING.match(key)
        and (key.lower(), value.lower()) not in _TRACKING_VALUES
        and not (key.lower() == "sid" and _SESSION_VALUE.fullmatch(value))
    ]
    if kept == pairs and _PLAIN_QUERY.fullmatch(query):
        return query
    if len(kept) == 1 and kept[0][1] == "" and "=" not in query:
        return quote(kept[0][0], safe=_UNRESERVED, errors="surrogateescape")
    return urlencode(kept, errors="surrogateescape")
