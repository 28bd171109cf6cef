"""Trials as text, with one line per variant."""

from collections.abc import Iterator
from pathlib import Path

from ganarium.core.escape import shown
from ganarium.metrics.estimate import SURE
from ganarium.studies.trial import LITTLE, Outcome, Trial


def trial_lines(trial: Trial) -> Iterator[str]:
    """Yield a line per variant with its score, its verdict and its final diagnosis."""
    length = f"{trial.steps:,} steps each, with the same latents and batches"
    yield f"{shown(Path(trial.parent))} from step {trial.at:,}, {length}"
    names = [score.name for one in trial.outcomes if (score := one.score)]
    head = ("variant", names[0] if names else "score", "verdict", "diagnosis")
    rows = [head, *((one.name, _score(one), one.verdict, _findings(one)) for one in trial.outcomes)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
    if any(one.verdict == "no clear change" for one in trial.outcomes):
        yield (
            f"no clear change: less than the error bars or {LITTLE:.0%} of the baseline's excess over real data "
            "(the typical difference between seeds)"
        )
    helped = [one.name for one in trial.outcomes if one.verdict == "helped"]
    yield f"helped: {', '.join(helped) or 'none'} (one seed; confirm with a study)"


def _findings(outcome: Outcome) -> str:
    return ", ".join(outcome.findings) or "too early to say"


def _score(outcome: Outcome) -> str:
    if outcome.score is None:
        return "none"
    score = outcome.score
    return f"{score.value:.4g}" if score.error is None else f"{score.value:.4g} ± {SURE * score.error:.2g}"
