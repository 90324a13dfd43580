"""Where a word may begin and end, in any script. It knows no watchlist and no text but the folded one."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Scripts written without spaces: a name may begin and end inside a run of them.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "BOPOMOFO", "IDEOGRAPHIC")
# What never begins a word or a syllable, though Unicode calls it a letter: small kana, the long-vowel sign, signs of
# repetition; the vowels that Thai and Lao write after their consonant.
_NEVER_FIRST = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶーゝゞヽヾ々ะาำๅຳະາ")
# Vowels that Thai and Lao write before the consonant that they follow in speech.
_LEADING_VOWELS = frozenset("เแโใไເແໂໃໄ")
CHARACTERS_A_WORD = 2
"""In a script without spaces, so many characters count as one word when a distance is told in words."""


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` begins where a word may begin and ends where one may end."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return _begins(before, text[start]) and _ends(text[end - 1], after)


def word_count(text: str, start: int, end: int) -> int:
    """How many words begin in `text[start:end]`; two characters of a script without spaces count as one."""
    words, unspaced = 0, 0
    within = start > 0 and is_word(text[start - 1]) and not is_unspaced(text[start - 1])
    for character in text[start:end]:
        if not is_word(character):
            within = within and character == "'"
        elif is_unspaced(character):
            unspaced += 1
            within = False
        elif not within:
            words += 1
            within = True
    return words + unspaced // CHARACTERS_A_WORD


def words_in(text: str) -> int:
    """The length of a text in words, as its spaces part them; two characters of a script without spaces count as one."""
    unspaced = 0 if text.isascii() else sum(map(is_unspaced, text))
    if not unspaced:
        return len(text.split())
    others = "".join(" " if is_unspaced(character) else character for character in text)
    return sum(any(map(str.isalnum, word)) for word in others.split()) + unspaced // CHARACTERS_A_WORD


def _begins(before: str, edge: str) -> bool:
    """Korean nouns take particles behind, so a name may end inside a run of Hangul; but a word begins at its start."""
    if is_hangul(edge) and is_hangul(before):
        return False
    return before not in _LEADING_VOWELS and _parted(edge, before)


def _ends(edge: str, after: str) -> bool:
    # A mark belongs to the letter before it, in every script.
    if unicodedata.category(after)[0] == "M" and is_word(edge):
        return False
    return after not in _NEVER_FIRST and (is_hangul(edge) or is_hangul(after) or _parted(edge, after))


def _parted(edge: str, neighbour: str) -> bool:
    """Whether a name may end at `edge` next to `neighbour`: between words, or where a script has no spaces.

    An edge that is no letter parts by itself (C++, Yahoo!), but for the full stop: U.S. is not in U.S.A.
    """
    if not is_word(neighbour) or is_unspaced(edge) or is_unspaced(neighbour):
        return True
    if is_hangul(edge) != is_hangul(neighbour):
        return True
    return not is_word(edge) and edge != "."


@lru_cache(maxsize=16384)
def is_word(character: str) -> bool:
    """Letters, marks and numbers by Unicode category; `\\w` leaves out the marks that spell Devanagari."""
    return unicodedata.category(character)[0] in "LMN"


@lru_cache(maxsize=16384)
def is_unspaced(character: str) -> bool:
    """Whether the character's script sets no spaces between words."""
    return unicodedata.name(character, "").startswith(_UNSPACED)


def is_hangul(character: str) -> bool:
    """Whether the character is a Korean syllable or a part of one."""
    return "\uac00" <= character <= "\ud7a3" or "\u1100" <= character <= "\u11ff" or "\u3130" <= character <= "\u318f"
