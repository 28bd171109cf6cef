"""The slopes of every objective by its logits, in closed form, for games small enough to run a million steps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Slope = Callable[[Any, Any], Any]  # (real logit, fake logit) -> a number, or arrays of them
OfOne = Callable[[Any], Any]


@dataclass(frozen=True)
class Slopes:
    """Derivatives: of the discriminator's loss by the real and by the fake logit, of the generator's by the fake one.

    Where an objective looks at batch means, of batches of one.
    """

    real: Slope
    fake: Slope
    generator: Slope


def sigmoid(t: Any) -> Any:
    """1 / (1 + e^−t), without overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * t)


def always(value: float) -> OfOne:
    """The slope of a line."""
    return lambda _: value


def apart(real: OfOne, fake: OfOne, generator: OfOne) -> Slopes:
    """Of losses that take the real and the generated logit one by one."""
    return Slopes(lambda r, _: real(r), lambda _, f: fake(f), lambda _, f: generator(f))


def minimax() -> Slopes:
    """Of softplus(−r) + softplus(f), and of −softplus(f)."""
    return apart(lambda r: sigmoid(r) - 1, sigmoid, lambda f: -sigmoid(f))


def non_saturating() -> Slopes:
    """Of softplus(−r) + softplus(f), and of softplus(−f)."""
    return apart(lambda r: sigmoid(r) - 1, sigmoid, lambda f: sigmoid(f) - 1)


def least_squares(a: float = 0.0, b: float = 1.0, c: float = 1.0) -> Slopes:
    """Of ½(r − b)² + ½(f − a)², and of ½(f − c)²."""
    return apart(lambda r: r - b, lambda f: f - a, lambda f: f - c)


def hinge() -> Slopes:
    """Of max(0, 1 − r) + max(0, 1 + f), and of −f."""
    return apart(lambda r: -1.0 * (r < 1), lambda f: 1.0 * (f > -1), always(-1.0))


def wasserstein() -> Slopes:
    """Of f − r, and of −f."""
    return apart(always(-1.0), always(1.0), always(-1.0))


def relativistic(pairs: int = 1) -> Slopes:
    """Of softplus(f − r), and of softplus(r − f)."""
    return Slopes(
        lambda r, f: -pairs * sigmoid(f - r),
        lambda r, f: pairs * sigmoid(f - r),
        lambda r, f: -pairs * sigmoid(r - f),
    )


def relativistic_average() -> Slopes:
    """In batches of one, where each is the other's mean: twice the paired ones."""
    return relativistic(pairs=2)


def f_divergence(divergence: str = "kl") -> Slopes:
    """Of f*(T(f)) − T(r), and of −f*(T(f))."""
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
