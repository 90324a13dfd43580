"""Rebuild: an entry's rows from its archived page, by the code of the stages, as of the moment in which it was judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.text import digest, lead, sampled_shingles
from wirewatch.core.model import Cleaned, Mention, TopicScore, Vector, Verdict
from wirewatch.core.replay import Row
from wirewatch.core.topics.tagger import Tagger
from wirewatch.core.watchlists import About, Matcher
from wirewatch.io import drafts, known, pages, postgres
from wirewatch.io.archive import Archive
from wirewatch.jobs.clean import address_of, read_article
from wirewatch.jobs.embed import embed_all
from wirewatch.jobs.hints import from_json
from wirewatch.jobs.judging import Criteria, document_of, verdict_on
from wirewatch.jobs.past_stories import PastStories

_SAME_VECTOR, _SAME_SCORE = 0.9995, 0.01
"""Vectors depend on what is embedded beside a text in their last digits, and so do scores: up to here they are the same."""

Stored = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tools:
    """What rebuilds: archive, tagger, matcher, model (key and name), criteria of judging, and the past's stories.

    Where these are None, stories are not rebuilt.
    """

    dsn: str
    archive: Archive
    tagger: Tagger
    matcher: Matcher
    model: str
    model_name: str
    criteria: Criteria
    stories: PastStories | None


def rebuild(tools: Tools, chunk: Sequence[Stored]) -> list[tuple[Row, Row] | Exception]:
    """For each entry (see io.replays.stored) the fields stored and rebuilt, or what kept its page from being read."""
    cleaned = [_cleaned(tools, row) for row in chunk]
    whole = [n for n, article in enumerate(cleaned) if isinstance(article, tuple) and not article[0].rejected]
    made = dict(zip(whole, _embedded(tools, [cleaned[n][0] for n in whole]), strict=True))  # type: ignore[index]
    found: list[tuple[Row, Row] | Exception] = []
    for number, (row, article) in enumerate(zip(chunk, cleaned, strict=True)):
        if isinstance(article, Exception):
            found.append(article)
        elif number in made and row["loaded"]:
            found.append(_compared(tools, row, *article, made[number]))
        else:
            found.append(_rejection(row, article[0]))
    return found


def _cleaned(tools: Tools, row: Stored) -> tuple[Cleaned, str] | Exception:
    """The article in an entry's newest page, and its address."""
    try:
        with postgres.transaction(tools.dsn) as db:
            page = pages.latest(db, row["id"])
        article = read_article(tools.archive, page, from_json(row["hints"]), row["entry_url"])
    except Exception as problem:  # noqa: BLE001  (one page must not end the replay; it is written down)
        return problem
    return article, address_of(article, row["entry_canonical"], page["final_url"] if page else None)


@dataclass(frozen=True, slots=True)
class _Vectors:
    lead: Vector
    passages: list[str]
    rows: np.ndarray[Any, np.dtype[np.float32]]


def _embedded(tools: Tools, articles: Sequence[Cleaned]) -> list[_Vectors]:
    leads = [lead(article.title, article.text) for article in articles]
    parts = [tools.tagger.to_read(article.title, article.text, article.language) for article in articles]
    vectors, of_parts = embed_all(leads, parts, tools.model_name, tools.tagger.model)
    return [_Vectors(*found) for found in zip(vectors, parts, of_parts, strict=True)]


def _rejection(row: Stored, article: Cleaned) -> tuple[Row, Row]:
    """An entry that is not an article, or is none by now: only that is compared."""
    rebuilt = article.rejected.value if article.rejected else None
    if row["loaded"]:
        return {"rejected": None}, {"rejected": rebuilt}
    stored = row["reason"].partition(":")[0] if row["disposition"] == "rejected" else row["disposition"]
    return {"rejected": stored}, {"rejected": rebuilt}


def _compared(tools: Tools, row: Stored, article: Cleaned, address: str, made: _Vectors) -> tuple[Row, Row]:
    close = row["model"] == tools.model and _cosine(row["vector_text"], made.lead) >= _SAME_VECTOR
    draft = _draft(tools, row, article, address, made, close=close)
    stored: dict[str, str | None] = {
        "rejected": None,
        "title": row["title"],
        "headline": row["headline"],
        "text": row["text"],
        "authors": "; ".join(row["authors"]),
        "published": _iso(row["published_at"]),
        "language": row["language"],
        "section": row["section"],
        "image": row["image_url"],
        "address": row["canonical_url"],
        "method": row["cleaned_by"],
        "vector": row["model"],
        "copy": _copy(row["copy_of"], row["rung"], row["score"]),
        "story": "its own" if row["founder"] else f"story {row['story_id']}",
        "topics": row["topics"] or "",
        "mentions": row["mentions"] or "",
    }
    verdict, story = _judged(tools, row, draft)
    topics = tools.tagger.tag(article.title, article.text, made.passages, made.rows, article.language)
    about = About(row["host"], article.language, tuple(word for t in topics for word in (t.qcode, t.name)))
    rebuilt: dict[str, str | None] = {
        "rejected": None,
        "title": article.title,
        "headline": article.headline,
        "text": article.text,
        "authors": "; ".join(article.authors),
        "published": _iso(article.published),
        "language": article.language,
        "section": article.section,
        "image": article.image,
        "address": address,
        "method": article.method,
        "vector": tools.model if close else f"{tools.model}, cosine {_cosine(row['vector_text'], made.lead):.4f}",
        "copy": _same_copy(row, verdict),
        "topics": _same_topics(stored["topics"] or "", topics),
        "mentions": _mentions(tools.matcher.find(article.title, article.text, about)),
    }
    if story is not None:
        rebuilt["story"] = story
    for name in _kept(row):
        rebuilt.pop(name, None)
    return {name: stored[name] for name in rebuilt}, rebuilt


