"""A pool of previously generated pictures."""

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
    """A random exchange of half of the generated pictures with earlier ones (Shrivastava 2017, §2.3).

    If the batch is larger than the pool, only as many pictures as the pool holds take part.
    """

    steady = False  # until the pool is full

    def __init__(self, settings: ImagePoolConfig) -> None:
        self.size = settings.size
        self._pools: dict[str, Tensor] = {}

    def draws(self, n: int, shape: tuple[int, ...]) -> dict[str, Draw]:  # noqa: ARG002
        """Return the draws of a coin for each picture and of an order of the pool's entries."""
        return {"coins": uniform(n), "places": permutation(self.size)}

    def fakes(self, kind: str, fakes: Tensor, draws: Draws) -> Tensor:
        """Fill the pool of this kind first; then exchange each picture with probability ½."""
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
        """Return the pools by kind."""
        return self._pools

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Restore the pools; older runs call the pool of "pictures" "pool"."""
        self._pools = {"pictures" if kind == "pool" else kind: pool for kind, pool in state.items()}


def _column(flags: Tensor, like: Tensor) -> Tensor:
    return flags.view(-1, *[1] * (like.dim() - 1))
