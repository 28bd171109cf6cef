"""Update rules, which determine the order in which the players are updated."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ganarium.config.updates import (
    AdaptiveConfig,
    AlternatingConfig,
    ExtragradientConfig,
    SimultaneousConfig,
    UnrolledConfig,
)
from ganarium.core.hooks import refuse_misspelt_hooks
from ganarium.training.duel import Duels
from ganarium.training.games.base import Fakes, UpdateInputs
from ganarium.training.state import Measurements, TrainingState


@dataclass(frozen=True)
class StepResult:
    """Measurements of one step: means by name as 0-d tensors, and all logits [n] of the discriminator's update."""

    means: Measurements
    real: Tensor
    fake: Tensor


class UpdateRule(ABC):
    """A rule that executes one training step.

    A rule keeps nothing between steps, because a checkpoint does not contain it. `state.inputs(number)` returns the
    batch and the latents with a number, which must differ between steps: use step · batches and the following ones.

    batches: maximum number of batches of real images per step
    steady: whether every step runs the same operations
    """

    batches = 1
    steady = True

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        refuse_misspelt_hooks(cls, UpdateRule)

    @abstractmethod
    def __call__(self, state: TrainingState, step: int) -> StepResult:
        """Run one update of both players."""

    @final
    def update_discriminator(self, state: TrainingState, inputs: UpdateInputs) -> tuple[Measurements, Duels]:
        """Update the discriminator once; return the means of its loss terms, and its duels."""
        with torch.no_grad():
            fakes = state.generate(inputs)
        duels = _discriminator_duels(state, inputs, fakes)
        means = state.backward("discriminator", inputs, duels)
        state.update("discriminator")
        return means, duels

    @final
    def update_generator(self, state: TrainingState, inputs: UpdateInputs) -> Measurements:
        """Update the generator once, on new latents unless `latents=shared`; return the means of its loss terms."""
        return _update_generator(state, inputs, state.generate(inputs) if state.shared_latents else {})

    @final
    def finished(self, state: TrainingState, means: Measurements, duels: Duels) -> StepResult:
        """Return the result of a step, given its means and the duels of its last discriminator update."""
        state.end_step()
        return _result(means, duels)


@final
class Alternating(UpdateRule):
    """k discriminator updates, each on its own batch, then one generator update (Goodfellow 2014, Algorithm 1).

    With shared latents the generator learns from the images of the last discriminator update.
    """

    def __init__(self, settings: AlternatingConfig) -> None:
        self.batches = settings.discriminator_steps

    def __call__(self, state: TrainingState, step: int) -> StepResult:
        """Run one update of both players."""
        for i in range(self.batches):
            inputs = state.inputs(step * self.batches + i)
            with torch.set_grad_enabled(state.shared_latents and i == self.batches - 1):
                fakes = state.generate(inputs)
            duels = _discriminator_duels(state, inputs, fakes)
            means = state.backward("discriminator", inputs, duels)
            state.update("discriminator")
        means |= _update_generator(state, inputs, fakes)
        state.end_step()
        return _result(means, duels)


@final
class Adaptive(UpdateRule):
    """0 to k discriminator updates, each on its own batch, until the discriminator is ahead; then one generator update.

    The discriminator is ahead if the real image has the higher logit in a given share of all (real, generated) pairs
    of a batch, which is comparable between objectives. Algorithm 1 of Goodfellow 2014 keeps the discriminator near
    its optimum with a fixed k; here it is not updated while it is ahead.
    """

    steady = False

    def __init__(self, settings: AdaptiveConfig) -> None:
        self.batches, self.threshold = settings.max_steps, settings.lead_threshold

    def __call__(self, state: TrainingState, step: int) -> StepResult:
        """Update the discriminator as often as necessary, then the generator once."""
        updates = 0
        for i in range(self.batches):
            inputs = state.inputs(step * self.batches + i)
            with torch.set_grad_enabled(state.shared_latents):
                fakes = state.generate(inputs)
            duels = _discriminator_duels(state, inputs, fakes)
            means = state.backward("discriminator", inputs, duels)
            if self._is_enough(state, duels):
                break
            state.update("discriminator")
            updates += 1
        means |= _update_generator(state, inputs, fakes)
        state.end_step()
        return _result(means | {"discriminator.updates": means["discriminator"].new_tensor(updates)}, duels)

    def _is_enough(self, state: TrainingState, duels: Duels) -> bool:
        """Return whether the discriminator is frozen, or ahead of a generator that is not."""
        if state.players["discriminator"].frozen or state.players["generator"].frozen:
            return state.players["discriminator"].frozen
        return _lead(duels) >= self.threshold


