"""Checks of every request before it reaches the page: host, origin, token, method, header, size."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from hmac import compare_digest
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 1 << 20  # of the body of a request
READ_METHODS = frozenset(("GET", "HEAD"))
CHANGE_METHODS = frozenset(("POST", "PUT"))
OPEN_PATHS = frozenset(("/api/session", "/api/token"))  # reached without the token
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Refused(Exception):  # noqa: N818 (an answer, not a failure)
    """A request that is refused, with the status and one sentence.

    code: name under which the page has the sentence in other languages; "" if it has none
    """

    def __init__(self, status: int, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.status, self.code = status, code


def new_token() -> str:
    """Return a token that cannot be guessed."""
    return os.urandom(16).hex()


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only be reached from this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Rules:
    """Rules for the requests that a server accepts.

    host: name or address on which it listens
    token: secret that requests need, or "" if none is needed
    read_only: whether requests that change something are refused
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str = ""
    read_only: bool = False
    names: frozenset[str] = field(default_factory=frozenset)

    @property
    def cookie(self) -> str:
        """Return the name of the cookie with the token; cookies are shared by all ports of a host."""
        return f"ganarium-{self.port}"

    def accepts_host(self, host: str) -> bool:
        """Return whether a Host header names this server.

        An address cannot be rebound to another machine by DNS, unlike a name, so that names must be known.
        """
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if is_loopback(name) or (name and name in {self.host.lower(), *self.names}):
            return True
        if is_loopback(self.host):
            return False
        try:
            return bool(ip_address(name))
        except ValueError:
            return False

    def knows(self, given: str) -> bool:
        """Return whether a text is the token, in a time that does not depend on the text."""
        return compare_digest(given.encode("utf-8", "replace"), self.token.encode())

    def has_token(self, cookies: str) -> bool:
        """Return whether a Cookie header has the token, or none is needed."""
        if not self.token:
            return True
        found = (part.strip().partition("=") for part in cookies.split(";"))
        return any(name == self.cookie and self.knows(value) for name, _, value in found)


def names_of_this_machine() -> frozenset[str]:
    """Return the names under which other machines may know this one."""
    return frozenset(name.lower() for name in (socket.gethostname(), socket.getfqdn()) if name)


class Guard:
    """The outermost layer of the application: refuses requests, limits their size and adds headers to answers."""

    def __init__(self, app: App, rules: Rules) -> None:
        self._app, self._rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        guarded = _with_headers(send)
        try:
            self._check(scope)
            body = await _body(receive) if scope["method"] in CHANGE_METHODS else None
        except Refused as refused:
            await _refuse(guarded, refused)
            return
        await self._app(scope, receive if body is None else _replay(body, receive), guarded)

    def _check(self, scope: Scope) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        method, path, host = scope["method"], scope["path"], headers.get("host", "")
        if not self._rules.accepts_host(host):
            raise Refused(403, "this address does not belong to the page; open the address that ganarium watch printed")
        _check_origin(headers, host, method)
        if path.startswith("/api/") and path not in OPEN_PATHS and not self._rules.has_token(headers.get("cookie", "")):
            raise Refused(403, "the token is missing or wrong; open the address that ganarium watch printed", "token")
        if method in READ_METHODS:
            return
        if method not in CHANGE_METHODS:
            raise Refused(405, f"the method {method[:20]} is not supported")
        if headers.get("x-ganarium") != "1":
            raise Refused(403, "requests that change something need the header X-Ganarium: 1")
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(403, "requests that change something need the header Content-Type: application/json")
        if self._rules.read_only and path != "/api/token":
            sentence = "this page is read-only; start ganarium watch without --read-only to change something"
            raise Refused(403, sentence, "read-only")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > MOST_BYTES:
            raise Refused(413, f"the request is too large; at most {MOST_BYTES:,} bytes are accepted", "too-large")


def _check_origin(headers: dict[str, str], host: str, method: str) -> None:
    """Raise `Refused` for requests that another site makes."""
    origin = headers.get("origin")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        raise Refused(403, "requests from other sites are refused")
    opens_page = headers.get("sec-fetch-mode") == "navigate" and method in READ_METHODS
    if headers.get("sec-fetch-site") in ("cross-site", "same-site") and not opens_page:
        raise Refused(403, "requests from other sites are refused")


async def _body(receive: Receive) -> bytes:
    """Return the whole body of a request. Raises `Refused` if it is too large."""
    chunks, size, more = [], 0, True
    while more:
        found = await receive()
        if found["type"] != "http.request":
            raise Refused(400, "the request was not sent completely")
        chunk = found.get("body", b"")
        size += len(chunk)
        if size > MOST_BYTES:
            raise Refused(413, f"the request is too large; at most {MOST_BYTES:,} bytes are accepted", "too-large")
        chunks.append(chunk)
        more = found.get("more_body", False)
    return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a function that gives the application the body, and then whatever follows."""
    left = [body]

    async def again() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return again


def _with_headers(send: Send) -> Send:
    async def guarded(found: Message) -> None:
        if found["type"] == "http.response.start":
            present = {name.lower() for name, _ in found["headers"]}
            more = HEADERS | ({} if b"cache-control" in present else {"cache-control": "no-store"})
            found["headers"] = [*found["headers"], *((name.encode(), value.encode()) for name, value in more.items())]
        await send(found)

    return guarded


async def _refuse(send: Send, refused: Refused) -> None:
    content = json.dumps({"error": str(refused), "field": None, "code": refused.code}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send(
        {"type": "http.response.start", "status": refused.status, "headers": [*headers, (b"connection", b"close")]}
    )
    await send({"type": "http.response.body", "body": content})
