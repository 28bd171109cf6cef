"""Feature matching."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.regularization import FeatureMatchingConfig
from ganarium.losses.penalties import feature_gap
from ganarium.training.duel import Duel
from ganarium.training.remedies.base import Remedy


@final
class FeatureMatching(Remedy):
    """The generator also matches the mean of the discriminator's last hidden layer (Salimans 2016, §3.1)."""

    def __init__(self, settings: FeatureMatchingConfig) -> None:
        self.weight = settings.weight

    def generator_term(self, duel: Duel) -> Tensor | None:
        """One number for the batch; at weight 0 no look, which would move running statistics."""
        if not self.weight:
            return None
        return self.weight * feature_gap(duel.real_verdict.features.detach(), duel.fake_verdict.features)
