"""How far pictures lie from what was read in them."""

import numpy as np
from scipy import ndimage

from ganarium.metrics.shapes.reading import Floats


def worst_patch(difference: Floats) -> Floats:
    """The largest mean over 3×3 pixels, either sign, of [n, H, W]: noise mostly cancels there, faults do not."""
    means = ndimage.uniform_filter(difference, (0, 3, 3), mode="nearest")
    return np.asarray(np.maximum(means.max(axis=(1, 2)), -means.min(axis=(1, 2))))
