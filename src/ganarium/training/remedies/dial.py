"""A strength that looks after itself: more while the discriminator is sure of real pictures, less when it is not."""

import torch
from torch import Tensor

from ganarium.training.duel import Duel


class Dial:
    """A number from 0 to 1, 0-d on the device.

    It moves at every look by as many pictures as were seen, out of `pictures` for the whole way: up where more than
    `target` of the real ones are right by sign, on average, else down (Karras 2020, §3.1: r_t, eq. 1).
    """

    def __init__(self, target: float, pictures: float) -> None:
        self.target, self.pictures = target, pictures
        self.value = torch.zeros(0)

    def begin(self, device: torch.device) -> None:
        """At 0."""
        self.value = torch.zeros((), device=device)

    @torch.no_grad()
    def turn(self, duel: Duel) -> None:
        """Move by one look."""
        sure: Tensor = duel.real_logits.sign().mean() - self.target
        self.value.add_(sure.sign() * len(duel.real) / self.pictures).clamp_(0, 1)
