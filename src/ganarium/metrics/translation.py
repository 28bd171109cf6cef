"""How far translated pictures lie from the exact answers; uint8 pictures [n, C, H, W], a number for each."""

from torch import Tensor


def absolute_error(made: Tensor, answers: Tensor) -> Tensor:
    """Mean of |made − answer| over a picture's pixels, float64 [n] in [0, 1]; symmetric."""
    return (made.double() - answers.double()).abs().flatten(1).mean(1) / 255


def wrong_pixels(made: Tensor, answers: Tensor) -> Tensor:
    """Share of a picture's pixels on the other side of one half than the answer's, float64 [n]; symmetric."""
    return ((made > 127) != (answers > 127)).flatten(1).double().mean(1)
