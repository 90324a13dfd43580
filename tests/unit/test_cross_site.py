"""Which requests are refused as another site's, by what a browser says of them."""

from __future__ import annotations

import pytest

from wirewatch.web.cross_site import DRAWN_IN, FOREIGN_FORM, refusal

OURS = {"desk.test", "desk.test:8080"}


def browser(site: str | None, *, origin: str | None = None, mode: str = "navigate", dest: str = "document") -> dict:
    """Headers of a browser that has our cookie; an old one (`site` None) says nothing of where it is."""
    said = {"cookie": "_token=x"} | ({"origin": origin} if origin is not None else {})
    return said if site is None else said | {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}


WRITES = {
    "our own form": (browser("same-origin", origin="http://desk.test"), True),
    "our own script": (browser("same-origin", origin="https://desk.test:8080", mode="cors", dest="empty"), True),
    "our own form in an old browser": (browser(None, origin="http://desk.test"), True),
    "a program with its token": ({"authorization": "Bearer x"}, True),
    "another site's form": (browser("cross-site", origin="https://evil.test"), False),
    "another site's form in an old browser": (browser(None, origin="https://evil.test"), False),
    "a form of a neighbour below the same domain": (browser("same-site", origin="https://blog.desk.test"), False),
    "a form of a service on another port": (browser("same-site", origin="http://desk.test:9999"), False),
    "our address without TLS, read by somebody between": (browser("cross-site", origin="http://desk.test"), False),
    "an address that begins as ours": (browser("cross-site", origin="https://desk.test.evil.test"), False),
    "an address that has ours as a name": (browser(None, origin="https://desk.test@evil.test"), False),
    "a sandboxed frame": (browser("cross-site", origin="null", dest="iframe"), False),
    "a sandboxed frame in an old browser": (browser(None, origin="null"), False),
    "a browser that does not say from where": (browser(None), False),
    "an origin that is empty": (browser(None, origin=""), False),
    "our page without an origin": (browser("same-origin"), False),
    "our origin, but typed": (browser("none", origin="http://desk.test"), False),
    "our origin, but said to be from elsewhere": (browser("cross-site", origin="http://desk.test"), False),
    "a token and a cookie, from elsewhere": ({"authorization": "Basic x", **browser("cross-site", origin="https://evil.test")}, False),
    "a word that no browser says": (browser("ours", origin="http://desk.test"), False),
}  # fmt: skip
READS = {
    "a link of our page": (browser("same-origin"), True),
    "our style sheet": (browser("same-origin", mode="no-cors", dest="style"), True),
    "the page in Airflow's own frame": (browser("same-origin", dest="iframe"), True),
    "typed, or a bookmark": (browser("none"), True),
    "a link of a mail or of another site": (browser("cross-site"), True),
    "a link of a neighbour": (browser("same-site"), True),
    "an old browser, a feed reader, curl": (browser(None), True),
    "a program with its token": ({"authorization": "Bearer x"}, True),
    "an image of another site, for a dry run or an export": (
        browser("cross-site", mode="no-cors", dest="image"),
        False,
    ),
    "a script of another site": (browser("cross-site", mode="no-cors", dest="script"), False),
    "a fetch of another site": (browser("cross-site", origin="https://evil.test", mode="cors", dest="empty"), False),
    "an image of a neighbour": (browser("same-site", mode="no-cors", dest="image"), False),
    "a frame of another site": (browser("cross-site", dest="iframe"), False),
    "an object of another site": (browser("cross-site", dest="object"), False),
    "a frame of a neighbour": (browser("same-site", dest="iframe"), False),
}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("case", WRITES)
def test_what_changes_something_must_come_from_our_own_page(method, case):
    headers, is_taken = WRITES[case]
    assert refusal(method, headers, OURS) == (None if is_taken else FOREIGN_FORM)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("case", READS)
def test_what_reads_may_be_followed_to_and_not_be_drawn_in(method, case):
    headers, is_taken = READS[case]
    assert refusal(method, headers, OURS) == (None if is_taken else DRAWN_IN)
