"""Matplotlib figures without a window, rendered to pixels."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def new_figure(**options: Any) -> Figure:
    """Return a new figure.

    matplotlib is imported here because it takes half a second, and pictures do not need it.
    """
    if "matplotlib" not in sys.modules:
        _import_matplotlib()
    from matplotlib.figure import Figure

    return Figure(**options)


def _import_matplotlib() -> None:
    """Import matplotlib even if $MPLBACKEND names a backend that is not installed.

    Processes inherit this variable from a notebook.
    """
    inherited = os.environ.pop("MPLBACKEND", None)
    try:
        from matplotlib import rcParams
    finally:
        if inherited is not None:
            os.environ["MPLBACKEND"] = inherited
    if inherited:
        with suppress(ValueError):
            rcParams["backend"] = inherited


def drawn(figure: Figure) -> Image.Image:
    """Render a figure to an RGB picture."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return Image.fromarray(pixels[..., :3].copy())
