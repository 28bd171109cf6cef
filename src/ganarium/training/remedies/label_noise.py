"""Label noise."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.regularization import LabelNoiseConfig
from ganarium.core.random_streams import uniform
from ganarium.training.draws import Role
from ganarium.training.duel import Duel
from ganarium.training.remedies.base import Remedy


@final
class LabelNoise(Remedy):
    """Now and then the discriminator is told that a real picture is generated, and the other way round."""

    probabilities = True
    paced = False

    def __init__(self, settings: LabelNoiseConfig) -> None:
        self.share = settings.share

    def discriminator_term(self, duel: Duel) -> Tensor:
        """The logit, which −log(1 − D) has more than −log D, of those taken for generated; the same of others less."""
        return self._taken(duel, "real", duel.real_logits) - self._taken(duel, "fake", duel.fake_logits)

    def _taken(self, duel: Duel, side: Role, logits: Tensor) -> Tensor:
        """The logits of pictures that are taken for the other kind, and 0 for the rest."""
        chance = duel.deal("label_noise", side, {"chance": uniform(len(logits))})["chance"]
        return logits * (chance < self.leveled(self.share)).view(-1, *[1] * (logits.dim() - 1))
