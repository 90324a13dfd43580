"""`python peer_worker.py TASK FOLDER [DSN]`: one contestant of tests/bench/peers.py in a process of its own; JSON on the last line.

The peers run with the Python of their own environment: nothing of Wirewatch is imported for them.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Page = dict[str, Any]
_EMBEDDED = 6
"""Pages whose passages are embedded: some forty texts tell."""


def peak() -> float:
    """The most memory that this process had, in MB; not ru_maxrss, which a child takes over from its parent."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def pages(folder: Path) -> list[Page]:
    """The pages: url, html (text), raw (bytes), and the text that is to be found."""
    found = [json.loads(line) for line in (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines()]
    for page in found:
        page["raw"] = base64.b64decode(page["raw"])
        page["html"] = page["raw"].decode("utf-8", "replace")
    return found


def clean_ours() -> Callable[[Page], str]:
    from wirewatch.core.clean import clean

    return lambda page: clean(page["raw"], url=page["url"]).text


def clean_trafilatura() -> Callable[[Page], str]:
    import trafilatura

    return lambda page: trafilatura.extract(page["html"], url=page["url"]) or ""


def clean_newspaper4k() -> Callable[[Page], str]:
    import newspaper

    def one(page: Page) -> str:
        article = newspaper.Article(page["url"], fetch_images=False)
        article.download(input_html=page["html"])
        article.parse()
        return str(article.text)

    return one


def clean_news_please() -> Callable[[Page], str]:
    from newsplease import NewsPlease

    def one(page: Page) -> str:
        found = NewsPlease.from_html(page["html"], url=page["url"], fetch_images=False)
        return str(found.maintext or "")

    return one


def store_news_please() -> Callable[[Page], str]:
    """As its pipeline to Postgres does: an article is extracted and inserted."""
    import psycopg2
    from newsplease import NewsPlease

    db = psycopg2.connect(sys.argv[3])
    with db, db.cursor() as cursor:
        cursor.execute(
            "create table if not exists public.news_please (url text, title text, maintext text, authors text[], date_publish timestamp)"
        )

    def one(page: Page) -> str:
        found = NewsPlease.from_html(page["html"], url=page["url"], fetch_images=False)
        with db, db.cursor() as cursor:
            cursor.execute(
                "insert into public.news_please values (%s, %s, %s, %s, %s)",
                (page["url"], found.title, found.maintext, list(found.authors or ()), found.date_publish),
            )
        return str(found.maintext or "")

    return one


def embed_ours() -> Callable[[Page], str]:
    from wirewatch.io import embedding

    return _in_batches(embedding.embed)


def embed_bare() -> Callable[[Page], str]:
    """Sentence-transformers as its documentation has it."""
    return _in_batches(_model().encode)


def embed_bf16() -> Callable[[Page], str]:
    import torch

    return _in_batches(_model().to(torch.bfloat16).encode)


def embed_int8() -> Callable[[Page], str]:
    """Linear layers in dynamic int8 (torch.ao)."""
    import torch

    network = _model()
    network[0].auto_model = torch.ao.quantization.quantize_dynamic(
        network[0].auto_model, {torch.nn.Linear}, dtype=torch.qint8
    )
    return _in_batches(network.encode)


def _model() -> Any:
    from sentence_transformers import SentenceTransformer

    from wirewatch.io import embedding

    return SentenceTransformer(embedding.find(embedding.DEFAULT_MODEL), device="cpu")


def _in_batches(encode: Callable[[list[str]], Any]) -> Callable[[Page], str]:
    def one(page: Page) -> str:
        encode(page["passages"])
        return ""

    return one


TASKS = {
    name: made
    for name, made in list(globals().items())
    if name.startswith(("clean_", "store_", "embed_")) and callable(made)
}


def recall(found: str, wanted: str) -> float:
    """The share of the text's words that were found: a contestant that finds nothing is no fast one."""
    words = set(wanted.split())
    return len(words & set(found.split())) / len(words) if words else 1.0


def main() -> None:
    """Warm up on two pages, then take the time of all."""
    task, folder = sys.argv[1], Path(sys.argv[2])
    known = pages(folder)
    if task.startswith("embed"):
        known = known[:_EMBEDDED]
    begun = time.process_time()
    one = TASKS[task]()
    started = time.process_time() - begun
    for page in known[:2]:
        one(page)
    begun, wall, found, failed = time.process_time(), time.perf_counter(), 0.0, 0
    for page in known:
        try:
            found += recall(one(page), page["text"])
        except Exception as problem:  # noqa: BLE001  (a peer that fails on a page is counted)
            failed += 1
            print(f"{page['url']}: {type(problem).__name__}: {problem}"[:200], file=sys.stderr)
    cpu, wall = time.process_time() - begun, time.perf_counter() - wall
    texts = sum(len(page["passages"]) for page in known) if task.startswith("embed") else len(known)
    answer = {"items": texts, "cpu": cpu, "wall": wall, "start": started, "memory": peak(), "failed": failed}
    print(json.dumps({**answer, "recall": None if task.startswith("embed") else found / len(known)}))


if __name__ == "__main__":
    main()