@final
class Simultaneous(UpdateRule):
    """Updates of both players with gradients at the same weights, on the same images if latents are shared (S2)."""

    def __init__(self, settings: SimultaneousConfig) -> None:
        del settings

    def __call__(self, state: TrainingState, step: int) -> StepResult:
        """Run one update of both players."""
        means, duels = _both_gradients(state, state.inputs(step * self.batches))
        state.update("discriminator")
        state.update("generator")
        state.end_step()
        return _result(means, duels)


@final
class Extragradient(UpdateRule):
    """An update of the current weights with the gradients found after a look-ahead step (Gidel 2019, Algorithm 2).

    The look-ahead step and the update use separate batches; both update Adam's moments (Algorithm 4).
    """

    batches = 2

    def __init__(self, settings: ExtragradientConfig) -> None:
        del settings

    def __call__(self, state: TrainingState, step: int) -> StepResult:
        """Run one update of both players."""
        start = {side: [one.detach().clone() for one in player.parameters] for side, player in state.players.items()}
        _both_gradients(state, state.inputs(step * self.batches))
        state.update("discriminator")
        state.update("generator")
        means, duels = _both_gradients(state, state.inputs(step * self.batches + 1))
        state.update("discriminator", start["discriminator"])
        state.update("generator", start["generator"])
        state.end_step()
        return _result(means, duels)


@final
class Unrolled(UpdateRule):
    """A generator update differentiated through k unrolled discriminator steps (Metz 2017, eq. 7 to 10).

    The steps are gradient descent on the discriminator's own loss on the current batch, without the terms of remedies.
    The generator's gradient is the sum of two gradients: that of its own loss with the unrolled discriminator fixed,
    and, through the unrolled steps, that of the negated objective of the unrolled discriminator plus the terms that
    both players minimize, such as the loss of a code. For minimax, both are gradients of the same value; for other
    objectives, the second gradient is our choice and vanishes if the unrolled discriminator is optimal.
    """

    def __init__(self, settings: UnrolledConfig) -> None:
        self.steps, self.lr = settings.steps, settings.lr

    def __call__(self, state: TrainingState, step: int) -> StepResult:
        """Run one update of both players."""
        inputs = state.inputs(step)
        with torch.set_grad_enabled(state.shared_latents):
            fakes = state.generate(inputs)
        duels = _discriminator_duels(state, inputs, fakes)
        means = state.backward("discriminator", inputs, duels)
        if not state.shared_latents:
            inputs = state.generator_inputs(inputs)
            fakes = state.generate(inputs)
        networks = _Networks(state.players["discriminator"].networks)
        ahead = _ahead(networks, partial(_losses, state, inputs, fakes), self.steps, self.lr)
        fixed = {name: weight.detach() for name, weight in ahead.items()}
        learn = partial(state.backward, "generator", inputs, keep=True)
        means |= functional_call(networks, fixed, (lambda: learn(state.duels(inputs, fakes)),))
        detached = {kind: generated.detach() for kind, generated in fakes.items()}
        unrolled = functional_call(networks, ahead, (partial(_unrolled_loss, state, inputs, detached),))
        torch.autograd.backward(unrolled, inputs=state.players["generator"].parameters)
        state.update("discriminator")
        state.update("generator")
        state.end_step()
        return _result(means, duels)


