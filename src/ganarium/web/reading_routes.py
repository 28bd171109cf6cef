"""The addresses that only read: runs, their curves, pictures and scores, comparisons and forms."""

from __future__ import annotations

import asyncio
import os
from hashlib import sha256
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ganarium.config.plugins import LOADED
from ganarium.core.errors import GanariumError
from ganarium.runs.events import Scored
from ganarium.web.answers import Answer
from ganarium.web.comparison import checked_keys, compared_groups, compared_scores, differing_settings
from ganarium.web.details import details, open_run
from ganarium.web.errors import PageError
from ganarium.web.final_scores import as_rows, final_scores, lower_is_better
from ganarium.web.forms import form
from ganarium.web.log_tail import BINS, RunLog
from ganarium.web.normal_losses import normal_losses
from ganarium.web.sample_files import sample_picture
from ganarium.web.server_state import ServerState
from ganarium.web.shares import shares_of
from ganarium.web.static_files import tagged
from ganarium.web.summaries import DamagedRunError, WatchedRun

MOST_POINTS = 20_000
IMMUTABLE = "private, max-age=31536000, immutable"
VIEWER = "ganarium-viewer"  # cookie that tells browsers apart, so that two people who steer notice each other
Points = Annotated[int, Query(ge=1, le=MOST_POINTS)]


def reading_routes(state: ServerState) -> APIRouter:
    """Return the addresses that only read."""
    router = APIRouter(prefix="/api")
    _folder_routes(router, state)
    _log_routes(router, state)
    _picture_routes(router, state)
    return router


def _folder_routes(router: APIRouter, state: ServerState) -> None:
    @router.get("/session")
    def session(request: Request) -> Response:
        known = state.rules.has_token(request.headers.get("cookie", ""))
        answer = Answer(
            {
                "version": version("ganarium"),
                "folder": str(state.folder) if known else "",
                "read_only": state.rules.read_only,
                "token_needed": not known,
                "plugins": [str(plugin) for plugin in LOADED.values()] if known else [],
                "languages": ["en", "zh"],
            }
        )
        if VIEWER not in request.cookies:
            answer.set_cookie(VIEWER, os.urandom(4).hex(), httponly=True, samesite="strict")
        return answer

    @router.get("/runs")
    async def runs(after: int | None = None) -> Response:
        await asyncio.to_thread(state.index.refresh)
        return Answer(state.index.since(after))

    @router.get("/form")
    def fields(recipe: str = "digits", words: Annotated[list[str] | None, Query()] = None) -> Response:
        return Answer(form(recipe, words or []))

    @router.get("/compare")
    async def compare(runs: str = "") -> Response:
        read = [await state.logs.read(key) for key in checked_keys(runs)]
        return Answer(await asyncio.to_thread(_comparison, [(run, log) for run, log, _ in read]))


def _log_routes(router: APIRouter, state: ServerState) -> None:
    @router.get("/runs/{key}")
    async def run(key: str) -> Response:
        found, log, _ = await state.logs.read(key)
        values = await asyncio.to_thread(details, found, log, state.index)
        layers = {"layers": [], "pending": False} if values["error"] else state.layers.of(found)
        return Answer(values | layers)

    @router.get("/runs/{key}/curves")
    async def curves(
        key: str,
        points: Points = 2000,
        after: int | None = None,
        first: Annotated[int | None, Query(alias="from")] = None,
        last: Annotated[int | None, Query(alias="to")] = None,
    ) -> Response:
        _, log, complete = await state.logs.read(key)
        if after is not None and log.is_reset_since(after):
            return Answer({"reset": True, "seq": log.seq})
        found = log.curves.columns(points, after, first, last)
        return Answer({"seq": log.seq, "complete": complete, "reset": False} | found)

    @router.get("/runs/{key}/histograms")
    async def histograms(key: str, points: Points = 200) -> Response:
        _, log, _ = await state.logs.read(key)
        items = log.histograms.items(points)
        real, fake = ([item[side] for _, item in items] for side in (0, 1))
        edges = [i / BINS for i in range(BINS + 1)]
        return Answer({"edges": edges, "step": [step for step, _ in items], "real": real, "fake": fake})

    @router.get("/runs/{key}/shares")
    async def shares(key: str, points: Points = 500) -> Response:
        found, log, _ = await state.logs.read(key)
        return Answer(shares_of(log, found.provenance.get("classes"), points))

    @router.get("/runs/{key}/scores")
    async def scores(key: str) -> Response:
        found, log, _ = await state.logs.read(key)
        final = await asyncio.to_thread(final_scores, found.path, log)
        return Answer({"names": _score_series(log), "final": as_rows(final)})

    @router.get("/runs/{key}/normal")
    async def normal(key: str) -> Response:
        found = await asyncio.to_thread(state.index.run, key)
        try:
            return Answer(normal_losses(open_run(found).experiment))
        except (DamagedRunError, GanariumError):
            return Answer(None)  # the details of the run say what is damaged


def _picture_routes(router: APIRouter, state: ServerState) -> None:
    @router.get("/runs/{key}/samples/{name}")
    def picture(key: str, name: str, request: Request, v: str = "") -> Response:
        found = state.index.run(key)
        stem, dot, kind = name.partition(".")
        is_step = stem.isascii() and stem.isdecimal() and len(stem) <= 15
        if f"{dot}{kind}" != ".png" or not (stem == "data" or is_step):
            raise PageError(404, "a picture is data.png or the number of a step, as in 1000.png")
        content = sample_picture(found.path, int(stem) if is_step else None)
        tag = f'"{sha256(content).hexdigest()[:16]}"'
        return tagged(request, content, "image/png", tag, IMMUTABLE if v == found.version else "no-cache")


def _score_series(log: RunLog) -> dict[str, Any]:
    """Return the scores recorded during training, by name."""
    return {name: _one_score(log.score_heads[name], store.items()) for name, store in log.scores.items()}


def _one_score(head: Scored, items: list[tuple[int, tuple[float, float | None]]]) -> dict[str, Any]:
    return {
        "title": head.name.partition("/")[0],
        "meaning": head.note,
        "floor": head.floor,
        "lower_is_better": lower_is_better(head.note),
        "step": [step for step, _ in items],
        "value": [value for _, (value, _) in items],
        "error": [error for _, (_, error) in items],
    }


def _comparison(read: list[tuple[WatchedRun, RunLog]]) -> dict[str, Any]:
    """Return what distinguishes runs, and their scores."""
    opened = [_opened(run) for run, _ in read]
    scores = [final_scores(run.path, log) for run, log in read]
    variants = [(run.found.group or {}).get("variant", "") for run, _ in read]
    heads = [
        {"id": run.found.key, "name": run.found.name, "seed": one.experiment.seed}
        for (run, _), one in zip(read, opened, strict=True)
    ]
    return {
        "runs": heads,
        "settings": differing_settings(opened),
        "scores": compared_scores(scores),
        "seeds": compared_groups(opened, scores, variants),
    }


def _opened(run: WatchedRun) -> Any:
    """Return the run with validated settings; raise `PageError` if they are damaged."""
    try:
        return open_run(run)
    except DamagedRunError as error:
        raise PageError(400, f"{run.found.name}: {error}", code="damaged-run") from None
