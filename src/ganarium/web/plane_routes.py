"""The addresses of snapshots of the plane, and the one that stores a person's own points."""

from __future__ import annotations

import asyncio
from hashlib import sha256

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ganarium.web.answers import Answer, content_of
from ganarium.web.errors import PageError
from ganarium.web.own_points import store_points
from ganarium.web.plane_files import real_points, snapshot, snapshot_steps
from ganarium.web.server_state import ServerState
from ganarium.web.static_files import tagged


def plane_routes(state: ServerState) -> APIRouter:
    """Return the addresses of points in the plane."""
    router = APIRouter(prefix="/api")

    @router.get("/runs/{key}/plane")
    def plane(key: str) -> Response:
        run = state.index.run(key)
        return Answer({"steps": snapshot_steps(run.path), "data": real_points(run.path)})

    @router.get("/runs/{key}/plane/{step}")
    def one_snapshot(key: str, step: str, request: Request) -> Response:
        run = state.index.run(key)
        if not (step.isascii() and step.isdecimal() and len(step) <= 15):
            raise PageError(404, "a snapshot has the number of its step, as in plane/1000")
        content = bytes(Answer(snapshot(run.path, int(step))).body)
        return tagged(request, content, "application/json", f'"{sha256(content).hexdigest()[:16]}"', "no-cache")

    @router.post("/points")
    async def points(request: Request) -> Response:
        values = await content_of(request)
        return Answer(await asyncio.to_thread(store_points, state.folder, values))

    return router
