"""The language of a text, sentence by sentence: one report in fifty languages, close neighbours among them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from wirewatch.core.clean.language import detect

REPORTS: dict[str, str] = yaml.safe_load((Path(__file__).parent / "languages.yaml").read_text(encoding="utf-8"))
_LEAST = 20
"""Letters of the shortest sentence that is asked about: of a few words nobody could say."""


@pytest.mark.parametrize("language", REPORTS)
def test_a_report_and_each_of_its_sentences_is_in_its_language(language: str) -> None:
    report = REPORTS[language].strip()
    sentences = [part for part in re.split(r"(?<=[.!?。।۔:])\s*", report) if len(part) > _LEAST]
    assert {detect(text) for text in (report, *sentences)} == {language}


def test_what_the_page_declares_does_not_overrule_a_text_that_is_plain() -> None:
    assert detect(REPORTS["de"], "en") == "de"
    assert detect(REPORTS["uk"], "ru") == "uk"


@pytest.mark.parametrize(
    ("beginning", "language"), [("स्कूल के बच्चों को अब", "hi"), ("බස් නැවතුම අලුත්", "si"), ("ข่าวด่วนวันนี้", "th")]
)
def test_vowel_signs_are_letters(beginning: str, language: str) -> None:
    assert detect(beginning) == language


def test_what_is_too_short_is_what_the_page_declares() -> None:
    assert detect("Ab 2024: 100", "de-AT") == "de"
    assert detect("Ab 2024: 100") is None
