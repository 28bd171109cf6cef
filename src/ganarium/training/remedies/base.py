"""The hooks by which a remedy takes part in training. Each does nothing unless overridden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, final, overload

import torch
from torch import Tensor

from ganarium.core.random_streams import Draw
from ganarium.networks.base import Draws, Network

if TYPE_CHECKING:
    from ganarium.training.duel import Duel
    from ganarium.training.player import Player, Side


class Remedy:
    """Something that makes training better, apart from game, objective and update rule.

    At any strength the initial weights, batches and latents are those of the run without it (but for a first layer
    of the discriminator that `RemedyConfig.seen` gives another shape); at its neutral settings the run is the same
    bit for bit.
    """

    conditional = True  # whether it works where pictures have labels
    alone = False  # whether it needs a discriminator that judges each picture alone
    steady = True  # whether it does the same operations at every step
    apart = True  # whether there is still a verdict for each picture
    pictorial = False  # whether it is about pictures, which points are not
    probabilities = False  # whether it needs an objective for which logits are those of probabilities
    signs = False  # whether it needs an objective for which a logit above 0 says real
    latents = False  # whether it needs a generator that makes pictures of latents
    paced = True  # whether its schedule is the strength of its terms; else they look to it themselves
    channels = 1  # of one picture of the data; games may show several as one
    level: Tensor | None = None  # what its schedule leaves of its strength, 0-d; None without a schedule

    @overload
    def leveled(self, part: Tensor) -> Tensor: ...

    @overload
    def leveled(self, part: float) -> Tensor | float: ...

    @final
    def leveled(self, part: Tensor | float) -> Tensor | float:
        """That part of what it does, at the strength that its schedule leaves."""
        return part if self.level is None else self.level * part

    def change(self, side: Side, networks: Mapping[str, Network]) -> None:
        """Change a player's networks, with their weights in place: before training, and wherever else they are used.

        What it adds belongs to `state`.
        """

    def prepare(self, players: Mapping[Side, Player]) -> None:
        """Before step 0, with the initial (or restored) weights in place and all changes made: take copies."""

    def draws(self, n: int, shape: tuple[int, ...]) -> dict[str, Draw]:  # noqa: ARG002
        """What the hooks need of randomness for one look at n pictures of that shape."""
        return {}

    def fakes(self, kind: str, fakes: Tensor, draws: Draws) -> Tensor:  # noqa: ARG002
        """Which generated pictures the discriminator learns from, for each kind that the game generates."""
        return fakes

    def view(self, pictures: Tensor, draws: Draws) -> Tensor:  # noqa: ARG002
        """What the discriminator sees of a picture, real or generated."""
        return pictures

    def logits(self, logits: Tensor, pictures: Tensor) -> Tensor:  # noqa: ARG002
        """What becomes of its logits [n] or [n, patches]; `pictures` are the ones it saw."""
        return logits

    def weights(self, fake_logits: Tensor) -> Tensor | None:  # noqa: ARG002
        """How much each generated picture counts for the generator, [n] of mean 1. None counts all alike."""
        return None

    def discriminator_term(self, duel: Duel) -> Tensor | None:  # noqa: ARG002
        """A further loss for the discriminator, per sample or one number."""
        return None

    def generator_term(self, duel: Duel) -> Tensor | None:  # noqa: ARG002
        """A further loss for the generator, per sample or one number."""
        return None

    def after_backward(self, side: Side, player: Player) -> None:
        """When a player has its gradient, with the weights in place at which it was taken."""

    def before_move(self, side: Side, player: Player) -> None:
        """Before a player's step, with the weights in place from which it goes."""

    def after_move(self, side: Side, player: Player) -> None:
        """When one player has moved."""

    def after_step(self, players: Mapping[Side, Player]) -> None:
        """When both players have moved."""

    def state(self) -> dict[str, Tensor]:
        """All that it remembers."""
        return {}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Put what it remembered back, in place."""
        with torch.no_grad():
            for name, tensor in self.state().items():
                tensor.copy_(state[name])
