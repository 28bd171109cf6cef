"""Remedy strength adapted to the discriminator's confidence on real images (Karras 2020, ADA, §3.1)."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ganarium.training.duel import Duel


class AdaptiveStrength:
    """An adaptive strength from 0 to 1, stored as a 0-d tensor on the device.

    After every `interval` batches of real images, the strength changes by the number of images in these batches divided
    by `pictures`, the number of images for the full range. It increases if the mean sign of their logits is above
    `target` (r_t, eq. 1), and decreases otherwise. Changes take effect at the end of a step, so that all passes of one
    step use the same value.
    """

    def __init__(self, target: float, pictures: float, interval: int) -> None:
        self.target, self.pictures, self.interval = target, pictures, interval
        self.value = self._pending = torch.zeros(0)
        self._window = {"signs": self.value, "images": self.value, "batches": self.value}

    def reset(self, device: torch.device) -> None:
        """Set the strength to 0."""
        self.value, self._pending = torch.zeros((), device=device), torch.zeros((), device=device)
        self._window = {name: torch.zeros((), device=device) for name in self._window}

    @torch.no_grad()
    def count(self, duel: Duel) -> None:
        """Record one batch of real images, and schedule a change if this batch completes an interval."""
        signs, images, batches = self._window.values()
        signs.add_(duel.real_logits.sign().mean())
        images.add_(len(duel.real))
        batches.add_(1)
        due = batches >= self.interval  # above it only in a fork with a shorter interval
        excess = signs / batches - self.target
        self._pending.add_(due * (excess.sign() * images / self.pictures))
        for count in self._window.values():
            count.mul_(~due)

    @torch.no_grad()
    def update(self) -> None:
        """Apply the scheduled change."""
        self.value.add_(self._pending).clamp_(0, 1)
        self._pending.zero_()

    def state(self, name: str) -> dict[str, Tensor]:
        """Return the strength as `name` and, for intervals of several batches, the current counts."""
        return {name: self.value} | (self._window if self.interval > 1 else {})

    def with_counts(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the saved state, with zero counts added if it contains none."""
        return {**self._window, **state}
