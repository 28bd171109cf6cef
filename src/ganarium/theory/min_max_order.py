"""Order of optimization: min max, as in Goodfellow 2014, compared with max min (S5).

The generator is a table of weights, one for each point of the line, trained with exponentiated-gradient steps, which
have the same relative size at likely and unlikely points (Kivinen & Warmuth 1997): w ← w − rate · loss,
q = softmax w.
"""

from dataclasses import dataclass, replace

import torch.nn.functional as F
from torch import Tensor

from ganarium.core.progress import track
from ganarium.theory.densities import Densities, gaussian, jensen_shannon, mixture, on_grid

MODES = (-6.0, -2.0, 2.0, 6.0)
NEAR = 1.5  # largest distance from a mode that counts as near
RATE = 0.5


def four_modes(cells: int = 241) -> Densities:
    """Return data in four narrow modes at −6, −2, 2 and 6, and a wide model centred at 1."""
    return on_grid(mixture(*(gaussian(mode, 0.5) for mode in MODES)), gaussian(1, 4), -12, 12, cells)


@dataclass(frozen=True)
class ModelState:
    """State of a model: divergence from the data, share near each mode, and effective number of points."""

    divergence: float
    near: tuple[float, ...]
    spread: float

    @property
    def modes(self) -> int:
        """Return the number of modes with a share of at least 5 % of the model."""
        return sum(share >= 0.05 for share in self.near)


def state_of(d: Densities) -> ModelState:
    """Return the JSD between model and data, the shares near the modes, and e^entropy of the model."""
    near = tuple(d.q[(d.x - mode).abs() < NEAR].sum().item() for mode in MODES)
    entropy = -(d.q * d.log_q).nan_to_num(0.0).sum()
    return ModelState(jensen_shannon(d), near, entropy.exp().item())


def respond(d: Densities, logit: Tensor, steps: int) -> Densities:
    """Return the model after minimizing log(1 − D) for `steps` steps against a fixed discriminator."""
    return replace(d, log_q=(d.log_q + steps * RATE * F.softplus(logit)).log_softmax(0))


def max_inside(d: Densities, steps: int) -> Densities:
    """Return the model after min max training, with an optimal discriminator before each step of the generator."""
    for _ in track("generator steps", range(steps), steps):
        d = respond(d, d.log_ratio, 1)
    return d


def min_inside(d: Densities, steps: int, rounds: int) -> list[Densities]:
    """Return the model after each of `rounds` rounds of max min training.

    In each round the discriminator becomes optimal at once, and the generator then takes `steps` steps against it.
    """
    models = []
    for _ in track("discriminator rounds", range(rounds), rounds):
        d = respond(d, d.log_ratio.clamp(-50, 50), steps)
        models.append(d)
    return models


def value_of_min_inside(d: Densities, logit: Tensor) -> float:
    """Return min over G of V(G, D) = E_p ln D + ln(1 − max D), for one discriminator's logits [k].

    The largest value is −ln 4, reached at D = ½. Max min and min max therefore have the same value, and only
    training distinguishes them.
    """
    return (d.p * F.logsigmoid(logit)).sum().item() - F.softplus(logit.max()).item()
