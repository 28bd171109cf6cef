"""Score images from any generator against held-out digits.

    python examples/score_arrays.py images.npy

The array has shape [n, 28, 28], [n, 1, 28, 28] or [n, 28, 28, 1], with uint8 values or floats in [0, 1] or [-1, 1].
"""

import sys

import numpy as np

import ganarium

images = np.load(sys.argv[1])
for score in ganarium.evaluate(images, against="mnist"):
    print(score)
