"""What a page of the Newsroom takes in the warehouse of tests/bench/queries.py (a million articles of two years), and a look for alerts.

Every page is asked for in a web server of its own, without the login: once to warm up, five times to be measured. The alerts are
those of the shipped `seeds/alerts.yaml`, looked for again and again with nothing sent; the digest is written, not sent. `kb` is the
size of the page.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from bench import report  # noqa: E402
from bench.queries import filled_warehouse  # noqa: E402
from bench.served import newsroom  # noqa: E402
from wirewatch.core.alert_file import Digest  # noqa: E402
from wirewatch.io import alert_sources, postgres  # noqa: E402
from wirewatch.jobs import alerts, digest  # noqa: E402

_TIMES = 5
_FOUND = """
select (select max(duplicate_of) from media.article) as original,
    (select max(id) from media.article where duplicate_of is not null) as copy,
    (select max(id) - 500 from media.story) as story,
    (select qcode from media.article_topic limit 1) as qcode,
    (select replace(name, ' ', '+') from media.topic where qcode = (select qcode from media.article_topic limit 1)) as topic,
    (select url from media.article order by id desc offset 5000 limit 1) as url
"""


@dataclass(frozen=True)
class Took:
    """One page or job: milliseconds of the clock (the middle of five, and the longest), and the page's size."""

    what: str
    p50_ms: float
    longest_ms: float
    kb: float


def timed(what: str, work: Callable[[], int]) -> Took:
    """The time of a piece of work that says how many bytes it made."""
    work()
    took, size = [], 0
    for _ in range(_TIMES):
        start = time.perf_counter()
        size = work()
        took.append((time.perf_counter() - start) * 1000)
    return Took(what, statistics.median(took), max(took), size / 1000)


def pages(db: postgres.Connection) -> list[str]:
    """Addresses of pages that show something there."""
    known = postgres.one(db, _FOUND)
    assert known is not None
    return [
        "", "?by=source", "?days=90", "articles", "articles?kind=copy", f"articles?topic={known['topic']}",
        "articles?language=de", "articles?topic=none+of+all", "articles?name=Nobody", f"articles/{known['original']}",
        f"articles/{known['copy']}", f"copies/{known['copy']}", "copies", "stories", "stories?over=month",
        f"stories/{known['story']}", "sources", "sources/1", "gaps", "quarantine", "review", "entries",
        "entries?disposition=rejected", "search?q=train&by=words", "search?q=stormwater&by=words",
        "search?q=train&by=meaning", "search?q=train", f"why?url={known['url']}",
        "runs", "runs/ingest_articles", "watchlists", "actions", f"feeds/topic/{known['qcode']}.rss",
    ]  # fmt: skip


def main() -> None:
    """Measure and print a table."""
    found: list[Took] = []
    with filled_warehouse(__doc__ or "") as dsn:
        db = postgres.connect(dsn, autocommit=True)
        plan = alerts.plan()
        with newsroom(dsn) as (port, _):
            for path in pages(db):
                address = f"http://127.0.0.1:{port}/{path}"
                found.append(timed(f"/{path}", lambda address=address: len(urlopen(address, timeout=120).read())))
                print(found[-1], file=sys.stderr, flush=True)
        found.append(timed("a look for alerts", lambda: len(str(alerts.decide(dsn, plan)))))
        now = alert_sources.now(db)
        wanted = plan.digest or Digest(at=digest.MORNING, zone="UTC")
        found.append(timed("the digest", lambda: len(digest.write(db, wanted, now).html)))
        db.close()
    report.write("pages", __doc__ or "", found)


if __name__ == "__main__":
    main()
