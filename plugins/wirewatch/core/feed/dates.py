"""Dates as feeds write them: RFC 822 and RFC 3339, and what publishers take for these. A date that may be another one is none."""

from __future__ import annotations

import re
import warnings
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import dateutil.parser

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""What is older is a zero that was printed as a date (1970, 0001)."""
_LONGEST = 80
_FURTHEST_ZONE = timedelta(hours=14)
_RFC_822 = re.compile(
    r"(?:[A-Z][a-z]{2}, )?\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?:19|20)\d\d "
    r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)? (?:GMT|UTC|[+-]\d{4})",
    re.ASCII,
)
"""How most feeds write dates. The standard library reads them in a twentieth of the time that dateutil takes."""
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_EAST = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]\s*(.*)", re.DOTALL)
_WEEKDAY = re.compile(r"^[^\W\d]{2,12}\.?\s*,\s*")
_AMBIGUOUS = re.compile(r"(?<![\d/])\d{1,2}/\d{1,2}/\d{2,4}\b")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\b\d{1,2}[ -][^\W\d]{3,9}[ -]\d\d\b")
_FILLERS = re.compile(r"\b(?:de|del|le|at|um|uhr|kl)\b\.?", re.IGNORECASE)
_DOTTED = re.compile(r"^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\b")
_WORD = re.compile(r"[^\W\d]{3,}")
_ZULU = re.compile(r"^(\d{4}-?\d\d-?\d\d[T ][\d:.,]+) ?(?:Z|UTC|GMT|UT)$", re.IGNORECASE)
_SPACED_ZONE = re.compile(r"^(\d{4}-\d\d-\d\d[T ][\d:.,]+) ([+-]\d\d:?\d\d)$")
_TWICE = re.compile(r"\b[A-Z]{2,5}\s+([+-]\d{4})$")
_GMT_AND = re.compile(r"\b(?:GMT|UTC)\s*([+-])(\d{1,2}):?(\d\d)?$")
_LEAP, _MIDNIGHT = re.compile(r"(:\d\d):60\b"), re.compile(r"(?<![\d:])24:00(:00)?\b")
_MONTHS = {
    "jan": 1, "ene": 1, "gen": 1, "sty": 1, "feb": 2, "fév": 2, "fev": 2, "lut": 2, "mar": 3, "mär": 3, "mrz": 3, "mrt": 3,
    "maa": 3, "apr": 4, "avr": 4, "abr": 4, "kwi": 4, "may": 5, "mai": 5, "maj": 5, "mei": 5, "mag": 5, "jun": 6, "giu": 6,
    "cze": 6, "jul": 7, "lug": 7, "lip": 7, "aug": 8, "aoû": 8, "aou": 8, "ago": 8, "sie": 8, "sep": 9, "set": 9, "wrz": 9,
    "oct": 10, "okt": 10, "out": 10, "ott": 10, "nov": 11, "lis": 11, "dec": 12, "déc": 12, "dez": 12, "dic": 12, "gru": 12,
}  # fmt: skip
"""Months by their first letters: English, German, French, Spanish, Portuguese, Italian, Dutch, Polish, the Nordic languages."""
_FRENCH_SUMMER = {"juin": 6, "juil": 7}
_ENGLISH = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ZONES = {
    "EST": -18000, "EDT": -14400, "CST": -21600, "CDT": -18000, "MST": -25200, "MDT": -21600, "PST": -28800, "PDT": -25200,
    "Z": 0, "UT": 0, "GMT": 0, "UTC": 0, "WET": 0, "BST": 3600, "WEST": 3600, "CET": 3600, "MEZ": 3600, "CEST": 7200,
    "MESZ": 7200, "EET": 7200, "SAST": 7200, "CAT": 7200, "EEST": 10800, "EAT": 10800, "MSK": 10800, "IST": 19800,
    "WIB": 25200, "HKT": 28800, "SGT": 28800, "AWST": 28800, "JST": 32400, "KST": 32400, "AEST": 36000, "AEDT": 39600,
    "NZST": 43200, "NZDT": 46800, "WAT": 3600, "ART": -10800, "BRT": -10800,
}  # fmt: skip
_NOTHING_SAID = (datetime(1, 1, 1), datetime(2, 2, 2))  # noqa: DTZ001  (what is filled in where a date lacks a part)


def moment(text: str | None) -> datetime | None:
    """The moment that a text of a feed names, or None. One without a zone, or with one that nobody knows, is read as UTC.

    A day without a time is its beginning. Days and months in figures between slashes are not guessed at.
    """
    plain = " ".join((text or "").split())
    if not plain or len(plain) > _LONGEST or not any(character.isdigit() for character in plain):
        return None
    try:
        found = _read(plain)
        found = found if found is None or found.tzinfo else found.replace(tzinfo=UTC)
        if found is None or found < _EARLIEST or abs(found.utcoffset() or timedelta()) > _FURTHEST_ZONE:
            return None
        return found.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, RecursionError):
        return None


def _read(plain: str) -> datetime | None:
    if _RFC_822.fullmatch(plain):
        return parsedate_to_datetime(plain)
    if _EPOCH.fullmatch(plain):
        return datetime.fromtimestamp(int(plain[:10]), UTC)
    if east := _EAST.search(plain):
        year, month, day, rest = east.groups()
        plain = f"{year}-{int(month):02}-{int(day):02} {rest}".strip()
    plain = _SPACED_ZONE.sub(r"\1\2", _ZULU.sub(r"\1+00:00", plain))
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        pass
    return _written(plain)


def _written(plain: str) -> datetime | None:
    """A date in words and figures."""
    text = _DOTTED.sub(r"\3-\2-\1", _WEEKDAY.sub("", plain))
    if _AMBIGUOUS.search(text) or not _YEAR.search(text):
        return None
    text = _LEAP.sub(r"\1:59", _WORD.sub(_in_english, _FILLERS.sub(" ", text)))
    text, midnights = _MIDNIGHT.subn("00:00", text)
    text = _TWICE.sub(r"\1", _GMT_AND.sub(_offset, text))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dateutil.parser.UnknownTimezoneWarning)
        found, other = (dateutil.parser.parse(text, tzinfos=_ZONES, default=default) for default in _NOTHING_SAID)
    if found != other:
        return None  # it says no year, month or day
    return found + timedelta(days=1) if midnights else found


def _in_english(word: re.Match[str]) -> str:
    text = word.group().lower()
    month = _FRENCH_SUMMER.get(text[:4]) or (None if word.group().isupper() else _MONTHS.get(text[:3]))
    return _ENGLISH[month - 1] if month else word.group()


def _offset(zone: re.Match[str]) -> str:
    sign, hours, minutes = zone.groups()
    return f"{sign}{int(hours):02}{minutes or '00'}"
