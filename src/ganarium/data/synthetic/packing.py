"""Up to nine things in each picture, no two of which clash."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ganarium.core.errors import GanariumError
from ganarium.data.synthetic.blocks import Bools, Ints

T = TypeVar("T", np.int64, np.complex128)

MOST = 9  # things in one picture
TRIES = 24  # proposals for one thing before its picture counts as jammed
ROUNDS = 50  # nine marks in 16×16 pixels, the tightest fit that settings allow, jam once in seventeen times


def pack(
    rng: np.random.Generator,
    counts: Ints,
    propose: Callable[[np.random.Generator, tuple[int, ...]], NDArray[T]],
    clash: Callable[[NDArray[T], NDArray[T]], Bools],
) -> NDArray[T]:
    """Place things one by one, each at the first proposal that clashes with none before it.

    A picture that jams starts over. Things are arrays of shape `thing`.

    counts: [n], how many each picture needs, 0 to 9
    propose: (generator, shape) -> [*shape, *thing]
    clash: two broadcastable arrays of things -> bool, one for each pair
    returns [n, 9, *thing]; those past a picture's count mean nothing
    """
    packed, jammed = _pack_once(rng, counts, propose, clash)
    for _ in range(ROUNDS):
        (again,) = np.nonzero(jammed)
        if not len(again):
            return packed
        packed[again], jammed[again] = _pack_once(rng, counts[again], propose, clash)
    raise GanariumError(f"some pictures still jammed after {ROUNDS} rounds: try a larger size")


def _pack_once(
    rng: np.random.Generator,
    counts: Ints,
    propose: Callable[[np.random.Generator, tuple[int, ...]], NDArray[T]],
    clash: Callable[[NDArray[T], NDArray[T]], Bools],
) -> tuple[NDArray[T], Bools]:
    """The things [n, 9, *thing], and which pictures jammed [n]."""
    rows = np.arange(len(counts))
    proposals = propose(rng, (len(counts), MOST, TRIES))
    packed = proposals[:, :, 0].copy()
    jammed = np.zeros(len(counts), bool)
    for k in range(1, MOST):
        clashes = clash(proposals[:, k, :, None], packed[:, None, :k])  # [n, tries, k]
        free = ~np.any(clashes, axis=2)
        packed[:, k] = proposals[rows, k, free.argmax(axis=1)]
        jammed |= ~free.any(axis=1) & (k < counts)
    return packed, jammed


def present(counts: Ints) -> Bools:
    """Which of a picture's nine places are taken: bool [n, 9]."""
    return np.arange(MOST) < counts[:, None]
