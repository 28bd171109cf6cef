"""A strength adapted to the discriminator's confidence on real images (Karras 2020, ADA, §3.1)."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ganarium.training.duel import Duel


class Dial:
    """A 0-d tensor on the device with a value from 0 to 1.

    After every `interval` batches of real images, it changes by their number of images divided by `pictures`, the
    number of images for the full range: up if the mean sign of their logits is above `target` (r_t, eq. 1), else down.
    It changes at the end of a step, so that all passes of one step use the same value.
    """

    def __init__(self, target: float, pictures: float, interval: int) -> None:
        self.target, self.pictures, self.interval = target, pictures, interval
        self.value = self._coming = torch.zeros(0)
        self._window = {"signs": self.value, "images": self.value, "batches": self.value}

    def begin(self, device: torch.device) -> None:
        """Set the value to 0."""
        self.value, self._coming = torch.zeros((), device=device), torch.zeros((), device=device)
        self._window = {name: torch.zeros((), device=device) for name in self._window}

    @torch.no_grad()
    def look(self, duel: Duel) -> None:
        """Count one batch of real images, and plan a change if it completes an interval."""
        signs, images, batches = self._window.values()
        signs.add_(duel.real_logits.sign().mean())
        images.add_(len(duel.real))
        batches.add_(1)
        due = batches >= self.interval  # greater only in a fork with a shorter interval
        sure = signs / batches - self.target
        self._coming.add_(due * (sure.sign() * images / self.pictures))
        for counted in self._window.values():
            counted.mul_(~due)

    @torch.no_grad()
    def move(self) -> None:
        """Apply the planned changes."""
        self.value.add_(self._coming).clamp_(0, 1)
        self._coming.zero_()

    def state(self, name: str) -> dict[str, Tensor]:
        """Return the value under this name and, for intervals of several batches, the current counts."""
        return {name: self.value} | (self._window if self.interval > 1 else {})

    def completed(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Add the counts of a new interval to the state of a run without counts."""
        return {**self._window, **state}
