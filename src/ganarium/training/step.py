"""The update rules: the order in which the players are updated."""

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
from ganarium.training.duel import Duels
from ganarium.training.games.base import Fakes, Turn
from ganarium.training.state import Match, Measured


@dataclass(frozen=True)
class Stepped:
    """Measurements of one step: means by name as 0-d tensors, and all logits [n] of the discriminator's update."""

    means: Measured
    real: Tensor
    fake: Tensor


class UpdateRule(ABC):
    """A rule that executes one training step.

    turns: the most batches of real pictures that a step uses
    steady: whether every step runs the same operations
    """

    turns = 1
    steady = True

    @abstractmethod
    def __call__(self, match: Match, step: int) -> Stepped:
        """Run one update of both players."""


@final
class Alternating(UpdateRule):
    """k discriminator updates, each on its own batch, then one generator update (Goodfellow 2014, Algorithm 1).

    With shared latents the generator learns from the pictures of the last discriminator update.
    """

    def __init__(self, settings: AlternatingConfig) -> None:
        self.turns = settings.discriminator_steps

    def __call__(self, match: Match, step: int) -> Stepped:
        """Run one update of both players."""
        for i in range(self.turns):
            turn = match.turn(step * self.turns + i)
            kept = match.shared_latents and i == self.turns - 1
            with torch.set_grad_enabled(kept):
                fakes = match.generate(turn)
            judged = _judged(match, turn, fakes)
            means = match.backward("discriminator", turn, judged)
            match.move("discriminator")
        means |= _generators(match, turn, fakes)
        match.finish()
        return _stepped(means, judged)


@final
class Adaptive(UpdateRule):
    """0 to k discriminator updates, each on its own batch, until the discriminator is ahead; then one generator update.

    The discriminator is ahead if the real picture has the higher logit in a given share of all (real, generated) pairs
    of a batch, which means the same for every objective. Algorithm 1 of Goodfellow 2014 keeps the discriminator near
    its optimum with a fixed k; here it is not updated while it is ahead.
    """

    steady = False

    def __init__(self, settings: AdaptiveConfig) -> None:
        self.turns, self.threshold = settings.max_steps, settings.lead_threshold

    def __call__(self, match: Match, step: int) -> Stepped:
        """Run one update of the generator, after as many of the discriminator as it needs."""
        made = 0
        for i in range(self.turns):
            turn = match.turn(step * self.turns + i)
            with torch.set_grad_enabled(match.shared_latents):
                fakes = match.generate(turn)
            judged = _judged(match, turn, fakes)
            means = match.backward("discriminator", turn, judged)
            if _lead(judged) >= self.threshold:
                break
            match.move("discriminator")
            made += 1
        means |= _generators(match, turn, fakes)
        match.finish()
        return _stepped(means | {"discriminator.updates": means["discriminator"].new_tensor(made)}, judged)


@final
class Simultaneous(UpdateRule):
    """Both gradients at the same weights, on the same pictures if latents are shared (S2); then both updates."""

    def __init__(self, settings: SimultaneousConfig) -> None:
        del settings

    def __call__(self, match: Match, step: int) -> Stepped:
        """Run one update of both players."""
        means, judged = _both_gradients(match, match.turn(step * self.turns))
        match.move("discriminator")
        match.move("generator")
        match.finish()
        return _stepped(means, judged)


@final
class Extragradient(UpdateRule):
    """A look-ahead update, then one from the starting weights with the gradients found there (Gidel 2019, Algorithm 2).

    Each of the two uses its own batch; both update Adam's moments (Algorithm 4).
    """

    turns = 2

    def __init__(self, settings: ExtragradientConfig) -> None:
        del settings

    def __call__(self, match: Match, step: int) -> Stepped:
        """Run one update of both players."""
        began = {side: [one.detach().clone() for one in player.parameters] for side, player in match.players.items()}
        _both_gradients(match, match.turn(step * self.turns))
        match.move("discriminator")
        match.move("generator")
        means, judged = _both_gradients(match, match.turn(step * self.turns + 1))
        match.move("discriminator", began["discriminator"])
        match.move("generator", began["generator"])
        match.finish()
        return _stepped(means, judged)


