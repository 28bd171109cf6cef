"""A pool of older generated pictures."""

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from ganarium.config.remedies.augmentation import ImagePoolConfig
from ganarium.core.random_streams import Draw, permutation, uniform
from ganarium.networks.base import Draws
from ganarium.training.remedies.base import Remedy


@final
class ImagePool(Remedy):
    """Half of the pictures change places with older ones before the discriminator looks (Shrivastava 2017, §2.3).

    Of a batch larger than the pool, half of as many as it holds.
    """

    conditional = False
    steady = False  # until the pool is full

    def __init__(self, settings: ImagePoolConfig) -> None:
        self.size = settings.size
        self._pools: dict[str, Tensor] = {}

    def draws(self, n: int, shape: tuple[int, ...]) -> dict[str, Draw]:  # noqa: ARG002
        """A coin for each picture and an order of the pool's places."""
        return {"coins": uniform(n), "places": permutation(self.size)}

    def fakes(self, kind: str, fakes: Tensor, draws: Draws) -> Tensor:
        """The pool of that kind fills first; then each picture keeps or changes its place with even chance."""
        older = self._pools.get(kind, fakes[:0].detach())
        fresh = self.size - len(older)
        if fresh > 0:
            self._pools[kind] = torch.cat([older, fakes[:fresh].detach()])
            return fakes
        changes = draws["coins"][: self.size] < 0.5
        places = draws["places"][: len(changes)]
        old, new, column = older[places], fakes[: len(changes)], _column(changes, fakes)
        self._pools[kind] = older.index_copy(0, places, torch.where(column, new, old)).detach()
        return torch.cat([torch.where(column, old, new), fakes[len(changes) :]])

    def state(self) -> dict[str, Tensor]:
        """The pools by kind."""
        return self._pools

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Put the pools back; "pool" is what "pictures" was called in older runs."""
        self._pools = {"pictures" if kind == "pool" else kind: pool for kind, pool in state.items()}


def _column(flags: Tensor, like: Tensor) -> Tensor:
    return flags.view(-1, *[1] * (like.dim() - 1))
