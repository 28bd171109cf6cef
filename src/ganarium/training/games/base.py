"""What every game answers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ganarium.core.streams import Draw
from ganarium.data.feed import Batch
from ganarium.maths.objectives import Objective
from ganarium.networks.base import Network
from ganarium.training.deal import Deal
from ganarium.training.duel import Duel
from ganarium.training.player import Side
from ganarium.training.remedies.base import Remedy

Fakes = Mapping[str, Tensor]


@dataclass(frozen=True)
class Turn:
    """What one update of one player has before it: a batch, latents, and the deal of all other randomness."""

    batch: Batch
    latents: Tensor
    deal: Deal


class Game(ABC):
    """Networks by player, the pictures they generate, the duels that follow, and each player's loss."""

    sides: ClassVar[Mapping[Side, tuple[str, ...]]]
    networks: Mapping[str, Network]

    @abstractmethod
    def latents(self, n: int) -> Draw:
        """The draw of one batch's latents."""

    @abstractmethod
    def generate(self, turn: Turn) -> Fakes:
        """Every kind of picture that the game generates, by name."""

    @abstractmethod
    def duels(self, turn: Turn, fakes: Fakes, remedies: Mapping[str, Remedy]) -> Sequence[Duel]:
        """Each discriminator with the pair of batches that it judges."""

    @abstractmethod
    def terms(self, side: Side, objective: Objective, duels: Sequence[Duel]) -> dict[str, Tensor]:
        """A player's losses by name, per sample, without those of remedies."""


def adversarial(side: Side, objective: Objective, duel: Duel) -> Tensor:
    """The objective of one player in one duel, per sample, with the weights that remedies give the generated ones."""
    if side == "discriminator":
        return objective.discriminator(duel.real_logits, duel.fake_logits)
    fake = duel.fake_logits
    real = duel.real_logits if objective.paired else torch.empty_like(fake[:0])
    loss = objective.generator(real, fake)
    for remedy in duel.remedies.values():
        weights = remedy.weights(fake)
        if weights is not None:
            loss = loss * weights
    return loss
