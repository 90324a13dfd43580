"""The language of a text: sentences of a report written for this in fifty languages, and the bodies of captured pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import py3langid
import yaml
from extraction import cases
from figures import Figure, interval

from wirewatch.core.clean.language import detect
from wirewatch.core.clean.page import read_page
from wirewatch.core.clean.structured import read_facts

REPORTS = Path(__file__).parents[1] / "unit" / "languages.yaml"
SETS = ("newsroom", "newsday")
_END = re.compile(r"(?<=[.!?。।۔:])\s*")
_LEAST, _MOST_WORDS = 20, 5
_ONE = {"nb": "no", "nn": "no"}


def measured(shared: Path) -> Iterator[Figure]:
    """The rows of languages. Beginnings of sentences are harder than bodies, and say more of how much is to spare."""
    reports: dict[str, str] = yaml.safe_load(REPORTS.read_text(encoding="utf-8"))
    told = [(code, part) for code, text in reports.items() for part in _END.split(text.strip()) if len(part) > _LEAST]
    on = f"sentences in {len(reports)} languages"
    yield _figure("right", on, told)
    beginnings = [(code, " ".join(part.split()[:_MOST_WORDS])) for code, part in told]
    yield _figure(
        "right", f"beginnings of {_MOST_WORDS} words", [pair for pair in beginnings if len(pair[1]) > _LEAST // 2]
    )
    declared = [pair for name in SETS for pair in _declared(shared, name)]
    yield _figure("as the page declares", f"bodies in {len({code for code, _ in declared})} languages", declared)


def _declared(shared: Path, name: str) -> Iterator[tuple[str, str]]:
    for case in cases(shared, name):
        declared = read_facts(read_page(case.html)).language
        if declared:
            code = declared.lower().replace("_", "-").partition("-")[0]
            yield _ONE.get(code, code), case.text


def _figure(what: str, on: str, told: list[tuple[str, str]]) -> Figure:
    right = [detect(text) == code for code, text in told]
    bare = [py3langid.classify(text)[0] for _, text in told]
    others = {
        "py3langid": sum(_ONE.get(found, found) == code for found, (code, _) in zip(bare, told, strict=True))
        / len(told)
    }
    value, low, high = interval(right, lambda drawn: sum(drawn) / len(drawn))
    return Figure("language", what, on, len(told), value, low, high, others)
