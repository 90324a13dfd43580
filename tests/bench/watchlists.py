"""What looking for the names of watchlists costs an article, with ten to ten thousand aliases; beside one regular expression.

Names are made up of two words, half of them of words of the texts, so that some are found; the texts are captured articles, in
all their languages. The regular expression is what one would write by hand: the aliases as alternatives between word edges, in any
case. It folds no accents, knows no rules and tells no name by its alias.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "quality")]

import extraction  # noqa: E402

from bench import report  # noqa: E402
from wirewatch.core.watchlists import Entry, Matcher, Watchlist  # noqa: E402

SIZES = (10, 100, 1_000, 10_000)
_ROUNDS = 3


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds for an article, the best of three rounds; to make the matcher once; and hits in all texts."""

    aliases: int
    ms: float
    make_ms: float
    mentions: int
    expression_ms: float
    expression_hits: int


def measure(texts: list[tuple[str, str]], aliases: list[str]) -> Cost:
    """Look for these aliases, one a name, in all texts (title, text)."""
    begun = time.process_time()
    matcher = Matcher([Watchlist("bench", tuple(Entry(alias) for alias in aliases))])
    made = time.process_time() - begun
    ours, mentions = _best(lambda title, text: len(matcher.find(title, text)), texts)
    expression = re.compile(r"\b(?:" + "|".join(map(re.escape, aliases)) + r")\b", re.IGNORECASE)
    theirs, hits = _best(lambda title, text: len(expression.findall(f"{title}\n{text}")), texts)
    return Cost(len(aliases), ours, made * 1000, mentions, theirs, hits)


def _best(count: Callable[[str, str], int], texts: list[tuple[str, str]]) -> tuple[float, int]:
    spent, found = [], 0
    for _ in range(_ROUNDS):
        begun = time.process_time()
        found = sum(count(title, text) for title, text in texts)
        spent.append(time.process_time() - begun)
    return min(spent) * 1000 / len(texts), found


def _aliases(texts: list[tuple[str, str]], number: int) -> list[str]:
    chance = random.Random(11)
    words = sorted({word for _, text in texts for word in re.findall(r"\b[^\W\d_]{4,}\b", text)})
    pairs = [" ".join(pair) for _, text in texts for pair in re.findall(r"\b([A-Z]\w{3,}) ([A-Z]\w{3,})\b", text)]
    found = dict.fromkeys(chance.sample(sorted(set(pairs)), min(number // 2, len(set(pairs)))))
    while len(found) < number:
        found[" ".join(chance.choice(words).capitalize() for _ in range(2))] = None
    return list(found)


def main() -> None:
    """The captured articles of the newsroom and of one day."""
    shared = ROOT.parent / "shared"
    if not shared.is_dir():
        print(f"The captured pages are not beside this checkout ({shared}): nothing measured.")
        return
    texts = [
        (case.title or "", case.text) for name in ("newsroom", "newsday") for case in extraction.cases(shared, name)
    ]
    report.write("watchlists", __doc__ or "", [measure(texts, _aliases(texts, size)) for size in SIZES])


if __name__ == "__main__":
    main()
