"""Trials as text, with one line per variant."""

from collections.abc import Iterator

from ganarium.studies.trial import LITTLE, Trial


def trial_lines(trial: Trial) -> Iterator[str]:
    """Yield a line per variant with its score, its verdict and its final diagnosis."""
    yield trial.title
    rows = [trial.head, *(one.cells for one in trial.outcomes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
    if any(one.verdict == "no clear change" for one in trial.outcomes):
        yield (
            f"no clear change: less than the error bars or {LITTLE:.0%} of the baseline's excess over real data "
            "(the typical difference between seeds)"
        )
    helped = [one.name for one in trial.outcomes if one.verdict == "helped"]
    yield f"helped: {', '.join(helped) or 'none'} (one seed; confirm with a study)"
