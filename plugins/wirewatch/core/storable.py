"""Text that UTF-8 and Postgres can hold: without NUL and lone surrogates, which pages and feeds carry now and then."""

from __future__ import annotations

import re
from typing import Any

_UNHOLDABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text without the characters that cannot be kept."""
    return _UNHOLDABLE.sub("", text)


def storable_deep(value: Any) -> Any:
    """The same for every text in lists, tuples and dictionaries; anything else as it is."""
    if type(value) is str:
        return storable(value)
    if isinstance(value, list | tuple):
        return type(value)(storable_deep(item) for item in value)
    if isinstance(value, dict):
        return {storable_deep(key): storable_deep(item) for key, item in value.items()}
    return value
