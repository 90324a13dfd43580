"""Text made comparable: normal form, digest, sampled shingles, and the beginning that is embedded."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b

import ftfy

from wirewatch.core.scripts import UNSPACED

WORDS = 5
"""Words in a shingle: the size that the near-copy literature settled on (Broder 1997 used 10, later work 4 to 8)."""
_SAMPLE_MODULUS, _FEWEST, _MOST = 8, 16, 256
_LEAD_WORDS = 200
_SHORTEST_PASSAGE, _MOST_PASSAGES = 60, 60
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_QUOTES = {**dict.fromkeys(map(ord, "‘’‚‛′`´"), "'"), **dict.fromkeys(map(ord, "“”„‟″«»"), '"')}
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"), None)
_FOLD = {**_DASHES, **_QUOTES, **_INVISIBLE}
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


def repaired(text: str) -> str:
    """The text with mojibake repaired (ftfy)."""
    return text if text.isascii() else ftfy.fix_text(text, unescape_html=False)


@lru_cache(maxsize=512)
def normalise(text: str) -> str:
    """The text with mojibake repaired, in NFKC, casefolded, quotes, dashes and white space in one form."""
    folded = unicodedata.normalize("NFKC", repaired(text)).translate(_FOLD).casefold()
    return " ".join(folded.split())


def words(text: str) -> list[str]:
    """The words of a normalised text; of scripts without spaces, their characters."""
    found: list[str] = []
    for word in _WORD.findall(text):
        if UNSPACED.search(word):
            found.extend(word)
        else:
            found.append(word)
    return found


def numbers_in(text: str) -> list[str]:
    """The numbers of a text, as they are written."""
    return _NUMBER.findall(text)


def digest(text: str) -> str:
    """SHA-like digest (BLAKE2b, 128 bit) of the word sequence: the same for the same words, whatever parts them."""
    return digest_of(" ".join(words(normalise(text))))


def digest_of(sequence: str) -> str:
    """The digest of a text whose words, parted by single spaces, are `sequence`."""
    return blake2b(sequence.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def shingle_hashes(found: list[str], size: int = WORDS) -> list[int]:
    """Signed 64-bit hashes of all runs of `size` words, in order; of a shorter text, of the whole."""
    runs = [" ".join(found[i : i + size]) for i in range(max(1, len(found) - size + 1))] if found else []
    return [
        int.from_bytes(blake2b(run.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)
        for run in runs
    ]


def sampled_shingles(text: str) -> list[int]:
    """A sample of the shingles, chosen by their own hashes, so that a part shares its sample with the whole.

    One in eight (hash mod 8 = 0, Manber 1994), the lowest 256 where there are more, and at least the lowest 16.
    """
    hashes = sorted(set(shingle_hashes(words(normalise(text)))))
    chosen = [value for value in hashes if value % _SAMPLE_MODULUS == 0]
    if len(chosen) < _FEWEST:
        chosen = sorted({*chosen, *hashes[:_FEWEST]})
    return chosen[:_MOST]


def lead(title: str, text: str) -> str:
    """What is embedded of a document: title and beginning, some 256 tokens (notes: recall of copies in the top 20 .999)."""
    beginning = " ".join(text.split(None, _LEAD_WORDS)[:_LEAD_WORDS])
    return f"{title.strip()}. {beginning}" if title.strip() else beginning


def further_passages(text: str) -> list[str]:
    """What of a long text comes after its lead, in runs of 200 words, so that a copy of any part of it is found.

    A last run of under 60 words is left out, and what comes after 60 runs.
    """
    found = text.split()
    runs = [found[i : i + _LEAD_WORDS] for i in range(_LEAD_WORDS, len(found), _LEAD_WORDS)]
    return [" ".join(run) for run in runs[:_MOST_PASSAGES] if len(run) >= _SHORTEST_PASSAGE]
