"""Judging: what a draft or an article is a copy of, by what was found near it, by the criteria and by what people said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from wirewatch.core.duplicates import parts
from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.forms import same_form, told_by_form
from wirewatch.core.duplicates.judge import Candidate, same_url
from wirewatch.core.duplicates.likeness import likeness
from wirewatch.core.duplicates.lookup import Lookup
from wirewatch.core.duplicates.rulings import judge_by_rulings, said_to_copy
from wirewatch.core.duplicates.text import digest_of
from wirewatch.core.keys import is_seed, number_of
from wirewatch.core.model import Document, Verdict
from wirewatch.io import actions, known
from wirewatch.io import stories as story_table
from wirewatch.io.postgres import Connection
from wirewatch.settings import settings

_FEW_SHINGLES, _ONE_ARTICLE = 10, 0.1
_known_features = lru_cache(maxsize=512)(Features)
_Found = dict[str, tuple[Document, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Criteria:
    """By what is judged: how far back, how strictly (see core judge), and by what was known when (None: now).

    `verdicts` stand in place of the stored ones: keys of articles with what they copy, or None.
    """

    window_days: int
    strictness: float
    then: datetime | None = None
    verdicts: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgment:
    """What is held of a draft: its verdict, the stories of the documents near it, and the story of what it copies, if any.

    Those of `same_form`, which are near it too, tell other facts in its form: it belongs to none of them.
    """

    verdict: Verdict
    near: list[int]
    copied_story: int | None
    same_form: frozenset[int] = frozenset()


def criteria() -> Criteria:
    """The criteria that are set."""
    return Criteria(settings().window_days, settings().copy_strictness)


def document_of(row: Mapping[str, Any]) -> Document:
    """A draft as what is compared."""
    return Document(
        key=f"article:{row['entry_id']}",
        title=row["title"],
        text=row["text"],
        url=row["canonical_url"],
        published=row["published_at"],
        language=row["language"],
    )


def verdict_on(
    db: Connection,
    row: Mapping[str, Any],
    mine: Features,
    near: Lookup,
    on: Criteria,
) -> Judgment:
    """What the draft is a copy of, if of anything, and which stories are near it.

    With `on.then`, by what was known at that moment. What copies the draft itself is left out, since it may be an article
    already; so are copies whose text has changed and that were not judged again yet.
    """
    own, then = f"article:{row['entry_id']}", on.then
    refused = actions.not_copied(db, own)
    at_address = [key for key in near.at_address if key not in refused]
    documents = _as_held(known.documents(db, near.keys, then), on)
    found = {key: one for key, one in documents.items() if own not in (key, one[1]["copy_of"]) and not _stale(one[1])}
    for key in near.same_words:
        if key in found and not found[key][0].text:
            # Retention dropped its text, and kept the digest: these are its words.
            found[key] = (replace(found[key][0], text=row["text"]), found[key][1])
    stories = {facts["story_id"] for _, facts in found.values() if facts["story_id"] is not None}
    apart: set[int] = set()
    at_hand = [
        key
        for key in at_address
        if key in found and found[key][1]["copy_of"] not in refused and _one_article(mine, found[key][0])
    ]
    same = same_url(at_hand[0], row["canonical_url"]) if at_hand else None
    said = actions.said_to_copy(db, own)
    if said:
        found |= _as_held(known.documents(db, [said[0]], then), on)
    if said and said[0] in found:
        verdict = _at_the_root(said_to_copy(*said), found)
    elif same:
        verdict = _at_the_root(same, found)
    else:
        candidates = _candidates(mine, near, found)
        verdict = judge_by_rulings(mine, candidates, refused, actions.apart(db, list(found)), on.strictness)
        if verdict.duplicate_of is None:
            able = [one for one in candidates if parts.may_share(one.likeness_to(mine).shingles)]
            taken = parts.reuses(mine, [(one.group, one.features) for one in able if one.group not in refused])
            verdict = replace(verdict, evidence={**verdict.evidence, "reuses": taken})
            apart = _of_other_facts(mine, candidates, found)
    return Judgment(verdict, sorted(stories), _copied_story(db, verdict, found, then), frozenset(apart))


def _of_other_facts(mine: Features, candidates: Sequence[Candidate], found: _Found) -> set[int]:
    """The stories that tell other facts in the form of the draft: near it by all measures, and not its event."""
    filled: dict[int, list[bool]] = {}
    for candidate in candidates:
        story = found[candidate.features.document.key][1]["story_id"]
        if story is not None:
            filled.setdefault(story, []).append(same_form(mine, candidate))
    return {story for story, members in filled.items() if told_by_form(members)}


def _as_held(found: _Found, on: Criteria) -> _Found:
    """The documents with what they are held to copy by these criteria."""
    for key in found.keys() & on.verdicts.keys():
        found[key][1]["copy_of"] = on.verdicts[key]
    return found


def _one_article(mine: Features, known_at: Document) -> bool:
    """Whether what is at one address may be one article: pages that all name one address, such as their section's, are not.

    Where words are few, or some of the wording or the title is shared, the address is believed.
    """
    other = _known_features(known_at)
    if min(len(mine.shingles), len(other.shingles)) < _FEW_SHINGLES or mine.document.title == known_at.title:
        return True
    return len(mine.shingles & other.shingles) >= _ONE_ARTICLE * min(len(mine.shingles), len(other.shingles))


def _stale(facts: dict[str, Any]) -> bool:
    """Whether what a document is held to copy is what an earlier text of it copied."""
    return bool(facts["waits"]) and facts["copy_of"] is not None


def _copied_story(db: Connection, verdict: Verdict, found: _Found, then: datetime | None) -> int | None:
    copied = verdict.duplicate_of
    if copied is None:
        return None
    if is_seed(copied):
        return story_table.of_seed_copies(db, number_of(copied), then)
    through = verdict.evidence.get("via", copied)
    story: int | None = found[through][1]["story_id"] if through in found else None
    return story


def _candidates(mine: Features, near: Lookup, found: _Found) -> list[Candidate]:
    """The documents as candidates, each with its likeness: what was measured when it was looked up, where it is the same still."""
    made = []
    for key in near.keys:
        if key not in found:
            continue
        document, facts = found[key]
        known_features, cosine = _known_features(document), near.cosine(key)
        mark, alike = near.likenesses.get(key, ("", None))
        if alike is None or mark != mark_of(document) or (alike.measures and alike.measures.cosine != cosine):
            alike = likeness(mine, known_features, cosine)
        made.append(Candidate(known_features, cosine, facts["copy_of"] or key, alike))
    return made


def mark_of(document: Document) -> str:
    """What tells whether a document has the text still that it had."""
    return digest_of(document.text)


def _at_the_root(verdict: Verdict, found: _Found) -> Verdict:
    """A copy of a copy is a copy of the original; the evidence remembers through which."""
    if verdict.duplicate_of is None or verdict.duplicate_of not in found:
        return verdict
    root = found[verdict.duplicate_of][1]["copy_of"]
    if root is None:
        return verdict
    return replace(verdict, duplicate_of=root, evidence={**verdict.evidence, "via": verdict.duplicate_of})
