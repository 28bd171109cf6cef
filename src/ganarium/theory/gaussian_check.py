"""Comparison of the closed-form optimal discriminator of two Gaussians with a trained table of logits."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ganarium.config.objectives import OBJECTIVES
from ganarium.core.errors import UsageError
from ganarium.losses.objectives import Objective
from ganarium.theory.densities import CELLS, Densities, gaussians
from ganarium.theory.optima import optimum
from ganarium.theory.tabular_discriminator import expected, train_table

COARSE = 161  # points of a table whose loss sums over all pairs of points
ODDS = ("minimax", "non-saturating")  # objectives whose logits represent a probability
BOUNDLESS = "relativistic-average"


def objective(name: str, **settings: Any) -> Objective:
    """Return the named objective as used in training, for example objective("f-divergence", divergence="js")."""
    entry = OBJECTIVES[name]
    config = entry.settings.model_validate({"kind": name, **settings})
    loss: Objective = entry.load()(**config.model_dump(exclude={"kind"}))
    return loss


@dataclass(frozen=True)
class Checked:
    """The losses of both players and the logits [k], each in closed form and from a trained table."""

    closed: dict[str, float]
    trained: dict[str, float]
    densities: Densities
    best: Tensor
    table: Tensor


def checked(name: str, mean: float, sigma: float, steps: int = 400, **settings: Any) -> Checked:
    """Return the closed-form and the trained optimum of an objective for data N(0, 1) and model N(mean, sigma²).

    Raise UsageError for the relativistic average objective, which has no optimal discriminator here.
    """
    if name == BOUNDLESS:
        raise UsageError(
            f"{name}: there is no optimal discriminator for densities with an unbounded ratio, because the loss keeps "
            "falling as the logits in the tails grow; try relativistic"
        )
    play, best = objective(name, **settings), optimum(name, **settings)
    d = gaussians(mean, sigma, COARSE if play.paired else CELLS)
    table = train_table(play, d, steps, bounded=name == "wasserstein")
    losses = {"discriminator": play.discriminator, "generator": play.generator}
    return Checked(
        {"discriminator": best.discriminator(d), "generator": best.generator(d)},
        {side: expected(play, loss, d, table).item() for side, loss in losses.items()},
        d,
        best.logit(d),
        table,
    )
