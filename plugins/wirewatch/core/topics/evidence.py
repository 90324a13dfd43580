"""Which sentence of an article speaks most for a topic: a person can check a tag by reading one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from wirewatch.core.topics.passages import sentence_spans
from wirewatch.core.topics.rules import Fired, Hit

LONGEST = 300
"""Characters of a quotation at most."""
_LOOKED_AT = 60
"""Sentences that are weighed, from the top: the subject of news is said early, and a long text costs no more."""
_FEW_WORDS = 5
_POINTS = 0.05
"""What a rule's point adds to the probability that the words of a sentence give."""


def best_sentence(title: str, text: str, by_words: Callable[[str], float], fired: Fired | None) -> str:
    """The sentence of title and text that speaks most for a topic, word for word; cut at LONGEST characters.

    `by_words` gives the topic's probability for a sentence; the phrases of rules that stand in it add to that. A
    heading of a few words says less than a sentence. Empty where there is no sentence.
    """
    best, said = -1.0, ""
    for sentence, points in _sentences(title, text, fired.hits if fired else ()):
        score = (by_words(sentence) + _POINTS * points) * min(1.0, len(sentence.split()) / _FEW_WORDS)
        if score > best:
            best, said = score, sentence
    return shortened(said)


def quoted(title: str, text: str, hit: Hit) -> str:
    """The sentence around a rule's phrase, cut so that the phrase stays in it."""
    original = title if hit.field == "title" else text
    for start, end in sentence_spans(original):
        if start <= hit.start < end:
            first = start if hit.end - start <= LONGEST else hit.start
            return shortened(original[first : max(end, hit.end)])
    return shortened(original[hit.start :])


def shortened(sentence: str) -> str:
    """`sentence`, or its first LONGEST characters up to a word's end."""
    if len(sentence) <= LONGEST:
        return sentence
    cut = sentence[: LONGEST - 1]
    return (cut[: cut.rfind(" ")] if " " in cut else cut) + "…"


def _sentences(title: str, text: str, hits: tuple[Hit, ...]) -> Iterator[tuple[str, float]]:
    """Each sentence with the points of the phrases in it, a phrase counted once."""
    left = _LOOKED_AT
    for field, original in (("title", title), ("text", text)):
        for start, end in sentence_spans(original):
            inside = {h.phrase: h.points for h in hits if h.field == field and start <= h.start < end}
            yield original[start:end], sum(inside.values())
            left -= 1
            if not left:
                return
