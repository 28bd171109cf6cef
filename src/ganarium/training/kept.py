"""A network as a run keeps it: without the state of training, in one of the sets of weights that there are."""

from collections.abc import Mapping
from typing import Generic, Literal, TypeVar

from torch import Tensor

from ganarium.core.errors import UsageError
from ganarium.networks.base import Network
from ganarium.runs.checkpoint import below
from ganarium.training.player import Side, weights_of

Weights = Literal["ema", "raw"]
N = TypeVar("N", bound=Network)


class Kept(Generic[N]):
    """A network built anew, and the weights that a checkpoint holds for it.

    sets: names of the sets of weights, "ema" first where the run kept a moving average, and "raw"
    """

    def __init__(self, network: N, side: Side, name: str, tensors: Mapping[str, Tensor]) -> None:
        found = {
            "ema": below(tensors, f"remedies/ema/{name}."),
            "raw": below(tensors, f"{side}/weights.{name}."),
        }
        self._weights = {kind: weights for kind, weights in found.items() if weights}
        self.device = next(iter(self._weights["raw"].values())).device
        self.network = network.to_empty(device=self.device).requires_grad_(False).eval()

    @property
    def sets(self) -> tuple[str, ...]:
        """The sets of weights that there are, the default first."""
        return tuple(self._weights)

    def use(self, weights: Weights | None = None) -> N:
        """The network with these weights. Raises `UsageError` for weights that are not there."""
        name = weights or self.sets[0]
        if name not in self._weights:
            raise UsageError(
                f"weights {name!r}: this run has {' and '.join(self.sets)} (remedies.ema keeps an average)"
            )
        for key, tensor in weights_of(self.network).items():
            tensor.copy_(self._weights[name][key])
        return self.network
