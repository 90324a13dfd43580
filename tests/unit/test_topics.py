"""What the topic tagger promises: topics by qcode with a reason, or none; passages of bounded number."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.clean.language import detect
from wirewatch.core.topics.head import Head, HeadError, pool
from wirewatch.core.topics.head import given as given_by
from wirewatch.core.topics.own import Definition, OwnTopic
from wirewatch.core.topics.passages import LIMIT, WORDS, passages, sentence_spans, sentences
from wirewatch.core.topics.rules import Rule, RulesError, RuleSet, parse_rules
from wirewatch.core.topics.tagger import Tagger, tag, to_read
from wirewatch.core.topics.terms import terms, vocabulary, weigh

POLITICS, SPORT, WEATHER = "medtop:11000000", "medtop:15000000", "medtop:17000000"
RELATIONS, WARNING = "medtop:20000638", "medtop:20001131"


def head() -> Head:
    """Three topics over two dimensions: the first is politics, then sport; weather lives by its rules."""
    weights = np.array([[8, -8, -2], [-8, 8, -2], [0, 0, -6]], dtype=np.float32)
    sparse = np.array([[4, -4, -2], [-4, 4, -2], [0, 0, -6]], dtype=np.float32)
    return Head(
        qcodes=(POLITICS, SPORT, WEATHER),
        names=("politics and government", "sport", "weather"),
        dense=weights,
        concept=weights,
        sparse=sparse,
        vocabulary=("minister", "striker"),
        idf=np.ones(2, dtype=np.float32),
        blend=(0.4, 0.2, 0.4),
        best_threshold=0.4,
        threshold=0.5,
        share=0.4,
        rule_scale=4.0,
        rules=(Rule("heavy snow", WEATHER, 2.0), Rule("snow", WEATHER), Rule("avalanche warning", WARNING, 2.0)),
        narrower=((RELATIONS, "international relations", POLITICS), (WARNING, "weather warning", WEATHER)),
        narrower_dense=np.array([[4, 0, 0], [0, 0, -6]], dtype=np.float32),
        narrower_threshold=0.5,
        narrower_rule_scale=4.0,
        background=np.zeros((1, 2), dtype=np.float32),
        languages=("en",),
        model="two numbers",
        version="test",
    )


TO_POLITICS = np.array([[1.0, 0.0]], dtype=np.float32)
TO_SPORT = np.array([[0.0, 1.0]], dtype=np.float32)
TO_NOTHING = np.array([[-0.7, -0.7]], dtype=np.float32)


def test_a_topic_comes_with_its_score_and_the_sentence_that_speaks_for_it() -> None:
    text = "It rained. The minister resigned. Nobody knew why."
    first, *rest = tag(head(), "", text, [text], TO_POLITICS, "en")
    assert (first.qcode, first.name, first.evidence) == (
        POLITICS,
        "politics and government",
        "The minister resigned.",
    )
    assert 0.4 <= first.score <= 1
    assert [t.qcode for t in rest] == [RELATIONS]


def test_the_narrower_topic_needs_its_broader_one() -> None:
    assert [t.qcode for t in tag(head(), "", "A striker.", ["A striker."], TO_SPORT, "en")] == [SPORT]


def test_a_text_that_says_nothing_gets_nothing() -> None:
    assert tag(head(), "", "Lorem ipsum.", ["Lorem ipsum."], TO_NOTHING, "en") == []


def test_a_narrower_topic_is_found_by_its_words_below_its_broader_one() -> None:
    text = "Heavy snow fell. An avalanche warning is in force. Stay at home."
    found = tag(head(), "Heavy snow", text, [text], TO_NOTHING, "en")
    assert [t.qcode for t in found] == [WEATHER, WARNING]
    assert found[1].evidence == "An avalanche warning is in force."
    alone = "An avalanche warning is in force."
    assert tag(head(), "", alone, [alone], TO_NOTHING, "en") == []


# The same report in ten languages, as the language detector names them, and one that it cannot name.
REPORTS = {
    "sw": "Waziri mkuu alijiuzulu baada ya kura ya kutokuwa na imani bungeni siku ya Jumanne, na uchaguzi utafanyika mwezi ujao.",
    "de": "Der Minister ist nach dem Misstrauensvotum im Parlament zurückgetreten, im nächsten Monat wird neu gewählt.",
    "fr": "Le ministre a démissionné après le vote de défiance au parlement et des élections auront lieu le mois prochain.",
    "es": "El ministro dimitió tras la moción de censura en el parlamento y habrá elecciones el próximo mes.",
    "pt": "O ministro demitiu-se depois da moção de censura no parlamento e haverá eleições no próximo mês.",
    "tr": "Bakan, mecliste yapılan güven oylamasının ardından istifa etti ve gelecek ay seçim yapılacak.",
    "ru": "Министр подал в отставку после вотума недоверия в парламенте, выборы пройдут в следующем месяце.",
    "ar": "استقال الوزير بعد تصويت البرلمان على سحب الثقة وستجرى الانتخابات في الشهر المقبل.",
    "zh": "部长在议会不信任投票后辞职，选举将于下个月举行，各政党已经开始准备竞选活动。",
    "ko": "장관은 의회의 불신임 투표 이후 사임했으며 다음 달에 선거가 치러질 예정이다.",
}


@pytest.mark.parametrize(("language", "text"), REPORTS.items(), ids=[*REPORTS])
def test_a_language_that_the_head_does_not_know_gets_nothing(language: str, text: str) -> None:
    assert detect(text) == language
    assert tag(head(), "", text, [text], TO_POLITICS, detect(text)) == []
    assert to_read(head(), "", text, detect(text)) == []


def test_only_of_a_language_that_the_head_knows_passages_are_embedded() -> None:
    assert to_read(head(), "The cabinet", "A minister resigned.", "en") == ["The cabinet. A minister resigned."]
    assert to_read(head(), "The cabinet", "A minister resigned.", None) == []


def test_an_own_topic_is_told_by_its_words_where_no_passage_was_embedded() -> None:
    ports = OwnTopic(Definition("Ports", "Ships.", words=("ميناء",)), np.zeros((1, 3), dtype=np.float32), "two numbers")
    (found,) = Tagger(head(), (ports,)).tag(
        "ميناء", "أغلقت السلطات ميناء", [], np.zeros((0, 0), dtype=np.float32), "ar"
    )
    assert found.qcode == "own:ports"


def test_a_text_whose_language_nobody_knows_gets_nothing() -> None:
    assert tag(head(), "", "The minister.", ["The minister."], TO_POLITICS, None) == []


def test_a_passage_without_a_known_word_is_judged_by_its_vector_alone() -> None:
    (found, *_) = tag(head(), "", "大臣が辞任した", ["大臣が辞任した"], TO_POLITICS, "en")
    assert found.qcode == POLITICS
    assert found.score > 0.9


def test_evidence_is_a_sentence_of_the_text_wherever_it_stands() -> None:
    text = (
        "It rained all day in the capital. " * 20
        + "The minister resigned on Tuesday after the vote. "
        + "It rained again. " * 9
    )
    (found, *_) = tag(head(), "The weekend", text, ["The weekend. " + text], TO_POLITICS, "en")
    assert found.evidence == "The minister resigned on Tuesday after the vote."


def test_evidence_is_cut_at_a_word() -> None:
    text = "The minister " + "very " * 200 + "resigned"
    (found, *_) = tag(head(), "", text, [text], TO_POLITICS, "en")
    assert len(found.evidence) <= 300
    assert found.evidence.endswith("very…")


@given(st.text("ab .!?\n”", max_size=60))
def test_sentences_are_all_that_is_in_a_text(text: str) -> None:
    spans = list(sentence_spans(text))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())
    assert all(a < b and text[a:b] == text[a:b].strip() for a, b in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


def test_the_version_of_a_tagger_tells_of_its_own_topics() -> None:
    topic = OwnTopic(Definition("Ports", "What happens in ports."), np.zeros((1, 3), dtype=np.float32), "two numbers")
    assert Tagger(head()).version == "test"
    assert Tagger(head(), (topic,)).version.startswith("test+own-")


def test_a_rule_decides_where_the_weights_know_nothing_and_says_so() -> None:
    text = "Roads closed. Heavy snow fell in the hills. More is to come."
    (topic,) = tag(head(), "Heavy snow", text, [text], TO_NOTHING, "en")
    assert topic.qcode == WEATHER
    assert topic.evidence == "rule: 'heavy snow' in 'Heavy snow'"


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((0.9, 0.6, 0.1), [0, 1]),
        ((0.45, 0.44, 0.1), [0]),  # a further topic needs more than the best one
        ((0.39, 0.2, 0.1), []),
        ((0.2, 0.55, 1.0), [2, 1]),
        ((0.5, 0.5, 0.5), [0, 1, 2]),
    ],
)
def test_the_best_topic_needs_less_than_a_further_one(scores: tuple[float, ...], expected: list[int]) -> None:
    assert given_by(head(), np.array(scores, dtype=np.float32)) == expected


def test_a_further_topic_needs_a_share_of_the_best() -> None:
    strict = replace(head(), share=0.8)
    assert given_by(strict, np.array([0.9, 0.6, 0.1], dtype=np.float32)) == [0]


def test_topics_are_in_order_of_score() -> None:
    found = tag(head(), "Snow", "Snow. Heavy snow.", ["Snow. Heavy snow. The minister."], TO_POLITICS, "en")
    scores = [t.score for t in found if t.qcode != RELATIONS]
    assert len(scores) == 2
    assert scores == sorted(scores, reverse=True)


def test_vectors_of_another_model_are_refused() -> None:
    with pytest.raises(HeadError, match="two numbers"):
        tag(head(), "", "x", ["x"], np.zeros((1, 384), dtype=np.float32), "en")


def test_the_lead_counts_twice() -> None:
    assert pool(np.array([[1.0], [0.0]], dtype=np.float32)) == pytest.approx([2 / 3])


def test_a_head_is_the_same_after_saving(tmp_path: Path) -> None:
    head().save(tmp_path / "head.npz")
    loaded = Head.load(tmp_path / "head.npz")
    for field in fields(Head):
        stored, made = getattr(loaded, field.name), getattr(head(), field.name)
        assert np.array_equal(stored, made) if isinstance(made, np.ndarray) else stored == made, field.name


def test_a_file_that_is_no_head_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "head.npz").write_bytes(b"nothing")
    with pytest.raises(HeadError, match="wirewatch train-topics"):
        Head.load(tmp_path / "head.npz")


WORDY = st.lists(st.text("ab. ", min_size=1, max_size=5), max_size=900).map(" ".join)


@given(st.text(max_size=30), WORDY)
def test_passages_are_bounded_and_the_lead_is_first(title: str, text: str) -> None:
    found = passages(title, text)
    assert 1 <= len(found) <= LIMIT
    assert found[0].startswith(title.strip())
    assert all(len(p.split()) <= WORDS for p in found[1:])


def test_a_long_text_is_read_from_its_whole_length() -> None:
    found = passages("Title", " ".join(str(i) for i in range(60 * 100)))
    assert len(found) == LIMIT
    assert found[0].startswith("Title. 0 1 2")
    assert int(found[-1].split()[0]) > 60 * 80


def test_a_short_tail_is_left_out() -> None:
    assert len(passages("", " ".join(["word"] * 65))) == 1
    assert len(passages("", " ".join(["word"] * 100))) == 2


def test_sentences_end_at_marks_and_lines() -> None:
    assert sentences("One. “Two!” Three?\nFour") == ["One.", "“Two!”", "Three?", "Four"]


def test_terms_are_words_and_pairs_without_function_words() -> None:
    assert list(terms("The Minister of State resigned")) == [
        "minister",
        "state",
        "resigned",
        "minister state",
        "state resigned",
    ]


def test_a_text_is_weighed_to_unit_length_over_known_terms() -> None:
    words, idf = vocabulary(["snow rain", "snow wind", "snow rain"], least=2, most=10)
    assert words == ["rain", "snow", "snow rain"]
    columns, values = weigh("snow snow fog", {w: i for i, w in enumerate(words)}, idf)
    assert columns.tolist() == [1]
    assert np.linalg.norm(values) == pytest.approx(1)
    assert weigh("fog", {"snow": 0}, idf[:1])[0].size == 0


def test_rules_count_more_in_title_and_lead_and_less_in_a_long_text() -> None:
    rules = RuleSet([Rule("strike", "medtop:09000000")])
    filler = "word " * 200
    title = rules.fire("Strike", "")["medtop:09000000"]
    lead = rules.fire("", "A strike.")["medtop:09000000"]
    late = rules.fire("", filler + "strike")["medtop:09000000"]
    lost = rules.fire("", filler * 10 + "strike")["medtop:09000000"]
    assert title.points > lead.points > late.points > lost.points > 0
    assert [(hit.field, hit.start, hit.end) for hit in title.hits] == [("title", 0, 6)]


def test_rules_are_read_by_weight() -> None:
    assert parse_rules("medtop:17000000:\n  2: [blizzard]\n  1: [snow, rain]\n") == [
        Rule("blizzard", "medtop:17000000", 2.0),
        Rule("snow", "medtop:17000000"),
        Rule("rain", "medtop:17000000"),
    ]


@pytest.mark.parametrize("content", ["- snow", "medtop:17000000: [snow]", "medtop:17000000:\n  2: snow"])
def test_rules_of_another_shape_are_refused(content: str) -> None:
    with pytest.raises(RulesError, match=r"r\.yaml"):
        parse_rules(content, "r.yaml")
