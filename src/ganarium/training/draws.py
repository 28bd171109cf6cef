"""Random tensors for one turn, dealt by name when somebody asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from ganarium.core.random_streams import Draw, Streams

Role = Literal["real", "fake", "latents", "known"]


@dataclass(frozen=True)
class Deal:
    """The random tensors of turn number `turn`; asking twice gives the same ones."""

    streams: Streams
    turn: int
    player: str = ""  # whose turn it is, where it has numbers of its own

    def __call__(self, consumer: str, role: Role, draws: Mapping[str, Draw]) -> dict[str, Tensor]:
        """What `consumer` declared, for its look at real or at generated pictures."""
        return self.streams.all_at(f"{consumer}.{role}{self.player}", draws, self.turn) if draws else {}
