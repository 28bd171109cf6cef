"""A strength that follows how sure the discriminator is of real images (Karras 2020, ADA, §3.1)."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ganarium.training.duel import Duel


class Dial:
    """A number from 0 to 1, 0-d on the device.

    After every `interval` batches of real images it moves by as many images as these held, out of `pictures` for the
    whole way: up where the mean sign of their logits is above `target` (r_t, eq. 1), else down. It moves at the end of
    a step, so that all looks of one step see the same number.
    """

    def __init__(self, target: float, pictures: float, interval: int) -> None:
        self.target, self.pictures, self.interval = target, pictures, interval
        self.value = self._coming = torch.zeros(0)
        self._window = {"signs": self.value, "images": self.value, "batches": self.value}

    def begin(self, device: torch.device) -> None:
        """Start at 0."""
        self.value, self._coming = torch.zeros((), device=device), torch.zeros((), device=device)
        self._window = {name: torch.zeros((), device=device) for name in self._window}

    @torch.no_grad()
    def look(self, duel: Duel) -> None:
        """Count one batch of real images, and decide on a move if it is the last one of an interval."""
        signs, images, batches = self._window.values()
        signs.add_(duel.real_logits.sign().mean())
        images.add_(len(duel.real))
        batches.add_(1)
        due = batches >= self.interval  # more only in a fork that made the interval shorter
        sure = signs / batches - self.target
        self._coming.add_(due * (sure.sign() * images / self.pictures))
        for counted in self._window.values():
            counted.mul_(~due)

    @torch.no_grad()
    def move(self) -> None:
        """Make the moves that were decided on."""
        self.value.add_(self._coming).clamp_(0, 1)
        self._coming.zero_()

    def state(self, name: str) -> dict[str, Tensor]:
        """The number under that name, and what was counted of the present interval, where that can be anything."""
        return {name: self.value} | (self._window if self.interval > 1 else {})

    def completed(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return a state that a remedy can restore: of a run that counted no intervals, one now begins."""
        return {**self._window, **state}
