"""Rich console that writes to stderr."""

import sys
from typing import Any

from rich.console import Console

from ganarium.core.stderr import Unfailing


def stderr_console() -> Console:
    """Return a console on stderr without highlighting or markup."""
    stream: Any = Unfailing(getattr(sys.stderr, "rich_proxied_file", sys.stderr))
    return Console(file=stream, highlight=False, markup=False, soft_wrap=True)
