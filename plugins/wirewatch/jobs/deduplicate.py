"""Deduplicate: each embedded entry, in order of arrival, against seeds, the window, and what was judged before it.

Serial over all workers, so two copies in one batch, or in two batches, see each other: the transaction of each entry holds an
advisory lock, which ends with it, however that may be. (A lock for the whole batch would outlive a machine that stands still.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from wirewatch.core import stories
from wirewatch.core.duplicates import parts
from wirewatch.core.duplicates.features import Features, features
from wirewatch.core.duplicates.judge import Candidate, same_url
from wirewatch.core.duplicates.rulings import judge_by_rulings, said_to_copy
from wirewatch.core.duplicates.text import lead
from wirewatch.core.model import Document, Verdict
from wirewatch.io import actions, drafts, embedding, known, ledger, models, postgres
from wirewatch.io import stories as story_table
from wirewatch.io.log_context import about
from wirewatch.io.postgres import Connection
from wirewatch.jobs import placing
from wirewatch.jobs.failures import give_back_or_quarantine
from wirewatch.settings import settings

_MOST_EXACT = 5
_FEW_SHINGLES, _ONE_ARTICLE = 10, 0.1
_BELIEVED = timedelta(days=2)
_known_features = lru_cache(maxsize=512)(features)


@dataclass(frozen=True, slots=True)
class Criteria:
    """By what is judged: how far back, how strictly (see core judge), and by what was known when (None: now).

    `verdicts` stand in place of the stored ones: keys of articles with what they copy, or None.
    """

    window_days: int
    strictness: float
    then: datetime | None = None
    verdicts: Mapping[str, str | None] = field(default_factory=dict)


def criteria() -> Criteria:
    """The criteria that are set."""
    return Criteria(settings().window_days, settings().copy_strictness)


def deduplicate(dsn: str, batch_id: int, run_id: str, *, by_publication: bool = True) -> dict[str, int]:
    """Move the batch's entries from embedded to judged. Counts: originals, copies by rung, failed.

    They are judged in the order of publication, as far as that can be believed, so that of two copies that came in
    one batch the earlier is the original; or in the order of arrival.
    """
    chosen = settings()
    counts = {"original": 0, "url": 0, "exact": 0, "near": 0, "semantic": 0, "desk": 0, "failed": 0}
    with postgres.transaction(dsn) as db:
        ledger.renew(db, batch_id, chosen.lease_minutes)
        entries = ledger.at_stage(db, batch_id, "embedded")
        rows = drafts.of(db, [entry["id"] for entry in entries])
    if by_publication:
        entries.sort(key=lambda entry: (_published(rows[entry["id"]]), entry["id"]))
    for entry in entries:
        try:
            with about(entry=entry["id"]):
                rung = _judge_one(dsn, batch_id, rows[entry["id"]], criteria())
        except ledger.LeaseLost:
            raise
        except Exception as problem:  # noqa: BLE001  (one text must not stop the batch)
            give_back_or_quarantine(
                dsn,
                entry,
                batch_id,
                run_id,
                stage="deduplicate",
                back_to="embedded",
                problem=problem,
                max_attempts=chosen.max_attempts,
            )
            rung = "failed"
        counts[rung] += 1
    return counts


def _published(row: dict[str, Any]) -> datetime:
    """When the draft came out; when it was discovered, where its own date is in the future or long past."""
    at, discovered = row["published_at"], row["discovered_at"]
    believable = at is not None and discovered - _BELIEVED <= at <= discovered
    found: datetime = at if believable else discovered
    return found


def _judge_one(dsn: str, batch_id: int, row: dict[str, Any], on: Criteria) -> str:
    with postgres.transaction(dsn) as db:
        placing.take_turn(db)
        row = _by_the_serving_model(db, row)
        known.prepare_search(db)
        nearest = known.by_meaning(db, drafts.vector_of(row["vector_text"]), row["model"], on.window_days)
        found_features = features(document_of(row))
        verdict, near_stories, copied_story = verdict_on(db, row, found_features, nearest, on)
        story = _assign(db, row, found_features, near_stories, copied_story)
        seed = next((found for found in nearest if found.key.startswith("seed:")), None)
        drafts.save_verdict(
            db,
            row["entry_id"],
            {
                "verdict": {**asdict(verdict), "model": row["model"]},
                "story_id": story.story_id,
                "story_score": story.score,
                "story_reasons": story.reasons,
                "seed_similarity": seed.cosine if seed else None,
                "nearest_seed_id": int(seed.key.partition(":")[2]) if seed else None,
            },
        )
        ledger.advance(db, [row["entry_id"]], batch_id, "embedded", "judged")
    return str(verdict.rung.value) if verdict.duplicate_of and verdict.rung else "original"


def _by_the_serving_model(db: Connection, row: dict[str, Any]) -> dict[str, Any]:
    """The draft with a vector of the model that serves, where it was embedded just before another did."""
    model = models.serving(db)
    if row["model"] == model.key:
        return row
    vector = embedding.embed([lead(row["title"], row["text"])], model.name)[0]
    drafts.renew_vector(db, row["entry_id"], model.key, vector)
    return drafts.of(db, [row["entry_id"]])[row["entry_id"]]


def verdict_on(
    db: Connection,
    row: dict[str, Any],
    mine: Features,
    nearest: list[known.Nearest],
    on: Criteria,
) -> tuple[Verdict, list[int], int | None]:
    """What the draft is a copy of, if of anything; the stories of the documents near it; the story of what it copies.

    With `on.then`, by what was known at that moment. What copies the draft itself is left out, since it may be an article
    already; so are copies whose text has changed and that were not judged again yet.
    """
    own, then = f"article:{row['entry_id']}", on.then
    refused = actions.not_copied(db, own)
    at_address = [pair for pair in known.by_url(db, [row["canonical_url"]], then) if pair[1] not in refused]
    exact = [key for _, key in known.by_digest(db, [row["text_digest"]], then)] if row["text_digest"] else []
    worded = known.by_wording(db, row["shingles"] or [], on.window_days, then=then)
    cosines = {found.key: found.cosine for found in nearest}
    others = [key for key in (*exact[:_MOST_EXACT], *worded) if key not in cosines]
    cosines.update(known.cosines(db, drafts.vector_of(row["vector_text"]), others, row["model"]))
    keys = list(dict.fromkeys([*(key for _, key in at_address), *exact[:_MOST_EXACT], *worded, *cosines]))
    documents = _as_held(known.documents(db, keys, then), on)
    found = {key: one for key, one in documents.items() if own not in (key, one[1]["copy_of"]) and not _stale(one[1])}
    for key in exact[:_MOST_EXACT]:
        if key in found and not found[key][0].text:
            # Retention dropped its text, and kept the digest: these are its words.
            found[key] = (replace(found[key][0], text=row["text"]), found[key][1])
    stories = sorted({facts["story_id"] for _, facts in found.values() if facts["story_id"] is not None})
    at_hand = [
        key
        for _, key in at_address
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
        candidates = list(_candidates(keys, found, cosines))
        verdict = judge_by_rulings(mine, candidates, refused, actions.apart(db, list(found)), on.strictness)
        if verdict.duplicate_of is None:
            taken = parts.reuses(mine, [(one.group, one.features) for one in candidates if one.group not in refused])
            verdict = replace(verdict, evidence={**verdict.evidence, "reuses": taken})
    return verdict, stories, _copied_story(db, verdict, found, then)


def _as_held(
    found: dict[str, tuple[Document, dict[str, Any]]], on: Criteria
) -> dict[str, tuple[Document, dict[str, Any]]]:
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


def _copied_story(
    db: Connection, verdict: Verdict, found: dict[str, tuple[Document, dict[str, Any]]], then: datetime | None
) -> int | None:
    copied = verdict.duplicate_of
    if copied is None:
        return None
    if copied.startswith("seed:"):
        return story_table.of_seed_copies(db, int(copied.partition(":")[2]), then)
    through = verdict.evidence.get("via", copied)
    story: int | None = found[through][1]["story_id"] if through in found else None
    return story


def _assign(db: Connection, row: dict[str, Any], mine: Features, near: list[int], copied: int | None) -> stories.Choice:
    """Put the draft into the story of what it copies, or the nearest one, or a new one."""
    if copied is not None:
        return stories.Choice(copied, 1.0, {"copy": 1.0})
    article = placing.profile_of(db, mine, drafts.vector_of(row["vector_text"]), row["discovered_at"], count=True)
    return placing.place(db, article, near, row["model"])


def document_of(row: dict[str, Any]) -> Document:
    """A draft as what is compared."""
    return Document(
        key=f"article:{row['entry_id']}",
        title=row["title"],
        text=row["text"],
        url=row["canonical_url"],
        published=row["published_at"],
        language=row["language"],
    )


def _candidates(
    keys: list[str], found: dict[str, tuple[Document, dict[str, Any]]], cosines: dict[str, float]
) -> Iterator[Candidate]:
    for key in keys:
        if key in found:
            document, facts = found[key]
            yield Candidate(_known_features(document), cosines.get(key, 0.0), facts["copy_of"] or key)


def _at_the_root(verdict: Verdict, found: dict[str, tuple[Document, dict[str, Any]]]) -> Verdict:
    """A copy of a copy is a copy of the original; the evidence remembers through which."""
    if verdict.duplicate_of is None or verdict.duplicate_of not in found:
        return verdict
    root = found[verdict.duplicate_of][1]["copy_of"]
    if root is None:
        return verdict
    return replace(verdict, duplicate_of=root, evidence={**verdict.evidence, "via": verdict.duplicate_of})
