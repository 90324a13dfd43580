"""Work on many hosts at once, on few things of one host at once, and hand on what is done as it is done."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

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
    """Each item with what `work` made of it, or its error, in the order in which they are done.

    At most `at_once` are worked on, and `per_host` of one host, hosts in turn: one that is slow holds up no other.
    After `seconds` nothing is begun any more; what is left comes with NotStarted.
    """
    queues: dict[str, deque[Item]] = {}
    for item in items:
        queues.setdefault(host(item), deque()).append(item)
    turns, in_turns, busy = deque(queues), set(queues), dict.fromkeys(queues, 0)
    running: dict[asyncio.Task[Result], Item] = {}
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    try:
        while turns or running:
            while turns and len(running) < at_once and loop.time() < end:
                name = turns.popleft()
                in_turns.discard(name)
                item = queues[name].popleft()
                busy[name] += 1
                running[asyncio.ensure_future(_started(work, item))] = item
                if queues[name] and busy[name] < per_host:
                    turns.append(name)
                    in_turns.add(name)
            if not running:
                break
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                item = running.pop(task)
                name = host(item)
                busy[name] -= 1
                if queues[name] and name not in in_turns:
                    turns.append(name)
                    in_turns.add(name)
                problem = task.exception()
                if problem is not None and not isinstance(problem, Exception):
                    raise problem
                yield item, problem if problem is not None else task.result()
    finally:
        for task in running:
            task.cancel()
    for left in queues.values():
        for item in left:
            yield item, NotStarted("its turn did not come in the time of this run")


async def _started(work: Callable[[Item], Awaitable[Result]], item: Item) -> Result:
    return await work(item)


async def handfuls(found: AsyncIterator[Item], most: int, seconds: float) -> AsyncIterator[list[Item]]:
    """What comes, in lists of at most `most`, none held back for longer than `seconds` once something came."""
    loop = asyncio.get_running_loop()
    held: list[Item] = []
    since = 0.0
    following: asyncio.Future[Item] | None = None
    try:
        while True:
            following = following or asyncio.ensure_future(_next(found))
            wait = max(0.0, since + seconds - loop.time()) if held else None
            done, _ = await asyncio.wait({following}, timeout=wait)
            if done:
                try:
                    item = following.result()
                except StopAsyncIteration:
                    break
                finally:
                    following = None
                if not held:
                    since = loop.time()
                held.append(item)
            if held and (len(held) >= most or loop.time() >= since + seconds):
                yield held
                held = []
    finally:
        if following is not None:
            following.cancel()
    if held:
        yield held


async def _next(found: AsyncIterator[Item]) -> Item:
    return await anext(found)
