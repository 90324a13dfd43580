"""Stories: which event an article reports, decided online, in order of arrival. Copies join the story of what they copy."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.text import normalise, numbers_in, words
from wirewatch.core.model import Vector
from wirewatch.core.scale import COMMON, Scale
from wirewatch.core.scripts import UNSPACED

COSINE_WEIGHT, COSINE_WEIGHT_OF_SHORT, LONG_TERMS = 0.4, 0.7, 70
"""What meaning counts for beside words in common, from LONG_TERMS different words on, and where there are next to none.

Headlines of one event share few words.
"""
THRESHOLD, OTHERS, OTHERS_WEIGHT = 0.24, 5, 0.5
"""By how much a story's score must exceed half the mean of those of the next OTHERS stories.

On a subject that much is written about all reports are alike, and those of one event must be more so; what is like nothing
else is of one event sooner. As in cross-domain similarity local scaling (Conneau et al. 2018), on one side.
"""
LEAST, LEAST_UNDATED, ENOUGH = 0.3, 0.34, 0.42
"""Least likeness, however unlike all others are, and what is enough however like these are.

Where dates are known they keep later events on the same subject away. Others may be parts of the same event that were not seen
to be one: those of a large event must not drive its next reports into stories of their own.
"""
DECAY, AT_ONCE = timedelta(days=5), timedelta(days=1)
"""A story's pull falls by a factor e over this time without an article, once it has had none for a day."""
UNREAD_COSINE, PER_TERMS = 0.15, 2.0
"""Most that a cosine counts for in a language that the model does not know, and what that rises by with the words in common.

All texts of such a language are alike to it: Turkish reports of one day that have hardly a word in common reach .8.
"""
NUMBERS_WEIGHT = 2.0
"""What a number counts for beside a word: reports of one event share numbers, those that fill one form anew do not."""
_MOST_TERMS = 120
_MOST_KEPT = 600
_MOST_WORDS = 800
_SHORTEST_TERM = 3
_FEW_ARTICLES, _LEAST_IDF = 20, 0.3


@dataclass(frozen=True, slots=True)
class Commonness:
    """How common words are: `articles` judged so far, and in how many of them each word occurred."""

    articles: int = 0
    having: Mapping[str, int] = field(default_factory=dict)

    def idf(self, term: str) -> float:
        """The word's inverse document frequency; among the first articles, all words are held to be much alike."""
        total, having = self.articles + 1, self.having.get(term, 0) + 1
        if total <= _FEW_ARTICLES:
            total = _FEW_ARTICLES + 2
        return math.log((total + 1) / (having + 0.5)) + _LEAST_IDF


@dataclass(frozen=True, slots=True)
class Profile:
    """What an article is compared with stories by: its vector and terms have unit length; `published` is its own date."""

    vector: Vector
    terms: Mapping[str, float]
    title: str
    seen: datetime
    published: datetime | None = None
    language: str | None = None

    @property
    def dated_at(self) -> datetime | None:
        """Its own date, as far as that can be: nothing is published after it was seen."""
        return min(self.published, self.seen) if self.published is not None else None

    @property
    def at(self) -> datetime:
        """Its own date, or when it was seen."""
        return self.dated_at or self.seen


@dataclass(frozen=True, slots=True)
class StoryState:
    """A story so far: the sums of its articles' vectors and terms, when it ran, and its most central article's title.

    `dated_at` is the last date of those that have one, None where none has.
    """

    id: int
    vector: Vector
    terms: Mapping[str, float]
    count: int
    first_at: datetime
    last_at: datetime
    title: str
    title_vector: Vector
    dated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The story that an article belongs to, or None for a new one; with the measures behind the score.

    `reasons` of the `nearest` story: cosine, terms, decay, the mean score of the `others`, and the threshold that came of it;
    `same_form` are stories that it was near to and was kept out of.
    """

    story_id: int | None
    score: float
    reasons: dict[str, float | list[int]]


def term_counts(found: Features) -> dict[str, float]:
    """The words and numbers that tell an article's event, each with 1 + log of its count; those of the title count once more."""
    title, beginning = normalise(found.document.title), " ".join(found.plain.split(None, _MOST_WORDS)[:_MOST_WORDS])
    counted = Counter(_terms(found.words[:_MOST_WORDS]))
    counted.update(_terms(words(title)))
    counts = {word: 1.0 + math.log(count) for word, count in counted.items()}
    numbers = Counter([*numbers_in(beginning), *numbers_in(title)])
    return counts | {number: NUMBERS_WEIGHT * (1.0 + math.log(count)) for number, count in numbers.items()}


def profile(
    found: Features, counts: Mapping[str, float], common: Commonness, vector: Vector, seen: datetime
) -> Profile:
    """The profile of an article, `counts` from term_counts, `seen` when it was first seen."""
    weighted = {term: count * common.idf(term) for term, count in counts.items()}
    document = found.document
    terms = _unit(_top(weighted, _MOST_TERMS))
    return Profile(vector, terms, document.title, seen, document.published, document.language)


def _terms(found: Sequence[str]) -> list[str]:
    """Those of the words that tell something; in scripts without spaces, where each character is a word, each two in a row."""
    spelt = [word for word in found if len(word) >= _SHORTEST_TERM and not word.isdigit()]
    pairs = (one + next_one for one, next_one in pairwise(found) if len(one) == len(next_one) == 1)
    return spelt + [pair for pair in pairs if all(map(UNSPACED.match, pair))]


