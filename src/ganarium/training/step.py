"""The update rules: in which order the players see, learn and move."""

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
    """What one step measured: means by name as 0-d tensors, and all logits [n] by which the discriminator learned."""

    means: Measured
    real: Tensor
    fake: Tensor


class UpdateRule(ABC):
    """One step of training.

    turns: how many batches of real pictures a step sees at most
    steady: whether it does the same operations at every step
    """

    turns = 1
    steady = True

    @abstractmethod
    def __call__(self, match: Match, step: int) -> Stepped:
        """Move both players once more."""


@final
class Alternating(UpdateRule):
    """k discriminator updates, each on its own batch, then one generator update (Goodfellow 2014, Algorithm 1).

    With shared latents the generator learns from the pictures that the last of them saw.
    """

    def __init__(self, settings: AlternatingConfig) -> None:
        self.turns = settings.discriminator_steps

    def __call__(self, match: Match, step: int) -> Stepped:
        """Move both players once more."""
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
    """0 to k discriminator updates, each on its own batch, until it is ahead; then one generator update.

    It is ahead where it judges a real picture higher than a generated one in a given share of all pairs of a batch,
    which says the same of every objective. Algorithm 1 of Goodfellow 2014 keeps the discriminator near its best by a
    fixed k; here it waits for a generator that it has left behind.
    """

    steady = False

    def __init__(self, settings: AdaptiveConfig) -> None:
        self.turns, self.ahead = settings.most, settings.ahead

    def __call__(self, match: Match, step: int) -> Stepped:
        """Move both players once more, the discriminator if it must."""
        made = 0
        for i in range(self.turns):
            turn = match.turn(step * self.turns + i)
            with torch.set_grad_enabled(match.shared_latents):
                fakes = match.generate(turn)
            judged = _judged(match, turn, fakes)
            means = match.backward("discriminator", turn, judged)
            if _lead(judged) >= self.ahead:
                break
            match.move("discriminator")
            made += 1
        means |= _generators(match, turn, fakes)
        match.finish()
        return _stepped(means | {"discriminator.updates": means["discriminator"].new_tensor(made)}, judged)


@final
class Simultaneous(UpdateRule):
    """Both gradients at the same weights, then both updates; with shared latents, of the same pictures (S2)."""

    def __init__(self, settings: SimultaneousConfig) -> None:
        del settings

    def __call__(self, match: Match, step: int) -> Stepped:
        """Move both players once more."""
        means, judged = _both_gradients(match, match.turn(step * self.turns))
        match.move("discriminator")
        match.move("generator")
        match.finish()
        return _stepped(means, judged)


@final
class Extragradient(UpdateRule):
    """Both updates, then both once more from where they began, by the gradients found there (Gidel 2019, Algorithm 2).

    Each of the two has a batch of its own; Adam's moments take part in both (Algorithm 4).
    """

    turns = 2

    def __init__(self, settings: ExtragradientConfig) -> None:
        del settings

    def __call__(self, match: Match, step: int) -> Stepped:
        """Move both players once more."""
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
    """The generator learns from the discriminator k steps on, and from how these answer it (Metz 2017, eq. 7 to 10).

    The steps descend the discriminator's own loss on the present batch, without what remedies add. The generator has
    two gradients: of its own loss, the discriminator ahead being fixed, and by way of the steps, of minus the
    discriminator's objective there and of the terms that both players descend, as a code's. In minimax both are of one
    value; elsewhere the second is ours, and is nothing where the discriminator ahead is at its best.
    """

    def __init__(self, settings: UnrolledConfig) -> None:
        self.steps, self.lr = settings.steps, settings.lr

    def __call__(self, match: Match, step: int) -> Stepped:
        """Move both players once more."""
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
    """Networks by name; does work that uses them, so that it may be done with other weights."""

    def __init__(self, networks: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleDict(networks)

    def forward(self, work: Callable[[], Any]) -> Any:
        return work()


def _ahead(within: _Within, losses: Callable[[], Tensor], steps: int, lr: float) -> dict[str, Tensor]:
    """The weights, so many steps down the losses."""
    weights: dict[str, Tensor] = dict(within.named_parameters())
    for _ in range(steps):
        slopes = torch.autograd.grad(
            functional_call(within, weights, (losses,)), list(weights.values()), create_graph=True
        )
        weights = {name: weights[name] - lr * slope for name, slope in zip(weights, slopes, strict=True)}
    return weights


def _losses(match: Match, turn: Turn, fakes: Fakes) -> Tensor:
    """What the discriminator descends in its own game."""
    return torch.stack([*_terms(match, turn, fakes).values()]).sum()


def _answer(match: Match, turn: Turn, fakes: Fakes) -> Tensor:
    """What the generator descends of it: the objective turned round, and the terms that both descend."""
    terms = _terms(match, turn, fakes)
    return torch.stack([-terms.pop("objective"), *terms.values()]).sum()


def _terms(match: Match, turn: Turn, fakes: Fakes) -> Measured:
    """The means of the discriminator's terms in its own game."""
    terms = match.game.terms("discriminator", turn, match.duels(turn, fakes))
    return {name: term.mean() for name, term in terms.items()}


def _judged(match: Match, turn: Turn, fakes: Fakes) -> Duels:
    """The duels by which the discriminator learns, which reach no generator."""
    return match.duels(turn, match.shown(turn, {kind: made.detach() for kind, made in fakes.items()}))


def _generators(match: Match, turn: Turn, fakes: Fakes) -> Measured:
    """The generator's update after a turn of the discriminator's; with shared latents by the same pictures."""
    if not match.shared_latents:
        turn = match.generators_turn(turn)
        fakes = match.generate(turn)
    means = match.backward("generator", turn, match.duels(turn, fakes))
    match.move("generator")
    return means


def _lead(duels: Duels) -> float:
    """Share of all pairs of a real and a generated picture of which the real one is judged higher, over duels."""
    shares = [(duel.real_logits.flatten()[:, None] > duel.fake_logits.flatten()).float().mean() for duel in duels]
    return float(torch.stack(shares).mean())


def _both_gradients(match: Match, turn: Turn) -> tuple[Measured, Duels]:
    """Both players' gradients at the same weights; what was measured, and the discriminator's duels."""
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
