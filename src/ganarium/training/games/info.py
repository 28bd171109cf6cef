"""The InfoGAN game, in which codes learn to represent classes of the data."""

from collections.abc import Mapping, Sequence
from typing import cast, final

from torch import Tensor

from ganarium.config.games import InfoConfig
from ganarium.core.random_streams import integers
from ganarium.losses.classes import class_loss, code_loss
from ganarium.networks.base import Subject
from ganarium.training.duel import Duel
from ganarium.training.games.base import Terms, UpdateInputs, adversarial
from ganarium.training.games.two_player import TwoPlayerGame
from ganarium.training.player import Side


@final
class Info(TwoPlayerGame):
    """A game whose discriminator also predicts the code of each generated image (Chen 2016, eq. 6).

    Both players minimize the prediction loss. The code consists of a category, passed to the generator like a label,
    and of the first entries of the latent. As in the paper (§6), additional outputs of the discriminator predict the
    code.
    """

    @staticmethod
    def subjects(settings: InfoConfig, shape: tuple[int, ...], classes: int) -> Mapping[str, Subject]:
        """Describe the networks; the generator receives the categorical code instead of the labels of the data."""
        del classes
        answers = 1 + settings.categories + settings.continuous
        return {"generator": Subject(shape, settings.categories), "discriminator": Subject(shape, outputs=answers)}

    def label(self, inputs: UpdateInputs) -> Tensor | None:
        """Draw a categorical code for each image."""
        draw = integers(len(inputs.latents), high=self.settings.categories)
        return inputs.randomness("game", "latents", {"code": draw})["code"]

    def logits(self, answers: Tensor, label: Tensor | None) -> Tensor:  # noqa: ARG002
        """Return the real-versus-generated logits, which are the first raw output."""
        return answers[:, 0]

    def terms(self, side: Side, inputs: UpdateInputs, duels: Sequence[Duel]) -> Terms:  # noqa: ARG002
        """Return the objective and the prediction loss of each part of the code."""
        (duel,) = duels
        categories, continuous = self.settings.categories, self.settings.continuous
        answers = duel.fake_output.answers[:, 1:]
        terms = {
            "objective": adversarial(side, self.objective, duel),
            "code": self.settings.weight * class_loss(answers[:, :categories], cast(Tensor, duel.label)),
        }
        if continuous:
            loss = code_loss(answers[:, categories:], duel.latents[:, :continuous])
            terms["continuous"] = self.settings.continuous_weight * loss
        return terms