def choose(
    article: Profile,
    stories: Sequence[StoryState],
    scale: Scale = COMMON,
    same_form: Collection[int] = (),
) -> Choice:
    """The story that the article is nearest to, where that is near enough; `scale` is that of the vectors' model.

    Those of `same_form` it does not join: they tell other facts in its form, and only say how near such texts are.
    """
    found = {story.id: _measures(article, story, scale) for story in stories}
    apart = sorted(found.keys() & set(same_form))
    kept_out: dict[str, float | list[int]] = {"same_form": apart} if apart else {}
    free = [key for key in found if key not in apart and found[key]["score"] > 0.0]
    if not free:
        return Choice(None, 0.0, kept_out)
    nearest = max(free, key=lambda key: found[key]["score"])
    score = found[nearest]["score"]
    others = sorted((max(0.0, found[key]["score"]) for key in found if key != nearest), reverse=True)
    crowd = sum(others[:OTHERS]) / OTHERS
    least = (LEAST if article.dated_at else LEAST_UNDATED) * found[nearest]["decay"]
    threshold = max(min(THRESHOLD + OTHERS_WEIGHT * crowd, ENOUGH), least)
    told = {**found[nearest], "nearest": nearest, "others": crowd, "threshold": threshold}
    reasons: dict[str, float | list[int]] = {name: round(value, 4) for name, value in told.items()}
    return Choice(nearest if score >= threshold else None, round(score, 4), reasons | kept_out)


def found_story(story_id: int, article: Profile) -> StoryState:
    """A new story of one article."""
    return StoryState(
        id=story_id,
        vector=article.vector,
        terms=article.terms,
        count=1,
        first_at=article.at,
        last_at=article.at,
        title=article.title,
        title_vector=article.vector,
        dated_at=article.dated_at,
    )


def absorb(story: StoryState, article: Profile) -> StoryState:
    """The story with one article more; its title is that of the article nearest to its centre."""
    vector = story.vector + article.vector
    central = bool(article.title) and float(vector @ article.vector) > float(vector @ story.title_vector)
    return replace(
        story,
        vector=vector,
        terms=_top(_add(story.terms, article.terms), _MOST_KEPT),
        count=story.count + 1,
        first_at=min(story.first_at, article.at),
        last_at=max(story.last_at, article.at),
        title=article.title if central else story.title,
        title_vector=article.vector if central else story.title_vector,
        dated_at=_later(story.dated_at, article.dated_at),
    )


def united(story: StoryState, other: StoryState) -> StoryState:
    """Two stories as one, under the first one's key; the title is that of the two that is nearer to their common centre."""
    vector = story.vector + other.vector
    theirs = bool(other.title) and float(vector @ other.title_vector) > float(vector @ story.title_vector)
    return replace(
        story,
        vector=vector,
        terms=_top(_add(story.terms, other.terms), _MOST_KEPT),
        count=story.count + other.count,
        first_at=min(story.first_at, other.first_at),
        last_at=max(story.last_at, other.last_at),
        title=other.title if theirs or not story.title else story.title,
        title_vector=other.title_vector if theirs or not story.title else story.title_vector,
        dated_at=_later(story.dated_at, other.dated_at),
    )


def renamed(story: StoryState, story_id: int) -> StoryState:
    """The same state under another key: where a split begins."""
    return replace(story, id=story_id)


def made_of(story_id: int, articles: Sequence[Profile]) -> StoryState:
    """The story of these articles (one at least), as if they had come in this order; its title is the most central one's."""
    story = found_story(story_id, articles[0])
    for article in articles[1:]:
        story = absorb(story, article)
    titled = [article for article in articles if article.title]
    if titled:
        central = max(titled, key=lambda article: float(story.vector @ article.vector))
        story = replace(story, title=central.title, title_vector=central.vector)
    return story


def _measures(article: Profile, story: StoryState, scale: Scale) -> dict[str, float]:
    """The mean over the story's articles of cosine and TF-IDF: products with their sums, since all are units."""
    cosine = scale.common(float(article.vector @ story.vector) / story.count)
    terms = _dot(article.terms, story.terms) / story.count
    weight = _weight_of_meaning(min(len(article.terms), len(story.terms)))
    if not scale.reads(article.language):
        weight, cosine = COSINE_WEIGHT, min(cosine, UNREAD_COSINE + PER_TERMS * terms)
    decay = math.exp(-(max(timedelta(), _apart(article, story) - AT_ONCE) / DECAY))
    score = (weight * cosine + (1.0 - weight) * terms) * decay
    return {"score": score, "cosine": cosine, "terms": terms, "decay": decay}


def _weight_of_meaning(terms: int) -> float:
    """What the cosine counts for where the shorter of the two has so many different words."""
    return COSINE_WEIGHT_OF_SHORT - (COSINE_WEIGHT_OF_SHORT - COSINE_WEIGHT) * min(1.0, terms / LONG_TERMS)


def _apart(article: Profile, story: StoryState) -> timedelta:
    """How long the story had been silent: by dates where both have some, else by when both were seen.

    Never one by the other: of reports of past years that come in today, some without a date, none would be of one time.
    """
    if article.dated_at is None:
        return timedelta()
    return abs(article.dated_at - story.dated_at) if story.dated_at else abs(article.seen - story.last_at)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other


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
