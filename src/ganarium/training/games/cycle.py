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
from ganarium.training.games.base import Fakes, Game, Terms, Turn, adversarial
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
        """Describe the networks: images of one shape, without labels."""
        del settings, classes
        return {name: Subject(shape) for names in Cycle.sides.values() for name in names}

    def feed(self, source: Source, size: int, streams: Streams) -> Feed:
        """Return batches of both domains, each in its own order."""
        assert isinstance(source, PairSet)
        return feed_of_pairs(source, size, streams, self.generator.output_range, paired=False)

    def generate(self, turn: Turn) -> Fakes:
        """Translate x to y, and y to x."""
        x, y = cast(Tensor, turn.batch.source), turn.batch.real
        return {"y": self._translate("generator", x, turn), "x": self._translate("back", y, turn)}

    def duels(self, turn: Turn, fakes: Fakes, remedies: Mapping[str, Remedy]) -> Sequence[Duel]:
        """Return one duel for each domain, with its own random numbers."""
        there, back = (cast(Discriminator, self.networks[name]) for name in self.sides["discriminator"])
        x, y, deal = cast(Tensor, turn.batch.source), turn.batch.real, turn.deal
        return [
            Duel(there, remedies, deal, y, fakes["y"], None, turn.latents),
            Duel(back, remedies, replace(deal, player=f"{deal.player}.back"), x, fakes["x"], None, turn.latents),
        ]

    def terms(self, side: Side, turn: Turn, duels: Sequence[Duel]) -> Terms:
        """Return the objectives of both domains and, for the generators, the cycle (eq. 2) and identity losses."""
        there, back = duels
        terms = {"objective": adversarial(side, self.objective, there) + adversarial(side, self.objective, back)}
        if side == "discriminator":
            return terms
        x, y = back.real, there.real
        there_and_back = self._difference("back", there.fake, x, turn) + self._difference(
            "generator", back.fake, y, turn
        )
        terms["cycle"] = self.settings.cycle * there_and_back
        if self.settings.identity:
            already_there = self._difference("generator", y, y, turn) + self._difference("back", x, x, turn)
            terms["identity"] = self.settings.identity * already_there
        return terms

    def _difference(self, name: str, pictures: Tensor, target: Tensor, turn: Turn) -> Tensor:
        return absolute_difference(self._translate(name, pictures, turn), target)

    def _translate(self, name: str, pictures: Tensor, turn: Turn) -> Tensor:
        network = self.networks[name]
        translated: Tensor = network(pictures, turn.deal(name, "latents", network.draws(len(pictures))))
        return translated
