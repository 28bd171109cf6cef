"""Random tensors for one update of a player, drawn by consumer name on request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from ganarium.core.random_streams import Draw, Streams

Role = Literal["real", "fake", "latents", "known"]


@dataclass(frozen=True)
class Randomness:
    """The random tensors that belong to the batch of this number; repeated calls return the same tensors."""

    streams: Streams
    number: int
    player: str = ""  # suffix of the player that is updated, if it has its own random numbers

    def __call__(self, consumer: str, role: Role, draws: Mapping[str, Draw]) -> dict[str, Tensor]:
        """Return the tensors that `consumer` declared, for real or for generated pictures."""
        return self.streams.all_at(f"{consumer}.{role}{self.player}", draws, self.number) if draws else {}
