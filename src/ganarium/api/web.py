"""The page: a local web server that shows, steers and starts runs. Needs the extra `web`."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from ganarium.core.errors import InputError, UsageError
from ganarium.runs.folders import HOME

PACKAGES = ("fastapi", "uvicorn")


def watch(
    folder: Path | None,
    on_start: Callable[[str], None],
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    read_only: bool = False,
    token: bool = False,
    open_browser: bool = False,
) -> None:
    """Serve the page until the process is interrupted.

    folder: folder of runs; by default ./runs, which may not exist yet
    on_start: called with the address of the page, which contains the token, if there is one, behind #
    read_only: whether the page may change nothing
    token: whether the page asks for a token even on this machine

    Raises `UsageError` if the extra `web` is not installed, the page is not built, or the address is not available.
    """
    if missing := [name for name in PACKAGES if find_spec(name) is None]:
        raise UsageError(f"the page needs {' and '.join(missing)}; run: pip install 'ganarium[web]'")
    from ganarium.web.serve import serve
    from ganarium.web.static_files import NOT_BUILT, is_built

    if not is_built():
        raise UsageError(NOT_BUILT)
    if folder is not None and not folder.is_dir():
        raise InputError(f"{folder}: the folder does not exist; pass the folder of your runs")
    serve(
        folder or HOME,
        host,
        port,
        lambda address: on_start(address.with_token),
        read_only=read_only,
        token=token,
        open_browser=open_browser,
    )
