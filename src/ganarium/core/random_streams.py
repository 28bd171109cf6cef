"""Counter-based random streams: a draw is a pure function of (seed, consumer, block of steps).

No other module holds a random generator. Other modules declare what they need as `Draw`s and receive tensors, so a
checkpoint stores no generator state: resuming at step s requests the draws of step s.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from math import prod
from typing import Literal

import numpy as np
import torch
from torch import Tensor

Law = Literal["normal", "uniform", "integers", "permutation"]
MakeTensor = Callable[[int], Tensor]  # returns the tensor of a step
Provider = Callable[[MakeTensor, int], Tensor]

BLOCK_VALUES = 1 << 20  # values per block: enough to amortize the call, few enough to fit in memory
BLOCK_STEPS = 64


@dataclass(frozen=True)
class Draw:
    """Distribution and shape of the values that a consumer needs at each step.

    `uniform` lies in [low, high), `integers` in {0, …, high − 1}; `permutation` has shape (n,) and ignores both limits.
    """

    law: Law
    shape: tuple[int, ...]
    low: float = 0.0
    high: float = 1.0


def normal(*shape: int) -> Draw:
    """Return a `Draw` of standard normal values."""
    return Draw("normal", shape)


def uniform(*shape: int, low: float = 0.0, high: float = 1.0) -> Draw:
    """Return a `Draw` of uniform values in [low, high)."""
    return Draw("uniform", shape, low, high)


def integers(*shape: int, high: int) -> Draw:
    """Return a `Draw` of integers in {0, …, high − 1}."""
    return Draw("integers", shape, 0, high)


def permutation(n: int) -> Draw:
    """Return a `Draw` of random permutations of 0 … n − 1."""
    return Draw("permutation", (n,))


def _draw_now(make: MakeTensor, step: int) -> Tensor:
    return make(step)


class Streams:
    """Random streams of one seed on one device.

    >>> streams = Streams(7)
    >>> late = streams.at("noise", normal(2), step=1000)  # the earlier draws are not needed
    >>> torch.equal(late, Streams(7).at("noise", normal(2), step=1000))
    True
    """

    def __init__(self, seed: int, device: torch.device | str = "cpu") -> None:
        self.seed = seed
        self.device = torch.device(device)
        self._blocks: dict[tuple[str, Draw], tuple[int, Tensor]] = {}
        self._provider: Provider = _draw_now

    def at(self, consumer: str, draw: Draw, step: int) -> Tensor:
        """Return the tensor of shape `draw.shape` for `consumer` at `step`."""
        return self.provided(partial(self._row, consumer, draw), step)

    def provided(self, make: MakeTensor, step: int) -> Tensor:
        """Return the random tensor `make(step)`, a function of the step only, from the current provider."""
        provider, self._provider = self._provider, _draw_now  # nested draws bypass the provider
        try:
            return provider(make, step)
        finally:
            self._provider = provider

    @contextmanager
    def provided_by(self, provider: Provider) -> Iterator[None]:
        """Use `provider(make, step)` to supply the random tensors requested inside the block."""
        before, self._provider = self._provider, provider
        try:
            yield
        finally:
            self._provider = before

    def _row(self, consumer: str, draw: Draw, step: int) -> Tensor:
        length = block_length(draw)
        block, row = divmod(step, length)
        held = self._blocks.get((consumer, draw))
        if held is None or held[0] != block:
            held = (block, self._draw_block(consumer, draw, block, length))
            self._blocks[consumer, draw] = held
        return held[1][row]

    def all_at(self, consumer: str, draws: Mapping[str, Draw], step: int) -> dict[str, Tensor]:
        """Return the tensors of all named draws of one consumer at `step`, by name."""
        return {name: self.at(f"{consumer}.{name}", draw, step) for name, draw in draws.items()}

    def rows(self, consumer: str, draw: Draw, n: int) -> Tensor:
        """Return the draws of steps 0 … n − 1 as one tensor [n, *draw.shape]."""
        length = block_length(draw)
        blocks = [self._draw_block(consumer, draw, block, length) for block in range(-(-n // length))]
        return torch.cat(blocks)[:n] if blocks else torch.empty(0, *draw.shape, device=self.device)

    def _draw_block(self, consumer: str, draw: Draw, block: int, length: int) -> Tensor:
        generator = torch.Generator(self.device)
        generator.manual_seed(key(self.seed, consumer, block))
        shape = (length, *draw.shape)
        match draw.law:
            case "normal":
                return torch.randn(shape, generator=generator, device=self.device)
            case "uniform":
                unit = torch.rand(shape, generator=generator, device=self.device)
                return unit if (draw.low, draw.high) == (0.0, 1.0) else unit * (draw.high - draw.low) + draw.low
            case "integers":
                return torch.randint(int(draw.high), shape, generator=generator, device=self.device)
            case "permutation":
                rows = [torch.randperm(*draw.shape, generator=generator, device=self.device) for _ in range(length)]
                return torch.stack(rows)


def block_length(draw: Draw) -> int:
    """Return the number of steps in one block, which must not change, since the drawn values depend on it."""
    return max(1, min(BLOCK_STEPS, BLOCK_VALUES // max(1, prod(draw.shape))))


def key(seed: int, consumer: str, block: int) -> int:
    """Return the 63-bit seed of one block of one consumer's stream."""
    text = f"{seed}/{consumer}/{block}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little") >> 1


@contextmanager
def seeded(number: int) -> Iterator[None]:
    """Seed torch's global generators within the context, for user code that draws from them; restore them on exit."""
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
    with torch.random.fork_rng(devices):
        torch.default_generator.manual_seed(number)
        for device in devices:
            torch.cuda.default_generators[device].manual_seed(number)
        yield


def numpy_generator(seed: int, consumer: str, block: int = 0) -> np.random.Generator:
    """Return a NumPy generator seeded for one block, for data that are drawn only once."""
    return np.random.default_rng(key(seed, consumer, block))
