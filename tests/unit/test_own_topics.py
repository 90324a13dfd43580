"""A desk's own topics: read from their file with advice, told from the news around them, found by words in any script."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.model import Vectors
from wirewatch.core.topics.own import Definition, OwnTopic, OwnTopicError, compiled, digest, parse_own, tag
from wirewatch.core.topics.passages import passages

WORDS = ("port", "ship", "crane", "harbour", "vote", "goal", "song", "rain")
PORTS = Definition(
    "Ports & ships", "What happens in the harbour.", ("A ship lost a crane in the port.",), ("ميناء", "quay")
)
BACKGROUND = [
    "the vote",
    "a goal",
    "her song",
    "rain",
    "vote and rain",
    "song and goal",
    "goal in the rain",
    "vote for a song",
]


def embed(texts: Sequence[str]) -> Vectors:
    """A stand-in for the model that knows eight words."""
    counts = np.array([[t.lower().count(w) + 0.01 for w in WORDS] for t in texts], dtype=np.float32)
    return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True), dtype=np.float32)


def topic(definition: Definition = PORTS) -> OwnTopic:
    return compiled(definition, embed(BACKGROUND), "eight words", embed)


def given_to(text: str, title: str = "", *, known: bool = True) -> list[str]:
    parts = passages(title, text)
    return [t.qcode for t in tag([topic()], title, text, parts, embed(parts), known=known)]


def test_a_topic_is_read_with_all_that_it_may_have() -> None:
    content = "- {name: Ports & ships, sentence: ' What happens in the harbour. ', examples: [A ship.], words: [quay], threshold: 0.6}"
    (found,) = parse_own(content)
    assert found == Definition("Ports & ships", "What happens in the harbour.", ("A ship.",), ("quay",), 0.6)
    assert found.qcode == "own:ports-ships"


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        ("name: x", "write a list"),
        ("- [", "not YAML"),
        ("- name: x", "sentence"),
        ("- {name: 5, sentence: y}", "sentence"),
        ("- {name: x, sentence: y, exampels: [z]}", "exampels is not known"),
        ("- {name: x, sentence: y, examples: z}", "`examples` must be a list"),
        ("- {name: x, sentence: y, words: [1]}", "`words` must be a list"),
        ("- {name: x, sentence: y, threshold: 2}", "between 0 and 1"),
        ("- {name: x, sentence: y, threshold: true}", "between 0 and 1"),
        ("- {name: '!', sentence: y}", "a letter or a digit"),
        ("- {name: x, sentence: y}\n- {name: X, sentence: z}", "two topics"),
    ],
)
def test_what_is_wrong_in_the_file_is_said(content: str, advice: str) -> None:
    with pytest.raises(OwnTopicError, match=advice):
        parse_own(content, "own.yaml")


def test_an_empty_file_has_no_topics() -> None:
    assert parse_own("# nothing yet\n") == []


@given(st.text(max_size=60))
def test_any_content_is_read_or_refused_with_a_sentence(content: str) -> None:
    try:
        found = parse_own(content)
    except OwnTopicError:
        return
    assert all(topic.name and topic.qcode.startswith("own:") for topic in found)


def test_a_text_of_the_topic_gets_it_and_others_do_not() -> None:
    assert given_to("The ship left the port under a crane.") == ["own:ports-ships"]
    assert given_to("A goal in the rain, and a vote.") == []


def test_words_decide_in_any_language_where_vectors_are_not_to_be_trusted() -> None:
    text = "The ship left the port under a crane."
    assert given_to(text, known=False) == []
    assert given_to("أغلقت السلطات ميناء", "ميناء", known=False) == ["own:ports-ships"]


def test_a_word_in_passing_is_not_enough() -> None:
    assert given_to("Rain and a vote. " * 60 + "He stood on the quay.") == []


def test_the_evidence_is_the_sentence_that_has_the_word_or_the_meaning() -> None:
    text = "It rained. The quay at Leith was closed on Monday after a storm. Nobody was hurt."
    parts = passages("Leith quay closed", text)
    (found,) = tag([topic()], "Leith quay closed", text, parts, embed(parts), known=False)
    assert found.evidence == "The quay at Leith was closed on Monday after a storm."


def test_the_version_changes_with_any_part_of_a_definition() -> None:
    others = [
        Definition("Ports & ships", "Other."),
        Definition(PORTS.name, PORTS.sentence, PORTS.examples, ("quay",)),
        Definition(PORTS.name, PORTS.sentence, PORTS.examples, PORTS.words, 0.7),
    ]
    digests = {digest([topic(definition)]) for definition in [PORTS, *others]}
    assert len(digests) == 4
    assert digest([topic()]) == digest([topic()])
