"""Server-sent events: streams with bounded queues, and one reader for all who watch the same thing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

from pydantic_core import to_json

from ganarium.web.errors import PageError

MOST_STREAMS = 1000
MOST_QUEUED = 64  # messages that wait for a slow reader; then they are replaced by one that says so
HEARTBEAT = 15.0  # seconds
Tick = Callable[[], Awaitable[bytes]]


def message(event: str, values: Any) -> bytes:
    """Return one server-sent event with JSON data."""
    return b"event: " + event.encode() + b"\ndata: " + to_json(values, inf_nan_mode="null") + b"\n\n"


class Channel:
    """Watchers of one thing, which is read by a single task while there are any.

    tick: reads what is new and returns the messages for all watchers, b"" for none
    seconds: time between ticks
    lost: message that replaces those that a slow reader has missed
    """

    def __init__(self, tick: Tick, seconds: float, lost: bytes, ended: Callable[[], None]) -> None:
        self._tick, self._seconds, self._lost, self._ended = tick, seconds, lost, ended
        self._queues: set[asyncio.Queue[bytes]] = set()
        self._task: asyncio.Task[None] | None = None

    def join(self, first: bytes) -> asyncio.Queue[bytes]:
        """Add a watcher, who first receives a message of its own."""
        queue: asyncio.Queue[bytes] = asyncio.Queue(MOST_QUEUED)
        queue.put_nowait(first)
        self._queues.add(queue)
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return queue

    def leave(self, queue: asyncio.Queue[bytes]) -> None:
        """Remove a watcher; the task ends with the last one."""
        self._queues.discard(queue)
        if not self._queues and self._task is not None:
            self._task.cancel()
            self._task = None
            self._ended()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                content = await self._tick()
            except Exception:  # watchers stay connected, and the next tick may succeed
                logging.getLogger("ganarium").exception("the page could not read what is new")
                continue
            if content:
                for queue in self._queues:
                    self._put(queue, content)

    def _put(self, queue: asyncio.Queue[bytes], content: bytes) -> None:
        if queue.full():
            while not queue.empty():
                queue.get_nowait()
            content = self._lost
        queue.put_nowait(content)


class Streams:
    """All open streams of the server, of which there are at most `MOST_STREAMS`."""

    def __init__(self) -> None:
        self.open = 0
        self._channels: dict[str, Channel] = {}

    async def follow(
        self, key: str, first: bytes, make: Callable[[Callable[[], None]], Channel]
    ) -> AsyncIterator[bytes]:
        """Yield the messages of the channel with a key, and a heartbeat while there are none.

        first: message for this watcher alone
        make: creates the channel, given what to call when its last watcher has left
        """
        if key not in self._channels:
            self._channels[key] = make(lambda: self._forget(key))
        channel = self._channels[key]
        queue = channel.join(first)
        try:
            while True:
                content = b":\n\n"
                with suppress(TimeoutError):
                    content = await asyncio.wait_for(queue.get(), HEARTBEAT)
                yield content
        finally:
            channel.leave(queue)

    def refuse_too_many(self) -> None:
        """Raise `PageError` if no further stream may be opened."""
        if self.open >= MOST_STREAMS:
            sentence = f"{MOST_STREAMS:,} pages are open already; close some of them and reload this one"
            raise PageError(503, sentence, code="too-many-pages")

    async def counted(self, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Yield the messages of a stream, which counts as open until it ends."""
        self.open += 1
        try:
            async for content in stream:
                yield content
        finally:
            self.open -= 1
            close = getattr(stream, "aclose", None)
            if close is not None:
                await close()

    def _forget(self, key: str) -> None:
        self._channels.pop(key, None)
