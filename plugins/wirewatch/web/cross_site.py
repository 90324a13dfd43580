"""Requests that another site's page has a browser send with our reader's login: which are refused, by what the browser says.

The login is a cookie (Airflow's `_token`, SameSite=Lax): a browser sends it with whatever its own page asks, and with links that
are followed from elsewhere. So what changes something must come from our own page, by its Origin and by its Fetch Metadata
(OWASP, Cross-Site Request Forgery Prevention; W3C, Fetch Metadata: the resource isolation policy), and what only reads may be
followed to from anywhere, but not be drawn into another page as an image, a script, a frame or an object.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

_READING = {"GET", "HEAD"}
_FROM_HERE = {None, "same-origin"}
"""What `Sec-Fetch-Site` says of our own pages; None: a browser that says nothing (or an address without TLS)."""
_BY_HAND = {*_FROM_HERE, "none"}
"""The same, and of what a person typed or has among the bookmarks."""
_DRAWN_IN = {"embed", "frame", "iframe", "object", "fencedframe"}
"""`Sec-Fetch-Dest` of what is navigated to inside another page."""

FOREIGN_FORM = "This form was sent from another site, or your browser did not say from where."
DRAWN_IN = "Pages of the Newsroom are no parts of other sites' pages: follow a link to it instead."


def refusal(method: str, headers: Mapping[str, str], ours: Collection[str]) -> str | None:
    """Why a request is refused, in a sentence; None where it is not. `headers` by lower-case name, `ours`: our own hosts with ports.

    A program that sends its token in a header, and no cookie, is no browser with somebody's login: it needs no origin.
    """
    if "authorization" in headers and "cookie" not in headers:
        return None
    site = headers.get("sec-fetch-site")
    if method in _READING:
        is_followed = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") not in _DRAWN_IN
        return None if site in _BY_HAND or is_followed else DRAWN_IN
    origin = headers.get("origin")
    is_ours = origin is not None and urlsplit(origin).netloc in ours
    return None if is_ours and site in _FROM_HERE else FOREIGN_FORM
