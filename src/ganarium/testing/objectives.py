"""Properties of an objective: a pair of losses on logits."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from ganarium.config.objectives import OBJECTIVES, ObjectiveConfig
from ganarium.core.random_streams import Streams, normal, seeded
from ganarium.losses.objectives import Loss, Objective, build_objective, of_own_part
from ganarium.testing.properties import described, registered_name, require
from ganarium.testing.training import small

SAMPLES = 7
EXTREME = 80.0  # float32 holds e^80, but log(1 − sigmoid(80)) is infinite
Players = dict[str, Loss]


def check_objective(objective: Any, *, signed_logits: bool | None = None, **settings: Any) -> None:
    """Check that an objective has the properties that training relies on.

    objective: registered name, function that returns a pair of losses, pair of losses, or `ganarium.Objective`
    signed_logits: whether logits above 0 mean real; by default, as registered
    settings: settings of a registered objective, or arguments of a function

    Its losses are finite with finite gradients, also at logits of ±80; have one value per sample, which depends on this
    sample alone unless `Objective.averaged` says otherwise; take the arguments (real_logits, fake_logits) in this
    order; leave them unchanged; and return the same values for the same logits.

    Raises `CheckError` with one line for each property that the objective lacks.

    >>> check_objective("hinge")
    >>> check_objective("least-squares", a=-1.0)
    """
    name = registered_name(OBJECTIVES, objective)
    what = f"objective {name!r}" if name else described("objective", objective)
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
    require(
        what,
        {
            "one value per sample": lambda: _one_value_per_sample(losses),
            "finite": lambda: _finite(losses),
            "gradients": lambda: _gradients(losses),
            "order of arguments": lambda: _order(losses, signed=signed),
            "independence of samples": lambda: _independence(losses),
            "same logits, same values": lambda: _repeatable(losses),
        },
    )


def _players(losses: Objective) -> Players:
    """Return the losses by the names of the functions that a message names."""
    return {"discriminator's loss": losses.discriminator, "generator's loss": losses.generator}


def _values(losses: Objective, player: str, real: Tensor, fake: Tensor) -> Tensor:
    """Return a player's loss as training calls it: a loss that is not paired receives no real logits."""
    unpaired = player.startswith("generator") and not losses.paired
    return _players(losses)[player](torch.empty_like(fake[:0]) if unpaired else real, fake)


def _logits(number: int = 0) -> tuple[Tensor, Tensor]:
    streams = Streams(number)
    real, fake = (streams.at(f"check.{name}", normal(SAMPLES), 0) for name in ("real", "fake"))
    return real, fake


def _one_value_per_sample(losses: Objective) -> Iterator[str]:
    real, fake = _logits()
    for player in _players(losses):
        values = _values(losses, player, real, fake)
        if values.shape != fake.shape:
            yield (
                f"the {player} has shape {tuple(values.shape)} for logits of shape {tuple(fake.shape)}; return one "
                "value per sample, without mean() or sum()"
            )
        if values.dtype != fake.dtype:
            yield f"the {player} is {values.dtype} for logits of {fake.dtype}; keep the type of the logits"


def _finite(losses: Objective) -> Iterator[str]:
    for place in (0.0, EXTREME, -EXTREME):
        for other in (place, -place):
            real, fake = (torch.full((SAMPLES,), value).requires_grad_() for value in (place, other))
            for player in _players(losses):
                values = _values(losses, player, real, fake)
                slopes = torch.autograd.grad(values.sum(), (real, fake), allow_unused=True)
                broken = [not values.isfinite().all(), *(s is not None and not s.isfinite().all() for s in slopes)]
                if any(broken):
                    which = "value" if broken[0] else "gradient"
                    yield (
                        f"the {player} has a {which} that is not finite at logits real {place:g}, fake {other:g}; use "
                        "a stable form, such as softplus(−x) for −log(sigmoid(x)) and softplus(x) for "
                        "−log(1 − sigmoid(x))"
                    )
                    return


def _gradients(losses: Objective) -> Iterator[str]:
    real, fake = (logits.requires_grad_() for logits in _logits())
    needed = {"discriminator's loss": {"real": real, "fake": fake}, "generator's loss": {"fake": fake}}
    for player, inputs in needed.items():
        slopes = torch.autograd.grad(
            _values(losses, player, real, fake).sum(), list(inputs.values()), allow_unused=True
        )
        for name, slope in zip(inputs, slopes, strict=True):
            if slope is None or not slope.any():
                yield (
                    f"the {player} has no gradient with respect to the {name} logits, so nothing learns from them; use "
                    "both arguments, without detach() or .data"
                )


def _order(losses: Objective, *, signed: bool) -> Iterator[str]:
    def mean(player: str, real: float, fake: float) -> float:
        logits = (torch.full((SAMPLES,), float(value)) for value in (real, fake))
        return float(_values(losses, player, *logits).mean())

    discriminator, generator = _players(losses)
    if not mean(discriminator, 1, -1) < mean(discriminator, -1, 1):
        yield (
            "the discriminator's loss is not lower where real samples have the higher logits; its arguments are "
            "(real_logits, fake_logits), in this order, and higher logits mean real"
        )
    elif signed and not (
        mean(discriminator, 1, 0) < mean(discriminator, -1, 0)
        and mean(discriminator, 0, -1) < mean(discriminator, 0, 1)
    ):
        yield (
            "signed_logits=True says that logits above 0 mean real, but the discriminator's loss does not fall when "
            "real logits rise from −1 to 1, and when fake logits fall from 1 to −1; leave out signed_logits"
        )
    if not mean(generator, 2, 0) < mean(generator, 2, -2):
        yield (
            "the generator's loss does not fall when the logits of its samples rise from −2 to 0; its arguments are "
            "(real_logits, fake_logits), in this order, and the generator raises the second"
        )


def _independence(losses: Objective) -> Iterator[str]:
    if losses.averaged:
        return
    (real, fake), (other_real, other_fake) = _logits(), _logits(1)
    other_real[0], other_fake[0] = real[0], fake[0]
    for player in _players(losses):
        values, again = (_values(losses, player, *pair) for pair in ((real, fake), (other_real, other_fake)))
        if not torch.allclose(values[:1], again[:1], rtol=1e-5, atol=1e-6):
            yield (
                f"value i of the {player} depends on the logits of other samples; if this is intended, return "
                "ganarium.Objective(discriminator_loss, generator_loss, paired=True, averaged=True)"
            )


def _repeatable(losses: Objective) -> Iterator[str]:
    real, fake = _logits()
    for player in _players(losses):
        given = real.clone(), fake.clone()
        with seeded(0):
            values = _values(losses, player, *given)
        with seeded(0):
            again = _values(losses, player, real.clone(), fake.clone())
        if not (torch.equal(given[0], real) and torch.equal(given[1], fake)):
            yield f"the {player} changes its arguments in place; compute new tensors instead"
        if not torch.equal(values, again):
            yield (
                f"the {player} differs between two calls with the same logits and the same seed of torch; draw random "
                "numbers with torch alone, and keep no values between calls"
            )
