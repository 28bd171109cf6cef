"""Which player is trained to the end inside the other's turn: min max, as Goodfellow 2014 has it, or max min (S5).

The generator is a table of weights, one for each point of the line; it descends with steps that are as large in
probability at likely as at unlikely points (Kivinen & Warmuth 1997): w ← w − rate · loss, q = softmax w.
"""

from dataclasses import dataclass, replace

import torch.nn.functional as F
from torch import Tensor

from ganarium.core.progress import told
from ganarium.theory.densities import Densities, gaussian, jensen_shannon, mixture, on_grid

MODES = (-6.0, -2.0, 2.0, 6.0)
NEAR = 1.5  # of a mode
RATE = 0.5


def four_modes(cells: int = 241) -> Densities:
    """Data in four narrow modes at −6, −2, 2 and 6; a model that is spread wide around 1."""
    return on_grid(mixture(*(gaussian(mode, 0.5) for mode in MODES)), gaussian(1, 4), -12, 12, cells)


@dataclass(frozen=True)
class Told:
    """What a model has become: its gap to the data, how much lies near each mode, how many points it is spread over."""

    divergence: float
    near: tuple[float, ...]
    spread: float

    @property
    def modes(self) -> int:
        """How many modes hold at least a twentieth of it."""
        return sum(share >= 0.05 for share in self.near)


def told_of(d: Densities) -> Told:
    """JSD, shares near the modes, and e^entropy."""
    near = tuple(d.q[(d.x - mode).abs() < NEAR].sum().item() for mode in MODES)
    entropy = -(d.q * d.log_q).nan_to_num(0.0).sum()
    return Told(jensen_shannon(d), near, entropy.exp().item())


def answered(d: Densities, logit: Tensor, steps: int) -> Densities:
    """The model after so many steps against one discriminator that stands still; it goes where log(1 − D) is least."""
    return replace(d, log_q=(d.log_q + steps * RATE * F.softplus(logit)).log_softmax(0))


def max_inside(d: Densities, steps: int) -> Densities:
    """min max: before each single step of the generator the discriminator is at its best."""
    for _ in told("the generator moves", range(steps), steps):
        d = answered(d, d.log_ratio, 1)
    return d


def min_inside(d: Densities, steps: int, rounds: int) -> list[Densities]:
    """max min: each time the discriminator moves, the generator first goes all the way against it.

    The models after each of so many rounds, in which the discriminator goes to its best at once.
    """
    models = []
    for _ in told("the discriminator moves", range(rounds), rounds):
        d = answered(d, d.log_ratio.clamp(-50, 50), steps)
        models.append(d)
    return models


def value_of_min_inside(d: Densities, logit: Tensor) -> float:
    """min over G of V(G, D) = E_p ln D + ln(1 − max D), of one discriminator's logits [k].

    At most −ln 4, and that where D = ½: as a number, max min is what min max is. Only training tells them apart.
    """
    return (d.p * F.logsigmoid(logit)).sum().item() - F.softplus(logit.max()).item()
