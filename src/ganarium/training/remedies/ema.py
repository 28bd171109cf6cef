"""An exponential moving average of the generator."""

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from ganarium.config.remedies.optimization import EmaConfig
from ganarium.training.player import Player, Side, weights_of
from ganarium.training.remedies.base import Remedy

WARMUP = 10.0  # at step t, the average has a weight of at most (1 + t)/(WARMUP + t)


@final
class Ema(Remedy):
    """Moving average of the generator's weights, updated every step and not used in training (Yazıcı 2019, §3).

    Steps that update only the discriminator leave the average unchanged.

    Each update is average ← d · average + (1 − d) · weights. With a constant d = 0.999, the initial weights still make
    up a third of the average after 1,000 steps. Warm-up therefore uses d = min(decay, (1 + t)/(10 + t)) at step t, as
    TensorFlow's ExponentialMovingAverage does with `num_updates`: the average covers about the last tenth of the steps
    so far, until this window is longer than that of `decay`. StyleGAN2 bounds the half-life by a fraction of the steps
    so far for the same reason (Karras 2020, `ema_rampup`, arXiv 1912.04958). Bias correction as in Adam also removes
    the initial weights, but weights all previous steps equally, including the poor early ones.

    A ramp lets the half-life grow from 0 to that of `decay`, with d = decay^(1/f) at the fraction f of it: linearly
    over a number of steps, or along half a cosine over a fraction of the horizon (Huang 2024, R3GAN).
    """

    def __init__(self, settings: EmaConfig) -> None:
        self.decay, self.ramp, self.warmup = settings.decay, settings.ramp_steps, settings.warmup
        self._step_count = torch.zeros(0)
        self._live: dict[str, Tensor] = {}
        self._average: dict[str, Tensor] = {}

    def prepare(self, players: Mapping[Side, Player]) -> None:
        """Initialize the average with the current weights."""
        self._live = {
            f"{network_name}.{name}": tensor
            for network_name, network in players["generator"].networks.items()
            for name, tensor in weights_of(network).items()
        }
        self._average = {name: tensor.clone() for name, tensor in self._live.items()}
        self._step_count = torch.zeros((), device=players["generator"].lr.device)

    @torch.no_grad()
    def after_step(self, players: Mapping[Side, Player]) -> None:
        """Update the average."""
        if players["generator"].frozen:
            return
        pairs = [(self._average[name], live) for name, live in self._live.items()]
        for average, live in pairs:
            if not live.is_floating_point():  # a counter
                average.copy_(live)
        pairs = [(average, live) for average, live in pairs if live.is_floating_point()]
        if not self._counts_steps and self.scale is None:
            torch._foreach_lerp_([average for average, _ in pairs], [live for _, live in pairs], 1 - self.decay)
            return
        self._step_count.add_(1)
        share = self._share()
        for average, live in pairs:
            average.lerp_(live, share)

    def _share(self) -> Tensor:
        """Return the 0-d share 1 − d of the current weights."""
        share = torch.full_like(self._step_count, 1 - self.decay)
        if self.ramp:
            share = 1 - self.decay ** (self.ramp / self._step_count.clamp(max=self.ramp))
        if self.scale is not None:
            share = 1 - self.decay ** (1 / self.scale)
        return torch.maximum(share, (WARMUP - 1) / (WARMUP + self._step_count)) if self.warmup else share

    @property
    def _counts_steps(self) -> bool:
        return self.warmup or self.ramp > 0

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Restore an average; without a saved step count, warm-up and the half-life ramp start now."""
        super().restore({"made": torch.zeros_like(self._step_count), **state})

    def state(self) -> dict[str, Tensor]:
        """Return the averaged weights, named network.weight, and the step count if `after_step` uses it."""
        return self._average | ({"made": self._step_count} if self._counts_steps else {})
