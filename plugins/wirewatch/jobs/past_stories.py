"""Stories as they were: their states at a past moment, made again from the articles that had been judged by then."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from wirewatch.core import stories
from wirewatch.core.duplicates.features import Features
from wirewatch.core.stories import Commonness, Profile, StoryState
from wirewatch.io import drafts, models, postgres, replays
from wirewatch.io import stories as table
from wirewatch.jobs.judging import document_of

_CHUNK = 500


class PastStories:
    """Goes forward through the articles in the order in which they were judged, each in the story that is stored for it.

    The first version's words count; where a corrected article has other vectors since, these stand in.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._at: tuple[datetime, int] | None = None
        self._states: dict[int, tuple[str, StoryState]] = {}
        self._having: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
        self._articles: Counter[str | None] = Counter()

    def choose(self, row: dict[str, Any], near: Sequence[int], same_form: Collection[int]) -> str:
        """What a draft that is no copy would join of the stories near it, as replays say it; `forward` must have gone there."""
        article, _ = self._profile(row)
        known = [self._states[key] for key in sorted(near) if key in self._states]
        with postgres.transaction(self._dsn) as db:
            scale = models.scale_of(db, row["model"])
        by_model = [state for model, state in known if model == row["model"]]
        chosen = stories.choose(article, by_model, scale, same_form).story_id
        return "its own" if chosen is None else f"story {chosen}"

    def forward(self, moment: datetime) -> None:
        """Take in everything that was judged before a moment."""
        while True:
            with postgres.transaction(self._dsn) as db:
                rows = replays.earlier(db, self._at, moment, _CHUNK)
            for row in rows:
                self._at = (row["judged_at"], row["entry_id"])
                if not row["through_copy"]:
                    self._take_in(row)
            if len(rows) < _CHUNK:
                return

    def _take_in(self, row: dict[str, Any]) -> None:
        article, words = self._profile(row)
        self._having[article.language].update(words)
        self._articles[article.language] += 1
        story_id = row["story_id"]
        if story_id in self._states:
            model, state = self._states[story_id]
            self._states[story_id] = (model, table.as_stored(stories.absorb(state, article)))
        else:
            founded = stories.found_story(story_id, article)
            self._states[story_id] = (row["model"], table.as_stored(founded))

    def _profile(self, row: dict[str, Any]) -> tuple[Profile, Iterable[str]]:
        """The profile of a row among the articles before it, and its words."""
        mine = Features(document_of(row))
        counts = stories.term_counts(mine)
        common = Commonness(self._articles[row["language"]], self._having[row["language"]])
        vector = drafts.vector_of(row["vector_text"])
        return stories.profile(mine, counts, common, vector, row["discovered_at"]), counts.keys()
