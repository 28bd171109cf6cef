"""Streams have bounded queues, one reader for all watchers, and end with their last watcher."""

import asyncio

from ganarium.web.streams import MOST_QUEUED, Channel, Streams


def test_a_slow_reader_loses_messages_and_is_told_so():
    async def check() -> None:
        channel = Channel(_never, 1000.0, b"lost", lambda: None)
        slow, quick = channel.join(b"first"), channel.join(b"first")
        for i in range(3 * MOST_QUEUED + 9):
            for queue in (slow, quick):
                channel._put(queue, str(i).encode())
            assert quick.get_nowait()
        assert slow.qsize() <= MOST_QUEUED
        received = [slow.get_nowait() for _ in range(slow.qsize())]
        assert received[0] == b"lost"
        assert received[-1] == str(3 * MOST_QUEUED + 8).encode()
        channel.leave(slow)
        channel.leave(quick)

    asyncio.run(check())


def test_all_watchers_share_one_reader_which_ends_with_the_last_of_them():
    reads = 0

    async def read() -> bytes:
        nonlocal reads
        reads += 1
        return b"new"

    async def check() -> None:
        streams = Streams()

        async def watch() -> list[bytes]:
            stream = streams.counted(streams.follow("x", b"first", lambda ended: Channel(read, 0.0, b"", ended)))
            found = [await anext(stream), await anext(stream)]
            await stream.aclose()
            return found

        assert await asyncio.gather(*(watch() for _ in range(20))) == [[b"first", b"new"]] * 20
        assert (streams.open, streams._channels) == (0, {})
        before = reads
        await asyncio.sleep(0.02)
        assert reads == before < 20

    asyncio.run(check())


async def _never() -> bytes:
    return b""
