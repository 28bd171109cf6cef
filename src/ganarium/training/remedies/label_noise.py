"""Label noise."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.regularization import LabelNoiseConfig
from ganarium.core.random_streams import uniform
from ganarium.training.duel import Duel
from ganarium.training.random_draws import Role
from ganarium.training.remedies.base import Remedy


@final
class LabelNoise(Remedy):
    """Random swaps of the labels "real" and "generated" in the discriminator's loss."""

    scale_terms = False

    def __init__(self, settings: LabelNoiseConfig) -> None:
        self.share = settings.share

    def discriminator_term(self, duel: Duel) -> Tensor:
        """Return the loss difference due to swapped labels: −log(1 − D) exceeds −log D by the logit."""
        return self._swapped(duel, "real", duel.real_logits) - self._swapped(duel, "fake", duel.fake_logits)

    def _swapped(self, duel: Duel, side: Role, logits: Tensor) -> Tensor:
        """Return the logits of images with a swapped label, and 0 for all other images."""
        chance = duel.randomness("label_noise", side, {"chance": uniform(len(logits))})["chance"]
        return logits * (chance < self.scaled(self.share)).view(-1, *[1] * (logits.dim() - 1))
