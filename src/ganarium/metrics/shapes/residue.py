"""Differences between pictures and the shapes read from them."""

import numpy as np
from scipy import ndimage

from ganarium.metrics.shapes.base import Floats


def worst_patch(difference: Floats) -> Floats:
    """Return the largest absolute mean over 3×3 pixels of [n, H, W].

    Noise mostly cancels in such a mean, faults do not.
    """
    means = ndimage.uniform_filter(difference, (0, 3, 3), mode="nearest")
    return np.asarray(np.maximum(means.max(axis=(1, 2)), -means.min(axis=(1, 2))))
