"""A seed from the web: the page is fetched with the manners of all fetching, cleaned, and made a file of the corpus."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

from wirewatch.core.canonical import canonical_url, host_of
from wirewatch.core.clean.article import clean
from wirewatch.core.seed_file import Seed, SeedUnreadable, print_markdown
from wirewatch.io.fetch_failures import FetchFailed
from wirewatch.io.http import Response
from wirewatch.jobs.politeness import Politeness, RobotsForbid, RobotsUnread, fetcher
from wirewatch.settings import settings

_OK = 200
_LONGEST_NAME = 80


def seed_of(dsn: str, url: str) -> tuple[str, str]:
    """The article at `url` as a seed: a file's name and its Markdown. SeedUnreadable says why there is none."""
    try:
        answer = asyncio.run(_fetch(dsn, canonical_url(url)))
    except (FetchFailed, RobotsForbid, RobotsUnread) as problem:
        message = f"{url} cannot be fetched: {problem}."
        raise SeedUnreadable(message) from problem
    if answer.status != _OK:
        message = f"{url} cannot be fetched: the server answered {answer.status}."
        raise SeedUnreadable(message)
    article = clean(answer.body, url=answer.final_url, charset=answer.charset, crawled=answer.fetched_at)
    if article.rejected is not None:
        message = f"{url} is a page without an article ({article.rejected.value.replace('_', ' ')})."
        raise SeedUnreadable(message)
    name = file_name(answer.final_url)
    seed = Seed(
        name=name,
        title=article.headline or article.title,
        text=article.text,
        url=article.canonical_url or canonical_url(answer.final_url),
        language=article.language,
        published=article.published,
    )
    return name, print_markdown(seed)


def file_name(url: str) -> str:
    """A file name for the seed of an address: its host and the last words of its path."""
    words = re.findall(r"[a-z0-9]+", urlsplit(url).path.casefold())
    host = re.sub(r"[^a-z0-9.-]", "-", host_of(url).casefold())
    return f"{host}-{'-'.join(words)[-_LONGEST_NAME:].strip('-') or 'page'}.md"


async def _fetch(dsn: str, url: str) -> Response:
    chosen = settings()
    async with Politeness(dsn, chosen, "seeds add") as manners, fetcher(chosen, manners) as client:
        return await client.get(url)
