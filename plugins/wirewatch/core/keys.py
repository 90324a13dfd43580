"""Keys of what is in the warehouse, as text: "article:7", "seed:1", "story:3", "feed:2", "entry:9"."""

from __future__ import annotations


def key_of(kind: str, number: int) -> str:
    """The key of an article, seed, story, feed or entry."""
    return f"{kind}:{number}"


def number_of(key: str) -> int:
    """The number in a key."""
    return int(key.partition(":")[2])


def is_seed(key: str) -> bool:
    """Whether it is a seed's."""
    return key.startswith("seed:")
