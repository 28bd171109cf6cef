"""Figures of matplotlib, which are drawn without a window, into pixels."""

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
    """A new figure. matplotlib is imported here, since that takes half a second, which pictures need not wait for."""
    if "matplotlib" not in sys.modules:
        _import_matplotlib()
    from matplotlib.figure import Figure

    return Figure(**options)


def _import_matplotlib() -> None:
    """Import it although $MPLBACKEND names a backend that is not installed, as processes inherit it from a notebook."""
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
    """A figure as a picture in colour."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return Image.fromarray(pixels[..., :3].copy())
