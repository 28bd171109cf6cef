"""Plots of values over the steps of training."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from PIL import Image

from ganarium.plotting.figures import drawn


def curves(steps: Sequence[int], values: Mapping[str, Sequence[float]], title: str, label: str) -> Image.Image:
    """Draw one curve for each name, over the same steps; `label` names the values."""
    figure = Figure(figsize=(7.2, 4.2), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    for name, numbers in values.items():
        axes.plot(steps, numbers, linewidth=1, marker="." if len(steps) == 1 else "", label=name)
    axes.set(xlabel="step", ylabel=label)
    axes.set_title(title, fontsize=10)
    axes.grid(color="0.9")
    axes.legend()
    return drawn(figure)
