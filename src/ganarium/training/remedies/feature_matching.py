"""Feature matching."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.regularization import FeatureMatchingConfig
from ganarium.losses.penalties import feature_gap
from ganarium.training.duel import Duel
from ganarium.training.remedies.base import Remedy


@final
class FeatureMatching(Remedy):
    """A generator loss on the mean of the discriminator's last hidden layer (Salimans 2016, §3.1)."""

    def __init__(self, settings: FeatureMatchingConfig) -> None:
        self.weight = settings.weight

    def generator_term(self, duel: Duel) -> Tensor | None:
        """Return the loss, 0-d; None at weight 0, which avoids a pass that would change running statistics."""
        if not self.weight:
            return None
        return self.weight * feature_gap(duel.real_output.features.detach(), duel.fake_output.features)
