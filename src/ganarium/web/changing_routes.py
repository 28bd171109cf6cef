"""The addresses that change something: notes, steering, new runs, forks and resumptions; and the token."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ganarium.config.overrides import override
from ganarium.core.errors import GanariumError, InputError, UsageError
from ganarium.runs.notes import checked_notes, write_notes
from ganarium.web.answers import Answer, content_of
from ganarium.web.details import open_run
from ganarium.web.errors import PageError, answer_to
from ganarium.web.forms import check, checked_words, planned
from ganarium.web.jobs import claim_folder
from ganarium.web.reading_routes import VIEWER
from ganarium.web.sample_files import checkpoint_steps
from ganarium.web.server_state import ServerState
from ganarium.web.steering import steer
from ganarium.web.summaries import DamagedRunError, WatchedRun

MOST_STEPS = 2**53


def changing_routes(state: ServerState) -> APIRouter:
    """Return the addresses that change something."""
    router = APIRouter(prefix="/api")
    _run_routes(router, state)
    _process_routes(router, state)

    @router.post("/token")
    async def token(request: Request) -> Response:
        given = (await content_of(request)).get("token")
        if not isinstance(given, str) or not state.rules.knows(given):
            raise PageError(403, "the token is wrong; copy it from the terminal of ganarium watch", code="token")
        answer = Answer({"accepted": True})
        answer.set_cookie(state.rules.cookie, given, httponly=True, samesite="strict")
        return answer

    @router.post("/form/check")
    async def check_form(request: Request) -> Response:
        values = await content_of(request)
        try:
            return Answer(await asyncio.to_thread(check, _text(values, "recipe"), values.get("words", [])))
        except UsageError as error:
            return Answer({"ok": False} | answer_to(error)[1])

    return router


def _run_routes(router: APIRouter, state: ServerState) -> None:
    @router.put("/runs/{key}/notes")
    async def notes(key: str, request: Request) -> Response:
        run, values = await asyncio.to_thread(state.index.run, key), await content_of(request)
        notes = checked_notes(values.get("tags", []), values.get("note", ""))
        await asyncio.to_thread(write_notes, run.path, notes)
        await asyncio.to_thread(state.index.refresh, force=True)
        return Answer({"tags": list(notes.tags), "note": notes.note})

    @router.post("/runs/{key}/steer")
    async def steer_run(key: str, request: Request) -> Response:
        run, values = await asyncio.to_thread(state.index.run, key), await content_of(request)
        await asyncio.to_thread(steer, run, values, f"page {request.cookies.get(VIEWER, '')[:16]}".strip())
        return Answer({"accepted": True})


def _process_routes(router: APIRouter, state: ServerState) -> None:
    @router.post("/runs")
    async def train(request: Request) -> Response:
        return Answer(await asyncio.to_thread(_train, state, await content_of(request)))

    @router.post("/runs/{key}/fork")
    async def fork(key: str, request: Request) -> Response:
        run, values = await asyncio.to_thread(state.index.run, key), await content_of(request)
        return Answer(await asyncio.to_thread(_fork, state, run, values))

    @router.post("/runs/{key}/resume")
    async def resume(key: str, request: Request) -> Response:
        run, values = await asyncio.to_thread(state.index.run, key), await content_of(request)
        return Answer(await asyncio.to_thread(_resume, state, run, values))

    @router.get("/jobs/{job}")
    def job(job: str) -> Response:
        return Answer(state.jobs.status(job, state.index.key_at))


def _train(state: ServerState, values: dict[str, Any]) -> dict[str, Any]:
    """Start the training of a recipe with overrides."""
    recipe, words = _text(values, "recipe"), checked_words(values.get("words", []))
    check(recipe, words)
    folder = claim_folder(state.folder, values.get("name"), planned(recipe, words).recipe or "run")
    return _started(state, ["train", recipe, *words], folder)


def _fork(state: ServerState, run: WatchedRun, values: dict[str, Any]) -> dict[str, Any]:
    """Start a fork of a run at a step, with overrides."""
    at, words = values.get("at"), checked_words(values.get("words", []))
    if type(at) is not int or not 0 <= at < MOST_STEPS:
        raise InputError("at: must be a step, a whole number of 0 or more")
    steps = checkpoint_steps(run.path)
    if not any(step <= at for step in steps):
        sentence = f"at: there is no checkpoint at or before step {at:,}; kept steps: {steps or 'none'}"
        raise PageError(400, sentence, "at", code="no-checkpoint")
    try:
        override(open_run(run).experiment, words)
    except DamagedRunError as error:
        raise PageError(400, f"{run.found.name}: {error}", code="damaged-run") from None
    if run.path == state.folder:
        sentence = "this page shows a single run; start ganarium watch on the folder that contains the run"
        raise PageError(400, sentence, code="single-run")
    folder = claim_folder(state.folder, values.get("name"), f"{run.path.name}-fork")
    return _started(state, ["fork", str(run.path), "--at", str(at), *words], folder)


def _resume(state: ServerState, run: WatchedRun, values: dict[str, Any]) -> dict[str, Any]:
    """Resume a run, up to a new number of steps if one is given."""
    steps = values.get("steps")
    if steps is not None and (type(steps) is not int or not 0 < steps < MOST_STEPS):
        raise PageError(400, "steps: must be a whole number above 0", "steps", code="steps")
    if run.process is not None:
        raise PageError(409, f"{run.found.name} is in training already", code="in-training")
    words = ["resume", str(run.path), *(["--steps", str(steps)] if steps else [])]
    job = state.jobs.start(words, run.path, claimed=False)
    return {"id": run.found.key, "name": run.found.name, "job": job.key}


def _started(state: ServerState, words: list[str], folder: Path) -> dict[str, Any]:
    """Start a process that creates a run in an empty folder; remove the folder if it cannot be started."""
    try:
        job = state.jobs.start([*words, "--out", str(folder)], folder, claimed=True)
    except GanariumError:
        folder.rmdir()
        raise
    return {"id": state.index.key_at(folder), "name": folder.name, "job": job.key}


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise InputError(f"{name}: must be a text")
    return value
