"""The abstract base class of games."""

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
from ganarium.training.duel import Duel
from ganarium.training.player import Side
from ganarium.training.random_draws import Randomness
from ganarium.training.remedies.base import Remedy

Fakes = Mapping[str, Tensor]
Terms = dict[str, Tensor]
ONE_NETWORK_EACH: Mapping[Side, tuple[str, ...]] = {"discriminator": ("discriminator",), "generator": ("generator",)}


@dataclass(frozen=True)
class UpdateInputs:
    """The inputs of one update of one player: a batch, latents, and the source of all other randomness."""

    batch: Batch
    latents: Tensor
    randomness: Randomness


class Game(ABC):
    """A game: each player's networks and loss, and the real and generated batches that discriminators compare.

    sides: the names of each player's networks; all networks of a player belong to the family named in the experiment
    """

    sides: ClassVar[Mapping[Side, tuple[str, ...]]] = ONE_NETWORK_EACH

    def __init__(self, settings: Any, networks: Mapping[str, Network], objective: Objective) -> None:
        self.settings, self.networks, self.objective = settings, networks, objective

    @staticmethod
    @abstractmethod
    def subjects(settings: Any, shape: tuple[int, ...], classes: int) -> Mapping[str, Subject]:
        """Describe each network for data of the given shape and number of classes (0 without labels)."""

    @staticmethod
    def class_logits(answers: Tensor) -> Tensor:  # noqa: ARG004
        """Return the class logits [n, K] from the discriminator's raw outputs, in games that predict classes."""
        raise AssertionError("this discriminator does not predict classes")

    @property
    def generator(self) -> Generator | Translator:
        """Return the first generator, which determines the value range of the images."""
        return cast(Generator | Translator, self.networks["generator"])

    def feed(self, source: Source, size: int, streams: Streams) -> Feed:
        """Return batches of `size` samples, with labels if the game needs them."""
        assert not isinstance(source, PairSet)
        return feed(source, size, streams, self.generator.output_range, labelled=self.settings.labelled)

    def latents(self, n: int) -> Draw:
        """Return the random draw for n latents; rows are empty in games without latents."""
        return normal(n, 0)

    @abstractmethod
    def generate(self, inputs: UpdateInputs) -> Fakes:
        """Generate images with every generator of the game; return them by name."""

    @abstractmethod
    def duels(self, inputs: UpdateInputs, fakes: Fakes, remedies: Mapping[str, Remedy]) -> Sequence[Duel]:
        """Return one duel for each discriminator, with its batches of real and generated samples."""

    @abstractmethod
    def terms(self, side: Side, inputs: UpdateInputs, duels: Sequence[Duel]) -> Terms:
        """Return a player's losses by name, per sample or as scalars, without those of remedies."""


def adversarial(side: Side, objective: Objective, duel: Duel) -> Tensor:
    """Return one player's objective for one duel, [n], with the sample weights set by remedies."""
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
