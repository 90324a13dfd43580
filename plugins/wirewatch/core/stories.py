"""Stories: which event an article reports, decided online, in order of arrival. Copies join the story of what they copy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from wirewatch.core.duplicates.features import Features
from wirewatch.core.model import Vector

COSINE_WEIGHT, TERMS_WEIGHT, NAMES_WEIGHT = 0.6, 0.25, 0.15
THRESHOLD = 0.45
DECAY = timedelta(days=8)
"""A story's pull falls by a factor e over this time without an article."""
_MOST_TERMS = 80
_KEPT_NAMES = 60
_SHORTEST_TERM = 4


@dataclass(frozen=True, slots=True)
class Profile:
    """What an article is compared with stories by."""

    vector: Vector
    terms: Mapping[str, float]
    names: Mapping[str, float]
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoryState:
    """A story so far: the sum of its articles' vectors, terms and names, and when it ran."""

    id: int
    vector: Vector
    terms: Mapping[str, float]
    names: Mapping[str, float]
    count: int
    first_at: datetime
    last_at: datetime
    title: str
    title_cosine: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """The story that an article belongs to, or None for a new one; with the measures behind the score."""

    story_id: int | None
    score: float
    reasons: dict[str, float]


def profile(found: Features, vector: Vector, at: datetime) -> Profile:
    """The profile of an article; `at` is when it was published, or first seen."""
    counts: dict[str, float] = {}
    for word in found.words:
        if len(word) >= _SHORTEST_TERM and not word.isdigit():
            counts[word] = counts.get(word, 0.0) + 1.0
    weighted = {word: (1.0 + math.log(count)) * math.log(len(word)) for word, count in counts.items()}
    heaviest = dict(sorted(weighted.items(), key=lambda item: (-item[1], item[0]))[:_MOST_TERMS])
    names = dict.fromkeys(sorted(found.names)[:_KEPT_NAMES], 1.0)
    return Profile(vector, _unit(heaviest), _unit(names), found.document.title, at)


def choose(article: Profile, stories: Sequence[StoryState]) -> Choice:
    """The story that the article is nearest to, where that is near enough."""
    best = Choice(None, 0.0, {})
    for story in stories:
        measures = _measures(article, story)
        if measures["score"] > best.score:
            best = Choice(story.id, measures["score"], {**measures, "threshold": THRESHOLD})
    return best if best.score >= THRESHOLD else replace(best, story_id=None)


def found_story(story_id: int, article: Profile) -> StoryState:
    """A new story of one article."""
    return StoryState(
        story_id, article.vector, article.terms, article.names, 1, article.at, article.at, article.title, 1.0
    )


def absorb(story: StoryState, article: Profile) -> StoryState:
    """The story with one article more; its title is that of the article nearest to its centre."""
    vector = story.vector + article.vector
    cosine = float(_unit_vector(vector) @ article.vector)
    central = cosine > story.title_cosine and bool(article.title)
    return replace(
        story,
        vector=vector,
        terms=_top(_add(story.terms, article.terms), 2 * _MOST_TERMS),
        names=_top(_add(story.names, article.names), 2 * _KEPT_NAMES),
        count=story.count + 1,
        first_at=min(story.first_at, article.at),
        last_at=max(story.last_at, article.at),
        title=article.title if central else story.title,
        title_cosine=cosine if central else story.title_cosine,
    )


def _measures(article: Profile, story: StoryState) -> dict[str, float]:
    cosine = max(0.0, float(article.vector @ _unit_vector(story.vector)))
    terms = _dot(article.terms, _unit(story.terms))
    names = _dot(article.names, _unit(story.names))
    apart = abs(article.at - story.last_at) / DECAY
    decay = math.exp(-apart)
    score = (COSINE_WEIGHT * cosine + TERMS_WEIGHT * terms + NAMES_WEIGHT * names) * decay
    found = {"score": score, "cosine": cosine, "terms": terms, "names": names, "decay": decay}
    return {name: round(value, 4) for name, value in found.items()}


def _unit(weights: Mapping[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(value * value for value in weights.values()))
    return {key: value / length for key, value in weights.items()} if length else {}


def _unit_vector(vector: Vector) -> Vector:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector


def _dot(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return sum(value * other[key] for key, value in one.items() if key in other)


def _add(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    total = dict(one)
    for key, value in other.items():
        total[key] = total.get(key, 0.0) + value
    return total


def _top(weights: Mapping[str, float], most: int) -> dict[str, float]:
    return dict(sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:most])
