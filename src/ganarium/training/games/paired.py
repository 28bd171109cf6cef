"""The pix2pix game: translation with paired examples."""

from collections.abc import Mapping, Sequence
from typing import cast, final

import torch
from torch import Tensor

from ganarium.config.games import PairedConfig
from ganarium.core.errors import SettingsError
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
class Paired(Game):
    """pix2pix: the discriminator sees each image together with its real or generated translation (Isola 2017)."""

    @staticmethod
    def subjects(settings: PairedConfig, shape: tuple[int, ...], classes: int) -> Mapping[str, Subject]:
        """Describe the networks; the discriminator receives twice as many channels as the generator."""
        del settings, classes
        channels, *sides = shape
        return {"generator": Subject(shape), "discriminator": Subject((2 * channels, *sides))}

    def feed(self, source: Source, size: int, streams: Streams) -> Feed:
        """Return batches of images with their translations."""
        assert isinstance(source, PairSet)
        if not source.paired:
            fix = "game=cycle" if source.origin else "data.paired=true, or game=cycle"
            raise SettingsError(f"game=paired needs paired images: use {fix}")
        return feed_of_pairs(source, size, streams, self.generator.output_range, paired=True)

    def generate(self, inputs: UpdateInputs) -> Fakes:
        """Concatenate each x with the y generated from it."""
        x, network = cast(Tensor, inputs.batch.source), self.networks["generator"]
        translated = network(x, inputs.randomness("generator", "latents", network.draws(len(x))))
        return {"pictures": torch.cat([x, translated], 1)}

    def duels(self, inputs: UpdateInputs, fakes: Fakes, remedies: Mapping[str, Remedy]) -> Sequence[Duel]:
        """Return the only duel: the discriminator with real and generated image pairs."""
        discriminator = cast(Discriminator, self.networks["discriminator"])
        real = torch.cat([cast(Tensor, inputs.batch.source), inputs.batch.real], 1)
        return [Duel(discriminator, remedies, inputs.randomness, real, fakes["pictures"], None, inputs.latents)]

    def terms(self, side: Side, inputs: UpdateInputs, duels: Sequence[Duel]) -> Terms:
        """Return the objective and, for the generator, the mean absolute difference from the target (eq. 3)."""
        (duel,) = duels
        terms = {"objective": adversarial(side, self.objective, duel)}
        if side == "generator":
            translated = duel.fake[:, inputs.batch.real.shape[1] :]
            terms["l1"] = self.settings.l1 * absolute_difference(translated, inputs.batch.real)
        return terms
