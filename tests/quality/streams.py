"""A stream of reports put into stories by the rules alone, without a warehouse: for thresholds that nobody uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import numpy as np
from dateutil import parser

from wirewatch.core import stories
from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.lookup import MOST_TEXTS
from wirewatch.core.model import Document, Vectors


def told(reports: Sequence[dict[str, Any]], vectors: Vectors, threshold: float) -> list[int]:
    """The story of each report, in order: chosen among those of the nearest in meaning; the pipeline looks by wording too."""
    having: Counter[str] = Counter()
    states: dict[int, stories.StoryState] = {}
    found: list[int] = []
    with patch.object(stories, "THRESHOLD", threshold):
        for number, (report, vector) in enumerate(zip(reports, vectors, strict=True)):
            features = Features(Document(str(number), report["title"], report["text"], published=_date(report["date"])))
            counts = stories.term_counts(features)
            common = stories.Commonness(number, having)
            article = stories.profile(features, counts, common, vector, datetime.now(UTC))
            having.update(counts.keys())
            nearest = np.argsort(-(vectors[:number] @ vector))[:MOST_TEXTS]
            near = [states[story] for story in sorted({found[at] for at in nearest})]
            story = stories.choose(article, near).story_id
            if story is None:
                story = len(states)
                states[story] = stories.found_story(story, article)
            else:
                states[story] = stories.absorb(states[story], article)
            found.append(story)
    return found


def _date(said: str) -> datetime | None:
    """A label's date; None where it has none, or one that is none."""
    try:
        return parser.parse(said).replace(tzinfo=UTC) if said else None
    except ValueError:
        return None
