"""A strength that looks after itself: more while the discriminator is sure of real pictures, less when it is not."""

import torch
from torch import Tensor

from ganarium.training.duel import Duel


class Dial:
    """A number from 0 to 1, 0-d on the device.

    It moves after a step by as many pictures as were seen, out of `pictures` for the whole way: for each look up where
    more than `target` of the real ones are right by sign, on average, else down (Karras 2020, §3.1: r_t, eq. 1). Till
    then it rests, so that every look of a turn is by one number.
    """

    def __init__(self, target: float, pictures: float) -> None:
        self.target, self.pictures = target, pictures
        self.value = self._coming = torch.zeros(0)

    def begin(self, device: torch.device) -> None:
        """At 0."""
        self.value, self._coming = torch.zeros((), device=device), torch.zeros((), device=device)

    @torch.no_grad()
    def look(self, duel: Duel) -> None:
        """Take one look into account."""
        sure: Tensor = duel.real_logits.sign().mean() - self.target
        self._coming.add_(sure.sign() * len(duel.real) / self.pictures)

    @torch.no_grad()
    def move(self) -> None:
        """Move by all looks since the last move."""
        self.value.add_(self._coming).clamp_(0, 1)
        self._coming.zero_()
