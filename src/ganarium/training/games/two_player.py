"""The base class of games with one generator and one discriminator."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

from torch import Tensor

from ganarium.core.random_streams import Draw
from ganarium.networks.base import Discriminator, Generator
from ganarium.training.duel import Duel
from ganarium.training.games.base import Fakes, Game, UpdateInputs
from ganarium.training.remedies.base import Remedy


class TwoPlayerGame(Game):
    """A game in which one generator maps latents to images and one discriminator rates real and generated images."""

    @property
    def generator(self) -> Generator:
        """Return the generator."""
        return cast(Generator, self.networks["generator"])

    @property
    def discriminator(self) -> Discriminator:
        """Return the discriminator."""
        return cast(Discriminator, self.networks["discriminator"])

    def latents(self, n: int) -> Draw:
        """Return the random draw for n latents of the generator."""
        return self.generator.latents(n)

    def label(self, inputs: UpdateInputs) -> Tensor | None:
        """Return the labels that both players receive: those of the real images in the batch."""
        return inputs.batch.label

    def logits(self, answers: Tensor, label: Tensor | None) -> Tensor:  # noqa: ARG002
        """Return the logits [n] computed from the discriminator's raw outputs; by default, these outputs."""
        return answers

    def generate(self, inputs: UpdateInputs) -> Fakes:
        """Generate one image for each latent."""
        return {"pictures": self._generate(inputs, inputs.latents)}

    def duels(self, inputs: UpdateInputs, fakes: Fakes, remedies: Mapping[str, Remedy]) -> Sequence[Duel]:
        """Return the only duel: the discriminator with the real and the generated batch."""
        real, label = inputs.batch.real, self.label(inputs)
        fake, latents = fakes["pictures"], inputs.latents
        again = partial(self._generate, inputs)
        return [Duel(self.discriminator, remedies, inputs.randomness, real, fake, label, latents, self.logits, again)]

    def _generate(self, inputs: UpdateInputs, latents: Tensor) -> Tensor:
        masks = inputs.randomness("generator", "latents", self.generator.draws(len(latents)))
        pictures: Tensor = self.generator(latents, self.label(inputs), masks)
        return pictures
