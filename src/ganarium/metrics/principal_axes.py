"""Principal axes of points."""

import torch
from torch import Tensor

from ganarium.metrics.validation import Array, features


def principal_axes(points: Array) -> Tensor:
    """Return the orthonormal principal axes as the columns of a matrix [d, d], in order of decreasing variance.

    The largest entry of each axis is positive, so that axes do not flip between similar samples.
    """
    (x_nd,) = features(1, given=points)
    centred = x_nd.double() - x_nd.double().mean(0)
    axes: Tensor = torch.linalg.eigh(centred.T @ centred).eigenvectors.flip(1)
    signs = axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()
    return (axes * signs).to(x_nd)
