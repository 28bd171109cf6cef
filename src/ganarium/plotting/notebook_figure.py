"""A matplotlib figure that notebooks show even if `matplotlib.pyplot` was never imported; imports matplotlib."""

from matplotlib.figure import Figure

from ganarium.plotting.figures import rendered
from ganarium.plotting.images import png


class NotebookFigure(Figure):
    """A matplotlib figure with a PNG representation for notebooks."""

    def _repr_png_(self) -> bytes:
        return png(rendered(self))
