"""Cleaning: from the bytes of a page to the article in it, or the reason why there is none."""

from wirewatch.core.clean.article import clean

__all__ = ["clean"]