@final
class Unrolled(UpdateRule):
    """A generator update against the discriminator k steps ahead, differentiated through them (Metz 2017, eq. 7 to 10).

    The steps are gradient descent on the discriminator's own loss on the current batch, without the terms of remedies.
    The generator's gradient is a sum of two: that of its own loss with the unrolled discriminator fixed, and, through
    the steps, that of the negated objective of the unrolled discriminator plus the terms that both players minimize,
    such as that of a code. For minimax both differentiate the same value; for other objectives the second gradient is
    our choice, and it vanishes if the unrolled discriminator is optimal.
    """

    def __init__(self, settings: UnrolledConfig) -> None:
        self.steps, self.lr = settings.steps, settings.lr

    def __call__(self, match: Match, step: int) -> Stepped:
        """Run one update of both players."""
        turn = match.turn(step)
        with torch.set_grad_enabled(match.shared_latents):
            fakes = match.generate(turn)
        judged = _judged(match, turn, fakes)
        means = match.backward("discriminator", turn, judged)
        if not match.shared_latents:
            turn = match.generators_turn(turn)
            fakes = match.generate(turn)
        within = _Within(match.players["discriminator"].networks)
        ahead = _ahead(within, partial(_losses, match, turn, fakes), self.steps, self.lr)
        fixed = {name: weight.detach() for name, weight in ahead.items()}
        learn = partial(match.backward, "generator", turn, keep=True)
        means |= functional_call(within, fixed, (lambda: learn(match.duels(turn, fakes)),))
        apart = {kind: made.detach() for kind, made in fakes.items()}
        answered = functional_call(within, ahead, (partial(_answer, match, turn, apart),))
        torch.autograd.backward(answered, inputs=match.players["generator"].parameters)
        match.move("discriminator")
        match.move("generator")
        match.finish()
        return _stepped(means, judged)


class _Within(nn.Module):
    """Networks by name; calls a function that uses them, so that `functional_call` can replace their weights."""

    def __init__(self, networks: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleDict(networks)

    def forward(self, work: Callable[[], Any]) -> Any:
        return work()


def _ahead(within: _Within, losses: Callable[[], Tensor], steps: int, lr: float) -> dict[str, Tensor]:
    """Return the weights after this number of gradient descent steps on the losses."""
    weights: dict[str, Tensor] = dict(within.named_parameters())
    for _ in range(steps):
        slopes = torch.autograd.grad(
            functional_call(within, weights, (losses,)), list(weights.values()), create_graph=True
        )
        weights = {name: weights[name] - lr * slope for name, slope in zip(weights, slopes, strict=True)}
    return weights


def _losses(match: Match, turn: Turn, fakes: Fakes) -> Tensor:
    """Return the discriminator's own loss, without the terms of remedies."""
    return torch.stack([*_terms(match, turn, fakes).values()]).sum()


def _answer(match: Match, turn: Turn, fakes: Fakes) -> Tensor:
    """Return the negated objective plus the terms that both players minimize."""
    terms = _terms(match, turn, fakes)
    return torch.stack([-terms.pop("objective"), *terms.values()]).sum()


def _terms(match: Match, turn: Turn, fakes: Fakes) -> Measured:
    """Return the means of the discriminator's own terms, without those of remedies."""
    terms = match.game.terms("discriminator", turn, match.duels(turn, fakes))
    return {name: term.mean() for name, term in terms.items()}


def _judged(match: Match, turn: Turn, fakes: Fakes) -> Duels:
    """Return the duels that the discriminator learns from; their generated pictures are detached."""
    return match.duels(turn, match.shown(turn, {kind: made.detach() for kind, made in fakes.items()}))


def _generators(match: Match, turn: Turn, fakes: Fakes) -> Measured:
    """Update the generator after the discriminator's turn, on the same pictures if latents are shared."""
    if not match.shared_latents:
        turn = match.generators_turn(turn)
        fakes = match.generate(turn)
    means = match.backward("generator", turn, match.duels(turn, fakes))
    match.move("generator")
    return means


def _lead(duels: Duels) -> float:
    """Return the share of (real, generated) pairs with the higher logit for the real picture, averaged over duels."""
    shares = [(duel.real_logits.flatten()[:, None] > duel.fake_logits.flatten()).float().mean() for duel in duels]
    return float(torch.stack(shares).mean())


def _both_gradients(match: Match, turn: Turn) -> tuple[Measured, Duels]:
    """Compute both players' gradients at the same weights; return the means and the discriminator's duels."""
    fakes = match.generate(turn)
    shown = match.shown(turn, fakes)
    judged = match.duels(turn, shown)
    means = match.backward("discriminator", turn, judged, keep=True)
    if not match.shared_latents:
        turn = match.generators_turn(turn)
        duels = match.duels(turn, match.generate(turn))
    else:
        duels = judged if shown is fakes else match.duels(turn, fakes)
    return means | match.backward("generator", turn, duels), judged


def _stepped(means: Measured, duels: Duels) -> Stepped:
    real = torch.cat([duel.real_logits.detach().flatten() for duel in duels])
    fake = torch.cat([duel.fake_logits.detach().flatten() for duel in duels])
    return Stepped(means | {"judged.real": real.sigmoid().mean(), "judged.fake": fake.sigmoid().mean()}, real, fake)
