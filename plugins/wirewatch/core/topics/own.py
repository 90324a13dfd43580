"""The desk's own topics: each from a name, a sentence, a few examples and words, told from a background of news."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import yaml

from wirewatch.core.model import Embed, TopicScore, Vectors
from wirewatch.core.topics import evidence
from wirewatch.core.topics.head import Array, logistic, pool, with_rules
from wirewatch.core.topics.passages import passages as cut
from wirewatch.core.topics.rules import Rule, RuleSet

PREFIX = "own:"
THRESHOLD = 0.5
_RULE_SCALE = 6.0
"""Points of words that make a score of .63 by themselves: a name in the title does, one in passing does not."""
_SHRINKAGE = 0.3
"""How far the background's covariance is drawn to a round one: a few hundred texts cannot fill 384 dimensions."""
_APART, _STEEPNESS = 0.5, 6.0
"""The boundary lies half way from the background to the examples; .5 further on, the score is .95."""
_KEYS = {"name", "sentence", "examples", "words", "threshold"}


class OwnTopicError(ValueError):
    """The file of own topics cannot be used; the message names the topic and what is wrong."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What the desk wrote of a topic."""

    name: str
    sentence: str
    examples: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    threshold: float = THRESHOLD

    @property
    def qcode(self) -> str:
        """The topic's code beside IPTC's: "own:" and its name in small letters."""
        return PREFIX + re.sub(r"\W+", "-", self.name.casefold()).strip("-")

    @property
    def digest(self) -> str:
        """Changes where anything of it does."""
        return hashlib.sha256(repr(sorted(asdict(self).items())).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class OwnTopic:
    """A definition and its weights, shape (1, dimensions + 1), over vectors of `model`."""

    definition: Definition
    weights: Array
    model: str


def parse_own(content: str, origin: str = "own.yaml") -> list[Definition]:
    """The topics of a YAML list. Raises OwnTopicError, which names the topic that is wrong."""
    try:
        data = yaml.safe_load(content) or []
    except yaml.YAMLError as error:
        message = f"{origin} is not YAML: {error}"
        raise OwnTopicError(message) from error
    if not isinstance(data, list):
        message = f"{origin}: write a list, each topic with `name` and `sentence`."
        raise OwnTopicError(message)
    found = [_definition(item, f"{origin}, topic {number}") for number, item in enumerate(data, 1)]
    codes = [topic.qcode for topic in found]
    for topic in found:
        if codes.count(topic.qcode) > 1:
            message = f"{origin}: two topics are called {topic.name!r}."
            raise OwnTopicError(message)
    return found


def _definition(item: Any, place: str) -> Definition:
    if not isinstance(item, dict) or not isinstance(item.get("name"), str) or not isinstance(item.get("sentence"), str):
        message = f"{place}: a topic needs a `name` and a `sentence` that says what it is about."
        raise OwnTopicError(message)
    place = f"{place} ({item['name']})"
    if unknown := sorted(set(map(str, item)) - _KEYS):
        message = f"{place}: {', '.join(unknown)} is not known; there are {', '.join(sorted(_KEYS))}."
        raise OwnTopicError(message)
    threshold = item.get("threshold", THRESHOLD)
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 < threshold < 1:
        message = f"{place}: `threshold` must be between 0 and 1."
        raise OwnTopicError(message)
    topic = Definition(item["name"].strip(), item["sentence"].strip(), *_texts(item, place), float(threshold))
    if topic.qcode == PREFIX:
        message = f"{place}: the name needs a letter or a digit."
        raise OwnTopicError(message)
    return topic


def _texts(item: dict[str, Any], place: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = []
    for key in ("examples", "words"):
        values = item.get(key) or []
        if not isinstance(values, list) or not all(isinstance(v, str) and v.strip() for v in values):
            message = f"{place}: `{key}` must be a list of texts."
            raise OwnTopicError(message)
        found.append(tuple(v.strip() for v in values))
    return found[0], found[1]


def compiled(definition: Definition, background: Vectors, model: str, embed: Embed) -> OwnTopic:
    """The topic with its weights: a linear discriminant between its texts and the background.

    One sentence is enough to begin with; examples (each read by its first passage) draw the boundary. Fisher, 1936,
    with the background's covariance for both sides, shrunk (Ledoit and Wolf, 2004).
    """
    texts = [f"{definition.name}. {definition.sentence}", *(cut("", e)[0] for e in definition.examples)]
    return OwnTopic(definition, _discriminant(embed(texts), background), model)


def _discriminant(positive: Vectors, background: Vectors) -> Array:
    centre, mean = background.mean(axis=0), positive.mean(axis=0)
    spread = np.cov(background, rowvar=False)
    size = spread.shape[0]
    shrunk = (1 - _SHRINKAGE) * spread + _SHRINKAGE * np.trace(spread) / size * np.eye(size)
    direction = np.linalg.solve(shrunk, mean - centre)
    # Along the direction the background's centre is 0 and the examples' centre is 1.
    direction /= direction @ (mean - centre)
    bias = -(direction @ centre) - _APART
    return np.asarray(_STEEPNESS * np.append(direction, bias), dtype=np.float32)[None, :]


def tag(
    topics: Sequence[OwnTopic], title: str, text: str, passages: Sequence[str], vectors: Vectors, *, known: bool
) -> list[TopicScore]:
    """The own topics of an article, best first.

    `known`: whether the text's language is one that the vectors can be trusted in; otherwise words alone decide.
    """
    found = []
    for topic in topics:
        definition = topic.definition
        qcode = definition.qcode
        fired = RuleSet([Rule(word, qcode, 2.0) for word in definition.words]).fire(title, text)
        by_passage = logistic(vectors, topic.weights) if known else np.zeros((len(passages), 1), dtype=np.float32)
        learned = pool(by_passage) if len(by_passage) else np.zeros(1, dtype=np.float32)
        score = float(with_rules(learned, fired, [qcode], _RULE_SCALE)[0])
        if score >= definition.threshold:
            best = passages[int(np.argmax(by_passage[:, 0]))] if known and passages else ""
            said = evidence.best_sentence(title, text, partial(_within, best), fired.get(qcode))
            found.append(TopicScore(qcode, definition.name, round(score, 4), said))
    return sorted(found, key=lambda t: -t.score)


def _within(passage: str, sentence: str) -> float:
    """The passage that is nearest by its vector holds the sentence: its first one is quoted."""
    return 0.1 if sentence.split() and " ".join(sentence.split()) in passage else 0.0


def digest(topics: Sequence[OwnTopic]) -> str:
    """The version of these own topics: it changes where a definition does."""
    return hashlib.sha256(" ".join(sorted(t.definition.digest for t in topics)).encode()).hexdigest()[:8]
