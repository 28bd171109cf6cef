"""What matplotlib's figures share: they are drawn without a window, into pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def drawn(figure: Figure) -> Image.Image:
    """A figure as a picture in colour."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # half a second, which pictures need not wait

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return Image.fromarray(pixels[..., :3].copy())
