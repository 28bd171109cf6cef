"""A pool of previously generated images."""

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
    """A random exchange of half of the generated images with earlier ones (Shrivastava 2017, §2.3).

    If the batch is larger than the pool, only the first images of the batch, up to the pool size, are exchanged.
    """

    steady = False  # until the pool is full

    def __init__(self, settings: ImagePoolConfig) -> None:
        self.size = settings.size
        self._pools: dict[str, Tensor] = {}

    def draws(self, n: int, shape: tuple[int, ...]) -> dict[str, Draw]:  # noqa: ARG002
        """Return the random draws: one decision per image, and a permutation of the pool."""
        return {"coins": uniform(n), "places": permutation(self.size)}

    def fakes(self, name: str, fakes: Tensor, draws: Draws) -> Tensor:
        """Fill the pool called `name`; once it is full, exchange each image with probability ½."""
        older = self._pools.get(name, fakes[:0].detach())
        fresh = self.size - len(older)
        if fresh > 0:
            self._pools[name] = torch.cat([older, fakes[:fresh].detach()])
            return fakes
        changes = draws["coins"][: self.size] < 0.5
        places = draws["places"][: len(changes)]
        old, new, column = older[places], fakes[: len(changes)], _column(changes, fakes)
        self._pools[name] = older.index_copy(0, places, torch.where(column, new, old)).detach()
        return torch.cat([torch.where(column, old, new), fakes[len(changes) :]])

    def state(self) -> dict[str, Tensor]:
        """Return the pools by name."""
        return self._pools

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Restore the pools; earlier versions saved the pool "pictures" under the name "pool"."""
        self._pools = {"pictures" if name == "pool" else name: pool for name, pool in state.items()}


def _column(flags: Tensor, like: Tensor) -> Tensor:
    return flags.view(-1, *[1] * (like.dim() - 1))
