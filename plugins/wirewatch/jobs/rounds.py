"""Many askers, one round trip: what is asked while one is under way goes together in the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Rounds(Generic[Question, Answer]):
    """Asks `answers(questions)` in the thread of `executor`, one round at a time; each asker gets the answer to its own.

    An error of a round is every asker's of that round.
    """

    def __init__(
        self, answers: Callable[[Sequence[Question]], Sequence[Answer]], executor: ThreadPoolExecutor, most: int = 1000
    ) -> None:
        self._answers, self._executor, self._most = answers, executor, most
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._running: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Answer:
        """The answer to one question."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        while self._waiting:
            now, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                questions = [question for question, _ in now]
                found = await asyncio.get_running_loop().run_in_executor(self._executor, self._answers, questions)
                for (_, future), answer in zip(now, found, strict=True):
                    if not future.done():
                        future.set_result(answer)
            except Exception as problem:  # noqa: BLE001  (it is the askers')
                for _, future in now:
                    if not future.done():
                        future.set_exception(problem)
