"""Drift of extraction: a site whose pages clean otherwise than before is named."""

from __future__ import annotations

import logging

import pytest

from wirewatch.io import postgres
from wirewatch.jobs import house

_ENTRY = """
    insert into ingest.entry (url, canonical_url, host, stage, disposition, reason, decided_at)
    values (%(url)s, %(url)s, %(host)s, 'done', %(disposition)s, %(reason)s, now() - %(days)s * interval '1 day') returning id
"""
_ARTICLE = """
    insert into media.article (id, source_id, url, canonical_url, title, text, words, first_seen_at, run_id, cleaned_by,
        text_digest, shingles)
    values (%(id)s, (select min(id) from media.source), %(url)s, %(url)s, 't', 'x', %(words)s, now(), 'r', %(method)s, '', '{}')
"""


def enter(db, host, *, number, days, words=None, method="blocks", reason=""):
    url = f"https://{host}/{days}/{number}"
    rejected = words is None
    entry = {
        "url": url,
        "host": host,
        "days": days,
        "reason": reason,
        "disposition": "rejected" if rejected else "loaded",
    }
    found = postgres.one(db, _ENTRY, entry)
    if not rejected:
        postgres.execute(db, _ARTICLE, {"id": found["id"], "url": url, "words": words, "method": method})


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ([{"words": 410}] * 12, "steady"),
        ([{"words": 90}] * 12, "shorter"),
        ([{"words": 2000}] * 12, "longer"),
        ([{"words": 410, "method": "feed"}] * 12, "another method"),
        ([{"words": 410}] * 6 + [{"reason": "consent_wall: “Accept all”"}] * 6, "more rejected"),
        ([{"words": 410}] * 12 + [{"reason": "robots"}] * 12, "steady"),
        ([{"words": 90}] * 9, "too few"),
    ],
)
def test_what_changed_is_said_and_named_in_the_log(warehouse, caplog, now, state):
    with postgres.transaction(warehouse) as db:
        postgres.execute(db, "insert into media.source (host, name) values ('gull.example', 'The Gull')")
        for number in range(24):
            enter(db, "gull.example", number=number, days=14, words=400 + number)
        for number, page in enumerate(now):
            enter(db, "gull.example", number=number, days=1, **page)
    with caplog.at_level(logging.WARNING):
        assert house.extraction_drift(warehouse) == {state: 1}
    assert ("gull.example" in caplog.text) == (state not in ("steady", "too few"))


def test_a_host_without_a_past_is_no_drift(warehouse):
    assert house.extraction_drift(warehouse) == {}
