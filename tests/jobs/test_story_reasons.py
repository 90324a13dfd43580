"""Why an article is in its story: kept with it, and told in words by media.why."""

from __future__ import annotations

from wirewatch.io import postgres
from wirewatch.jobs.filters import Deduplicator

WARNING = (
    "The weather service has issued a warning for {0} and the counties around it, in effect from {1} p.m. {2}. "
    "Forecasters said that winds could reach {3} mph and bring down trees and lines in all of {0}. "
    "The utility said that about {4} customers in {0} were without power on {2} and crews were at work."
)
TEXTS = {
    "salem": ("Storm warning for Salem", WARNING.format("Salem", 11, "Friday", 89, 6600)),
    "omaha": ("Storm warning for Omaha", WARNING.format("Omaha", 1, "Monday", 38, 8900)),
    "ferry": (
        "Ferry runs aground off Cape Tern",
        "The ferry Sea Thistle ran aground on a reef off Cape Tern in thick fog on Tuesday, and all 214 passengers were "
        "rescued by lifeboats from three harbours.",
    ),
    "again": (
        "All 214 passengers of the Sea Thistle saved",
        "Lifeboats brought everybody from the Sea Thistle to safety after the ferry had struck a reef off Cape Tern. "
        "The captain blamed the fog.",
    ),
    "copy": (
        "Ferry aground",
        "The ferry Sea Thistle ran aground on a reef off Cape Tern in thick fog on Tuesday, and all 214 passengers were "
        "rescued by lifeboats from three harbours.",
    ),
}


def test_each_article_says_why_it_is_in_its_story(warehouse):
    given = [
        {"id": name, "title": title, "text": text, "url": f"https://gull.example/{name}"}
        for name, (title, text) in TEXTS.items()
    ]
    answers = {answer["id"]: answer for answer in Deduplicator(warehouse, {})(given)}
    with postgres.transaction(warehouse) as db:
        told = {
            name: postgres.one(db, "select story_reason as told from media.why(%s)", (f"https://gull.example/{name}",))
            for name in TEXTS
        }
    told = {name: row["told"] for name, row in told.items()}
    assert told["salem"] == "its own: no story was near"
    assert told["omaha"].endswith(f"kept out of story {answers['salem']['story']}: other facts in the same form")
    assert told["ferry"].startswith("its own: the nearest one, story ")
    assert told["again"].startswith("score 0."), told
    assert "needed: meaning 0." in told["again"]
    assert told["copy"] == "it goes with what it copies"
    assert answers["ferry"]["story"] == answers["again"]["story"] == answers["copy"]["story"]
