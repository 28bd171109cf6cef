"""The base class of remedies: hooks into training that do nothing unless overridden."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, final, overload

import torch
from torch import Tensor

from ganarium.core.errors import CheckpointError, SettingsError
from ganarium.core.hooks import refuse_misspelt_hooks
from ganarium.core.random_streams import Draw
from ganarium.losses.objectives import made_by
from ganarium.networks.base import Draws, Network

if TYPE_CHECKING:
    from ganarium.training.duel import Duel
    from ganarium.training.player import Player, Side


class Remedy:
    """A technique that improves training, independent of game, objective and update rule.

    No remedy changes the initial weights, batches or latents of a run (except for the first layer of the discriminator
    if `RemedyConfig.input_shape` changes its shape). With neutral settings, the whole run is bit for bit the same as
    without the remedy. The registry entry of a remedy declares its requirements on other settings.
    """

    steady = True  # whether every step performs the same operations, so that a recorded step is valid for all
    scale_terms = True  # whether training scales its loss terms by the schedule; if not, it does so itself
    channels = 1  # channels of one image of the data; a discriminator's input may consist of several images
    scale: Tensor | None = None  # current factor of its schedule, 0-d; None without a schedule

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        refuse_misspelt_hooks(cls, Remedy)

    @overload
    def scaled(self, part: Tensor) -> Tensor: ...

    @overload
    def scaled(self, part: float) -> Tensor | float: ...

    @final
    def scaled(self, part: Tensor | float) -> Tensor | float:
        """Return `part` times the current factor of the schedule."""
        return part if self.scale is None else self.scale * part

    def change(self, side: Side, networks: Mapping[str, Network]) -> None:
        """Change a player's networks in place, both for training and for every other use.

        Tensors added to them must be part of `state`.
        """

    def prepare(self, players: Mapping[Side, Player]) -> None:
        """Prepare for the first step, after `change` was called and weights were initialized or restored."""

    def draws(self, n: int, shape: tuple[int, ...]) -> dict[str, Draw]:  # noqa: ARG002
        """Return the random draws that the hooks need for one pass over n images of the given shape."""
        return {}

    def fakes(self, name: str, fakes: Tensor, draws: Draws) -> Tensor:  # noqa: ARG002
        """Return the generated images to train the discriminator on; `name` identifies the batch in the game."""
        return fakes

    def augment(self, pictures: Tensor, draws: Draws) -> Tensor:  # noqa: ARG002
        """Transform real or generated images before the discriminator sees them."""
        return pictures

    def logits(self, logits: Tensor, pictures: Tensor) -> Tensor:  # noqa: ARG002
        """Transform the logits [n] or [n, patches]; `pictures` is the discriminator's input."""
        return logits

    def weights(self, fake_logits: Tensor) -> Tensor | None:  # noqa: ARG002
        """Return the weight of each image in the generator's loss, [n] with mean 1; None for equal weights."""
        return None

    def discriminator_term(self, duel: Duel) -> Tensor | None:  # noqa: ARG002
        """Return an additional discriminator loss, per sample or as a scalar; None for no loss."""
        return None

    def generator_term(self, duel: Duel) -> Tensor | None:  # noqa: ARG002
        """Return an additional generator loss, per sample or as a scalar; None for no loss."""
        return None

    def after_backward(self, side: Side, player: Player) -> None:
        """Run after a player's backward pass, with the weights used for the gradient."""

    def before_update(self, side: Side, player: Player) -> None:
        """Run before a player's update, with the weights from which it starts."""

    def after_update(self, side: Side, player: Player) -> None:
        """Run after a player's update."""

    def after_step(self, players: Mapping[Side, Player]) -> None:
        """Run after both players have been updated, or only one of them if the other is `frozen`."""

    def state(self) -> dict[str, Tensor]:
        """Return all tensors that a checkpoint must contain, by name."""
        return {}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Copy the saved tensors into the current ones in place. Raises `CheckpointError` if they do not fit."""
        with torch.no_grad():
            for name, tensor in self.state().items():
                if name not in state or state[name].shape != tensor.shape:
                    raise CheckpointError(f"the tensor {name} of the remedy {type(self).__name__} does not fit")
                tensor.copy_(state[name])


def of_own_part(make: Callable[..., object], settings: object) -> Remedy:
    """Return the remedy of a user's class, or function that returns a remedy."""
    made = made_by(make, settings, "the remedy")
    if not isinstance(made, Remedy):
        raise SettingsError(f"a remedy is an instance of ganarium.Remedy; got {type(made).__name__}")
    if "steady" not in vars(type(made)):
        made.steady = False  # unless its class sets it
    return made
