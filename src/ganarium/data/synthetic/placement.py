"""Random placement of up to nine objects per image without conflicts."""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ganarium.core.errors import GanariumError
from ganarium.data.synthetic.base import Bools, Ints

T = TypeVar("T", np.int64, np.complex128)

MOST = 9  # maximum number of objects in one image
TRIES = 24  # proposals for one object before the placement in its image is restarted
ROUNDS = 50  # in the tightest permitted case, nine marks in 16×16 pixels, one round in seventeen fails


def pack(
    rng: np.random.Generator,
    counts: Ints,
    propose: Callable[[np.random.Generator, tuple[int, ...]], NDArray[T]],
    clash: Callable[[NDArray[T], NDArray[T]], Bools],
) -> NDArray[T]:
    """Place objects one by one, each at the first proposed position without a conflict with earlier objects.

    If an object cannot be placed, the placement in its image is restarted. Objects are arrays of shape `thing`.

    counts: [n], number of objects in each image, 0 to 9
    propose: (generator, shape) -> [*shape, *thing]
    clash: two broadcastable arrays of objects -> bool, one for each pair
    returns [n, 9, *thing]; entries past the count of an image are undefined
    """
    packed, incomplete = _pack_once(rng, counts, propose, clash)
    for _ in range(ROUNDS):
        (again,) = np.nonzero(incomplete)
        if not len(again):
            return packed
        packed[again], incomplete[again] = _pack_once(rng, counts[again], propose, clash)
    raise GanariumError(f"could not place all objects in some images within {ROUNDS} rounds; use a larger data.size")


def _pack_once(
    rng: np.random.Generator,
    counts: Ints,
    propose: Callable[[np.random.Generator, tuple[int, ...]], NDArray[T]],
    clash: Callable[[NDArray[T], NDArray[T]], Bools],
) -> tuple[NDArray[T], Bools]:
    """Return the objects [n, 9, *thing] and a mask of the images that could not be completed, bool [n]."""
    rows = np.arange(len(counts))
    proposals = propose(rng, (len(counts), MOST, TRIES))
    packed = proposals[:, :, 0].copy()
    incomplete = np.zeros(len(counts), bool)
    for k in range(1, MOST):
        clashes = clash(proposals[:, k, :, None], packed[:, None, :k])  # [n, tries, k]
        free = ~np.any(clashes, axis=2)
        packed[:, k] = proposals[rows, k, free.argmax(axis=1)]
        incomplete |= ~free.any(axis=1) & (k < counts)
    return packed, incomplete


def present(counts: Ints) -> Bools:
    """Return a mask of the occupied slots among nine per image, bool [n, 9]."""
    return np.arange(MOST) < counts[:, None]
