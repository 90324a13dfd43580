"""The language of a text: told from the text, the page's declaration as a tie-break."""

from __future__ import annotations

from functools import cache
from itertools import islice
from unicodedata import category

from py3langid.langid import MODEL_FILE, LanguageIdentifier

_LANGUAGES = [
    "af",
    "am",
    "ar",
    "az",
    "be",
    "bg",
    "bn",
    "bs",
    "ca",
    "cs",
    "cy",
    "da",
    "de",
    "el",
    "en",
    "es",
    "et",
    "eu",
    "fa",
    "fi",
    "fr",
    "ga",
    "gl",
    "gu",
    "ha",
    "he",
    "hi",
    "hr",
    "hu",
    "hy",
    "id",
    "is",
    "it",
    "ja",
    "ka",
    "kk",
    "km",
    "kn",
    "ko",
    "ku",
    "ky",
    "lo",
    "lt",
    "lv",
    "mg",
    "mk",
    "ml",
    "mn",
    "mr",
    "ms",
    "mt",
    "nb",
    "ne",
    "nl",
    "nn",
    "no",
    "pa",
    "pl",
    "ps",
    "pt",
    "ro",
    "ru",
    "rw",
    "si",
    "sk",
    "sl",
    "sq",
    "sr",
    "sv",
    "sw",
    "ta",
    "te",
    "th",
    "tl",
    "tr",
    "uk",
    "ur",
    "uz",
    "vi",
    "xh",
    "zh",
    "zu",
]
_FEWEST_LETTERS, _CHARACTERS = 12, 3000
_SURE = 0.9


def detect(text: str, declared: str | None = None) -> str | None:
    """The ISO 639-1 code of the language of `text` (py3langid over some 80 languages of news), or None.

    `declared`, such as "en-GB", decides where the text is too short or leaves it open.
    """
    told = _code(declared)
    sample = text[:_CHARACTERS]
    if not _has_letters(sample, _FEWEST_LETTERS):
        return told
    found, certainty = _identifier().classify(sample)
    if certainty < _SURE and told in _LANGUAGES:
        return told
    return "no" if found in ("nb", "nn") else str(found)


def _has_letters(text: str, number: int) -> bool:
    """Whether it has so many letters; the vowel signs of Indic and other scripts are some."""
    letters = (character for character in text if category(character)[0] in "LM")
    return len(list(islice(letters, number))) == number


def _code(declared: str | None) -> str | None:
    code = (declared or "").strip().lower().replace("_", "-").split("-")[0]
    return code if code.isalpha() and len(code) in (2, 3) else None


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    known = set(identifier.labels)
    identifier.set_languages([code for code in _LANGUAGES if code in known])
    return identifier
