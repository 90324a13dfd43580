"""Rules of watchlists: what must be in the article, near what, and in which articles; and their way to YAML and back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.watchlist_file import dump_watchlists, parse_watchlists
from wirewatch.core.watchlists import About, Entry, Matcher, Watchlist, WatchlistError


def rule(**conditions: object) -> Entry:
    return Entry("a rule", is_rule=True, **conditions)  # type: ignore[arg-type]


def shown(entry: Entry, text: str, title: str = "", others: tuple[Entry, ...] = ()) -> list[str]:
    """The words that `entry` is mentioned by."""
    found = Matcher([Watchlist("list", (entry, *others))]).find(title, text)
    return [{"title": title, "text": text}[m.field][m.start : m.end] for m in found if m.name == entry.name]


KIM, XI = Entry("Kim Jong Un", ("Kim", "김정은")), Entry("Xi Jinping", ("Xi", "习近平"))
CASES = [
    # a name under conditions
    (Entry("Mercury", any_of=("NASA", "planet")), "Mercury, the planet", ["Mercury"]),
    (Entry("Mercury", any_of=("NASA", "planet")), "Mercury is a metal", []),
    (Entry("Mercury", none_of=("Freddie",)), "Mercury rises; Freddie sang", []),
    (Entry("Mercury", none_of=("Freddie",)), "Mercury rises, Mercury falls", ["Mercury", "Mercury"]),
    (Entry("Jordan", ("Amman",), all_of=("king", "border")), "At the border Amman and the king", ["Amman"]),
    (Entry("Jordan", all_of=("king", "border")), "Jordan has a king", []),
    # a rule is shown by the words that fulfil it
    (rule(all_of=("drill", "Taiwan")), "A drill off Taiwan, a second drill", ["drill", "Taiwan", "drill"]),
    (rule(all_of=("drill", "Taiwan")), "A drill in the garden", []),
    (rule(any_of=("ceasefire", "truce")), "A truce holds", ["truce"]),
    (rule(any_of=("ceasefire", "truce"), none_of=("chess",)), "A truce at chess", []),
    (rule(all_of=("drill",), any_of=("Taiwan", "strait")), "The strait drill", ["strait", "drill"]),
    (rule(all_of=("export controls",)), "Export\u00a0controls and export of controls", ["Export\u00a0controls"]),
    # near: words between, either way round, the outermost counted
    (rule(near=("rates", "rise"), within=2), "rates will surely rise", ["rates", "rise"]),
    (rule(near=("rates", "rise"), within=2), "rates will most surely rise", []),
    (rule(near=("rates", "rise"), within=0), "a rise, rates: fall", ["rise", "rates"]),
    (rule(near=("a1", "b1", "c1"), within=3), "c1 x b1 y a1", ["c1", "b1", "a1"]),
    (rule(near=("a1", "b1", "c1"), within=3), "c1 x b1 y z a1", []),
    (rule(near=("a1", "b1"), within=1), "a1 far far far b1 x a1", ["b1", "a1"]),
    (rule(near=("习近平", "北京"), within=2), "习近平在北京", ["习近平", "北京"]),
    (rule(near=("习近平", "北京"), within=2), "习近平昨天晚上抵达北京", []),
    (rule(near=("김정은", "베이징"), within=2), "김정은은 어제 저녁 베이징에", ["김정은", "베이징"]),
    (rule(near=("Stockholm", "harbour"), within=0), "Stockholm’s harbour", ["Stockholm", "harbour"]),
    # case and boundaries are those of names
    (rule(all_of=("US", "visit")), "the visit told us", []),
    (rule(all_of=("US", "visit")), "the US visit", ["US", "visit"]),
    (rule(all_of=("us", "visit"), match_case=True), "the US visit", []),
    (rule(all_of=("port",)), "an airport", []),
]


@pytest.mark.parametrize(("entry", "text", "expected"), CASES)
def test_a_rule_is_found_by_the_words_that_fulfil_it(entry: Entry, text: str, expected: list[str]) -> None:
    assert shown(entry, text) == expected


def test_conditions_look_at_title_and_text_together_and_nearness_in_each() -> None:
    assert shown(rule(all_of=("Kim", "train")), "by train", title="Kim leaves") == ["Kim", "train"]
    assert shown(rule(near=("Kim", "train"), within=50), "by train", title="Kim leaves") == []
    assert shown(Entry("Kim", none_of=("Kardashian",)), "Kim spoke", title="Kardashian") == []


def test_a_term_that_is_a_name_of_the_list_stands_for_its_aliases() -> None:
    summit = rule(all_of=("Kim Jong Un", "Xi Jinping"))
    assert shown(summit, "김정은은 习近平", others=(KIM, XI)) == ["김정은", "习近平"]
    assert shown(summit, "김정은은 习近平") == []


def test_a_condition_that_fails_leaves_its_words_to_other_entries() -> None:
    entries = (Entry("New York", all_of=("mayor",)), Entry("York"))
    assert [m.name for m in Matcher([Watchlist("l", entries)]).find("", "in New York")] == ["York"]


@pytest.mark.parametrize(
    ("scope", "about", "expected"),
    [
        ({"sources": ("bbc.co.uk",)}, About("feeds.bbc.co.uk"), True),
        ({"sources": ("www.bbc.co.uk",)}, About("bbc.co.uk"), True),
        ({"sources": ("bbc.co.uk",)}, About("notbbc.co.uk"), False),
        ({"sources": ("bbc.co.uk",)}, About(), False),
        ({"languages": ("en", "KO")}, About(language="ko"), True),
        ({"languages": ("en",)}, About(language="fr"), False),
        ({"languages": ("en",)}, About(), False),
        ({"topics": ("Politics and government",)}, About(topics=("medtop:11000000", "politics and government")), True),
        ({"topics": ("medtop:11000000",)}, About(topics=("medtop:11000000", "politics")), True),
        ({"topics": ("sport",)}, About(topics=("politics",)), False),
        ({"languages": ("en",), "topics": ("sport",)}, About(language="en", topics=("sport",)), True),
        ({"languages": ("en",), "topics": ("sport",)}, About(language="en"), False),
    ],
)
def test_a_list_looks_only_where_it_is_told_to(scope: dict, about: About, expected: bool) -> None:
    matcher = Matcher([Watchlist("narrow", (Entry("Kim"),), **scope), Watchlist("wide", (Entry("Kim"),))])
    names = {m.watchlist for m in matcher.find("", "Kim", about)}
    assert names == ({"narrow", "wide"} if expected else {"wide"})


WORDS = st.sampled_from(["alpha", "beta", "gamma", "delta"])
TEXT = st.lists(WORDS, max_size=12).map(" ".join)
SOME = st.lists(WORDS, max_size=2, unique=True).map(tuple)


@given(TEXT, SOME, SOME, SOME)
def test_all_any_and_none_are_what_logic_says(text: str, every: tuple, some: tuple, no: tuple) -> None:
    have = set(text.split())
    fits = have >= set(every) and (not some or have & set(some)) and not have & set(no)
    found = bool(shown(rule(all_of=every, any_of=some, none_of=no), text))
    assert found == bool(fits and (every or some))
    assert bool(shown(Entry("alpha", all_of=every, any_of=some, none_of=no), text)) == bool(fits and "alpha" in have)


@given(TEXT, st.lists(WORDS, min_size=2, max_size=3, unique=True), st.integers(0, 8))
def test_nearness_is_the_words_between_the_outermost(text: str, terms: list[str], within: int) -> None:
    words = text.split()
    reach = within + 2
    windows = (words[at : at + reach] for at in range(len(words)))
    expected = any(set(window) >= set(terms) for window in windows)
    assert bool(shown(rule(near=tuple(terms), within=within), text)) == expected


LETTERS = st.text(alphabet="aéЙи中กمk ü-_.'1", min_size=0, max_size=6)


@given(LETTERS, LETTERS, st.sampled_from(["Oslo", "München", "Путин", "مصر", "नेपाल"]))
def test_a_word_of_a_script_with_spaces_is_not_found_inside_another(before: str, after: str, name: str) -> None:
    """Where a letter of a script with spaces touches the name, it is another word."""
    text = f"{before}{name}{after}"
    touched = re.search(rf"[aéЙиمkü1]{re.escape(name)}|{re.escape(name)}[aéЙиمkü1]", text)
    found = [text[m.start : m.end] for m in Matcher([Watchlist("l", (Entry(name),))]).find("", text)]
    assert found == ([] if touched else [name])


NAMES = (
    st.text(alphabet="abNO1.:-#'\"é漢ب ", min_size=1, max_size=8).map(str.strip).filter(lambda s: re.search(r"\w", s))
)
MANY = st.lists(NAMES, max_size=3).map(tuple)
ENTRIES = st.one_of(
    st.builds(Entry, NAMES, aliases=MANY, match_case=st.sampled_from([None, True, False]), all_of=MANY, none_of=MANY),
    st.builds(Entry, NAMES, is_rule=st.just(True), any_of=MANY.filter(bool), none_of=MANY),
    st.builds(
        Entry,
        NAMES,
        is_rule=st.just(True),
        near=st.lists(NAMES, min_size=2, max_size=3, unique=True).map(tuple),
        within=st.integers(0, 200),
    ),
)
LISTS = st.lists(
    st.builds(
        Watchlist,
        NAMES,
        st.lists(ENTRIES, max_size=3, unique_by=lambda entry: entry.name).map(tuple),
        description=st.one_of(st.just(""), NAMES),
        sources=MANY,
        languages=MANY,
        topics=MANY,
    ),
    max_size=3,
    unique_by=lambda watchlist: watchlist.name,
)


@given(LISTS)
def test_what_is_written_as_yaml_is_read_as_it_was(lists: list[Watchlist]) -> None:
    assert parse_watchlists(dump_watchlists(lists)) == lists


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("- rule: r", r"line 4: rule 'r' of watchlist 'a' finds nothing; give it `all:`"),
        ("- rule: r\n  none: [x]", r"line 4: rule 'r' of watchlist 'a' finds nothing"),
        ("- rule: r\n  all: [x]\n  near: [y]", r"line 6: 'near' of rule 'r' of watchlist 'a' needs two words"),
        ("- rule: r\n  all: [x]\n  within: 3", r"line 6: rule 'r' of watchlist 'a' says within how many words"),
        ("- rule: r\n  near: [x, y]\n  within: 0.5", r"line 6: within of rule 'r' .* whole number from 0 to 200"),
        ("- rule: r\n  aliases: [x]", r"line 5: a rule of watchlist 'a' has the unknown key 'aliases'; known are all"),
        ("- rule: r\n  all: [x]\n  all: [y]", r"line 6: a rule of watchlist 'a' has the key 'all' twice"),
        ("- name: n\n  any: [x, '--']", r"line 5: entry 'n' of watchlist 'a' has '--', in which there is no letter"),
        ("- '…'", r"line 4: an entry of watchlist 'a' has '…', in which there is no letter or digit to look for"),
        ("- n\n- name: n", r"line 5: two entries of watchlist 'a' are called 'n'; put both into one"),
    ],
)
def test_a_mistake_in_a_rule_is_named_with_list_line_and_what_to_do(lines: str, message: str) -> None:
    content = "# desk\n- name: a\n  entries:\n" + "".join(f"    {line}\n" for line in lines.splitlines())
    with pytest.raises(WatchlistError, match=message):
        parse_watchlists(content, "w.yaml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- name: a/b\n  entries: [x]", r"w\.yaml, line 1: watchlist 'a/b' has a slash in its name"),
        ("- name: a\n  languages: en\n  entries: [x]", r"line 2: 'languages' of watchlist 'a' must hold a list"),
        (
            "- name: a\n  source: [b.test]\n  entries: [x]",
            r"line 2: a watchlist has the unknown key 'source'; known are",
        ),
        ("- name: a\x07", r"w\.yaml: not valid YAML: a character that no text file holds"),
    ],
)
def test_a_mistake_in_a_list_is_named_with_its_line(content: str, message: str) -> None:
    with pytest.raises(WatchlistError, match=message):
        parse_watchlists(content, "w.yaml")
