"""Adversarial losses: pairs of functions of (real, fake) raw logits that return one value per sample.

Logits are [n], or [n, patches] for a patch discriminator; values have the same shape. Where a loss uses probabilities,
D(x) = sigmoid(logit). Real is 1, generated is 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import log

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.config.objectives import OBJECTIVES, ObjectiveConfig
from ganarium.core.errors import SettingsError, failures_as_settings_errors
from ganarium.core.random_streams import seeded

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Objective:
    """An adversarial loss: the functions (real_logits [n], fake_logits [n]) -> [n] that the players minimize.

    paired: the generator's loss also depends on real logits; otherwise, the loss receives an empty tensor for them and
        real images need not be passed through the discriminator
    averaged: the value of a sample also depends on the means over the whole batch; otherwise, value i depends on real
        logit i and fake logit i only
    steady: the losses perform the same tensor operations at every step, so that a step can be recorded
    """

    discriminator: Loss
    generator: Loss
    paired: bool = False
    averaged: bool = False
    steady: bool = True


def of_own_part(make: Callable[..., object], settings: object) -> Objective:
    """Return the objective of a user's function, which returns an `Objective` or a pair of losses."""
    made = made_by(make, settings, "the objective")
    if isinstance(made, Objective):
        return replace(made, steady=False)
    if not (isinstance(made, tuple | list) and len(made) == 2 and all(callable(loss) for loss in made)):
        raise SettingsError(
            "an objective is a pair of functions (discriminator_loss, generator_loss), or an Objective; "
            f"got {type(made).__name__}"
        )
    of_discriminator, of_generator = made
    return Objective(
        _checked(of_discriminator, "discriminator"), _checked(of_generator, "generator"), paired=True, steady=False
    )


def build_objective(settings: ObjectiveConfig) -> Objective:
    """Return the objective that its settings describe."""
    entry = OBJECTIVES[settings.kind]
    objective: Objective = (
        entry.load()(settings) if entry.code else entry.load()(**settings.model_dump(exclude={"kind"}))
    )
    return objective


def made_by(make: Callable[..., object], settings: object, what: str) -> object:
    """Call a user's function or class; raise `SettingsError` if it fails."""
    with failures_as_settings_errors(f"{what} cannot be built"):
        return make(settings)


def refuse_without_gradient(objective: Objective) -> None:
    """Raise `SettingsError` if a loss does not depend on the logits that it should, as with exchanged arguments."""
    real, fake = (torch.linspace(-3, 3, 8).requires_grad_() for _ in range(2))
    for player, loss, sides in (
        ("discriminator", objective.discriminator, {"real": real, "fake": fake}),
        ("generator", objective.generator, {"fake": fake}),
    ):
        with seeded(0):
            slopes = torch.autograd.grad(loss(real, fake).sum(), [*sides.values()], allow_unused=True)
        for side, slope in zip(sides, slopes, strict=True):
            if slope is None or not slope.any():
                raise SettingsError(
                    f"the {player}'s loss has no gradient with respect to the {side} logits, so nothing learns from "
                    "them; its arguments are (real_logits, fake_logits), in this order"
                )


def _checked(loss: Loss, player: str) -> Loss:
    """Return a user's loss with a check of its result: one value per sample that depends on the logits."""
    name = getattr(loss, "__name__", type(loss).__name__)
    if name == "<lambda>":
        name = f"the loss of the {player}"

    def checked(real: Tensor, fake: Tensor) -> Tensor:
        with failures_as_settings_errors(f"{name}: failed on logits of shape {tuple(fake.shape)}"):
            values = loss(real, fake)
        if not isinstance(values, Tensor):
            raise SettingsError(f"{name}: returned {type(values).__name__}; return a tensor of one value per sample")
        if values.shape[:1] != fake.shape[:1]:
            raise SettingsError(
                f"{name}: returned shape {tuple(values.shape)} for {len(fake)} samples; return one value per sample, "
                "without mean() or sum()"
            )
        if fake.requires_grad and not values.requires_grad:
            raise SettingsError(f"{name}: its values do not depend on the logits; do not use detach() or .data")
        return values

    return checked


def cross_entropy_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return −log D(x) − log(1 − D(G(z))), with minimum 2·log 2 − 2·JSD (Goodfellow 2014, eq. 1, negated)."""
    return F.softplus(-real) + F.softplus(fake)


def minimax_generator(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001 (one signature for all)
    """Return log(1 − D(G(z))), which saturates when the discriminator is confident (Goodfellow 2014, Algorithm 1)."""
    return -F.softplus(fake)


def non_saturating_generator(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001 (one signature for all)
    """Return −log D(G(z)), which does not saturate when the discriminator is confident (Goodfellow 2014, §3)."""
    return F.softplus(-fake)


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return the hinge loss, 0 for real logits above 1 and fake logits below −1; minimum 2 − 2·TV (Lim & Ye 2017)."""
    return F.relu(1 - real) + F.relu(1 + fake)


