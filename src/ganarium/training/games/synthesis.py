"""The plain game: one generator against one discriminator, with or without labels."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, final

from torch import Tensor

from ganarium.core.streams import Draw
from ganarium.maths.objectives import Objective
from ganarium.networks.base import Discriminator, Generator
from ganarium.training.duel import Duel
from ganarium.training.games.base import Fakes, Game, Turn, adversarial
from ganarium.training.player import Side
from ganarium.training.remedies.base import Remedy


@final
class Synthesis(Game):
    """Goodfellow 2014; with labels, both players are told the same one (Mirza & Osindero 2014, arXiv 1411.1784)."""

    sides: ClassVar[Mapping[Side, tuple[str, ...]]] = {
        "discriminator": ("discriminator",),
        "generator": ("generator",),
    }

    def __init__(self, generator: Generator, discriminator: Discriminator) -> None:
        self.generator, self.discriminator = generator, discriminator
        self.networks = {"generator": generator, "discriminator": discriminator}

    def latents(self, n: int) -> Draw:
        """The generator's own law."""
        return self.generator.latents(n)

    def generate(self, turn: Turn) -> Fakes:
        """One picture for each latent, with the label of the real picture beside it."""
        masks = turn.deal("generator", "latents", self.generator.draws(len(turn.latents)))
        return {"pictures": self.generator(turn.latents, turn.batch.label, masks)}

    def duels(self, turn: Turn, fakes: Fakes, remedies: Mapping[str, Remedy]) -> Sequence[Duel]:
        """The one duel."""
        batch = turn.batch
        return [
            Duel(
                self.discriminator,
                remedies,
                turn.deal,
                batch.real,
                fakes["pictures"],
                batch.label,
                turn.latents,
            )
        ]

    def terms(self, side: Side, objective: Objective, duels: Sequence[Duel]) -> dict[str, Tensor]:
        """The objective of the one duel."""
        return {"objective": adversarial(side, objective, duels[0])}
