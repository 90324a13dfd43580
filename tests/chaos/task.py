"""One task of the flow in a process of its own, which comes to harm at a checkpoint: before or after a commit or a file."""

from __future__ import annotations

import errno
import os
import resource
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import numpy as np
from fsspec.implementations.local import LocalFileSystem

from wirewatch.core.clean import clean as _clean  # noqa: F401  (loaded once, before tasks are forked)
from wirewatch.io import embedding, postgres
from wirewatch.jobs import batches, clean, deduplicate, embed, fetch, load, poll, tag

JOBS: dict[str, Callable[..., Any]] = {
    "poll": poll.poll_bucket,
    "claim": batches.claim,
    "fetch": fetch.fetch,
    "clean": clean.clean,
    "embed": lambda dsn, batch, bucket, _run: embed.embed(dsn, batch, bucket),
    "deduplicate": deduplicate.deduplicate,
    "tag": tag.tag,
    "load": load.load,
    "reconcile": batches.reconcile,
}
HARMED = "harmed"
"""What a task says through its pipe when its fault has bitten, before it comes to harm."""
_NO_SPACE = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
_BYTES_LEFT = 100


class Checkpoints:
    """Counts the moments at which a task can come to harm, and does it harm at one of them."""

    def __init__(self, harm: Sequence[tuple[int, str]], at: int, harmed: Callable[[], None]) -> None:
        self.passed = 0
        self._harm, self._at, self._harmed = harm, at, harmed

    def reach(self) -> None:
        """One more checkpoint. `harm` is a list of (process or 0 for this one, signal)."""
        self.passed += 1
        if self.passed == self._at:
            self._harmed()
            for pid, what in self._harm:
                os.kill(pid or os.getpid(), signal.Signals[what])

    def watch(self, *, full: bool) -> None:
        """Put checkpoints before and after each commit, and around each file of the archive.

        Where the disk is to be `full` and is no real one, files of the archive may grow to a hundred bytes (RLIMIT_FSIZE):
        the write fails in the middle, as on a full disk.
        """
        original, put, move = postgres.transaction, LocalFileSystem.put_file, LocalFileSystem.mv

        @contextmanager
        def transaction(dsn: str) -> Iterator[postgres.Connection]:
            with original(dsn) as db:
                yield db
                self.reach()
            self.reach()

        def watched(method: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **named: Any) -> Any:
                self.reach()
                with self._short_of_space(full=full):
                    found = method(*arguments, **named)
                self.reach()
                return found

            return call

        postgres.transaction = transaction
        LocalFileSystem.put_file, LocalFileSystem.mv = watched(put), watched(move)

    @contextmanager
    def _short_of_space(self, *, full: bool) -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        if full:
            resource.setrlimit(resource.RLIMIT_FSIZE, (_BYTES_LEFT, before[1]))
        try:
            yield
        except OSError as problem:
            if problem.errno in _NO_SPACE:
                self._harmed()
            raise
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


def remembered(folder: Path) -> Callable[..., Any]:
    """The model's answers, kept in a folder by text: it is asked once for each text of the press."""
    ask = embedding.embed

    def embed_texts(texts: Sequence[str], model: str = embedding.DEFAULT_MODEL) -> Any:
        names = [folder / f"{sha256(f'{model} {text}'.encode()).hexdigest()}.npy" for text in texts]
        new = [number for number, name in enumerate(names) if not name.exists()]
        if new:
            for number, vector in zip(new, ask([texts[n] for n in new], model), strict=True):
                part = names[number].with_suffix(f".{os.getpid()}")
                with part.open("wb") as file:
                    np.save(file, vector)
                part.rename(names[number])
        return np.stack([np.load(name) for name in names])

    return embed_texts


def perform(
    job: str,
    arguments: tuple[Any, ...],
    environment: dict[str, str],
    harm: Sequence[tuple[int, str]],
    at: int,
    full: bool,
    answers: Path,
    log: Path,
    pipe: Pipe,
) -> None:
    """Run a job to its end; (its result, checkpoints passed) into the pipe. Exit code 1, with the traceback in `log`, where it fails."""
    os.environ.update(environment)
    embedding.embed = remembered(answers)
    postgres.IDLE_SECONDS = 3  # what stands still for two minutes in life
    checkpoints = Checkpoints(harm, at, lambda: pipe.send(HARMED))
    checkpoints.watch(full=full)
    try:
        result = JOBS[job](*arguments)
    except BaseException:  # noqa: BLE001  (the parent looks at the exit code, people at the log)
        with log.open("a") as out:
            out.write(f"--- {job} {arguments[1:]}\n{traceback.format_exc()}\n")
        os._exit(1)
    pipe.send((result, checkpoints.passed))
    pipe.close()
    postgres.close_idle()
    os._exit(0)
