"""What the games of one generator and one discriminator have in common."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast

from torch import Tensor

from ganarium.core.random_streams import Draw
from ganarium.networks.base import Discriminator, Generator
from ganarium.training.duel import Duel
from ganarium.training.games.base import Fakes, Game, Turn
from ganarium.training.remedies.base import Remedy


class Solo(Game):
    """One generator makes pictures of latents; one discriminator judges them beside real ones."""

    @property
    def generator(self) -> Generator:
        """Its one generator."""
        return cast(Generator, self.networks["generator"])

    @property
    def discriminator(self) -> Discriminator:
        """Its one discriminator."""
        return cast(Discriminator, self.networks["discriminator"])

    def latents(self, n: int) -> Draw:
        """The generator's own law."""
        return self.generator.latents(n)

    def label(self, turn: Turn) -> Tensor | None:
        """What the generator is told, and the duel's label: that of the real picture beside each generated one."""
        return turn.batch.label

    def read(self, answers: Tensor, label: Tensor | None) -> Tensor:  # noqa: ARG002
        """The logits [n] in the discriminator's answers; these are all there is unless overridden."""
        return answers

    def generate(self, turn: Turn) -> Fakes:
        """One picture for each latent."""
        return {"pictures": self._made(turn, turn.latents)}

    def duels(self, turn: Turn, fakes: Fakes, remedies: Mapping[str, Remedy]) -> Sequence[Duel]:
        """The one duel."""
        real, label = turn.batch.real, self.label(turn)
        fake, latents = fakes["pictures"], turn.latents
        again = partial(self._made, turn)
        return [Duel(self.discriminator, remedies, turn.deal, real, fake, label, latents, self.read, again)]

    def _made(self, turn: Turn, latents: Tensor) -> Tensor:
        masks = turn.deal("generator", "latents", self.generator.draws(len(latents)))
        pictures: Tensor = self.generator(latents, self.label(turn), masks)
        return pictures
