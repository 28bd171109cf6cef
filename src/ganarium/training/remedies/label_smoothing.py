"""One-sided label smoothing."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.regularization import LabelSmoothingConfig
from ganarium.training.duel import Duel
from ganarium.training.remedies.base import Remedy


@final
class LabelSmoothing(Remedy):
    """Targets of α for real and 0 for generated images, so that D* = α p / (p + q) (Salimans 2016, §3.4)."""

    def __init__(self, settings: LabelSmoothingConfig) -> None:
        self.target = settings.target

    def discriminator_term(self, duel: Duel) -> Tensor:
        """Return (1 − α) · logit per sample: −α log D − (1 − α) log(1 − D) exceeds −log D by this amount."""
        return (1 - self.target) * duel.real_logits
