"""When a text is held to be a copy: edited copies are, templated reports and reports of the same event are not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.duplicates.alignment import align, sentences
from wirewatch.core.duplicates.features import Features
from wirewatch.core.duplicates.judge import Candidate, judge
from wirewatch.core.model import Document, Rung

WIRE = """The harbour board of Tallinn voted on Tuesday to close the old ferry terminal, ending a quarrel of nine years.
Members approved the plan by 11 votes to 4 after a debate that ran past midnight, said its chairwoman Maret Kask.
Work is to begin in March, and the berths will be moved to the eastern pier, where the water is deeper.
"We have waited long enough, and the ships have grown while we talked," Kask told reporters outside the hall.
Shopkeepers along the quay fear for their trade; some 340 people work in cafes and stalls that live on passengers.
The city has promised to spend 12 million euros on a promenade, and to let the stalls rent free for two years.
Opponents said that they would ask the courts to look at the vote, since two members own land near the pier.
The first ferry from Helsinki docked at the old terminal in 1965, and carried 260 passengers and a brass band."""
REPORT = """Ferries will leave Tallinn's oldest terminal next spring, the port's governing body decided this week.
Maret Kask, who leads it, called the decision overdue. It had been on the agenda since 2015.
The new landing is east of the present one. Owners of kiosks nearby are worried that customers will vanish.
A lawsuit looks likely: critics accuse 2 members of the board of having an interest in real estate there.
The municipality offers help for traders and a seaside walk that is to cost 12 million euros."""
WEATHER = """The weather service has issued a warning for {town} and the counties around it, in effect from {a} p.m. {day}.
Forecasters said that winds could reach {b} mph, with rainfall of {c} to {d} inches possible in low-lying areas.
Residents are urged to avoid travel if possible and to secure loose outdoor objects, the agency said in its statement.
Temperatures are expected to range from a low of {e} degrees to a high of {f} degrees on {day}.
The utility said that about {g} customers in {town} were without power. Crews were working to restore service."""
SALEM = WEATHER.format(town="Salem", day="Friday", a=11, b=89, c=6, d=9, e=44, f=98, g=6600)
OMAHA = WEATHER.format(town="Omaha", day="Monday", a=1, b=38, c=3, d=5, e=39, f=93, g=8900)
SALEM_NEXT_YEAR = WEATHER.format(town="Salem", day="Friday", a=9, b=71, c=2, d=3, e=51, f=84, g=1200)


def known(text: str, key: str = "article:1", cosine: float = 0.85, root: str = "") -> Candidate:
    return Candidate(Features(Document(key, "", text)), cosine, root)


def verdict(text: str, *candidates: Candidate):
    return judge(Features(Document("article:9", "", text)), candidates)


def scanned(text: str) -> str:
    """The text as a bad scan reads it: a letter in fourteen is another, and some spaces are lost."""
    chance = random.Random(7)
    swaps = {"e": "c", "i": "1", "o": "0", "l": "1", "u": "n", "t": "f", "s": "5", "h": "b", "a": "o"}
    return "".join(swaps.get(letter, letter) if chance.random() < 0.07 else letter for letter in text)


REWORDED = {
    "said": "stated", "plan": "proposal", "people": "individuals", "approved": "backed", "begin": "start",
    "promised": "pledged", "spend": "use", "close": "shut", "debate": "discussion", "members": "delegates",
    "opponents": "critics", "fear": "worry", "trade": "business", "old": "former", "ran": "lasted",
}  # fmt: skip


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(
            "By Ann Other\nTALLINN (AP) -- " + WIRE + "\nSubscribe to our newsletter today.", id="a head and a tail"
        ),
        pytest.param("\n".join(WIRE.splitlines()[:4]), id="cut"),
        pytest.param("\n".join(WIRE.splitlines()[::-1]), id="in another order"),
        pytest.param(REPORT.splitlines()[0] + "\n" + WIRE, id="with a lead of another report"),
        pytest.param(" ".join(REWORDED.get(word, word) for word in WIRE.split(" ")), id="reworded"),
        pytest.param(scanned(WIRE), id="scanned badly"),
        pytest.param(WIRE.replace('"', "“").replace("'", "’").encode().decode("cp1252", "ignore"), id="mojibake"),
    ],
)
def test_an_edited_copy_is_a_copy(copy):
    found = verdict(copy, known(WIRE))
    assert found.duplicate_of == "article:1"
    assert found.rung in (Rung.EXACT, Rung.NEAR, Rung.SEMANTIC)
    assert found.margin >= 0


@pytest.mark.parametrize(
    ("text", "other"),
    [
        pytest.param(REPORT, WIRE, id="another report of the event"),
        pytest.param(OMAHA, SALEM, id="a template for another town"),
        pytest.param(SALEM_NEXT_YEAR, SALEM, id="last year's report with this year's numbers"),
        pytest.param("Rain. Wind.", "Rain. Wind. Snow.", id="too short to tell"),
    ],
)
def test_what_is_alike_is_no_copy_for_that(text, other):
    found = verdict(text, known(other, cosine=0.95))
    assert found.duplicate_of is None
    assert found.nearest == "article:1"
    assert found.margin < 0


def test_a_templated_report_has_copies_too():
    assert verdict("Posted by staff\n" + SALEM, known(SALEM), known(OMAHA, "article:2")).duplicate_of == "article:1"


def test_a_copy_of_a_copy_is_a_copy_of_the_original():
    cut = "\n".join(WIRE.splitlines()[:5])
    found = verdict(cut, known(WIRE), known("Posted by staff\n" + cut, "article:2", root="article:1"))
    assert found.duplicate_of == "article:1"
    assert found.evidence["group"] == {"looked_at": 2, "matching": 2}


def test_one_odd_member_does_not_make_a_group():
    others = [known(OMAHA, "article:2"), known(OMAHA + "\nMore later.", "article:3", root="article:2")]
    found = verdict(WIRE, *others, known(WIRE + "\n" + OMAHA, "article:4", root="article:2"))
    assert found.duplicate_of is None
    assert found.evidence["band"] == "review"


def test_a_seed_comes_before_an_article():
    found = verdict(WIRE, known(WIRE, "article:1"), known(WIRE, "seed:1"))
    assert (found.duplicate_of, found.rung) == ("seed:1", Rung.EXACT)


@given(st.text(max_size=400), st.text(max_size=400))
def test_alignment_is_a_share_whatever_the_texts(one, other):
    found = align(sentences(one), sentences(other))
    assert 0 <= found.share <= 1 + 1e-9
    assert 0 <= found.numbers_replaced <= found.replaced <= 1


@given(st.text(min_size=1, max_size=400))
def test_a_text_is_aligned_with_itself(text):
    mine = sentences(text)
    found = align(mine, mine)
    assert found.share == pytest.approx(1.0 if mine else 0.0)
    assert found.replaced == 0
