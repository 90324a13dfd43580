"""Stories: the nearest in meaning and in rare words, in time; a copy goes where its original is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core import stories
from wirewatch.core.duplicates.features import features
from wirewatch.core.model import Document
from wirewatch.core.scale import Scale

NOON = datetime(2025, 9, 2, 12, tzinfo=UTC)
COMMON = stories.Commonness(1000, {"minister": 400, "said": 900, "train": 12})


def article(text: str, direction: float = 0.0, at: datetime = NOON, *, dated: bool = True) -> stories.Profile:
    found = features(Document(key="article:1", title=text.split(".")[0], text=text))
    vector = np.array([np.cos(direction), np.sin(direction)], dtype=np.float32)
    return stories.profile(found, stories.term_counts(found), COMMON, vector, at, dated=dated)


REPORT = article("Ferry Sea Thistle runs aground off Cape Tern. All passengers were rescued in thick fog.")
SAME_EVENT = "Passengers of the Sea Thistle saved. The ferry struck a reef in fog off Cape Tern at dawn."
OTHER_EVENT = "Minister opens a bridge. The minister said that the bridge would last a century."


@pytest.mark.parametrize(
    ("text", "direction", "days", "dated", "joins"),
    [
        (SAME_EVENT, 0.5, 0, True, True),
        (SAME_EVENT, 0.5, 0, False, True),
        (OTHER_EVENT, 1.2, 0, True, False),
        (SAME_EVENT, 0.5, 30, True, False),
        (SAME_EVENT, 0.5, 30, False, True),
    ],
    ids=["same event", "same event, undated", "another event", "a month later", "undated: time says nothing"],
)
def test_an_article_joins_the_story_of_its_event(text, direction, days, dated, joins):
    story = stories.found_story(7, REPORT)
    chosen = stories.choose(article(text, direction, NOON + timedelta(days=days), dated=dated), [story])
    assert (chosen.story_id == 7) is joins, chosen


def test_in_a_language_that_the_model_does_not_know_words_must_agree_too():
    """To a model of English all Turkish texts are alike: these two have a cosine of .88, and no word in common."""
    market = replace(article("Bakan yeni köprüyü açtı. Köprü yüz yıl dayanacak dedi."), language="tr")
    fire = replace(article("Ormanda yangın çıktı. İtfaiye alevleri söndürdü.", 0.5), language="tr")
    again = replace(article("Köprü açıldı. Bakan köprü için yüz yıl dayanacak dedi.", 0.5), language="tr")
    story = stories.found_story(7, market)
    english = Scale(languages=("en",))
    assert stories.choose(fire, [story], english).story_id is None
    assert stories.choose(again, [story], english).story_id == 7
    assert stories.choose(fire, [story]).story_id == 7


def test_the_nearest_story_is_taken_and_says_by_what():
    near, far = stories.found_story(1, REPORT), stories.found_story(2, article(OTHER_EVENT, 1.2))
    chosen = stories.choose(article(SAME_EVENT, 0.5), [far, near])
    assert chosen.story_id == 1
    assert {"score", "cosine", "terms", "decay", "threshold"} == set(chosen.reasons)


def test_rare_words_weigh_more_than_common_ones():
    assert COMMON.idf("thistle") > COMMON.idf("train") > COMMON.idf("minister") > COMMON.idf("said") > 0


def test_the_title_is_that_of_the_article_nearest_to_the_centre():
    story = stories.found_story(1, article("Left. One side of it.", -0.6))
    story = stories.absorb(story, article("Right. The other side.", 0.6))
    story = stories.absorb(story, article("Middle. All of it.", 0.0))
    assert story.title == "Middle"
    assert story.count == 3


@given(
    st.lists(
        st.tuples(st.sampled_from([SAME_EVENT, OTHER_EVENT]), st.floats(-0.7, 0.7), st.integers(0, 40)), max_size=8
    )
)
def test_a_score_is_the_mean_over_the_members(members):
    newcomer = article(SAME_EVENT, dated=False)
    articles = [REPORT, *(article(text, direction, NOON + timedelta(days=days)) for text, direction, days in members)]
    story = stories.found_story(1, articles[0])
    for one in articles[1:]:
        story = stories.absorb(story, one)
    alone = [stories.choose(newcomer, [stories.found_story(2, one)]).score for one in articles]
    assert stories.choose(newcomer, [story]).score == pytest.approx(sum(alone) / len(alone), abs=0.002)
    assert story.first_at <= story.last_at
    assert story.count == len(articles)
