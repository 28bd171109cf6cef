"""The addresses of samples; each answer is a function of its address and of a checkpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from ganarium.core.errors import InputError
from ganarium.web import play
from ganarium.web.play import FARTHEST, JSON, MOST_FRAMES, MOST_MOVES, MOST_SAMPLES, File, Sample
from ganarium.web.play_samplers import Loaded, placed
from ganarium.web.server_state import ServerState
from ganarium.web.static_files import tagged

if TYPE_CHECKING:
    from ganarium.training.nearest_images import NearestImages

Answered = Callable[[Request, str, int | None, Callable[[Loaded], File]], Awaitable[Response]]
Number = TypeVar("Number", int, float)
MOST_SEED = 2**53
MOST_SEEDS = 16
Step = Annotated[int | None, Query(ge=0, lt=10**15)]
Seed = Annotated[int, Query(ge=0, le=MOST_SEED)]
Labels = Annotated[list[str] | None, Query(max_length=MOST_SAMPLES)]
Truncation = Annotated[float | None, Query(gt=0, le=1e6, allow_inf_nan=False)]
Share = Annotated[float, Query(ge=0, le=1, allow_inf_nan=False)]
Scale = Annotated[int, Query(ge=1, le=16)]


def play_routes(state: ServerState) -> APIRouter:
    """Return the addresses of samples."""
    router = APIRouter(prefix="/api/runs/{key}")
    answered = partial(_answered, state)
    _sample_routes(router, answered)
    _between_routes(router, answered)
    _nearest_routes(router, state, answered)
    return router


async def _answered(
    state: ServerState, request: Request, key: str, step: int | None, compute: Callable[[Loaded], File]
) -> Response:
    """Return what a function computes from a run's sampler, unless the browser has the same answer."""
    watched = await asyncio.to_thread(state.index.run, key)
    place = await asyncio.to_thread(placed, watched, step)
    tag = f'"{sha256(f"{place.identity}{request.url.path}?{request.url.query}".encode()).hexdigest()[:24]}"'
    if tag in request.headers.get("if-none-match", ""):
        return tagged(request, b"", JSON, tag, "no-cache")
    content, kind = await state.worker.run(lambda: compute(state.samplers.of(place)))
    return tagged(request, content, kind, tag, "no-cache")


def _sample_routes(router: APIRouter, answered: Answered) -> None:
    @router.get("/play")
    async def about(key: str, request: Request, step: Step = None) -> Response:
        return await answered(request, key, step, lambda loaded: play.as_json(play.about(loaded)))

    @router.get("/sample")
    async def sample(
        key: str,
        request: Request,
        n: Annotated[int, Query(ge=1, le=MOST_SAMPLES)] = 64,
        seed: Seed = 0,
        labels: Labels = None,
        truncation: Truncation = None,
        weights: str = "",
        step: Step = None,
        columns: Annotated[int | None, Query(ge=1, le=64)] = None,
        kind: Annotated[str, Query(alias="format")] = "png",
    ) -> Response:
        def compute(loaded: Loaded) -> File:
            return play.samples(loaded, n, seed, labels or [], truncation, weights, columns, kind)

        return await answered(request, key, step, compute)

    @router.get("/latent")
    async def latent(
        key: str, request: Request, sample: Annotated[Sample, Depends(_sample)], step: Step = None, scale: Scale = 1
    ) -> Response:
        return await answered(request, key, step, lambda loaded: play.one_sample(loaded, sample, scale))


def _between_routes(router: APIRouter, answered: Answered) -> None:
    @router.get("/corners")
    async def corners(
        key: str,
        request: Request,
        seeds: str = "0,1,2,3",
        labels: Labels = None,
        x: Share = 0.5,
        y: Share = 0.5,
        truncation: Truncation = None,
        weights: str = "",
        step: Step = None,
        scale: Scale = 1,
    ) -> Response:
        numbers = _seeds(seeds)

        def compute(loaded: Loaded) -> File:
            return play.corner(loaded, numbers, (x, y), labels or [], truncation, weights, scale)

        return await answered(request, key, step, compute)

    @router.get("/film")
    async def film(
        key: str,
        request: Request,
        seeds: str = "0,1",
        frames: Annotated[int, Query(ge=1, le=MOST_FRAMES)] = 24,
        labels: Labels = None,
        truncation: Truncation = None,
        weights: str = "",
        step: Step = None,
        kind: Annotated[str, Query(alias="format")] = "gif",
    ) -> Response:
        numbers = _seeds(seeds)

        def compute(loaded: Loaded) -> File:
            return play.film(loaded, numbers, frames, labels or [], truncation, weights, kind)

        return await answered(request, key, step, compute)


def _nearest_routes(router: APIRouter, state: ServerState, answered: Answered) -> None:
    def found(loaded: Loaded, sample: Sample) -> tuple[NearestImages, dict[str, Any]]:
        play.refuse_points(loaded)
        return play.nearest(loaded, sample, state.samplers.training_images(loaded.place.run))

    @router.get("/nearest")
    async def nearest(
        key: str, request: Request, sample: Annotated[Sample, Depends(_sample)], step: Step = None
    ) -> Response:
        address = f"/api/runs/{quote(key)}/nearest.png?{request.url.query}"
        return await answered(
            request, key, step, lambda loaded: play.as_json({"images": address} | found(loaded, sample)[1])
        )

    @router.get("/nearest.png")
    async def nearest_strip(
        key: str, request: Request, sample: Annotated[Sample, Depends(_sample)], step: Step = None, scale: Scale = 1
    ) -> Response:
        return await answered(request, key, step, lambda loaded: play.strip(found(loaded, sample)[0], scale))


def _sample(
    seed: Seed = 0,
    index: Annotated[int, Query(ge=0, lt=MOST_SAMPLES)] = 0,
    label: Annotated[str | None, Query(max_length=1000)] = None,
    truncation: Truncation = None,
    move: Annotated[str, Query(max_length=400)] = "",
    weights: str = "",
) -> Sample:
    """Return the sample that an address describes."""
    return Sample(seed, index, label or None, truncation, tuple(_moves(move)), weights)


def _moves(text: str) -> list[float]:
    numbers = _numbers("move", text, float, "0.5,-1")
    if len(numbers) > MOST_MOVES or not all(abs(number) <= FARTHEST for number in numbers):
        raise InputError(f"move: give at most {MOST_MOVES} numbers between {-FARTHEST:g} and {FARTHEST:g}")
    return numbers


def _seeds(text: str) -> list[int]:
    numbers = _numbers("seeds", text, int, "1,2")
    if not 2 <= len(numbers) <= MOST_SEEDS or not all(0 <= number <= MOST_SEED for number in numbers):
        raise InputError(f"seeds: give 2 to {MOST_SEEDS} whole numbers from 0 to {MOST_SEED}, separated by commas")
    return numbers


def _numbers(name: str, text: str, kind: Callable[[str], Number], example: str) -> list[Number]:
    """Return numbers separated by commas. Raises `InputError`."""
    try:
        return [kind(part) for part in text.split(",")] if text else []
    except ValueError:
        raise InputError(f"{name}: must be numbers separated by commas, as {name}={example}") from None
