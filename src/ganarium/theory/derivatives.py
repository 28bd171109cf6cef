"""Closed-form derivatives of every objective with respect to the logits, fast enough for a million steps of a game."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Slope = Callable[[Any, Any], Any]  # (real logit, fake logit) -> a number or an array
OfOne = Callable[[Any], Any]


@dataclass(frozen=True)
class Slopes:
    """Derivatives of the discriminator's and the generator's loss with respect to the logits.

    real, fake: derivatives of the discriminator's loss; generator: derivative of the generator's loss by the fake logit

    For objectives that use batch means, the batches have one sample.
    """

    real: Slope
    fake: Slope
    generator: Slope


def sigmoid(t: Any) -> Any:
    """Return 1 / (1 + e^−t), without overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * t)


def always(value: float) -> OfOne:
    """Return a constant function, as for linear losses."""
    return lambda _: value


def apart(real: OfOne, fake: OfOne, generator: OfOne) -> Slopes:
    """Return the derivatives of losses that are sums of functions of a single real or fake logit."""
    return Slopes(lambda r, _: real(r), lambda _, f: fake(f), lambda _, f: generator(f))


def minimax() -> Slopes:
    """Return the derivatives of softplus(−r) + softplus(f) and of −softplus(f)."""
    return apart(lambda r: sigmoid(r) - 1, sigmoid, lambda f: -sigmoid(f))


def non_saturating() -> Slopes:
    """Return the derivatives of softplus(−r) + softplus(f) and of softplus(−f)."""
    return apart(lambda r: sigmoid(r) - 1, sigmoid, lambda f: sigmoid(f) - 1)


def least_squares(a: float = 0.0, b: float = 1.0, c: float = 1.0) -> Slopes:
    """Return the derivatives of ½(r − b)² + ½(f − a)² and of ½(f − c)²."""
    return apart(lambda r: r - b, lambda f: f - a, lambda f: f - c)


def hinge() -> Slopes:
    """Return the derivatives of max(0, 1 − r) + max(0, 1 + f) and of −f."""
    return apart(lambda r: -1.0 * (r < 1), lambda f: 1.0 * (f > -1), always(-1.0))


def wasserstein() -> Slopes:
    """Return the derivatives of f − r and of −f."""
    return apart(always(-1.0), always(1.0), always(-1.0))


def relativistic(pairs: int = 1) -> Slopes:
    """Return the derivatives of softplus(f − r) and of softplus(r − f), times `pairs`."""
    return Slopes(
        lambda r, f: -pairs * sigmoid(f - r),
        lambda r, f: pairs * sigmoid(f - r),
        lambda r, f: -pairs * sigmoid(r - f),
    )


def relativistic_average() -> Slopes:
    """Return the derivatives for batches of one sample: twice those of the paired objective.

    In a batch of one sample, each logit is also the batch mean with which the other logit is compared.
    """
    return relativistic(pairs=2)


def f_divergence(divergence: str = "kl") -> Slopes:
    """Return the derivatives of f*(T(f)) − T(r) and of −f*(T(f))."""
    return F_SLOPES[divergence]


F_SLOPES: Mapping[str, Slopes] = {
    "kl": apart(always(-1.0), lambda f: np.exp(f - 1), lambda f: -np.exp(f - 1)),
    "reverse-kl": apart(lambda r: -np.exp(-r), always(1.0), always(-1.0)),
    "pearson": apart(always(-1.0), lambda f: f / 2 + 1, lambda f: -f / 2 - 1),
    "js": minimax(),
}

SLOPES: Mapping[str, Callable[..., Slopes]] = {
    "minimax": minimax,
    "non-saturating": non_saturating,
    "least-squares": least_squares,
    "hinge": hinge,
    "wasserstein": wasserstein,
    "relativistic": relativistic,
    "relativistic-average": relativistic_average,
    "f-divergence": f_divergence,
}
