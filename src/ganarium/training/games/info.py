"""The game in which codes find kinds."""

from collections.abc import Mapping, Sequence
from typing import cast, final

from torch import Tensor

from ganarium.config.games import InfoConfig
from ganarium.core.random_streams import integers
from ganarium.losses.classes import class_loss, code_loss
from ganarium.networks.base import Subject
from ganarium.training.duel import Duel
from ganarium.training.games.base import Terms, Turn, adversarial
from ganarium.training.games.solo import Solo
from ganarium.training.player import Side


@final
class Info(Solo):
    """The discriminator also reads the code off each generated picture, for both players (Chen 2016, eq. 6).

    The code is a number of kinds, told to the generator as a label is, and the first numbers of the latent. Its
    reader is the discriminator with further answers, as in the paper (§6).
    """

    @staticmethod
    def subjects(settings: InfoConfig, shape: tuple[int, ...], classes: int) -> Mapping[str, Subject]:
        """The generator is told the categorical code; the data's labels are nobody's business."""
        del classes
        answers = 1 + settings.categories + settings.continuous
        return {"generator": Subject(shape, settings.categories), "discriminator": Subject(shape, outputs=answers)}

    def label(self, turn: Turn) -> Tensor | None:
        """The categorical code, drawn for each picture."""
        draw = integers(len(turn.latents), high=self.settings.categories)
        return turn.deal("game", "latents", {"code": draw})["code"]

    def read(self, answers: Tensor, label: Tensor | None) -> Tensor:  # noqa: ARG002
        """The first answer."""
        return answers[:, 0]

    def terms(self, side: Side, turn: Turn, duels: Sequence[Duel]) -> Terms:  # noqa: ARG002
        """The objective, and how well each part of the code is read."""
        (duel,) = duels
        kinds, continuous = self.settings.categories, self.settings.continuous
        answers = duel.fake_verdict.answers[:, 1:]
        terms = {
            "objective": adversarial(side, self.objective, duel),
            "code": self.settings.weight * class_loss(answers[:, :kinds], cast(Tensor, duel.label)),
        }
        if continuous:
            loss = code_loss(answers[:, kinds:], duel.latents[:, :continuous])
            terms["continuous"] = self.settings.continuous_weight * loss
        return terms