class _Networks(nn.Module):
    """Container of networks that calls a given function, so that `functional_call` can replace their weights."""

    def __init__(self, networks: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleDict(networks)

    def forward(self, work: Callable[[], Any]) -> Any:
        return work()


def _ahead(networks: _Networks, losses: Callable[[], Tensor], steps: int, lr: float) -> dict[str, Tensor]:
    """Return the weights after the given number of gradient descent steps on the losses."""
    weights: dict[str, Tensor] = {name: one for name, one in networks.named_parameters() if one.requires_grad}
    for _ in range(steps):
        slopes = torch.autograd.grad(
            functional_call(networks, weights, (losses,)), list(weights.values()), create_graph=True
        )
        weights = {name: weights[name] - lr * slope for name, slope in zip(weights, slopes, strict=True)}
    return weights


def _losses(state: TrainingState, inputs: UpdateInputs, fakes: Fakes) -> Tensor:
    """Return the discriminator's loss without the terms of remedies."""
    return torch.stack([*_terms(state, inputs, fakes).values()]).sum()


def _unrolled_loss(state: TrainingState, inputs: UpdateInputs, fakes: Fakes) -> Tensor:
    """Return the negated objective plus the terms that both players minimize."""
    terms = _terms(state, inputs, fakes)
    return torch.stack([-terms.pop("objective"), *terms.values()]).sum()


def _terms(state: TrainingState, inputs: UpdateInputs, fakes: Fakes) -> Measurements:
    """Return the mean of each loss term of the discriminator, without those of remedies."""
    terms = state.game.terms("discriminator", inputs, state.duels(inputs, fakes))
    return {name: term.mean() for name, term in terms.items()}


def _discriminator_duels(state: TrainingState, inputs: UpdateInputs, fakes: Fakes) -> Duels:
    """Return the duels for the discriminator's update, with detached generated images."""
    return state.duels(
        inputs, state.discriminator_fakes(inputs, {kind: generated.detach() for kind, generated in fakes.items()})
    )


def _update_generator(state: TrainingState, inputs: UpdateInputs, fakes: Fakes) -> Measurements:
    """Update the generator after the discriminator, on the same images if latents are shared."""
    if not state.shared_latents:
        inputs = state.generator_inputs(inputs)
        fakes = state.generate(inputs)
    means = state.backward("generator", inputs, state.duels(inputs, fakes))
    state.update("generator")
    return means


def _lead(duels: Duels) -> float:
    """Return the fraction of (real, generated) pairs whose real image has the higher logit, averaged over duels."""
    shares = [(duel.real_logits.flatten()[:, None] > duel.fake_logits.flatten()).float().mean() for duel in duels]
    return float(torch.stack(shares).mean())


def _both_gradients(state: TrainingState, inputs: UpdateInputs) -> tuple[Measurements, Duels]:
    """Compute both players' gradients at the same weights; return the means and the duels of the discriminator."""
    fakes = state.generate(inputs)
    shown = state.discriminator_fakes(inputs, fakes)
    discriminator_duels = state.duels(inputs, shown)
    means = state.backward("discriminator", inputs, discriminator_duels, keep=True)
    if not state.shared_latents:
        inputs = state.generator_inputs(inputs)
        duels = state.duels(inputs, state.generate(inputs))
    else:
        duels = discriminator_duels if shown is fakes else state.duels(inputs, fakes)
    return means | state.backward("generator", inputs, duels), discriminator_duels


def _result(means: Measurements, duels: Duels) -> StepResult:
    real = torch.cat([duel.real_logits.detach().flatten() for duel in duels])
    fake = torch.cat([duel.fake_logits.detach().flatten() for duel in duels])
    return StepResult(means | {"judged.real": real.sigmoid().mean(), "judged.fake": fake.sigmoid().mean()}, real, fake)
