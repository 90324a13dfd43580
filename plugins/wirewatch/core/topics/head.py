"""The topic head: the trained weights, their file, and the scores that they give to the passages of an article."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wirewatch.core.model import Vectors
from wirewatch.core.topics.rules import Fired, Rule, RuleSet
from wirewatch.core.topics.terms import weigh

Array = NDArray[np.float32]
_LEAD_COUNTS = 2.0


class HeadError(ValueError):
    """A head file cannot be read, or the vectors are not those of its model."""


@dataclass(frozen=True)
class Head:
    """Trained weights and all that is needed to apply them.

    Top-level topics are `qcodes` with `names`. `dense` and `concept` are (topics, dimensions + 1), the bias
    last; `sparse` is (topics, terms + 1) over `vocabulary` with `idf`. `blend` is the share of the three in
    the probability. The best topic is given from `best_threshold` on, each further one from `threshold` on where it
    also has `share` of the best one's score: a text is about something, and second topics are said more often than
    they are true. `rule_scale` is the points of
    rules that make a score of .63 by themselves. `narrower` are topics of the second level, each with the top
    below which it is looked for: `narrower_dense` rows, joined with their rules by `narrower_rule_scale`.
    `background` are vectors of ordinary news, what a user's own topics are told from. `languages` are those it
    was trained in; other texts get no topic.
    """

    qcodes: tuple[str, ...]
    names: tuple[str, ...]
    dense: Array
    concept: Array
    sparse: Array
    vocabulary: tuple[str, ...]
    idf: Array
    blend: tuple[float, float, float]
    best_threshold: float
    threshold: float
    share: float
    rule_scale: float
    rules: tuple[Rule, ...]
    narrower: tuple[tuple[str, str, str], ...]
    narrower_dense: Array
    narrower_threshold: float
    narrower_rule_scale: float
    background: Array
    languages: tuple[str, ...]
    model: str
    version: str

    @cached_property
    def index(self) -> dict[str, int]:
        """Column of each term of the vocabulary."""
        return {term: i for i, term in enumerate(self.vocabulary)}

    @cached_property
    def rule_set(self) -> RuleSet:
        """The rules, ready to run."""
        return RuleSet(self.rules)

    def save(self, path: Path) -> None:
        """Write all of it to `path` (.npz, no pickle; weights in half precision)."""
        facts = {k: getattr(self, k) for k in _FACTS}
        facts["rules"] = [(r.phrase, r.qcode, r.weight) for r in self.rules]
        arrays: dict[str, Any] = {k: getattr(self, k).astype(np.float16) for k in _ARRAYS}
        np.savez_compressed(path, facts=np.array(json.dumps(facts, ensure_ascii=False)), **arrays)

    @classmethod
    def load(cls, path: Path) -> Head:
        """The head in `path`. Raises HeadError where that is not a file written by `save`."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                facts = json.loads(str(stored["facts"]))
                arrays = {k: stored[k].astype(np.float32) for k in _ARRAYS}
            facts["rules"] = tuple(Rule(*row) for row in facts["rules"])
            facts["narrower"] = tuple(tuple(row) for row in facts["narrower"])
            for key in ("qcodes", "names", "vocabulary", "blend", "languages"):
                facts[key] = tuple(facts[key])
            return cls(**facts, **arrays)
        except (OSError, KeyError, TypeError, ValueError) as error:
            message = f"{path} is no topic head: make one with `wirewatch train-topics`."
            raise HeadError(message) from error


_ARRAYS = ("dense", "concept", "sparse", "idf", "narrower_dense", "background")
_FACTS = (
    "qcodes",
    "names",
    "vocabulary",
    "blend",
    "best_threshold",
    "threshold",
    "share",
    "rule_scale",
    "narrower",
    "narrower_threshold",
    "narrower_rule_scale",
    "languages",
    "model",
    "version",
)


def passage_scores(head: Head, passages: Sequence[str], vectors: Vectors) -> Array:
    """Blended probability of each topic in each passage, shape (passages, topics).

    A passage without one known term (it is in another script, say) is judged by its vector alone.
    """
    a, b, t = head.blend
    by_words = np.stack([word_scores(head, p) for p in passages])
    known = np.array([[bool(len(weigh(p, head.index, head.idf)[0]))] for p in passages])
    dense = a * logistic(vectors, head.dense) + b * logistic(vectors, head.concept)
    return np.asarray(np.where(known, dense + t * by_words, dense / (a + b)), dtype=np.float32)


def word_scores(head: Head, text: str) -> Array:
    """Probability of each topic by the words of `text` alone."""
    columns, values = weigh(text, head.index, head.idf)
    return _sigmoid(np.asarray(head.sparse[:, columns] @ values + head.sparse[:, -1], dtype=np.float32))


def pool(by_passage: Array) -> Array:
    """The mean over passages, the lead counted twice: news is at the top, its subject runs through."""
    weights = np.ones(len(by_passage), dtype=np.float32)
    weights[0] = _LEAD_COUNTS
    return np.asarray(weights @ by_passage / weights.sum(), dtype=np.float32)


def with_rules(learned: Array, fired: dict[str, Fired], qcodes: Sequence[str], scale: float) -> Array:
    """Learned scores and rules joined as independent reasons (noisy or): 1 - (1 - learned) exp(-points / scale)."""
    points = np.array([fired[q].points if q in fired else 0.0 for q in qcodes], dtype=np.float32)
    return np.asarray(1 - (1 - learned) * np.exp(-points / scale), dtype=np.float32)


def given(head: Head, scores: Array) -> list[int]:
    """Which topics are given for these scores, best first."""
    order = [int(i) for i in np.argsort(-scores, kind="stable")]
    best = order[0]
    least = max(head.threshold, head.share * float(scores[best]))
    return [i for i in order if scores[i] >= (head.best_threshold if i == best else least)]


def logistic(vectors: Vectors, weights: Array) -> Array:
    """Probabilities, shape (vectors, rows of `weights`); the bias is the last column."""
    return _sigmoid(np.asarray(vectors @ weights[:, :-1].T + weights[:, -1], dtype=np.float32))


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)), dtype=np.float32)
