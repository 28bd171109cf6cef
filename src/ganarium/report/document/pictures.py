"""Pictures of a run: grids at their native size, strips of the fixed latents, and samples drawn from the generator."""

from __future__ import annotations

from math import ceil, sqrt

from PIL import Image

from ganarium.plotting.images import GAP
from ganarium.report.document.run_view import RunView
from ganarium.training.grids import PICTURES, ROWS

MOST_STEPS, MOST_CELLS = 10, 12  # steps and samples in a film strip
THUMBNAIL = 150  # width of a whole picture in a film strip, in pixels


def native(view: RunView, image: Image.Image) -> Image.Image:
    """Return a grid of images without its enlargement, so that the file is small; other pictures unchanged."""
    shape = view.run.provenance.shape
    if len(shape) != 3:
        return image
    cell = (shape[2] + GAP, shape[1] + GAP)
    for factor in range(min(image.size), 1, -1):
        small = (image.width // factor, image.height // factor)
        is_grid = all(size > one and (size - GAP) % one == 0 for size, one in zip(small, cell, strict=True))
        if is_grid and (small[0] * factor, small[1] * factor) == image.size:
            reduced = image.resize(small, Image.Resampling.NEAREST)
            if reduced.resize(image.size, Image.Resampling.NEAREST).tobytes() == image.tobytes():
                return reduced
    return image


def first_row(view: RunView, image: Image.Image) -> Image.Image | None:
    """Return the first samples of a grid of samples in one row; None if the picture is not such a grid."""
    shape = view.run.provenance.shape
    if len(shape) != 3 or view.experiment.game.translates:
        return None
    columns, rows = grid_shape(view)
    small = native(view, image)
    _, height, width = shape
    if small.size != (columns * (width + GAP) + GAP, rows * (height + GAP) + GAP):
        return None
    return small.crop((0, 0, min(columns, MOST_CELLS) * (width + GAP) + GAP, height + 2 * GAP))


def thumbnail(image: Image.Image) -> Image.Image:
    """Return a smaller version of a whole picture."""
    height = max(1, round(image.height * THUMBNAIL / image.width))
    return image.convert("RGB").resize((THUMBNAIL, height), Image.Resampling.LANCZOS)


def grid_shape(view: RunView) -> tuple[int, int]:
    """Return the columns and rows of a run's grids of samples: one column per trained class if conditional."""
    provenance = view.run.provenance
    classes = view.experiment.game.generator_classes(provenance.classes)
    untrained = provenance.untrained if view.experiment.game.labelled else ()
    columns = len([name for name in classes if name not in untrained])
    return (columns, ROWS) if columns else (ceil(sqrt(PICTURES)), ceil(PICTURES / ceil(sqrt(PICTURES))))


def spread(steps: int, most: int = MOST_STEPS) -> list[int]:
    """Return at most `most` positions of a list, evenly spread, with the first and the last.

    >>> spread(5, 3), spread(2, 3)
    ([0, 2, 4], [0, 1])
    """
    if steps <= most:
        return list(range(steps))
    return sorted({round(number * (steps - 1) / (most - 1)) for number in range(most)})
