"""What every game answers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import torch
from torch import Tensor

from ganarium.core.random_streams import Draw, Streams, normal
from ganarium.data.batches import Batch, Feed, feed
from ganarium.data.datasets import PairSet, Source
from ganarium.losses.objectives import Objective, per_sample
from ganarium.networks.base import Generator, Network, Subject, Translator
from ganarium.training.draws import Deal
from ganarium.training.duel import Duel
from ganarium.training.player import Side
from ganarium.training.remedies.base import Remedy

Fakes = Mapping[str, Tensor]
Terms = dict[str, Tensor]
ALONE: Mapping[Side, tuple[str, ...]] = {"discriminator": ("discriminator",), "generator": ("generator",)}


@dataclass(frozen=True)
class Turn:
    """What one update of one player has before it: a batch, latents, and the deal of all other randomness."""

    batch: Batch
    latents: Tensor
    deal: Deal


class Game(ABC):
    """Networks by player, the pictures they generate, the duels that follow, and each player's loss.

    sides: the names of each player's networks; all of a player's are of the family that the experiment names
    """

    sides: ClassVar[Mapping[Side, tuple[str, ...]]] = ALONE

    def __init__(self, settings: Any, networks: Mapping[str, Network], objective: Objective) -> None:
        self.settings, self.networks, self.objective = settings, networks, objective

    @staticmethod
    @abstractmethod
    def subjects(settings: Any, shape: tuple[int, ...], classes: int) -> Mapping[str, Subject]:
        """What each network is about, of data of that shape and with so many classes (0 without labels)."""

    @staticmethod
    def class_logits(answers: Tensor) -> Tensor:  # noqa: ARG004
        """Class logits [n, K] in the discriminator's answers, in the games whose settings say that it reads classes."""
        raise AssertionError("this discriminator learns no classes")

    @property
    def generator(self) -> Generator | Translator:
        """Its first generator, which says what range its pictures lie in."""
        return cast(Generator | Translator, self.networks["generator"])

    def feed(self, source: Source, size: int, streams: Streams) -> Feed:
        """Its batches of so many samples; with labels if it needs them."""
        assert not isinstance(source, PairSet)
        return feed(source, size, streams, self.generator.output_range, labelled=self.settings.labelled)

    def latents(self, n: int) -> Draw:
        """The draw of one batch's latents; games without any have rows of no numbers."""
        return normal(n, 0)

    @abstractmethod
    def generate(self, turn: Turn) -> Fakes:
        """Every kind of picture that the game generates, by name."""

    @abstractmethod
    def duels(self, turn: Turn, fakes: Fakes, remedies: Mapping[str, Remedy]) -> Sequence[Duel]:
        """Each discriminator with the pair of batches that it judges."""

    @abstractmethod
    def terms(self, side: Side, turn: Turn, duels: Sequence[Duel]) -> Terms:
        """A player's losses by name, per sample or one number, without those of remedies."""


def adversarial(side: Side, objective: Objective, duel: Duel) -> Tensor:
    """The objective of one player in one duel, [n], with the weights that remedies give the generated ones."""
    if side == "discriminator":
        return per_sample(objective.discriminator(duel.real_logits, duel.fake_logits))
    fake = duel.fake_logits
    real = duel.real_logits if objective.paired else torch.empty_like(fake[:0])
    loss = per_sample(objective.generator(real, fake))
    for remedy in duel.remedies.values():
        weights = remedy.weights(fake)
        if weights is not None:
            loss = loss * weights
    return loss
