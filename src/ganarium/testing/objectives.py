"""Properties of an objective: a pair of losses on logits."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any, Literal

import torch
from torch import Tensor

from ganarium.config.objectives import OBJECTIVES, ObjectiveConfig
from ganarium.core.random_streams import Streams, normal, seeded
from ganarium.losses.objectives import Objective, build_objective, of_own_part
from ganarium.testing.properties import registered_name, require, unregistered_name
from ganarium.testing.training import small

SAMPLES = 7
EXTREME = 80.0  # float32 holds e^80, but log(1 − sigmoid(80)) is infinite
Player = Literal["discriminator", "generator"]
PLAYERS: tuple[Player, ...] = ("discriminator", "generator")


def check_objective(objective: Any, *, signed_logits: bool | None = None, **settings: Any) -> None:
    """Check that an objective has the properties that training relies on.

    objective: registered name, function that returns a pair of losses, pair of losses, or `ganarium.Objective`
    signed_logits: whether logits above 0 mean real; by default, as registered
    settings: settings of a registered objective, or arguments of a function

    Its losses and their gradients are finite, also at logits of ±80; have one value per sample, which depends only on
    this sample unless `Objective.averaged` says otherwise; take the arguments (real_logits, fake_logits) in this
    order; leave them unchanged; and return the same values for the same logits.

    Raises `CheckError` with one line for each property that the objective lacks.

    >>> check_objective("hinge")
    >>> check_objective("least-squares", a=-1.0)
    """
    name = registered_name(OBJECTIVES, objective)
    what = f"objective {name!r}" if name else unregistered_name("objective", objective)
    built: list[tuple[Objective, bool]] = []

    def build() -> Iterator[str]:
        if name:
            config: ObjectiveConfig = small(objective={"kind": name, **settings}).objective
            built.append((build_objective(config), config.signed_logits))
        else:
            is_function = callable(objective) and not isinstance(objective, Objective)
            made = objective(**settings) if is_function else objective
            built.append((of_own_part(lambda _: made, None), False))
        yield from ()

    require(what, {"can be built": build})
    [(losses, signed)] = built
    signed = signed if signed_logits is None else signed_logits
    properties: dict[str, Callable[[Objective, Player], Iterator[str]]] = {
        "one value per sample": _one_value_per_sample,
        "finite": _finite,
        "gradients": _gradients,
        "order of arguments": partial(_order, signed=signed),
        "independence of samples": _independence,
        "same logits, same values": _repeatable,
    }
    require(
        what,
        {f"{name}, {player}": partial(find, losses, player) for name, find in properties.items() for player in PLAYERS},
    )


def _values(losses: Objective, player: Player, real: Tensor, fake: Tensor) -> Tensor:
    """Return a player's loss as training calls it: a loss that is not paired receives no real logits."""
    if player == "discriminator":
        return losses.discriminator(real, fake)
    return losses.generator(real if losses.paired else torch.empty_like(fake[:0]), fake)


def _logits(number: int = 0) -> tuple[Tensor, Tensor]:
    streams = Streams(number)
    real, fake = (streams.at(f"check.{name}", normal(SAMPLES), 0) for name in ("real", "fake"))
    return real, fake


def _one_value_per_sample(losses: Objective, player: Player) -> Iterator[str]:
    real, fake = _logits()
    values = _values(losses, player, real, fake)
    if values.shape != fake.shape:
        yield (
            f"the {player}'s loss has shape {tuple(values.shape)} for logits of shape {tuple(fake.shape)}; return one "
            "value per sample, without mean() or sum()"
        )
    if values.dtype != fake.dtype:
        yield f"the {player}'s loss is {values.dtype} for logits of {fake.dtype}; keep the type of the logits"


def _finite(losses: Objective, player: Player) -> Iterator[str]:
    for place, other in product((0.0, EXTREME, -EXTREME), repeat=2):
        real, fake = (torch.full((SAMPLES,), value).requires_grad_() for value in (place, other))
        values = _values(losses, player, real, fake)
        slopes = torch.autograd.grad(values.sum(), (real, fake), allow_unused=True)
        value_is_finite = bool(values.isfinite().all())
        if not (value_is_finite and all(slope.isfinite().all() for slope in slopes if slope is not None)):
            yield (
                f"the {player}'s loss has a {'gradient' if value_is_finite else 'value'} that is not finite at logits "
                f"real {place:g}, fake {other:g}; use a stable form, such as softplus(−x) for −log(sigmoid(x)) and "
                "softplus(x) for −log(1 − sigmoid(x))"
            )
            return


def _gradients(losses: Objective, player: Player) -> Iterator[str]:
    real, fake = (logits.requires_grad_() for logits in _logits())
    inputs = {"real": real, "fake": fake} if player == "discriminator" else {"fake": fake}
    values = _values(losses, player, real, fake).sum()
    for name, slope in zip(inputs, torch.autograd.grad(values, list(inputs.values()), allow_unused=True), strict=True):
        if slope is None or not slope.any():
            yield (
                f"the {player}'s loss has no gradient with respect to the {name} logits, so nothing learns from them; "
                "use both arguments, without detach() or .data"
            )


def _order(losses: Objective, player: Player, *, signed: bool) -> Iterator[str]:
    def mean(real: float, fake: float) -> float:
        logits = (torch.full((SAMPLES,), float(value)) for value in (real, fake))
        return float(_values(losses, player, *logits).mean())

    if player == "generator":
        if not mean(2, 0) < mean(2, -2):
            yield (
                "the generator's loss does not fall when the logits of its samples rise from −2 to 0; its arguments "
                "are (real_logits, fake_logits), in this order, and the generator raises the second"
            )
    elif not mean(1, -1) < mean(-1, 1):
        yield (
            "the discriminator's loss is not lower where real samples have the higher logits; its arguments are "
            "(real_logits, fake_logits), in this order, and higher logits mean real"
        )
    elif signed and not (mean(1, 0) < mean(-1, 0) and mean(0, -1) < mean(0, 1)):
        yield (
            "signed_logits=True states that logits above 0 mean real, but the discriminator's loss does not fall when "
            "real logits rise from −1 to 1, and when fake logits fall from 1 to −1; leave out signed_logits"
        )


def _independence(losses: Objective, player: Player) -> Iterator[str]:
    if losses.averaged:
        return
    (real, fake), (other_real, other_fake) = _logits(), _logits(1)
    other_real[0], other_fake[0] = real[0], fake[0]
    values, again = (_values(losses, player, *pair) for pair in ((real, fake), (other_real, other_fake)))
    if not torch.allclose(values[:1], again[:1], rtol=1e-5, atol=1e-6):
        yield (
            f"value i of the {player}'s loss depends on the logits of other samples; if this is intended, return "
            "ganarium.Objective(discriminator_loss, generator_loss, paired=True, averaged=True)"
        )


def _repeatable(losses: Objective, player: Player) -> Iterator[str]:
    real, fake = _logits()
    given = real.clone(), fake.clone()
    with seeded(0):
        values = _values(losses, player, *given)
    with seeded(0):
        again = _values(losses, player, real.clone(), fake.clone())
    if not (torch.equal(given[0], real) and torch.equal(given[1], fake)):
        yield f"the {player}'s loss changes its arguments in place; compute new tensors instead"
    if not torch.equal(values, again):
        yield (
            f"the {player}'s loss differs between two calls with the same logits and the same seed of torch; draw "
            "random numbers with torch alone, and keep no values between calls"
        )
