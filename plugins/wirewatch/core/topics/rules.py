"""Words that speak for a topic by themselves: where a class has few examples, they carry it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from wirewatch.core.watchlists import Entry, Matcher, Watchlist

_IN_TITLE = 3.0
_IN_LEAD = 2.0
_REPEATED = 0.5
_LEAD_CHARACTERS = 400


class RulesError(ValueError):
    """The file of topic rules cannot be used; the message names the place."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A phrase that speaks for a topic; `weight` 1 is a plain hint, 2 says it nearly alone."""

    phrase: str
    qcode: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: in title or text, its offsets there, and what it weighs at that place."""

    phrase: str
    field: str
    start: int
    end: int
    points: float


@dataclass(frozen=True, slots=True)
class Fired:
    """What the rules say of one topic: `points` over the whole text, and every hit, strongest first."""

    points: float
    hits: tuple[Hit, ...]


def parse_rules(content: str, origin: str = "rules.yaml") -> list[Rule]:
    """Rules from YAML: `qcode: {weight: [phrases]}`. Raises RulesError where the shape is another."""
    data = yaml.safe_load(content) or {}
    if not isinstance(data, dict):
        message = f"{origin}: topic rules must map a qcode to weights and phrases."
        raise RulesError(message)
    rules = []
    for qcode, weights in data.items():
        if not isinstance(weights, dict) or not all(isinstance(p, list) for p in weights.values()):
            message = f"{origin}: under {qcode} write `1: [phrases]` or `2: [phrases]`."
            raise RulesError(message)
        rules += [Rule(str(p), str(qcode), float(w)) for w, phrases in weights.items() for p in phrases]
    return rules


class RuleSet:
    """Rules ready to run over texts, by the matcher of the watchlists."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._weights = {(r.phrase, r.qcode): r.weight for r in rules}
        entries: dict[str, list[str]] = {}
        for rule in rules:
            entries.setdefault(rule.qcode, []).append(rule.phrase)
        self._matcher = Matcher(Watchlist(q, tuple(Entry(p) for p in phrases)) for q, phrases in entries.items())

    def fire(self, title: str, text: str) -> dict[str, Fired]:
        """By qcode, the points of all phrases found; those in the title and the lead count more.

        A phrase counts by its best place, and half again for each repetition up to twice; a long text needs
        more of them to the same end (points are per √(words / 300) above 300 words).
        """
        found: dict[tuple[str, str], list[Hit]] = {}
        for m in self._matcher.find(title, text):
            place = _IN_TITLE if m.field == "title" else _IN_LEAD if m.start < _LEAD_CHARACTERS else 1.0
            hit = Hit(m.alias, m.field, m.start, m.end, place * self._weights[m.alias, m.watchlist])
            found.setdefault((m.watchlist, m.alias), []).append(hit)
        return _sum(found, math.sqrt(max(1.0, text.count(" ") / 300)))


def _sum(found: dict[tuple[str, str], list[Hit]], length: float) -> dict[str, Fired]:
    points: dict[str, float] = {}
    hits: dict[str, list[Hit]] = {}
    for (qcode, _), same in found.items():
        best = max(hit.points for hit in same)
        points[qcode] = points.get(qcode, 0.0) + best * (1 + _REPEATED * min(2, len(same) - 1))
        hits.setdefault(qcode, []).extend(same)
    return {q: Fired(points[q] / length, tuple(sorted(hits[q], key=lambda hit: -hit.points))) for q in points}
