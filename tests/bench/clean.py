"""Cleaning: pages a CPU second, step by step, beside trafilatura alone, on the captured pages."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1] / "quality")]

import extraction  # noqa: E402
import trafilatura  # noqa: E402

from bench import report  # noqa: E402
from wirewatch.core.clean import body, byline, clean, dates, language, verdict  # noqa: E402
from wirewatch.core.clean.page import read_page  # noqa: E402
from wirewatch.core.clean.structured import read_facts  # noqa: E402
from wirewatch.core.model import FeedHints  # noqa: E402
from wirewatch.settings import ROOT  # noqa: E402

EVERY = 4


class Steps:
    """CPU milliseconds by step, summed over pages."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def take(self, name: str, step: Callable[..., Any], *given: Any, **options: Any) -> Any:
        begun = time.process_time()
        result = step(*given, **options)
        self.spent[name] = self.spent.get(name, 0.0) + 1000 * (time.process_time() - begun)
        return result


def measure(cases: list[extraction.Case]) -> list[dict[str, Any]]:
    """One row a step: CPU milliseconds a page, and pages a CPU second."""
    steps = Steps()
    clean(cases[0].html, url=cases[0].url)
    for case in cases:
        steps.take("all of it", clean, case.html, url=case.url)
        page = steps.take("decode and parse", read_page, case.html)
        facts = steps.take("what the page declares", read_facts, page)
        answers = steps.take("trafilatura and readability", body.voters, page, facts, case.url)
        blocks = steps.take("cut into blocks", body.blocks_of, page.tree)
        steps.take("features and trees", body.choose, blocks, facts, tuple(answers.values()))
        steps.take("authors", byline.find, page, facts, FeedHints(), case.url)
        steps.take("date", dates.find, page, facts, FeedHints(), case.url, None)
        steps.take("language", language.detect, case.text)
        steps.take("is it an article", verdict.judge, page, facts, case.text, case.url)
        html = case.html.decode("utf-8", "replace")
        steps.take("(trafilatura alone, its defaults)", trafilatura.extract, html, url=case.url)
    return [
        {
            "step": name,
            "CPU ms a page": round(spent / len(cases), 1),
            "pages a CPU second": round(1000 * len(cases) / spent, 1),
        }
        for name, spent in steps.spent.items()
    ]


def main() -> None:
    """Every fourth captured page."""
    shared = ROOT.parent / "shared"
    if not shared.is_dir():
        print(f"The captured pages are not beside this checkout ({shared}): nothing measured.")
        return
    cases = [case for name in ("benchmark", "newsroom", "newsday") for case in extraction.cases(shared, name)]
    report.write("clean", __doc__ or "", measure(cases[::EVERY]))


if __name__ == "__main__":
    main()