def critic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return fake minus real logits, with minimum −W1 for 1-Lipschitz critics (Arjovsky 2017, eq. 2, negated)."""
    return fake - real


def critic_generator(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001 (one signature for all)
    """Return the negated logits of generated samples (Arjovsky 2017, Algorithm 1)."""
    return -fake


def relativistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return −log P(the real sample of a pair is more realistic) (Jolicoeur-Martineau 2019, RSGAN)."""
    return F.softplus(fake - real)


def relativistic_generator(real: Tensor, fake: Tensor) -> Tensor:
    """Return the relativistic loss with real and fake exchanged (Jolicoeur-Martineau 2019, RSGAN)."""
    return F.softplus(real - fake)


def average_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Return the cross-entropy of logits relative to the opposite batch's mean (Jolicoeur-Martineau 2019, RaSGAN)."""
    return cross_entropy_discriminator(real - fake.mean(0), fake - real.mean(0))


def average_generator(real: Tensor, fake: Tensor) -> Tensor:
    """Return the relativistic average loss with real and fake exchanged (Jolicoeur-Martineau 2019, RaSGAN)."""
    return average_discriminator(fake, real)


def minimax() -> Objective:
    """Return the minimax objective (Goodfellow 2014, Algorithm 1)."""
    return Objective(cross_entropy_discriminator, minimax_generator)


def non_saturating() -> Objective:
    """Return the non-saturating objective (Goodfellow 2014, §3)."""
    return Objective(cross_entropy_discriminator, non_saturating_generator)


def least_squares(a: float = 0.0, b: float = 1.0, c: float = 1.0) -> Objective:
    """Return the least-squares objective with targets a (fake), b (real) and c (generator) (Mao 2017, eq. 2)."""

    def discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return 0.5 * (real - b).square() + 0.5 * (fake - a).square()

    def generator(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001 (one signature for all)
        return 0.5 * (fake - c).square()

    return Objective(discriminator, generator)


def hinge() -> Objective:
    """Return the hinge objective, with the Wasserstein loss for the generator (Lim & Ye 2017)."""
    return Objective(hinge_discriminator, critic_generator)


def wasserstein() -> Objective:
    """Return the Wasserstein objective (Arjovsky 2017, Algorithm 1); weight clipping is a separate remedy."""
    return Objective(critic_discriminator, critic_generator)


def relativistic() -> Objective:
    """Return the relativistic objective on pairs of equal index (Jolicoeur-Martineau 2019; Huang 2024, eq. 2)."""
    return Objective(relativistic_discriminator, relativistic_generator, paired=True)


def relativistic_average() -> Objective:
    """Return the relativistic average objective (Jolicoeur-Martineau 2019, RaSGAN)."""
    return Objective(average_discriminator, average_generator, paired=True, averaged=True)


@dataclass(frozen=True)
class Variational:
    """An f-divergence as two functions of logits v, written so that neither needs clamping (Nowozin 2016, table 2).

    witness: v -> T = g_f(v), to be maximized on real samples
    conjugate: v -> f*(g_f(v)), to be minimized on generated samples
    """

    witness: Callable[[Tensor], Tensor]
    conjugate: Callable[[Tensor], Tensor]


VARIATIONAL: Mapping[str, Variational] = {
    "kl": Variational(lambda v: v, lambda v: (v - 1).exp()),
    "reverse-kl": Variational(lambda v: -(-v).exp(), lambda v: v - 1),
    "pearson": Variational(lambda v: v, lambda v: v.square() / 4 + v),
    "js": Variational(lambda v: log(2) - F.softplus(-v), lambda v: F.softplus(v) - log(2)),
}


def f_divergence(divergence: str = "kl") -> Objective:
    """Return the f-divergence objective, E_q f*(T) − E_p T with minimum −D_f(p ‖ q) (Nowozin 2016, §2.2).

    The generator minimizes the bound on D_f. KL computes e^v of generated logits and reverse KL e^−v of real logits;
    both are finite in float32 for |v| < 88, so nothing is clamped. Pearson's f* has its minimum at v = −2, the lowest
    logit of an optimal discriminator: below −2 the generator's gradient has the wrong sign.
    """
    of = VARIATIONAL[divergence]

    def discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return of.conjugate(fake) - of.witness(real)

    def generator(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001 (one signature for all)
        return -of.conjugate(fake)

    return Objective(discriminator, generator)


def per_sample(values: Tensor) -> Tensor:
    """Return the mean of each sample's values: [n, …] -> [n]."""
    return values if values.dim() == 1 else values.flatten(1).mean(1)


def absolute_difference(output: Tensor, target: Tensor) -> Tensor:
    """Return the mean |output − target| of each image [n, C, H, W], in the unit of the output (Isola 2017, eq. 3)."""
    return per_sample((output - target).abs())
