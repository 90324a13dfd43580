"""The tagger: an article's topics at the top level, those one level below, and the desk's own, each with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wirewatch.core.model import TopicScore, Vectors
from wirewatch.core.topics import evidence, own
from wirewatch.core.topics.head import (
    Array,
    Head,
    HeadError,
    given,
    logistic,
    passage_scores,
    pool,
    with_rules,
    word_scores,
)
from wirewatch.core.topics.passages import passages as cut
from wirewatch.core.topics.rules import Fired


def to_read(head: Head, title: str, text: str, language: str | None) -> list[str]:
    """The passages whose vectors topics are told from; none in a language that the head does not know, where only words tell.

    Most of the cost of embedding is in these.
    """
    return cut(title, text) if language in head.languages else []


@dataclass(frozen=True)
class Tagger:
    """A head and the desk's own topics. `version` changes with either."""

    head: Head
    own: tuple[own.OwnTopic, ...] = ()

    @property
    def model(self) -> str:
        """The embedding model whose vectors it reads."""
        return self.head.model

    @property
    def version(self) -> str:
        """What is written beside each topic: the head's version, and that of the own topics where there are any."""
        return self.head.version + (f"+own-{own.digest(self.own)}" if self.own else "")

    def to_read(self, title: str, text: str, language: str | None) -> list[str]:
        """The passages of an article whose vectors `tag` wants."""
        return to_read(self.head, title, text, language)

    def tag(
        self, title: str, text: str, passages: Sequence[str], vectors: Vectors, language: str | None
    ) -> list[TopicScore]:
        """The topics of an article: IPTC's, best first, those below them, then the desk's own."""
        known = bool(passages) and language in self.head.languages
        return [
            *tag(self.head, title, text, passages, vectors, language),
            *own.tag(self.own, title, text, passages, vectors, known=known),
        ]


def tag(
    head: Head, title: str, text: str, passages: Sequence[str], vectors: Vectors, language: str | None
) -> list[TopicScore]:
    """IPTC's topics, best first, then those one level below; none where nothing reaches the threshold.

    `vectors` are the embeddings of `passages` by the head's model, in order, the lead first. A text in a language
    that the head was not trained in gets none. Raises HeadError for vectors that do not fit.
    """
    if language not in head.languages or not passages:
        return []
    if vectors.shape != (len(passages), head.dense.shape[1] - 1):
        message = f"{len(passages)} passages with vectors of shape {vectors.shape}: embed them with {head.model}."
        raise HeadError(message)
    fired = head.rule_set.fire(title, text)
    learned = pool(passage_scores(head, passages, vectors))
    final = with_rules(learned, fired, head.qcodes, head.rule_scale)
    found = [
        TopicScore(
            head.qcodes[i], head.names[i], round(float(final[i]), 4), _said(head, i, learned[i], fired, title, text)
        )
        for i in given(head, final)
    ]
    return found + _narrower(head, {topic.qcode: topic.evidence for topic in found}, vectors, fired, title, text)


def _said(head: Head, topic: int, learned: np.float32, fired: dict[str, Fired], title: str, text: str) -> str:
    """The sentence that speaks most for a topic; where rules alone decided, which phrase did."""
    spoke = fired.get(head.qcodes[topic])
    if spoke is not None and learned < head.best_threshold:
        hit = spoke.hits[0]
        return f"rule: {hit.phrase!r} in {evidence.quoted(title, text, hit)!r}"
    return evidence.best_sentence(title, text, lambda sentence: float(word_scores(head, sentence)[topic]), spoke)


def _narrower(
    head: Head, above: dict[str, str], vectors: Vectors, fired: dict[str, Fired], title: str, text: str
) -> list[TopicScore]:
    """Topics of the second level below those in `above` (qcode to evidence), best first."""
    qcodes = [qcode for qcode, _, _ in head.narrower]
    scores: Array = with_rules(pool(logistic(vectors, head.narrower_dense)), fired, qcodes, head.narrower_rule_scale)
    found = []
    for i, (qcode, name, parent) in enumerate(head.narrower):
        if parent in above and scores[i] >= head.narrower_threshold:
            hits = fired[qcode].hits if qcode in fired else ()
            said = evidence.quoted(title, text, hits[0]) if hits else above[parent]
            found.append(TopicScore(qcode, name, round(float(scores[i]), 4), said))
    return sorted(found, key=lambda topic: -topic.score)
