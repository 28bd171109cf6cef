"""The CycleGAN game: unpaired translation in both directions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, cast, final

from torch import Tensor

from ganarium.config.games import CycleConfig
from ganarium.core.random_streams import Streams
from ganarium.data.batches import Feed, feed_of_pairs
from ganarium.data.datasets import PairSet, Source
from ganarium.losses.objectives import absolute_difference
from ganarium.networks.base import Discriminator, Subject
from ganarium.training.duel import Duel
from ganarium.training.games.base import Fakes, Game, Terms, UpdateInputs, adversarial
from ganarium.training.player import Side
from ganarium.training.remedies.base import Remedy


@final
class Cycle(Game):
    """CycleGAN: `generator` maps x to y and `back` maps y to x, each with its own discriminator (Zhu 2017)."""

    sides: ClassVar[Mapping[Side, tuple[str, ...]]] = {
        "discriminator": ("discriminator", "back_discriminator"),
        "generator": ("generator", "back"),
    }

    @staticmethod
    def subjects(settings: CycleConfig, shape: tuple[int, ...], classes: int) -> Mapping[str, Subject]:
        """Describe the networks, which all process images of the same shape, without labels."""
        del settings, classes
        return {name: Subject(shape) for names in Cycle.sides.values() for name in names}

    def feed(self, source: Source, size: int, streams: Streams) -> Feed:
        """Return batches of both domains, each shuffled independently."""
        assert isinstance(source, PairSet)
        return feed_of_pairs(source, size, streams, self.generator.output_range, paired=False)

    def generate(self, inputs: UpdateInputs) -> Fakes:
        """Translate x to y, and y to x."""
        x, y = cast(Tensor, inputs.batch.source), inputs.batch.real
        return {"y": self._translate("generator", x, inputs), "x": self._translate("back", y, inputs)}

    def duels(self, inputs: UpdateInputs, fakes: Fakes, remedies: Mapping[str, Remedy]) -> Sequence[Duel]:
        """Return one duel per domain, each with its own random numbers."""
        there, back = (cast(Discriminator, self.networks[name]) for name in self.sides["discriminator"])
        x, y, randomness = cast(Tensor, inputs.batch.source), inputs.batch.real, inputs.randomness
        own = replace(randomness, player=f"{randomness.player}.back")
        return [
            Duel(there, remedies, randomness, y, fakes["y"], None, inputs.latents),
            Duel(back, remedies, own, x, fakes["x"], None, inputs.latents),
        ]

    def terms(self, side: Side, inputs: UpdateInputs, duels: Sequence[Duel]) -> Terms:
        """Return the objectives of both domains and, for the generators, the cycle (eq. 2) and identity losses."""
        there, back = duels
        terms = {"objective": adversarial(side, self.objective, there) + adversarial(side, self.objective, back)}
        if side == "discriminator":
            return terms
        x, y = back.real, there.real
        there_and_back = self._difference("back", there.fake, x, inputs) + self._difference(
            "generator", back.fake, y, inputs
        )
        terms["cycle"] = self.settings.cycle * there_and_back
        if self.settings.identity:
            already_there = self._difference("generator", y, y, inputs) + self._difference("back", x, x, inputs)
            terms["identity"] = self.settings.identity * already_there
        return terms

    def _difference(self, name: str, pictures: Tensor, target: Tensor, inputs: UpdateInputs) -> Tensor:
        return absolute_difference(self._translate(name, pictures, inputs), target)

    def _translate(self, name: str, pictures: Tensor, inputs: UpdateInputs) -> Tensor:
        network = self.networks[name]
        translated: Tensor = network(pictures, inputs.randomness(name, "latents", network.draws(len(pictures))))
        return translated
