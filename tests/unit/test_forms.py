"""Texts that fill one form with other facts are told from copies, from reports of one event, and from a report that was updated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.forms import same_form, told_by_form
from wirewatch.core.duplicates.judge import Candidate
from wirewatch.core.model import Document

WEATHER = """The weather service has issued a warning for {town} and the counties around it, in effect from {a} p.m. {day}.
Forecasters said that winds could reach {b} mph, with rainfall of {c} to {d} inches possible in low-lying areas.
Residents are urged to avoid travel if possible and to secure loose outdoor objects, the agency said in its statement.
The utility said that about {g} customers in {town} were without power. Crews were working to restore service."""
SALEM = WEATHER.format(town="Salem", day="Friday", a=11, b=89, c=6, d=9, g=6600)
OMAHA = WEATHER.format(town="Omaha", day="Monday", a=1, b=38, c=3, d=5, g=8900)
OBITUARY = """The {nation} {calling} {name}, whose {works} hang or stand in half of the {nation} towns, has died at {age}, the family said.
Born in {town} in {year}, {name} began as a clerk of the railway, and was over thirty when the first work was shown.
A service is to be held in {town} on {day}, and the guild asks for gifts to its school in place of flowers."""
PAINTER = OBITUARY.format(
    nation="Danish", calling="painter", name="Haugaard", works="murals", age=91, town="Ribe", year=1934, day="Friday"
)
SCULPTOR = OBITUARY.format(
    nation="Polish", calling="sculptor", name="Wolska", works="bronzes", age=88, town="Gdynia", year=1937, day="Monday"
)
QUAKE = """A magnitude 6.1 earthquake struck the hills north of Tarma on Monday, killing 20 people, the ministry of health said.
The quake hit at a depth of 28 km in the province of Tarma, the geological survey said.
Part of the facade of the cathedral was damaged in Tarma, a town of about 52,000 people.
The defence ministry said that the road over the pass had been blocked by rocks and was open again."""
QUAKE_LATER = """The death toll of an earthquake in the hills north of Tarma rose to 27 on Tuesday, and 956 people were hurt, it says.
The quake hit at a depth of 28 km in the province of Tarma, the geological survey said.
Part of the facade of the cathedral was damaged in Tarma, a town of about 52,000 people.
The defence ministry said that the road over the pass had been blocked by rocks and was open again.
Neighbouring countries sent 15 tonnes of food."""
QUAKE_ELSEWHERE = """Rescue teams dug with bare hands on Monday after a tremor of magnitude 6.1 shook the hills around Tarma.
"My house fell in seconds," said a farmer of 45 whose two sons were pulled out alive. Some 20 people are dead.
Aid groups say that clinics in the north were closed for want of money."""
TABLE = "4th qtr net. Shr profit {} cts vs loss {} cts. Net profit {} vs loss {}. Revs {} mln vs {} mln. Year shr {} cts vs {} cts."
KESTREL = TABLE.format(12, 9, 112871, 78004, 45, 38, 61, 22)
NORTHWAY = TABLE.format(71, 14, 903455, 120008, 7, 5, 90, 33)


def candidate(text: str, cosine: float = 0.8) -> Candidate:
    return Candidate(Features(Document("article:1", "", text)), cosine)


def filled(one: str, other: str) -> bool:
    return same_form(Features(Document("article:9", "", one)), candidate(other))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(SALEM, OMAHA, True, id="weather of two towns"),
        pytest.param(PAINTER, SCULPTOR, True, id="two who died"),
        pytest.param(KESTREL, NORTHWAY, True, id="tables of two companies"),
        pytest.param(KESTREL, "Kestrel reported. " + KESTREL, False, id="one table at two agencies"),
        pytest.param(KESTREL, SALEM, False, id="a table and prose"),
        pytest.param(SALEM, "By Ann Other\n" + SALEM + "\nMore of our weather pages.", False, id="a copy"),
        pytest.param(SALEM, SALEM, False, id="the same words"),
        pytest.param(QUAKE, QUAKE_LATER, False, id="the toll has risen"),
        pytest.param(QUAKE, QUAKE_ELSEWHERE, False, id="two reports of one event"),
        pytest.param("Quake in Tarma", QUAKE, False, id="too short to be told"),
        pytest.param("", "", False, id="nothing"),
    ],
)
def test_a_form_with_other_facts(one, other, expected):
    assert filled(one, other) is expected
    assert filled(other, one) is expected


@pytest.mark.parametrize(
    ("looked_at", "expected"),
    [
        ([], False),
        ([True], True),
        ([False], False),
        ([True, False], True),
        ([True, False, False], False),
    ],
)
def test_a_story_is_of_other_facts_where_half_of_it_is(looked_at, expected):
    assert told_by_form(looked_at) is expected


@given(st.text(max_size=300))
def test_no_text_is_a_form_of_itself(text):
    assert not filled(text, text)
