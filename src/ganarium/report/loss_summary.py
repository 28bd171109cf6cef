"""Losses as text, with one line per mean."""

from collections.abc import Iterator

from ganarium.runs.loss_history import Losses


def loss_lines(losses: Losses) -> Iterator[str]:
    """Yield lines with the final and mean losses of both players, and the steps over which each is averaged."""
    rows = [("losses", "discriminator", "generator")]
    for name, mean in (("final", losses.final), ("last tenth", losses.mean)):
        rows.append((f"  {name}, {mean.over}", f"{mean.discriminator:.4g}", f"{mean.generator:.4g}"))
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    for name, *numbers in rows:
        cells = (f"{number:>{width}}" for number, width in zip(numbers, wide[1:], strict=True))
        yield f"{name:<{wide[0]}}  {'  '.join(cells)}"
