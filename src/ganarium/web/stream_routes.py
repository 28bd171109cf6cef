"""The addresses of streams of server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from ganarium.web.server_state import ServerState
from ganarium.web.streams import Channel, message

TICK = 1.0  # seconds between looks at the folder
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


def stream_routes(state: ServerState) -> APIRouter:
    """Return the addresses of streams."""
    router = APIRouter()

    @router.get("/api/events")
    async def folder_events() -> Response:
        state.streams.refuse_too_many()
        revision = await asyncio.to_thread(state.index.refresh)

        def channel(ended: Callable[[], None]) -> Channel:
            return _folder_channel(state, revision, ended)

        return _streamed(state, "", message("runs", {"revision": revision, "runs": [], "gone": []}), channel)

    @router.get("/api/runs/{key}/events")
    async def run_events(key: str) -> Response:
        state.streams.refuse_too_many()
        first = await state.logs.begin(key)
        return _streamed(state, key, first, lambda ended: state.logs.channel(key, ended))

    return router


def _folder_channel(state: ServerState, revision: int, ended: Callable[[], None]) -> Channel:
    sent = revision

    async def tick() -> bytes:
        nonlocal sent
        newest = await asyncio.to_thread(state.index.refresh, force=True)
        if newest == sent:
            return b""
        changed = state.index.since(sent)
        sent = changed["revision"]
        return message("runs", changed)

    return Channel(tick, TICK, message("reset", {}), ended)


def _streamed(
    state: ServerState, key: str, first: bytes, make: Callable[[Callable[[], None]], Channel]
) -> StreamingResponse:
    stream: AsyncIterator[bytes] = state.streams.follow(key, first, make)
    return StreamingResponse(state.streams.counted(stream), media_type="text/event-stream", headers=HEADERS)
