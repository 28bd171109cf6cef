"""The files of the built page, held in memory: no path of a request reaches the disk."""

from __future__ import annotations

import mimetypes
from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ganarium.web.errors import PageError

FOLDER = Path(__file__).with_name("static")
INDEX = "index.html"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html; charset=utf-8"}
NOT_BUILT = "the page is not built; run: npm --prefix frontend ci && npm --prefix frontend run build"


def is_built() -> bool:
    """Return whether the page was built into the package."""
    return (FOLDER / INDEX).is_file()


@cache
def built_files() -> dict[str, tuple[bytes, str, str]]:
    """Return the content, type and tag of each file of the page, by its address without the leading slash."""
    found = {}
    for path in sorted(FOLDER.rglob("*")) if FOLDER.is_dir() else ():
        if path.is_file():
            content = path.read_bytes()
            kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            found[path.relative_to(FOLDER).as_posix()] = content, kind, f'"{sha256(content).hexdigest()[:16]}"'
    return found


def static_routes() -> APIRouter:
    """Return the addresses of the page itself."""
    router = APIRouter()

    @router.get("/{name:path}")
    def file(name: str, request: Request) -> Response:
        files = built_files()
        if name.startswith("api/") or (name or INDEX) not in files:
            sentence = NOT_BUILT if not name and not files else "there is nothing at this address"
            raise PageError(404, sentence)
        content, kind, tag = files[name or INDEX]
        return tagged(request, content, kind, tag, "no-cache")

    return router


def tagged(request: Request, content: bytes, kind: str, tag: str, caching: str) -> Response:
    """Return content with a tag, or the answer that the browser's copy is current."""
    headers = {"etag": tag, "cache-control": caching}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)
