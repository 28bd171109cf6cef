"""The server process: binds the address, prints where the page is, and serves until it is stopped."""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import uvicorn

from ganarium.core.errors import InputError, UsageError
from ganarium.web.app import create_app
from ganarium.web.security import Rules, is_loopback, names_of_this_machine, new_token

WAITING = 2048  # connections that wait to be accepted
PATIENCE = 1  # seconds in which open requests may end when the server stops


@dataclass(frozen=True)
class Address:
    """Address of the page, without and with the token behind #, which browsers do not send."""

    plain: str
    with_token: str


def serve(
    folder: Path,
    host: str,
    port: int,
    on_start: Callable[[Address], None],
    *,
    read_only: bool = False,
    token: bool = False,
    open_browser: bool = False,
) -> None:
    """Serve the page of a folder of runs until the process is interrupted.

    port: 0 for any free port
    token: whether requests need a token even from this machine
    on_start: called once when the address is known

    Raises `UsageError` if the address is not available.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: not a folder; pass the folder of your runs")
    listener = _bound(host, port)
    port = listener.getsockname()[1]
    secret = new_token() if token or not is_loopback(host) else ""
    names = frozenset[str]() if is_loopback(host) else names_of_this_machine()
    rules = Rules(host, port, secret, read_only, names)
    config = uvicorn.Config(
        create_app(folder, rules),
        log_config=None,
        access_log=False,
        log_level="critical",
        server_header=False,
        backlog=WAITING,
        timeout_graceful_shutdown=PATIENCE,
        ws="none",
        lifespan="on",
    )
    address = _address(host, port, secret)
    on_start(address)
    if open_browser:
        Thread(target=webbrowser.open, args=(address.with_token,), daemon=True).start()
    uvicorn.Server(config).run(sockets=[listener])


def _bound(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises `UsageError` if the address cannot be used."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"--host {host}: {getattr(error, 'strerror', '') or 'this is not an address'}") from None
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(WAITING)
    except OSError as error:
        listener.close()
        raise UsageError(f"--port {port}: cannot be used on {host} ({error.strerror}); choose another port") from None
    return listener


def _address(host: str, port: int, token: str) -> Address:
    shown = "localhost" if is_loopback(host) and ":" not in host else host
    if host in ("0.0.0.0", "::", ""):
        shown = socket.gethostname()
    plain = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"
    return Address(plain, f"{plain}#token={token}" if token else plain)
