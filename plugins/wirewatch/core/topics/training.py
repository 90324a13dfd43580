"""Fit a topic head from labelled texts, IPTC's definitions and rules. Deterministic, without files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from wirewatch.core.model import Vectors
from wirewatch.core.topics.rules import RuleSet
from wirewatch.core.topics.terms import vocabulary, weigh

Array = NDArray[np.float32]
C_DENSE, C_CONCEPT, C_SPARSE, C_NARROWER = 4.0, 10.0, 20.0, 4.0
"""Inverse strengths of regularisation of the three parts and of the second level."""
OWN_WEIGHT = 20.0
"""An own example is fully labelled and multi-label: it counts for several that carry one label only."""
_LEAST, _MOST_TERMS = 3, 30_000
_UNSAID = 0.3
"""Weight of an unsaid second topic as a negative: at 1 none would be learnt, at 0 all would be given."""
_WEAK_POINTS = 5.0
"""Rule points from which a text that carries another label is taken as an example of the rule's topic too."""


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text: its qcodes, those that nobody decided (as negatives they weigh less), its weight."""

    text: str
    topics: frozenset[str]
    undecided: frozenset[str] = frozenset()
    weight: float = 1.0
    undecided_weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Targets:
    """Labels as numbers: `has` and `weights`, both (texts, topics); weight 0 leaves a text out."""

    has: NDArray[np.bool_]
    weights: NDArray[np.float64]


def exclusive(
    text: str,
    label: str,
    topic_of: Mapping[str, str | None],
    near: Mapping[str, Sequence[str]],
    rules: RuleSet,
) -> Example:
    """An example from a set with one label for each text, where a second topic may be true but is not said.

    Topics `near` the label are undecided. A topic for which the rules speak loudly is taken, one for which
    they only murmur is undecided: else the single label would teach that strikes and churches have no topic.
    """
    main = topic_of[label]
    fired = rules.fire("", text)
    loud = {q for q, f in fired.items() if f.points >= _WEAK_POINTS}
    topics = loud | ({main} if main else set())
    return Example(text, frozenset(topics), frozenset({*near[label], *fired} - topics), 1.0, _UNSAID)


def targets(examples: Sequence[Example], qcodes: Sequence[str]) -> Targets:
    """Labels and weights of `examples` for each of `qcodes`."""
    has = np.array([[q in e.topics for q in qcodes] for e in examples], dtype=bool)
    decided = np.array([[e.undecided_weight if q in e.undecided else 1.0 for q in qcodes] for e in examples])
    return Targets(has, decided * np.array([e.weight for e in examples])[:, None])


def fit_dense(vectors: Vectors, wanted: Targets, c: float) -> Array:
    """One logistic regression for each topic; rows are coefficients with the bias last."""
    rows = [_fit(vectors, wanted.has[:, i], wanted.weights[:, i], c) for i in range(wanted.has.shape[1])]
    return np.array(rows, dtype=np.float32)


def fit_sparse(texts: Sequence[str], wanted: Targets, c: float) -> tuple[list[str], Array, Array]:
    """The TF-IDF head: its vocabulary, IDF and weights (the bias last)."""
    words, idf = vocabulary(texts, _LEAST, _MOST_TERMS)
    index = {w: i for i, w in enumerate(words)}
    matrix = sparse.vstack([_row(t, index, idf) for t in texts], format="csr")
    rows = [_fit(matrix, wanted.has[:, i], wanted.weights[:, i], c) for i in range(wanted.has.shape[1])]
    return words, idf, np.array(rows, dtype=np.float32)


def _row(text: str, index: dict[str, int], idf: Array) -> sparse.csr_matrix:
    columns, values = weigh(text, index, idf)
    return sparse.csr_matrix((values, (np.zeros(len(columns), dtype=int), columns)), shape=(1, len(index)))


def _fit(features: object, has: NDArray[np.bool_], weights: NDArray[np.float64], c: float) -> NDArray[np.float64]:
    used = weights > 0
    if has[used].all() or not has[used].any():
        # Nothing to tell apart: the share of the label, and no direction.
        return np.append(np.zeros(features.shape[1]), 6.0 if has[used].all() else -6.0)  # type: ignore[attr-defined]
    model = LogisticRegression(C=c, max_iter=400, solver="lbfgs")
    model.fit(features[used], has[used], sample_weight=weights[used])  # type: ignore[index]
    return np.append(model.coef_[0], model.intercept_[0])
