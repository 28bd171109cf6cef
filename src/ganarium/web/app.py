"""The web application: its addresses, errors and files."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ganarium.core.errors import GanariumError
from ganarium.web.answers import Answer
from ganarium.web.changing_routes import changing_routes
from ganarium.web.errors import answer_to
from ganarium.web.plane_routes import plane_routes
from ganarium.web.play_routes import play_routes
from ganarium.web.reading_routes import reading_routes
from ganarium.web.security import HEADERS, App, Guard, Message, Receive, Rules, Scope, Send
from ganarium.web.server_state import ServerState
from ganarium.web.static_files import static_routes
from ganarium.web.stream_routes import stream_routes

OF_STATUS = {404: "there is nothing at this address", 405: "this method is not supported at this address"}


def create_app(folder: Path, rules: Rules | None = None) -> App:
    """Return the application for a folder of runs, which may not exist yet.

    rules: who may do what; by default, everything from this machine
    """
    rules = rules or Rules()
    state = ServerState(folder, rules)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await state.close()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    for routes in (reading_routes, changing_routes, plane_routes, play_routes, stream_routes):
        app.include_router(routes(state))
    app.include_router(static_routes())
    app.add_exception_handler(GanariumError, _of_ours)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_query)
    return _Calm(Guard(_HeadAsGet(app), rules))


async def _of_ours(_: Request, error: Exception) -> Response:
    assert isinstance(error, GanariumError)
    status, content = answer_to(error)
    return Answer(content, status, headers={"retry-after": "1"} if status == 503 else None)


async def _of_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Answer({"error": OF_STATUS.get(error.status_code, str(error.detail)), "field": None}, error.status_code)


async def _of_query(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = str(first["loc"][-1])
    return Answer({"error": f"{field}: {first['msg'][0].lower()}{first['msg'][1:]}", "field": field}, 400)


class _HeadAsGet:
    """Answers HEAD requests as GET requests, without the body; a stream ends after its head."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        ended, asked = asyncio.Event(), False

        async def received() -> Message:
            nonlocal asked
            if asked:
                await ended.wait()
                return {"type": "http.disconnect"}
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            elif not ended.is_set():
                ended.set()
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self._app({**scope, "method": "GET"}, received, headed)


class _Calm:
    """Turns an unexpected exception into an answer with one sentence, and writes its traceback to the log."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            logging.getLogger("ganarium").exception("the page failed at %s", scope.get("path"))
            if not started:
                sentence = f"the page failed ({type(error).__name__}); the terminal of ganarium watch says more"
                await Answer({"error": sentence, "field": None}, 500, HEADERS)(scope, receive, send)
