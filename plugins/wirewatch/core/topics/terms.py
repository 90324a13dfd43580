"""Words and word pairs of a text as a normalised TF-IDF vector over a fixed vocabulary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[a-z][a-z]+")
# Function words carry no topic and make most of the pairs.
_FUNCTION_WORDS = """
the of and to in for on at by with from as is are was were be been being it its this that these
those he she they his her their them him you your we our us my me an or but not no if so than then
there here have has had do does did will would can could should may might must about into over after
before between during under up out off again more most some such only own same too very just also
said says say told who whom which what when where why how all any both each few other one two
"""
_STOP = frozenset(_FUNCTION_WORDS.split())


def terms(text: str) -> Iterator[str]:
    """The words of two letters and more, small, without function words, then the pairs of neighbours."""
    words = [w for w in _WORD.findall(text.lower()) if w not in _STOP]
    yield from words
    yield from (f"{a} {b}" for a, b in pairwise(words))


def vocabulary(texts: Iterable[str], least: int, most: int) -> tuple[list[str], NDArray[np.float32]]:
    """The `most` frequent terms of those in `least` texts or more, sorted, and their smoothed IDF."""
    documents: Counter[str] = Counter()
    count = 0
    for text in texts:
        count += 1
        documents.update(set(terms(text)))
    frequent = sorted((t for t, n in documents.items() if n >= least), key=lambda t: (-documents[t], t))
    kept = sorted(frequent[:most])
    idf = np.log((1 + count) / (1 + np.array([documents[t] for t in kept], dtype=np.float64))) + 1
    return kept, idf.astype(np.float32)


def weigh(text: str, index: dict[str, int], idf: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """`text` as columns and values: (1 + ln tf) · idf, of unit length; empty where no term is known."""
    counts = Counter(index[t] for t in terms(text) if t in index)
    columns = np.array(sorted(counts), dtype=np.intp)
    if not len(columns):
        return columns, np.zeros(0, dtype=np.float32)
    tf = 1 + np.log(np.array([counts[int(c)] for c in columns], dtype=np.float32))
    values = tf * idf[columns]
    return columns, (values / np.linalg.norm(values)).astype(np.float32)
