"""The topic head: from passages and their vectors to IPTC Media Topics with evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wirewatch.core.model import TopicScore, Vectors
from wirewatch.core.topics.passages import sentences
from wirewatch.core.topics.rules import Fired, Rule, RuleSet
from wirewatch.core.topics.terms import weigh

Array = NDArray[np.float32]
_LEAD_COUNTS = 2.0
_LONGEST_EVIDENCE = 300


class HeadError(ValueError):
    """A head file cannot be read, or the vectors are not those of its model."""


@dataclass(frozen=True)
class Head:
    """Trained weights and all that is needed to apply them.

    Top-level topics are `qcodes` with `names`. `dense` and `concept` are (topics, dimensions + 1), the bias
    last; `sparse` is (topics, terms + 1) over `vocabulary` with `idf`. `blend` is the share of the three in
    the probability. `threshold` is the least score of a topic that is given. `rule_scale` is the points of
    rules that make a score of .63 by themselves. `narrower` are second-level topics below one top:
    `narrower_dense` rows, given where the top is. `languages` are those it was trained in; other texts get no
    topic.
    """

    qcodes: tuple[str, ...]
    names: tuple[str, ...]
    dense: Array
    concept: Array
    sparse: Array
    vocabulary: tuple[str, ...]
    idf: Array
    blend: tuple[float, float, float]
    threshold: float
    rule_scale: float
    rules: tuple[Rule, ...]
    narrower: tuple[tuple[str, str, str], ...]
    narrower_dense: Array
    narrower_threshold: float
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
        except (OSError, KeyError, ValueError) as error:
            message = f"{path} is no topic head: make one with `wirewatch train-topics`."
            raise HeadError(message) from error
        facts["rules"] = tuple(Rule(*row) for row in facts["rules"])
        facts["narrower"] = tuple(tuple(row) for row in facts["narrower"])
        for key in ("qcodes", "names", "vocabulary", "blend", "languages"):
            facts[key] = tuple(facts[key])
        return cls(**facts, **arrays)


_ARRAYS = ("dense", "concept", "sparse", "idf", "narrower_dense")
_FACTS = (
    "qcodes",
    "names",
    "vocabulary",
    "blend",
    "threshold",
    "rule_scale",
    "narrower",
    "narrower_threshold",
    "languages",
    "model",
    "version",
)


def tag(
    head: Head, title: str, text: str, passages: Sequence[str], vectors: Vectors, language: str | None
) -> list[TopicScore]:
    """The topics of an article, best first; none where nothing reaches the threshold or in other languages.

    `vectors` are the embeddings of `passages` by the head's model, in order, the lead first. Evidence is the
    sentence that speaks most for the topic, or the rule that decided. Raises HeadError for vectors that do
    not fit.
    """
    if language not in head.languages or not passages:
        return []
    if vectors.shape != (len(passages), head.dense.shape[1] - 1):
        message = f"{len(passages)} passages with vectors of shape {vectors.shape}: embed them with {head.model}."
        raise HeadError(message)
    by_passage = passage_scores(head, passages, vectors)
    learned = pool(by_passage)
    fired = head.rule_set.fire(title, text)
    final = with_rules(head, learned, fired)
    given = [i for i in np.argsort(-final, kind="stable") if final[i] >= head.threshold]
    found = [
        TopicScore(head.qcodes[i], head.names[i], round(float(final[i]), 4), _evidence(head, i, *where))
        for i in given
        for where in [(learned[i], by_passage[:, i], passages, fired.get(head.qcodes[i]), title, text)]
    ]
    return found + _narrower(head, {t.qcode for t in found}, passages, vectors)


def passage_scores(head: Head, passages: Sequence[str], vectors: Vectors) -> Array:
    """Blended probability of each topic in each passage, shape (passages, topics)."""
    a, b, t = head.blend
    sparse = np.stack([_sparse(head, p) for p in passages])
    found: Array = a * _logistic(vectors, head.dense) + b * _logistic(vectors, head.concept) + t * sparse
    return found


def pool(by_passage: Array) -> Array:
    """The mean over passages, the lead counted twice: news is at the top, its subject runs through."""
    weights = np.ones(len(by_passage), dtype=np.float32)
    weights[0] = _LEAD_COUNTS
    return np.asarray(weights @ by_passage / weights.sum(), dtype=np.float32)


def with_rules(head: Head, learned: Array, fired: dict[str, Fired]) -> Array:
    """Learned scores and rules joined as independent reasons (noisy or): 1 - (1 - learned)(1 - rule)."""
    points = np.array([fired[q].points if q in fired else 0.0 for q in head.qcodes], dtype=np.float32)
    return np.asarray(1 - (1 - learned) * np.exp(-points / head.rule_scale), dtype=np.float32)


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)), dtype=np.float32)


def _logistic(vectors: Vectors, weights: Array) -> Array:
    return _sigmoid(np.asarray(vectors @ weights[:, :-1].T + weights[:, -1], dtype=np.float32))


def _sparse(head: Head, text: str) -> Array:
    columns, values = weigh(text, head.index, head.idf)
    return _sigmoid(np.asarray(head.sparse[:, columns] @ values + head.sparse[:, -1], dtype=np.float32))


def _evidence(
    head: Head,
    topic: int,
    learned: np.float32,
    by_passage: Array,
    passages: Sequence[str],
    fired: Fired | None,
    title: str,
    text: str,
) -> str:
    if fired is not None and learned < head.threshold:
        return f"rule: {fired.phrase!r} in {_around(title if fired.field == 'title' else text, fired)!r}"
    best = passages[int(np.argmax(by_passage))]
    return max(sentences(best), key=lambda s: float(_sparse(head, s)[topic]), default=best)[:_LONGEST_EVIDENCE]


def _around(original: str, fired: Fired) -> str:
    start = max(original.rfind(c, 0, fired.start) for c in ".!?\n") + 1
    ends = [e for e in (original.find(c, fired.end) for c in ".!?\n") if e >= 0]
    return original[start : min(ends, default=len(original)) + 1].strip()[:_LONGEST_EVIDENCE]


def _narrower(head: Head, given: set[str], passages: Sequence[str], vectors: Vectors) -> list[TopicScore]:
    by_passage = _logistic(vectors, head.narrower_dense)
    scores = pool(by_passage)
    found = []
    for i, (qcode, name, parent) in enumerate(head.narrower):
        if parent in given and scores[i] >= head.narrower_threshold:
            best = passages[int(np.argmax(by_passage[:, i]))]
            evidence = max(sentences(best), key=len, default=best)[:_LONGEST_EVIDENCE]
            found.append(TopicScore(qcode, name, round(float(scores[i]), 4), evidence))
    return found
