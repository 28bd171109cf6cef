"""How far translated pictures lie from the exact answers; uint8 pictures [n, C, H, W]."""

from torch import Tensor


def absolute_error(made: Tensor, answers: Tensor) -> float:
    """Mean of |made − answer| over all pixels, in [0, 1]; symmetric."""
    return (made.double() - answers.double()).abs().mean().item() / 255


def wrong_pixels(made: Tensor, answers: Tensor) -> float:
    """Share of pixels on the other side of one half than the answer's, in [0, 1]; symmetric."""
    return ((made > 127) != (answers > 127)).double().mean().item()
