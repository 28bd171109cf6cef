"""Random tensors for one turn, drawn by consumer name on request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from ganarium.core.random_streams import Draw, Streams

Role = Literal["real", "fake", "latents", "known"]


@dataclass(frozen=True)
class Deal:
    """The random tensors of turn number `turn`; repeated calls return the same tensors."""

    streams: Streams
    turn: int
    player: str = ""  # suffix of the player whose turn it is, if it has its own random numbers

    def __call__(self, consumer: str, role: Role, draws: Mapping[str, Draw]) -> dict[str, Tensor]:
        """Return the tensors that `consumer` declared, for real or for generated pictures."""
        return self.streams.all_at(f"{consumer}.{role}{self.player}", draws, self.turn) if draws else {}
