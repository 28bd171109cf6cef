"""The base class of remedies: hooks into training that do nothing unless overridden."""

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
    """A technique that improves training, independent of game, objective and update rule.

    At any strength the initial weights, batches and latents are those of the run without it (except for a first layer
    of the discriminator whose shape `RemedyConfig.seen` changes); at its neutral settings the run is the same bit for
    bit.
    """

    steady = True  # whether it performs the same operations at every step
    paced = True  # whether its schedule scales its loss terms; otherwise it applies the schedule itself
    channels = 1  # of one picture of the data; games may show several as one
    level: Tensor | None = None  # the strength that its schedule leaves, 0-d; None without a schedule

    @overload
    def leveled(self, part: Tensor) -> Tensor: ...

    @overload
    def leveled(self, part: float) -> Tensor | float: ...

    @final
    def leveled(self, part: Tensor | float) -> Tensor | float:
        """Return `part` at the strength that the schedule leaves."""
        return part if self.level is None else self.level * part

    def change(self, side: Side, networks: Mapping[str, Network]) -> None:
        """Change a player's networks in place: before training, and wherever else they are used.

        Tensors that it adds belong to `state`.
        """

    def prepare(self, players: Mapping[Side, Player]) -> None:
        """Prepare for step 0, with the initial or restored weights in place and all changes applied."""

    def draws(self, n: int, shape: tuple[int, ...]) -> dict[str, Draw]:  # noqa: ARG002
        """Return the random draws of the hooks for one pass over n pictures of this shape."""
        return {}

    def fakes(self, kind: str, fakes: Tensor, draws: Draws) -> Tensor:  # noqa: ARG002
        """Return the generated pictures that the discriminator learns from, for each kind of the game."""
        return fakes

    def view(self, pictures: Tensor, draws: Draws) -> Tensor:  # noqa: ARG002
        """Transform a real or generated picture before the discriminator sees it."""
        return pictures

    def logits(self, logits: Tensor, pictures: Tensor) -> Tensor:  # noqa: ARG002
        """Transform the logits [n] or [n, patches]; `pictures` are the discriminator's input."""
        return logits

    def weights(self, fake_logits: Tensor) -> Tensor | None:  # noqa: ARG002
        """Return the weight of each picture in the generator's loss, [n] with mean 1; None for equal weights."""
        return None

    def discriminator_term(self, duel: Duel) -> Tensor | None:  # noqa: ARG002
        """Return an additional loss of the discriminator, per sample or one number."""
        return None

    def generator_term(self, duel: Duel) -> Tensor | None:  # noqa: ARG002
        """Return an additional loss of the generator, per sample or one number."""
        return None

    def after_backward(self, side: Side, player: Player) -> None:
        """Act after the backward pass of a player, at the weights where the gradient was computed."""

    def before_move(self, side: Side, player: Player) -> None:
        """Act before a player's update, at the weights from which it starts."""

    def after_move(self, side: Side, player: Player) -> None:
        """Act after the update of one player."""

    def after_step(self, players: Mapping[Side, Player]) -> None:
        """Act after the updates of both players."""

    def state(self) -> dict[str, Tensor]:
        """Return all tensors that it remembers."""
        return {}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Copy the saved tensors back in place."""
        with torch.no_grad():
            for name, tensor in self.state().items():
                tensor.copy_(state[name])
