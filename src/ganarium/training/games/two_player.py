"""The base class of games with one generator and one discriminator."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

from torch import Tensor

from ganarium.core.random_streams import Draw
from ganarium.networks.base import Discriminator, Generator
from ganarium.training.duel import Duel
from ganarium.training.games.base import Fakes, Game, Turn
from ganarium.training.remedies.base import Remedy


class TwoPlayerGame(Game):
    """A game in which one generator maps latents to images and one discriminator compares them with real ones."""

    @property
    def generator(self) -> Generator:
        """Return the generator."""
        return cast(Generator, self.networks["generator"])

    @property
    def discriminator(self) -> Discriminator:
        """Return the discriminator."""
        return cast(Discriminator, self.networks["discriminator"])

    def latents(self, n: int) -> Draw:
        """Return the generator's draw of n latents."""
        return self.generator.latents(n)

    def label(self, turn: Turn) -> Tensor | None:
        """Return the label of the generator and of the duel: that of the real image at the same batch index."""
        return turn.batch.label

    def logits(self, answers: Tensor, label: Tensor | None) -> Tensor:  # noqa: ARG002
        """Return the logits [n] of the discriminator's answers: by default the answers themselves."""
        return answers

    def generate(self, turn: Turn) -> Fakes:
        """Generate one image for each latent."""
        return {"pictures": self._generate(turn, turn.latents)}

    def duels(self, turn: Turn, fakes: Fakes, remedies: Mapping[str, Remedy]) -> Sequence[Duel]:
        """Return the single duel."""
        real, label = turn.batch.real, self.label(turn)
        fake, latents = fakes["pictures"], turn.latents
        again = partial(self._generate, turn)
        return [Duel(self.discriminator, remedies, turn.deal, real, fake, label, latents, self.logits, again)]

    def _generate(self, turn: Turn, latents: Tensor) -> Tensor:
        masks = turn.deal("generator", "latents", self.generator.draws(len(latents)))
        pictures: Tensor = self.generator(latents, self.label(turn), masks)
        return pictures
