"""The basic game: one generator against one discriminator, with or without labels."""

from collections.abc import Mapping, Sequence
from typing import final

from ganarium.config.games import SynthesisConfig
from ganarium.networks.base import Subject
from ganarium.training.duel import Duel
from ganarium.training.games.base import Terms, UpdateInputs, adversarial
from ganarium.training.games.two_player import TwoPlayerGame
from ganarium.training.player import Side


@final
class Synthesis(TwoPlayerGame):
    """The GAN of Goodfellow 2014; labels condition both players (Mirza & Osindero 2014, arXiv 1411.1784)."""

    @staticmethod
    def subjects(settings: SynthesisConfig, shape: tuple[int, ...], classes: int) -> Mapping[str, Subject]:
        """Describe the networks; both receive the label if the game is conditional."""
        subject = Subject(shape, classes if settings.conditional else 0)
        return {"generator": subject, "discriminator": subject}

    def terms(self, side: Side, inputs: UpdateInputs, duels: Sequence[Duel]) -> Terms:  # noqa: ARG002
        """Return the objective, the only loss of this game."""
        return {"objective": adversarial(side, self.objective, duels[0])}
