"""What a document is compared by."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from wirewatch.core.duplicates.alignment import Sentence, sentences
from wirewatch.core.duplicates.text import digest_of, normalise, numbers_in, shingle_hashes, words
from wirewatch.core.model import Document

_CHARACTERS, _LETTERS, _TABULAR = 9, 4, 0.2
_NAME = re.compile(r"(?<![.!?\"“]\s)(?<!^)\b[A-ZÀ-ÞА-Я][\w'’-]+", re.MULTILINE)


@dataclass(frozen=True)
class Features:
    """What a document is compared by, each computed once, when it is first asked for.

    Of some twenty candidates one or two are like a document enough to need all; and of those that were compared with it
    before (see `likeness`) none is needed again.
    """

    document: Document

    @cached_property
    def plain(self) -> str:
        """The normalised text."""
        return normalise(self.document.text)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of the normalised text."""
        return tuple(words(self.plain))

    @cached_property
    def digest(self) -> str:
        """The digest of the word sequence: the same for the same words."""
        return digest_of(" ".join(self.words))

    @cached_property
    def shingles(self) -> frozenset[int]:
        """Hashes of the runs of five words."""
        return frozenset(shingle_hashes(list(self.words)))

    @cached_property
    def characters(self) -> frozenset[int]:
        """Hashes, good in this process only, of the runs of nine characters."""
        compact = " ".join(self.words)
        starts = range(max(1, len(compact) - _CHARACTERS + 1)) if compact else range(0)
        return frozenset(hash(compact[i : i + _CHARACTERS]) for i in starts)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The numbers, as they are written."""
        return frozenset(numbers_in(self.plain))

    @cached_property
    def tabular(self) -> bool:
        """Whether it reads like a table: a fifth of its words or more are numbers. Of 183 reports of events none had a tenth."""
        return bool(self.words) and sum(map(str.isdigit, self.words)) >= _TABULAR * len(self.words)

    @cached_property
    def names(self) -> frozenset[str]:
        """Capitalised words that do not begin a sentence, casefolded."""
        return frozenset(name.casefold() for name in _NAME.findall(self.document.text))

    @cached_property
    def letters(self) -> Counter[str]:
        """How often each run of four letters occurs, spaces left out."""
        text = "".join(self.words)
        return Counter(text[i : i + _LETTERS] for i in range(max(1, len(text) - _LETTERS + 1))) if text else Counter()

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences, as they are aligned."""
        return sentences(self.document.text)