def _kept(row: Stored) -> list[str]:
    """Fields that are not rebuilt: a correction leaves them, people or seeds that are away decided, or they wait to be renewed."""
    names = ["address"] if row["version"] > 1 else []
    if row["decided_elsewhere"]:
        names += ["copy", "story"]
    if row["moved"]:
        names.append("story")
    if row["to_judge"]:
        names += ["vector", "copy", "topics"]
    elif row["state"] == "retracted" and row["rejudged_at"]:
        names.append("copy")
    return names


def _draft(tools: Tools, row: Stored, article: Cleaned, address: str, made: _Vectors, *, close: bool) -> dict[str, Any]:
    """The article as the stage that judges sees it. Its vector is the stored one, where that is the same."""
    return {
        "entry_id": row["id"],
        "title": article.title,
        "text": article.text,
        "canonical_url": address if row["version"] == 1 else row["canonical_url"],
        "published_at": article.published,
        "language": article.language,
        "discovered_at": row["discovered_at"],
        "text_digest": digest(article.text),
        "shingles": sampled_shingles(article.text),
        "model": tools.model,
        "vector_text": row["vector_text"] if close else drafts.literal(made.lead.astype(np.float16).astype(np.float32)),
    }


def _judged(tools: Tools, row: Stored, draft: Mapping[str, Any]) -> tuple[Verdict, str | None]:
    """What it is a copy of, and its story, by what was known when it was judged."""
    then: datetime = row["rejudged_at"] or row["judged_at"]
    mine = Features(document_of(draft))
    with postgres.transaction(tools.dsn) as db:
        known.prepare_search(db)
        found = known.search(db, draft, known.Span(tools.criteria.window_days, then=then))
        judged = verdict_on(db, draft, mine, found, replace(tools.criteria, then=then))
    if row["version"] > 1 or tools.stories is None:
        return judged.verdict, None
    if judged.copied_story is not None:
        return judged.verdict, f"story {judged.copied_story}"
    tools.stories.forward(then)
    return judged.verdict, tools.stories.choose(dict(draft), judged.near, judged.same_form)


def _same_copy(row: Stored, verdict: Verdict) -> str:
    rung = verdict.rung.value if verdict.rung else None
    same = (row["copy_of"], row["rung"]) == (verdict.duplicate_of, rung) and (
        rung is None or abs(verdict.score - row["score"]) <= _SAME_SCORE
    )
    score = row["score"] if same else verdict.score
    return _copy(verdict.duplicate_of, rung, score)


def _copy(of: str | None, rung: str | None, score: float | None) -> str:
    return f"{of}, {rung}, {score or 0.0:.2f}" if of else "original"


def _same_topics(stored: str, topics: Sequence[TopicScore]) -> str:
    """Topics as text; those that differ from what is stored in the last digits of their scores only, as stored."""
    known_as = {tuple(line.split(" ", 2)[::2]): line.split(" ", 2)[1] for line in stored.split("\n") if line}
    lines = []
    for topic in topics:
        evidence = topic.evidence.replace("\n", " ")
        before = known_as.get((topic.qcode, evidence))
        near = before is not None and abs(float(before) - topic.score) <= _SAME_SCORE
        lines.append(f"{topic.qcode} {before if near else f'{topic.score:.4f}'} {evidence}")
    return "\n".join(sorted(lines))


def _mentions(found: Sequence[Mention]) -> str:
    unique = {(m.watchlist, m.name, m.field, m.start): m for m in reversed(found)}
    return "\n".join(f"{m.watchlist}/{m.name} {m.alias} {m.field} {m.start}-{m.end}" for _, m in sorted(unique.items()))


def _cosine(stored: str | None, rebuilt: Vector) -> float:
    if stored is None:
        return 0.0
    one = drafts.vector_of(stored)
    if one.shape != rebuilt.shape:
        return 0.0
    return float(one @ rebuilt / (np.linalg.norm(one) * np.linalg.norm(rebuilt)))


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
