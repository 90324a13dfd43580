"""Work on many hosts at once, on few things of one host at once, and hand on what is done as it is done."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class NotStarted(Exception):
    """The time for the whole was over before this item's turn came."""


async def as_done(
    items: Iterable[Item],
    work: Callable[[Item], Awaitable[Result]],
    host: Callable[[Item], str],
    *,
    at_once: int,
    per_host: int = 2,
    seconds: float = float("inf"),
) -> AsyncIterator[tuple[Item, Result | Exception]]:
    """Each item with what `work` made of it, or its error, in the order in which they are done (see handfuls)."""
    coming = handfuls(items, work, host, at_once=at_once, per_host=per_host, seconds=seconds, most=1, within=0.0)
    try:
        async for some in coming:
            for pair in some:
                yield pair
    finally:
        await coming.aclose()  # type: ignore[attr-defined]


async def handfuls(
    items: Iterable[Item],
    work: Callable[[Item], Awaitable[Result]],
    host: Callable[[Item], str],
    *,
    at_once: int,
    most: int,
    within: float,
    per_host: int = 2,
    seconds: float = float("inf"),
) -> AsyncIterator[list[tuple[Item, Result | Exception]]]:
    """Items with what `work` made of them, or their errors, as they are done: lists of at most `most`, none empty.

    At most `at_once` are worked on, and `per_host` of one host, hosts in turn: one that is slow holds up no other. Work goes
    on while a list is looked at, until two more are full. A list that is asked for waits for more at most `within` seconds.
    After `seconds` nothing is begun any more; what is left comes with NotStarted.
    """
    crowd = _Crowd(items, work, host, at_once=at_once, per_host=per_host, seconds=seconds, most=most)
    try:
        while some := await crowd.some(within):
            yield some
    finally:
        crowd.stop()
    left: list[tuple[Item, Result | Exception]] = [
        (item, NotStarted("its turn did not come in the time of this run")) for item in crowd.left()
    ]
    for start in range(0, len(left), most):
        yield left[start : start + most]


class _Crowd(Generic[Item, Result]):
    def __init__(
        self,
        items: Iterable[Item],
        work: Callable[[Item], Awaitable[Result]],
        host: Callable[[Item], str],
        *,
        at_once: int,
        per_host: int,
        seconds: float,
        most: int,
    ) -> None:
        self._work, self._at_once, self._per_host, self._most = work, at_once, per_host, most
        self._queues: dict[str, deque[Item]] = {}
        for item in items:
            self._queues.setdefault(host(item), deque()).append(item)
        self._turns, self._in_turns = deque(self._queues), set(self._queues)
        self._busy = dict.fromkeys(self._queues, 0)
        self._running: set[asyncio.Task[Result]] = set()
        self._done: deque[tuple[Item, asyncio.Task[Result]]] = deque()
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + seconds
        self._wanted, self._sign = 0, self._loop.create_future()

    async def some(self, within: float) -> list[tuple[Item, Result | Exception]]:
        """What is done, at most `most`; empty where nothing runs any more."""
        self._begin()
        await self._until(1, None)
        await self._until(self._most, within)
        return [_outcome(*self._done.popleft()) for _ in range(min(self._most, len(self._done)))]

    def stop(self) -> None:
        """Let nothing run on."""
        self._end = 0.0
        for task in self._running:
            task.cancel()

    def left(self) -> list[Item]:
        """What was not begun."""
        return [item for queue in self._queues.values() for item in queue]

    async def _until(self, number: int, within: float | None) -> None:
        """Wait until so many are done, nothing runs, or the time is over."""
        if len(self._done) >= number or not self._running or within == 0.0:
            return
        self._wanted, self._sign = number, self._loop.create_future()
        timer = self._loop.call_later(within, self._give_sign) if within is not None else None
        try:
            await self._sign
        finally:
            if timer is not None:
                timer.cancel()

    def _give_sign(self) -> None:
        if not self._sign.done():
            self._sign.set_result(None)

    def _begin(self) -> None:
        full = 2 * self._most + self._at_once
        while self._turns and len(self._running) < self._at_once and self._loop.time() < self._end:
            if len(self._running) + len(self._done) >= full:
                return
            name = self._turns.popleft()
            self._in_turns.discard(name)
            item = self._queues[name].popleft()
            self._busy[name] += 1
            self._line_up(name)
            task = self._loop.create_task(_awaited(self._work, item))
            self._running.add(task)
            task.add_done_callback(partial(self._ended, item, name))

    def _ended(self, item: Item, name: str, task: asyncio.Task[Result]) -> None:
        self._running.discard(task)
        self._busy[name] -= 1
        self._line_up(name)
        self._done.append((item, task))
        self._begin()
        if len(self._done) >= self._wanted or not self._running:
            self._give_sign()

    def _line_up(self, name: str) -> None:
        if self._queues[name] and name not in self._in_turns and self._busy[name] < self._per_host:
            self._turns.append(name)
            self._in_turns.add(name)


async def _awaited(work: Callable[[Item], Awaitable[Result]], item: Item) -> Result:
    return await work(item)


def _outcome(item: Item, task: asyncio.Task[Any]) -> tuple[Item, Any]:
    problem = task.exception()
    if problem is not None and not isinstance(problem, Exception):
        raise problem
    return item, problem if problem is not None else task.result()
