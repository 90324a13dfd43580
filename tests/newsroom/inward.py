"""The hostile side of the press: addresses that lead inside, in the spellings that get past rules written for one of them."""

from __future__ import annotations

from newsroom.hostile import FAILED, FEED_ONCE_PAGE_ONCE, OK, ONE, ROBOTS, Case, item, rss, site, to


def cases(traps: dict[str, int]) -> list[Case]:
    """A page that redirects to each; `traps` are the ports that nobody may connect to, by address."""
    four, six = traps["127.0.0.1"], traps["::1"]
    spellings = {
        "decimal": f"http://2130706433:{four}/",
        "octal": f"http://0177.0.0.1:{four}/",
        "short": f"http://127.1:{four}/",
        "hexadecimal": f"http://0x7f000001:{four}/",
        "hexadecimal in parts": f"http://0x7f.0.0.1:{four}/",
        "of zero": f"http://0:{four}/",
        "of four zeros": f"http://0.0.0.0:{four}/",
        "of full-width digits": f"http://１２７.０.０.１:{four}/",
        "with circled digits": f"http://①②⑦.⓪.⓪.①:{four}/",
        "with ideographic stops": f"http://127。0。0。1:{four}/",
        "with a final stop": f"http://127.0.0.1.:{four}/",
        "escaped": f"http://%31%32%37.0.0.1:{four}/",
        "behind a user": f"http://example.org@127.0.0.1:{four}/",
        "behind a user and a password": f"http://example.org:80@127.0.0.1:{four}/",
        "before a backslash": f"http://127.0.0.1:{four}\\@example.org/",
        "before a fragment": f"http://127.0.0.1:{four}#@example.org/",
        "without a scheme": f"//127.0.0.1:{four}/",
        "of a name for itself": f"http://localhost:{four}/",
        "of a name for itself, with a final stop": f"http://LOCALHOST.:{four}/",
        "of six": f"http://[::1]:{six}/",
        "of six, mapped": f"http://[::ffff:127.0.0.1]:{four}/",
        "of six, mapped, hexadecimal": f"http://[::ffff:7f00:1]:{four}/",
        "of six, compatible": f"http://[::127.0.0.1]:{four}/",
        "of six, translated": f"http://[64:ff9b::7f00:1]:{four}/",
        "of six, through 6to4": f"http://[2002:7f00:1::]:{four}/",
        "of six, in full": f"http://[0:0:0:0:0:0:0:1]:{six}/",
        "of six, with a zone": f"http://[fe80::1%25lo]:{six}/",
        "of six, of a site": "http://[fd00::1]/",
        "of a private network": "http://10.0.0.1/",
        "of a carrier's network": "http://100.64.0.1/",
        "of the cloud's metadata": "http://169.254.169.254/latest/meta-data/",
        "of everybody": "http://224.0.0.1/",
        "of a file": "file:///etc/passwd",
        "of gopher": f"gopher://127.0.0.1:{four}/_GET",
        "of ftp": f"ftp://127.0.0.1:{four}/",
        "of data": "data:text/html,<h1>Hello</h1>",
        "of a script": "javascript:alert(1)",
    }
    return [
        *(
            Case(
                f"a page to an address {name}",
                site(ONE, {"/1": to(target)}),
                OK,
                "healthy",
                {"/1": "refused_address"},
                FEED_ONCE_PAGE_ONCE,
            )
            for name, target in spellings.items()
        ),
        Case(
            "entries that are no web addresses",
            site(
                rss(item("javascript:alert(1)", 1), item("file:///etc/passwd", 2), item("mailto:desk@example.org", 3))
            ),
            OK,
            "healthy",
            {"#1": "bad_url", "#2": "bad_url", "#3": "bad_url"},
            {**ROBOTS, "/feed": 3},
        ),
        Case(
            "a robots.txt that leads inside",
            site(ONE, robots=to(f"http://127.0.0.1:{four}/robots.txt")),
            FAILED,
            "failing",
            {},
            {"/robots.txt": 3},
        ),
    ]
