"""Per-picture errors of translated pictures against the exact answers, for uint8 pictures [n, C, H, W]."""

from torch import Tensor


def absolute_error(made: Tensor, answers: Tensor) -> Tensor:
    """Return the mean absolute difference over a picture's pixels, float64 [n] in [0, 1]; symmetric."""
    return (made.double() - answers.double()).abs().flatten(1).mean(1) / 255


def wrong_pixels(made: Tensor, answers: Tensor) -> Tensor:
    """Return the share of pixels on the other side of one half than the answer's, float64 [n]; symmetric."""
    return ((made > 127) != (answers > 127)).flatten(1).double().mean(1)
