"""Spikes and silences: what a history of counts makes of the hours after it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.counts import Profile, Sensitivity, learn, silence, spike

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def history(of: dict[int, int], weeks: int = 8, weekend: float = 1.0) -> dict[datetime, int]:
    """Counts by hour: `of` gives the count of an hour of the day; Saturday and Sunday have `weekend` of it."""
    counts = {}
    for day in range(weeks * 7):
        for hour, count in of.items():
            many = round(count * (weekend if day % 7 >= 5 else 1))
            if many:
                counts[MONDAY + timedelta(days=day, hours=hour)] = many
    return counts


def learnt(of: dict[int, int], weeks: int = 8, weekend: float = 1.0) -> tuple[Profile, datetime]:
    end = MONDAY + timedelta(weeks=weeks)
    return learn(history(of, weeks, weekend), MONDAY, end), end


DAYTIME = dict.fromkeys(range(6, 22), 2)


def told_after(profile: Profile, last: datetime, word: str) -> float | None:
    """Hours of silence after `last` until it is told, within two weeks."""
    for hours in range(1, 24 * 14):
        if silence(profile, last, last + hours * HOUR, Sensitivity(word)):
            return hours
    return None


def test_a_profile_is_the_weekdays_mean_spread_over_the_hours():
    profile, end = learnt(DAYTIME, weekend=0)
    assert profile.per_day == pytest.approx(32 * 5 / 7)
    assert profile.expected(end, end + timedelta(days=1)) == pytest.approx(32)
    assert profile.expected(end + timedelta(days=5), end + timedelta(days=7)) == 0
    assert profile.expected(end + 6 * HOUR, end + 7.5 * HOUR) == pytest.approx(3)
    assert profile.expected(end, end + timedelta(days=23)) == pytest.approx(3 * 160 + 64)


def test_a_source_that_dies_is_told_the_sooner_the_more_it_brings_and_the_sharper_one_asks():
    busy, end = learnt(dict.fromkeys(range(24), 4))
    usual, _ = learnt(DAYTIME)
    slow, _ = learnt({9: 1, 15: 1})
    last = end + timedelta(hours=12)
    assert [told_after(busy, last, word) for word in ("sharp", "normal", "calm")] == [2, 3, 4]
    assert [told_after(usual, last, word) for word in ("sharp", "normal", "calm")] == [4, 5, 6]
    assert [told_after(slow, last, word) for word in ("sharp", "normal", "calm")] == [52, 76, 100]


def test_nights_and_weekends_are_no_silence():
    profile, end = learnt(DAYTIME, weekend=0)
    friday = end + timedelta(days=4, hours=21, minutes=50)
    for hours in range(1, 24 * 2 + 8):
        assert not silence(profile, friday, friday + hours * HOUR, Sensitivity.SHARP)
    # On Monday it is missed, as early in its day as it would be on a Tuesday.
    assert told_after(profile, friday, "normal") == 61


def test_a_source_that_is_too_new_to_know_its_weekend_is_given_three_days():
    counts = history(DAYTIME, 1, weekend=0)
    friday = MONDAY + timedelta(days=4, hours=22)
    profile = learn(counts, MONDAY, friday)
    assert told_after(profile, friday, "sharp") == 72
    assert learn({MONDAY: 5}, MONDAY, MONDAY + timedelta(days=1)).days < 3
    assert not silence(learn({MONDAY: 5}, MONDAY, MONDAY + timedelta(days=1)), MONDAY, friday, Sensitivity.SHARP)


def test_a_source_that_comes_in_clusters_is_given_more_time():
    rng = random.Random(1)
    steady, clustered = {}, {}
    for day in range(56):
        for _ in range(20):
            at = MONDAY + timedelta(days=day, hours=rng.randrange(24))
            steady[at] = steady.get(at, 0) + 1
        if rng.random() < 0.25:
            for _ in range(80):
                at = MONDAY + timedelta(days=day, hours=rng.randrange(24))
                clustered[at] = clustered.get(at, 0) + 1
    end = MONDAY + timedelta(days=56)
    early, late = (told_after(learn(counts, MONDAY, end), end, "normal") for counts in (steady, clustered))
    assert early is not None
    assert early < 24
    assert late is None or late > 24 * 5


@pytest.mark.parametrize("word", ["sharp", "normal", "calm"])
def test_a_steady_source_raises_about_as_few_false_alarms_as_the_word_says(word):
    """Two years of Poisson arrivals after eight weeks of learning: a month's word gives some, a year's few, ten years' none."""
    rng = random.Random(7)
    rate, alarms = 1.25, 0
    counts = {MONDAY + n * HOUR: rng.binomialvariate(100, rate / 100) if hasattr(rng, "binomialvariate") else sum(
        rng.random() < rate / 100 for _ in range(100)) for n in range(56 * 24)}  # fmt: skip
    profile = learn({at: n for at, n in counts.items() if n}, MONDAY, MONDAY + timedelta(days=56))
    at, last, told = MONDAY + timedelta(days=56), MONDAY + timedelta(days=56), False
    for _ in range(int(730 * 24 * rate)):
        at += timedelta(hours=rng.expovariate(rate))
        told = silence(profile, last, at, Sensitivity(word)) is not None
        alarms += told
        last = at
    assert alarms <= {"sharp": 60, "normal": 8, "calm": 2}[word]


def test_a_spike_is_told_by_how_unlikely_it_is():
    profile, end = learnt(DAYTIME)
    at = end + timedelta(hours=20)
    usual = profile.expected(at - 6 * HOUR, at)
    assert usual == pytest.approx(12)
    assert [spike(profile, count, at, 6, Sensitivity.NORMAL) is not None for count in (12, 20, 33, 34)] == [
        False, False, False, True,
    ]  # fmt: skip
    assert spike(profile, 27, at, 6, Sensitivity.SHARP)
    assert not spike(profile, 38, at, 6, Sensitivity.CALM)
    quiet, _ = learnt({}, 8)
    assert spike(quiet, 6, at, 24, Sensitivity.NORMAL)
    assert not spike(quiet, 4, at, 24, Sensitivity.SHARP)


@given(st.integers(0, 200), st.sampled_from([6, 24]), st.sampled_from(list(Sensitivity)))
def test_what_is_told_calmly_is_told_sharply_and_more_is_never_less_of_a_spike(count, hours, word):
    profile, end = learnt(DAYTIME)
    found = spike(profile, count, end, hours, word)
    if found:
        assert 0 <= found.chance < 1
        assert spike(profile, count, end, hours, Sensitivity.SHARP)
        assert spike(profile, count + 1, end, hours, word)
