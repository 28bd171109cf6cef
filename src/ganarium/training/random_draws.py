"""Random tensors for one update of a player, drawn on request for a named consumer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from ganarium.core.random_streams import Draw, Streams

Role = Literal["real", "fake", "latents", "known"]


@dataclass(frozen=True)
class Randomness:
    """Source of the random tensors for one numbered batch; repeated calls return the same tensors."""

    streams: Streams
    number: int
    player: str = ""  # suffix of the updated player, if it has its own random numbers

    def __call__(self, consumer: str, role: Role, draws: Mapping[str, Draw]) -> dict[str, Tensor]:
        """Return the random tensors that `consumer` declares in `draws`, for one role."""
        return self.streams.all_at(f"{consumer}.{role}{self.player}", draws, self.number) if draws else {}
