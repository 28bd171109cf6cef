"""Edges that give real pictures away: lines of exactly one value, bars that only some pictures have."""

from collections.abc import Iterator

import torch
from torch import Tensor

from ganarium.data.check.ground import ring
from ganarium.data.check.ink import blank
from ganarium.data.check.remark import Remark, by_chunks, named, percent, share_of
from ganarium.data.sets import ImageSet

THICK = 0.25  # of a side, on both of its ends: less than half of the picture is left
FILLED = 0.75  # share of a content's outline that differs from the ground, if it was padded and not drawn on it
PHOTOS = 0.8  # share of pictures that must be padded or fill their frame for a set to be one of padded photos
BARRED = 0.01  # share of pictures with bars from which on it is no accident

SIDES = ("top", "bottom", "left", "right")


def exact_border(images: Tensor) -> tuple[int, int, int, int]:
    """How many lines at the top, bottom, left and right are all 0 or all 255 in every picture."""
    low, high = images.amin(0), images.amax(0)
    exact = (low == high) & ((low == 0) | (low == 255))
    rows, columns = (exact.all(dim=0).all(dim=across) & _one_value(low, across) for across in (1, 0))
    return _leading(rows), _leading(rows.flip(0)), _leading(columns), _leading(columns.flip(0))


def _one_value(values: Tensor, across: int) -> Tensor:
    """Which rows (across = 1) or columns (across = 0) of [C, H, W] hold one value alone."""
    return values.amin(0).amin(across) == values.amax(0).amax(across)


def _leading(flags: Tensor) -> int:
    return int(flags.long().cumprod(0).sum())


def border(train: ImageSet) -> Iterator[Remark]:
    """Outer lines of exactly one value in every picture; grave when they leave less than half of a side."""
    lines = exact_border(train.images)
    if not any(lines) or bool(blank(train.images).all()):
        return
    _, height, width = train.shape
    thickness = max(min(lines[0], lines[1]) / height, min(lines[2], lines[3]) / width)
    told = ", ".join(f"{count} at the {side}" for count, side in zip(lines, SIDES, strict=True) if count)
    yield Remark(
        "border",
        thickness > THICK,
        f"outer lines of pixels are exactly 0 or 255 in every picture ({told}; none is best, grave above "
        f"{percent(THICK)} of a side on both ends), and no generator makes them exactly so",
        "cut them off with data.fit=crop or a smaller data.size, or use remedies.instance_noise=true",
        thickness,
    )


def bars(train: ImageSet) -> Iterator[Remark]:
    """Some pictures were padded to the common shape, and the others fill it."""
    boxes = by_chunks(_look, train.images)
    barred, full = boxes[:, 0] > 0, boxes[:, 1] > 0
    share = share_of(barred)
    alike = bool((boxes[:, 2:] == boxes[:1, 2:]).all())
    if share < BARRED or alike or share_of(barred | full) < PHOTOS:
        return
    yield Remark(
        "bars",
        True,
        f"{int(barred.sum()):,} of {len(train):,} pictures ({percent(share)}, threshold {percent(BARRED)}) have bars "
        "of one colour on two sides that the others lack: they were padded to the common shape",
        "use data.fit=crop instead of pad, or cut the bars off the files",
        share,
        named(train, barred.nonzero()[:, 0]),
    )


def _look(images: Tensor) -> Tensor:
    """Of each picture: whether it has bars, whether it fills its frame, the bars' thickness in rows and columns."""
    inked = (images != images[:, :, :1, :1]).any(1)  # [n, H, W]
    (top, bottom), (left, right) = (_margins(inked.any(across)) for across in (2, 1))
    rows, columns = _filled(inked, top, bottom), _filled(inked.transpose(1, 2), left, right)
    there = inked.flatten(1).any(1)
    across = _pair(top, bottom) & (left + right == 0) & rows
    along = _pair(left, right) & (top + bottom == 0) & columns
    full = (top + bottom + left + right == 0) & (ring(inked[:, None]).float().mean((1, 2)) >= FILLED)
    return torch.stack([(across | along) & there, full, top * across, left * along], dim=1).long()


def _margins(lines: Tensor) -> tuple[Tensor, Tensor]:
    """Empty lines before the first inked one and after the last: bool [n, L] -> int64 [n] twice."""
    empty = (~lines).long()
    return empty.cumprod(1).sum(1), empty.flip(1).cumprod(1).sum(1)


def _pair(one: Tensor, other: Tensor) -> Tensor:
    """Whether margins are there on both ends, and equal but for a pixel of rounding."""
    return (one > 0) & (other > 0) & ((one - other).abs() <= 1)


def _filled(inked: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """Whether the first and the last row between the margins are content nearly throughout."""
    n, height, _ = inked.shape
    picture = torch.arange(n)
    first = inked[picture, before.clamp(max=height - 1)].float().mean(1)
    last = inked[picture, (height - 1 - after).clamp(min=0)].float().mean(1)
    return torch.minimum(first, last) >= FILLED
