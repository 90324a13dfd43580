"""Stories: the nearest in meaning and in rare words, in time; a copy goes where its original is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core import stories
from wirewatch.core.duplicates.features import Features
from wirewatch.core.model import Document
from wirewatch.core.scale import Scale

NOON = datetime(2025, 9, 2, 12, tzinfo=UTC)
COMMON = stories.Commonness(1000, {"minister": 400, "said": 900, "train": 12})


def article(
    text: str, direction: float = 0.0, at: datetime = NOON, *, dated: bool = True, seen: datetime | None = None
) -> stories.Profile:
    published = at if dated else None
    found = Features(Document(key="article:1", title=text.split(".")[0], text=text, published=published))
    vector = np.array([np.cos(direction), np.sin(direction)], dtype=np.float32)
    return stories.profile(found, stories.term_counts(found), COMMON, vector, seen or at)


REPORT_TEXT = "Ferry Sea Thistle runs aground off Cape Tern. All passengers were rescued in thick fog."
REPORT = article(REPORT_TEXT)
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


@pytest.mark.parametrize(
    ("first", "second", "joins"),
    [
        ((None, 0), (-400, 0), True),
        ((-400, 0), (None, 0), True),
        ((None, 0), (30, 30), False),
        ((-400, 0), (-400, 30), True),
        ((-400, 0), (-370, 0), False),
        ((3, 0), (30, 0), True),
    ],
    ids=[
        "no date, then one of last year, on one day",
        "a date of last year, then none, on one day",
        "no date, then a month later",
        "of one day, a month later",
        "a month apart, on one day",
        "dates that cannot be",
    ],
)
def test_dates_are_compared_with_dates_and_first_sights_with_first_sights(first, second, joins):
    """Days from NOON: (published or None, seen)."""

    def one(text: str, direction: float, days: tuple[int | None, int]) -> stories.Profile:
        published, seen = days
        at = NOON + timedelta(days=published or 0)
        return article(text, direction, at, dated=published is not None, seen=NOON + timedelta(days=seen))

    story = stories.found_story(7, one(REPORT_TEXT, 0.0, first))
    chosen = stories.choose(one(SAME_EVENT, 0.5, second), [story])
    assert (chosen.story_id == 7) is joins, chosen


def test_an_article_without_a_date_leaves_the_dates_of_its_story_alone():
    last_year, today = NOON - timedelta(days=400), NOON
    story = stories.found_story(7, article(REPORT_TEXT, 0.0, last_year, seen=today))
    story = stories.absorb(story, article(SAME_EVENT, 0.5, dated=False, seen=today))
    assert story.dated_at == last_year
    assert story.last_at == today
    again = article(SAME_EVENT, 0.4, last_year + timedelta(hours=5), seen=today)
    assert stories.choose(again, [story]).story_id == 7
    assert stories.united(stories.found_story(8, article(SAME_EVENT, dated=False)), story).dated_at == last_year


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
    assert {"score", "cosine", "terms", "decay", "nearest", "others", "threshold"} == set(chosen.reasons)


@pytest.mark.parametrize(
    ("direction", "others", "joins"),
    [(1.15, 0, True), (1.15, 1, True), (1.15, 5, False), (0.6, 5, True)],
    ids=["like this one alone", "like two", "as like five others", "like enough, whatever else is"],
)
def test_what_is_like_many_stories_must_be_more_like_its_own(direction, others, joins):
    """Reports of other events on one subject, as like this one as the story is: nearness to all tells little."""
    newcomer = article("Fog closes the airport. All ferry services wait for hours off the coast.", direction)
    crowd = [stories.found_story(number, article(REPORT_TEXT, -0.01 * number)) for number in range(2, 2 + others)]
    chosen = stories.choose(newcomer, [stories.found_story(1, REPORT), *crowd])
    assert chosen.story_id == (1 if joins else None), chosen
    wanted = min(stories.THRESHOLD + stories.OTHERS_WEIGHT * chosen.reasons["others"], stories.ENOUGH)
    assert chosen.reasons["threshold"] == pytest.approx(max(wanted, stories.LEAST), abs=0.001)


def test_a_story_of_other_facts_in_one_form_is_not_joined_and_says_how_near_such_texts_are():
    newcomer, story = article(SAME_EVENT, 0.5), stories.found_story(1, REPORT)
    form = stories.found_story(2, article(SAME_EVENT, 0.5))
    assert stories.choose(newcomer, [story, form]).story_id == 2
    chosen = stories.choose(newcomer, [story, form], same_form=[2, 99])
    assert chosen.story_id == 1
    assert chosen.reasons["same_form"] == [2]
    assert chosen.reasons["others"] == pytest.approx(1.0 / stories.OTHERS, abs=0.001)
    assert stories.choose(newcomer, [form], same_form=[2]) == stories.Choice(None, 0.0, {"same_form": [2]})


def spelt(stem: str) -> str:
    """A hundred words with no digit."""
    return " ".join(stem + one + other for one in "abcdefghij" for other in "klmnopqrst")


@pytest.mark.parametrize(
    ("one", "other", "more"),
    [
        ("Ferry aground off Cape Tern", "Ship on a reef in fog", True),
        (spelt("left"), spelt("right"), False),
        ("Ferry aground off Cape Tern", spelt("right"), True),
    ],
    ids=["two headlines", "two long texts", "a headline and a long text"],
)
def test_where_words_are_few_meaning_weighs_more(one, other, more):
    chosen = stories.choose(article(other, 0.3), [stories.found_story(1, article(one))])
    assert chosen.reasons["terms"] == 0.0
    weight = chosen.score / chosen.reasons["cosine"]
    assert (weight > stories.COSINE_WEIGHT + 0.1) is more
    assert stories.COSINE_WEIGHT - 0.001 <= weight <= stories.COSINE_WEIGHT_OF_SHORT


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Shares fell 3.4 pct to 1,250 in 2025", {"shares", "fell", "pct", "3.4", "1,250", "2025"}),
        ("南海トラフ", {"南海", "海ト", "トラ", "ラフ"}),
        ("Xi, 北京 to", {"北京"}),
        ("A B", set()),
    ],
    ids=["numbers as they are written", "of scripts without spaces two characters in a row", "mixed", "nothing"],
)
def test_what_tells_an_event(text, told):
    assert set(stories.term_counts(Features(Document("article:1", "", text)))) == told


def test_numbers_of_their_own_keep_reports_in_one_form_apart():
    first = "Magnitude 5.3 earthquake strikes 14 miles from Mobile at 3.21, at a depth of 10.4 miles"
    other = "Magnitude 6.1 earthquake strikes 34 miles from Toledo at 5.44, at a depth of 17.2 miles"
    again = "Earthquake of magnitude 5.3 strikes near Mobile at 3.21, 14 miles away, at 10.4 miles of depth"
    story = stories.found_story(1, article(first))
    measured = [stories.choose(article(text), [story]).reasons["terms"] for text in (other, again)]
    assert measured[0] < 0.35 < 0.6 < measured[1]


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
def test_measures_are_the_means_over_the_members(members):
    newcomer = article(SAME_EVENT, dated=False)
    articles = [REPORT, *(article(text, direction, NOON + timedelta(days=days)) for text, direction, days in members)]
    story = stories.found_story(1, articles[0])
    for one in articles[1:]:
        story = stories.absorb(story, one)
    alone = [stories.choose(newcomer, [stories.found_story(2, one)]).reasons for one in articles]
    together = stories.choose(newcomer, [story])
    for measure in ("cosine", "terms"):
        mean = sum(reasons[measure] for reasons in alone) / len(alone)
        assert together.reasons[measure] == pytest.approx(mean, abs=0.002)
    weight = stories._weight_of_meaning(min(len(newcomer.terms), len(story.terms)))
    cosine, terms = together.reasons["cosine"], together.reasons["terms"]
    assert together.score == pytest.approx(weight * cosine + (1.0 - weight) * terms, abs=0.002)
    assert story.first_at <= story.last_at
    assert story.count == len(articles)
