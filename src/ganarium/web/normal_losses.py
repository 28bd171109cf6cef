"""The losses that are normal for an objective: those of a discriminator that knows nothing up to one with a fair lead.

Both players' losses are computed for constant logits: +m for real samples and −m for generated ones. At the equilibrium
m is 0. The band reaches to m = 1.5, where a discriminator of probabilities says D(x) = 0.82, and a little to the other
side, because losses of batches scatter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import exp, log1p
from typing import Any

from ganarium.config.experiment import Experiment
from ganarium.config.objectives import LeastSquaresConfig

LEAD, LAG = 1.5, -0.25  # logits of a fair lead, and of a discriminator that is misled
PLAYERS = ("discriminator", "generator")
Pair = tuple[float, float]


def _softplus(x: float) -> float:
    return max(x, 0.0) + log1p(exp(-abs(x)))


AT_LOGIT: Mapping[str, Callable[[float], Pair]] = {  # losses (discriminator, generator) at logits ±m
    "minimax": lambda m: (2 * _softplus(-m), -_softplus(-m)),
    "non-saturating": lambda m: (2 * _softplus(-m), _softplus(m)),
    "hinge": lambda m: (2 * max(0.0, 1 - m), m),
    "relativistic": lambda m: (_softplus(-2 * m), _softplus(2 * m)),
    "relativistic-average": lambda m: (2 * _softplus(-2 * m), 2 * _softplus(2 * m)),
}
SENTENCE = (
    "At the equilibrium, the discriminator's loss is {discriminator:.3g} and the generator's {generator:.3g}; the band "
    "reaches to a discriminator with logits of ±{lead:g}. Penalties come on top. Losses outside the band are "
    "not wrong by themselves: look at the samples and scores."
)
UNKNOWN = "For this objective, the losses have no normal range: judge the samples and scores instead."


def normal_losses(experiment: Experiment) -> dict[str, Any]:
    """Return the lowest and highest normal loss of each player, or None, and one sentence."""
    objective, game = experiment.objective, experiment.game
    at = _least_squares(objective) if isinstance(objective, LeastSquaresConfig) else AT_LOGIT.get(objective.kind)
    if at is None or game.kind != "synthesis":
        return {"discriminator": None, "generator": None, "sentence": UNKNOWN}
    values = [at(LAG + (LEAD - LAG) * i / 20) for i in range(21)]
    bands = {name: [min(each), max(each)] for name, each in zip(PLAYERS, zip(*values, strict=True), strict=True)}
    middle = dict(zip(PLAYERS, at(0.0), strict=True))
    return bands | {"sentence": SENTENCE.format(**middle, lead=LEAD)}


def _least_squares(settings: LeastSquaresConfig) -> Callable[[float], Pair]:
    """Return the losses of a discriminator whose outputs go from halfway between its targets to the targets."""
    a, b, c = settings.a, settings.b, settings.c

    def at(m: float) -> Pair:
        share = m / LEAD * 0.64  # of the way to the targets, as 2·D(x) − 1 at the lead
        real, fake = ((a + b) / 2 + side * share * (b - a) / 2 for side in (1, -1))
        return ((real - b) ** 2 + (fake - a) ** 2) / 2, (fake - c) ** 2 / 2

    return at
