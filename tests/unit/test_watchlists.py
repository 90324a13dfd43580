"""What a watchlist finds, and where: rows of an alias, a text, and the stretches of it that count."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirewatch.core.folding import fold
from wirewatch.core.watchlist_file import parse_watchlists
from wirewatch.core.watchlists import Entry, Matcher, Watchlist, WatchlistError
from wirewatch.core.word_edges import words_in

NBSP, ZWSP, ZWNJ, SHY, BOM = "\u00a0", "\u200b", "\u200c", "\u00ad", "\ufeff"


def found(alias: str | Entry, text: str) -> list[str]:
    entry = alias if isinstance(alias, Entry) else Entry(alias)
    mentions = Matcher([Watchlist("list", (entry,))]).find("", text)
    return [text[m.start : m.end] for m in mentions]


CASES = [
    # possessives, punctuation and joined words
    ("Stockholm", "Stockholm's harbour", ["Stockholm"]),
    ("Stockholm", "Stockholm’s harbour", ["Stockholm"]),
    ("Xi", "the Xi-Putin talks", ["Xi"]),
    ("Putin", "the Xi–Putin talks", ["Putin"]),
    ("Putin", "Putinism is older than Putin.", ["Putin"]),
    ("Putin", "RasPutin", []),
    ("Putin", "#Putin and @putin", ["Putin", "putin"]),
    ("Putin", "«Putin»,(Putin)/Putin…", ["Putin", "Putin", "Putin"]),
    ("Kim Jong Un", "#Kim_Jong_Un", ["Kim_Jong_Un"]),
    ("O'Brien", "Mr O’Brien said", ["O’Brien"]),
    ("Côte d’Ivoire", "in Cote d'Ivoire", ["Cote d'Ivoire"]),
    # acronyms are not small words
    ("US", "the US told us", ["US"]),
    ("WHO", "who asked the WHO?", ["WHO"]),
    ("IT", "IT said it would", ["IT"]),
    ("NATO", "Nato", []),
    ("Nato", "NATO and Nato", ["NATO", "Nato"]),
    ("UNESCO", "Unesco", ["Unesco"]),
    (Entry("Apple", match_case=True), "Apple sells no apple", ["Apple"]),
    (Entry("US", match_case=False), "us", ["us"]),
    # names with signs in them
    ("AT&T", "AT&T's shares, not at&t", ["AT&T"]),
    ("C++", "C++, not C or c++", ["C++"]),
    ("C", "C++ and vitamin C", ["C", "C"]),
    ("Yahoo!", "Yahoo!'s board", ["Yahoo!"]),
    ("U.S.", "the U.S. and the U.S.A.", ["U.S."]),
    ("3M", "3M, not 13M", ["3M"]),
    ("G20", "G20 but not G200", ["G20"]),
    # what typesetting does inside a name
    ("Kim Jong Un", f"Kim{NBSP}Jong{NBSP}Un", [f"Kim{NBSP}Jong{NBSP}Un"]),
    ("Kim Jong Un", "Kim Jong-un", ["Kim Jong-un"]),
    ("Kim Jong-un", "KIM JONG UN", ["KIM JONG UN"]),
    ("Kim Jong Un", "Kim  Jong\nUn", ["Kim  Jong\nUn"]),
    ("Kim Jong Un", "Kim Jong \u2011 Un", ["Kim Jong \u2011 Un"]),
    ("Putin", f"Pu{SHY}tin", [f"Pu{SHY}tin"]),
    ("Putin", f"Pu{ZWSP}tin{BOM}", [f"Pu{ZWSP}tin"]),
    ("Putin", "Ｐｕｔｉｎ", ["Ｐｕｔｉｎ"]),
    ("Finland", "\ufb01nland", ["\ufb01nland"]),
    # Latin letters with and without their marks
    ("Erdoğan", "Erdogan met ERDOĞAN", ["Erdogan", "ERDOĞAN"]),
    ("Erdogan", "Erdoğan", ["Erdoğan"]),
    ("İstanbul", "ISTANBUL, İSTANBUL, Istanbul", ["ISTANBUL", "İSTANBUL", "Istanbul"]),
    ("Straße", "STRASSE, Strasse, Straße", ["STRASSE", "Strasse", "Straße"]),
    ("Łódź", "Lodz and ŁÓDŹ", ["Lodz", "ŁÓDŹ"]),
    (
        "São Paulo",
        unicodedata.normalize("NFD", "in São Paulo now"),
        [unicodedata.normalize("NFD", "São Paulo")],
    ),
    (unicodedata.normalize("NFD", "Málaga"), "Málaga", ["Málaga"]),
    ("Malaga", unicodedata.normalize("NFD", "Malagá"), [unicodedata.normalize("NFD", "Malagá")]),
    ("Tromsø", "Tromso", ["Tromso"]),
    # scripts without spaces
    ("习近平", "中国国家主席习近平在北京", ["习近平"]),
    ("東京", "東京都庁", ["東京"]),
    ("カナダ", "ｶﾅﾀﾞの首相", ["ｶﾅﾀﾞ"]),
    ("กรุงเทพ", "ในกรุงเทพมหานคร", ["กรุงเทพ"]),
    ("BTS", "BTS가 서울에서", ["BTS"]),
    ("김정은", "김정은은 시진핑과", ["김정은"]),
    ("김정은", unicodedata.normalize("NFD", "김정은은"), [unicodedata.normalize("NFD", "김정은")]),
    # a syllable is not cut: marks, vowels around a consonant, small kana and the long-vowel sign belong to it
    ("กา", "การ", ["กา"]),
    ("ก", "กา", []),
    ("ท", "กรุงเทพ", []),
    ("ปูต", "ปูติน", []),
    ("カナ", "カナー", []),
    ("プーチ", "プーチャン", []),
    ("佐", "佐々木", []),
    # Korean sets spaces before a word and none before its particles
    ("대만", "기대만 있다, 대만은", ["대만"]),
    ("북한", "동북한", []),
    ("中国", "中国어", ["中国"]),
    # other scripts with spaces
    ("Αθήνα", "στην ΑΘΉΝΑ, όχι Αθήναςπόλη", ["ΑΘΉΝΑ"]),
    ("ישראל", "בישראל, ישראל", ["ישראל"]),
    ("አዲስ", "አዲስአበባ", []),
    ("தமிழ்", "தமிழ்நாடு தமிழ்", ["தமிழ்"]),
    # scripts whose endings and clitics make other words: list them as aliases
    ("Путин", "Путин, не Путина", ["Путин"]),
    (Entry("Путин", ("Путина",)), "Путин, Путина", ["Путин", "Путина"]),
    ("Байден", "Бай\u0306ден", []),
    ("Андрей", "Андрей, не Андреи", ["Андрей"]),
    ("Андрей", unicodedata.normalize("NFD", "Андрей"), [unicodedata.normalize("NFD", "Андрей")]),
    ("بوتين", "الرئيس بوتين، وبوتين", ["بوتين"]),
    ("مصر", "مصرف", []),
    ("मोदी", "मोदी ने, मोदीजी", ["मोदी"]),
    ("मोद", "मोदी", []),
    ("می‌رود", f"می{ZWNJ}رود", [f"می{ZWNJ}رود"]),
]


@pytest.mark.parametrize(("alias", "text", "expected"), CASES)
def test_a_name_is_found_where_a_reader_would_read_it(alias: str | Entry, text: str, expected: list[str]) -> None:
    assert found(alias, text) == expected


def test_of_overlapping_names_in_a_list_the_longest_counts() -> None:
    watchlist = Watchlist("places", (Entry("York"), Entry("New York"), Entry("New York Times")))
    mentions = Matcher([watchlist]).find("", "York, New York and the New York Times")
    assert [m.name for m in mentions] == ["York", "New York", "New York Times"]


def test_a_longer_alias_that_fails_its_boundary_does_not_hide_a_shorter_one() -> None:
    watchlist = Watchlist("list", (Entry("Bank"), Entry("Bank of America")))
    mentions = Matcher([watchlist]).find("", "Bank of Americans")
    assert [m.name for m in mentions] == ["Bank"]


def test_lists_do_not_take_mentions_from_each_other() -> None:
    lists = [Watchlist("places", (Entry("China"),)), Watchlist("banks", (Entry("Bank of China"),))]
    mentions = Matcher(lists).find("", "The Bank of China")
    assert [(m.watchlist, m.name, m.start, m.end) for m in mentions] == [
        ("banks", "Bank of China", 4, 17),
        ("places", "China", 12, 17),
    ]


def test_entries_that_share_an_alias_both_count() -> None:
    watchlist = Watchlist("people", (Entry("George Bush senior", ("Bush",)), Entry("George W. Bush", ("Bush",))))
    assert len(Matcher([watchlist]).find("", "Bush spoke")) == 2


def test_title_and_text_have_their_own_offsets() -> None:
    mentions = Matcher([Watchlist("l", (Entry("Kim Jong Un", ("Kim",)),))]).find("Kim in China", "Today Kim left")
    assert [(m.field, m.name, m.alias, m.start, m.end) for m in mentions] == [
        ("title", "Kim Jong Un", "Kim", 0, 3),
        ("text", "Kim Jong Un", "Kim", 6, 9),
    ]


def test_no_lists_find_nothing() -> None:
    assert Matcher([]).find("Putin", "Putin") == []


def test_an_alias_without_letters_is_refused_by_name() -> None:
    with pytest.raises(WatchlistError, match=r"'list'.*'--'"):
        Matcher([Watchlist("list", (Entry("Dash", ("--",)),))])


ODD = st.text(alphabet=st.sampled_from("aéßİıﬁ \n-–\u0301\u200b\u00adЙи\u0306漢ｶﾞ각ᄀ'’_.Z"), max_size=40)


@given(ODD)
def test_folding_maps_every_character_into_the_original_in_order(text: str) -> None:
    folded = fold(text)
    spans = [folded.span(i, i + 1) for i in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


@given(ODD, ODD)
def test_a_name_set_between_spaces_is_always_found(before: str, after: str) -> None:
    text = f"{before} Zoë Straße {after}"
    assert "Zoë Straße" in found("zoe strasse", text)


def test_a_file_of_watchlists_is_read() -> None:
    lists = parse_watchlists(
        "- name: countries\n"
        "  description: some\n"
        "  entries:\n"
        "    - NO\n"
        "    - name: United States\n"
        "      aliases: [US, U.S.]\n"
        "      match_case: true\n"
    )
    entries = (Entry("NO"), Entry("United States", ("US", "U.S."), match_case=True))
    assert lists == [Watchlist("countries", entries, "some")]
    assert parse_watchlists("") == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- name: a\n  entries: [x\n", r"w\.yaml, line 3: not valid YAML"),
        ("name: a", r"w\.yaml, line 1: the file must hold a list"),
        ("- entries: [x]", r"w\.yaml, line 1: a watchlist has no 'name'"),
        ("- name: a", r"line 1: watchlist 'a' has no entries"),
        (
            "- name: a\n  entries:\n    - alias: x",
            r"line 3: an entry of watchlist 'a' has the unknown key 'alias'",
        ),
        (
            "- name: a\n  entries:\n    - name: b\n      aliases: x",
            r"line 4: 'aliases' of entry 'b' of watchlist 'a' must hold a list",
        ),
        ("- name: a\n  entries:\n    - name: b\n      match_case: 1", r"line 4: match_case of entry 'b'"),
        ("- name: a\n  entries:\n    -", r"line 3: an entry of watchlist 'a' needs a text"),
        ("- name: a\n  entries: [x]\n- name: a\n  entries: [y]", r"line 3: two watchlists are called 'a'"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(content: str, message: str) -> None:
    with pytest.raises(WatchlistError, match=message):
        parse_watchlists(content, "w.yaml")


def test_the_lists_that_come_with_the_project_are_sound_and_read_several_scripts() -> None:
    path = Path(__file__).parents[2] / "seeds" / "watchlists.yaml"
    matcher = Matcher(parse_watchlists(path.read_text(encoding="utf-8"), path.name))
    names = {m.name for m in matcher.find("", "김정은은 베이징에서 Xi Jinping, Путиным и ООН; the U.N. told us.")}
    assert names == {"Kim Jong Un", "China", "Xi Jinping", "Vladimir Putin", "United Nations"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A well-known man said 1,200 words.", 6),
        ("洪水损坏了一个桥墩之后，河上的老桥于星期二关闭。", 11),
        ("iPhone 17を発売", 3),
        ("أُغلق الجسر القديم", 3),
        ("장관은 사임했다", 2),
        ("", 0),
    ],
)
def test_a_text_is_as_long_as_its_words_in_any_script(text: str, words: int) -> None:
    assert words_in(text) == words
