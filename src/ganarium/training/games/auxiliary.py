"""The game with an auxiliary classifier (ACGAN)."""

from collections.abc import Mapping, Sequence
from typing import cast, final

from torch import Tensor

from ganarium.config.games import AuxiliaryConfig
from ganarium.losses.classes import class_loss
from ganarium.networks.base import Subject
from ganarium.training.duel import DiscriminatorOutput, Duel
from ganarium.training.games.base import Terms, UpdateInputs, adversarial
from ganarium.training.games.two_player import TwoPlayerGame
from ganarium.training.player import Side


@final
class Auxiliary(TwoPlayerGame):
    """A game whose discriminator also predicts the class; both players minimize the class loss (Odena 2017, §3)."""

    @staticmethod
    def subjects(settings: AuxiliaryConfig, shape: tuple[int, ...], classes: int) -> Mapping[str, Subject]:
        """Describe the networks; only the generator receives the label."""
        del settings
        return {"generator": Subject(shape, classes), "discriminator": Subject(shape, outputs=1 + classes)}

    @staticmethod
    def class_logits(answers: Tensor) -> Tensor:
        """Return the class logits: all raw outputs except the first."""
        return answers[:, 1:]

    def logits(self, answers: Tensor, label: Tensor | None) -> Tensor:  # noqa: ARG002
        """Return the real-versus-generated logits, which are the first raw output."""
        return answers[:, 0]

    def terms(self, side: Side, inputs: UpdateInputs, duels: Sequence[Duel]) -> Terms:  # noqa: ARG002
        """Return the objective and the class loss of generated and, for the discriminator, of real images."""
        (duel,) = duels
        classes = self._classes(duel, duel.fake_output)
        if side == "discriminator":
            classes = classes + self._classes(duel, duel.real_output)
        return {"objective": adversarial(side, self.objective, duel), "classes": self.settings.weight * classes}

    def _classes(self, duel: Duel, output: DiscriminatorOutput) -> Tensor:
        return class_loss(self.class_logits(output.answers), cast(Tensor, duel.label))
