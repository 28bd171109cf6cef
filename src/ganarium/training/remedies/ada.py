"""Adaptive discriminator augmentation."""

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from ganarium.core.settings import views as settings_of
from ganarium.core.streams import Draw, uniform
from ganarium.maths.augment import OUTSIDE
from ganarium.networks.base import Draws
from ganarium.training.duel import Duel
from ganarium.training.player import Player, Side
from ganarium.training.remedies.augmenting import NUMBERS, augmented, numbers_for
from ganarium.training.remedies.base import Remedy


@final
class Ada(Remedy):
    """Each change happens with probability p, which grows while the discriminator is sure of real pictures.

    Karras 2020, §3.1 (r_t, eq. 1), with the changes of DiffAugment in place of its own; p moves at every look.
    """

    pictorial = True

    def __init__(self, settings: settings_of.Ada) -> None:
        self.settings = settings
        self._probability = torch.zeros(0)

    def prepare(self, players: Mapping[Side, Player]) -> None:
        """p = 0."""
        self._probability = torch.zeros((), device=players["discriminator"].lr.device)

    def draws(self, n: int, shape: tuple[int, ...]) -> dict[str, Draw]:  # noqa: ARG002
        """Some numbers for each picture, and whether each change happens."""
        return numbers_for(n) | {f"{name}?": uniform(n) for name in NUMBERS}

    def view(self, pictures: Tensor, draws: Draws) -> Tensor:
        """The pictures, some of them changed."""
        return augmented(pictures, {name: self._some(name, draws) for name in NUMBERS}, self.settings)

    @torch.no_grad()
    def discriminator_term(self, duel: Duel) -> None:
        """No loss; p moves by as many pictures as were seen, up where more than the target is right by sign."""
        sure = duel.real_logits.sign().mean() - self.settings.target
        self._probability.add_(sure.sign() * len(duel.real) / self.settings.pictures).clamp_(0, 1)

    def state(self) -> dict[str, Tensor]:
        """p."""
        return {"probability": self._probability}

    def _some(self, name: str, draws: Draws) -> Tensor:
        """The numbers of one change, but for pictures that it passes by: those at which nothing changes."""
        numbers = draws[name]
        happens = (draws[f"{name}?"] < self._probability).view(-1, *[1] * (numbers.dim() - 1))
        return torch.where(happens, numbers, OUTSIDE if name == "cutout" else 0.5)
