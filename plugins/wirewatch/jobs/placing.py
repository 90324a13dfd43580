"""Place articles in stories: the profile of one, the story that it joins or founds, and a story's state made anew."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from wirewatch.core import stories
from wirewatch.core.actions import Member, that_count
from wirewatch.core.duplicates.features import Features
from wirewatch.core.model import Document, Vector
from wirewatch.io import drafts, models, terms
from wirewatch.io import stories as table
from wirewatch.io.postgres import Connection


def profile_of(
    db: Connection, mine: Features, vector: Vector, seen: datetime, *, count: bool = False
) -> stories.Profile:
    """What an article is compared with stories by; `count`: its words are counted as those of a judged article."""
    counts = stories.term_counts(mine)
    common = terms.commonness(db, counts, mine.document.language)
    found = stories.profile(mine, counts, common, vector, seen)
    if count:
        terms.count(db, counts, mine.document.language)
    return found


def place(
    db: Connection, article: stories.Profile, near: Sequence[int], model: str, same_form: Collection[int] = ()
) -> stories.Choice:
    """Put an article into the nearest of these stories, or into a new one; into none of `same_form`, see stories.choose."""
    choice = stories.choose(article, table.states(db, near, model), models.scale_of(db, model), same_form)
    if choice.story_id is None:
        founded = stories.found_story(table.new_id(db), article)
        table.save(db, founded, model)
        return replace(choice, story_id=founded.id)
    joined = next(state for state in table.states(db, [choice.story_id], model))
    table.save(db, stories.absorb(joined, article), model)
    return choice


def make_anew(db: Connection, story_id: int, model: str) -> bool:
    """Write a story's state and title from the articles that it has now; whether it has any.

    Those count that do when they come in, see core.actions.that_count.
    """
    members = table.members(db, story_id)
    counted = that_count([Member(member["id"], member["copies"]) for member in members])
    rows = table.texts(db, counted, model)
    if not rows:
        return False
    profiles = []
    for row in rows:
        document = Document(
            f"article:{row['id']}", row["title"], row["text"], row["url"], row["published_at"], row["language"]
        )
        vector = drafts.vector_of(row["vector"])
        profiles.append(profile_of(db, Features(document), vector, row["seen_at"]))
    table.save(db, stories.made_of(story_id, profiles), model)
    return True
