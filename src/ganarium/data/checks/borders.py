"""Edges that give real pictures away: lines of exactly one value, bars that only some pictures have."""

from collections import Counter
from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from ganarium.data.checks.finding import Remark, by_chunks, named, percent, share_of
from ganarium.data.checks.ground import ring
from ganarium.data.checks.ink import blank
from ganarium.data.datasets import ImageSet

STRAYS = 0.01  # share of pictures that may lack a frame of the others
THICK = 0.25  # of a side, on both of its ends: less than half of the picture is left
FILLED = 0.75  # share of a content's outline that differs from the ground, if it was padded and not drawn on it
PHOTOS = 0.8  # share of pictures that must be padded or lack the bars' colour around them: else it is the set's ground
BARRED = 0.01  # share of pictures with other bars than the rest from which on it is no accident
NOISE = 6  # levels that values of one bar may span, and stay within of its colour: a JPEG's noise of ±3

SIDES = ("top", "bottom", "left", "right")

Lines = tuple[int, ...]


def exact_frame(images: Tensor) -> tuple[Lines, Lines]:
    """How many lines at each of `SIDES` are all 0 or all 255 in 99 % of the pictures, and which of the two."""
    each = torch.stack([by_chunks(partial(_exact_margins, value=value), images) for value in (0, 255)])
    allowed = each.sort(1).values[:, int(STRAYS * len(images))]  # [2, 4]
    lines, which = allowed.max(0)
    return tuple(lines.tolist()), tuple((which * 255).tolist())


def _exact_margins(images: Tensor, value: int) -> Tensor:
    """Outer lines of this value alone at each of `SIDES`: int64 [n, 4]."""
    inked = (images != value).any(1)
    rows, columns = inked.any(2), inked.any(1)
    return torch.stack([_leading(~lines) for lines in (rows, rows.flip(1), columns, columns.flip(1))], dim=1)


def _leading(flags: Tensor) -> Tensor:
    """How many flags are true before the first that is not: bool [n, L] -> int64 [n]."""
    return flags.long().cumprod(1).sum(1)


def border(train: ImageSet) -> Iterator[Remark]:
    """Outer lines of exactly one value in nearly every picture; grave when they leave less than half of a side.

    What lies behind such a line fills it, or there are such lines on all sides. A digit's empty margin, which varies
    from one digit to the next and is gone in some, is its ground and no frame.
    """
    empty = blank(train.images)
    images = train.images[~empty] if bool(empty.any()) else train.images
    if not len(images):
        return
    found, values = exact_frame(images)
    lines = _frame_of(images, found, values)
    if not any(lines):
        return
    thickness = _thickness(lines, images)
    framed = _framed(images, lines, values)
    told = ", ".join(f"{count} at the {side}" for count, side in zip(lines, SIDES, strict=True) if count)
    yield Remark(
        "border",
        thickness > THICK,
        f"outer lines of pixels are exactly 0 or 255 in {framed:,} of {len(images):,} pictures ({told}; none is best, "
        f"grave above {percent(THICK)} of a side on both ends), and no generator makes them exactly so",
        "cut them off the files, or use remedies.instance_noise=true, which hides exact values",
        thickness,
    )


def _frame_of(images: Tensor, lines: Lines, values: Lines) -> Lines:
    """The lines that are a frame: all that surround the content or leave less than half of it, else flush ones."""
    if all(lines) or _thickness(lines, images) > THICK:
        return lines
    return tuple(count * flush for count, flush in zip(lines, _flush(images, lines, values), strict=True))


def _thickness(lines: Lines, images: Tensor) -> float:
    """The smaller of both ends' lines as a share of the side, of that side where it is greater."""
    height, width = images.shape[2:]
    return max(min(lines[:2]) / height, min(lines[2:]) / width)


def _flush(images: Tensor, lines: Lines, values: Lines) -> list[bool]:
    """Whether what lies right behind the lines fills it, in a typical picture, at each of `SIDES`."""
    top, bottom, left, right = lines
    inner = images[:, :, top : images.shape[2] - bottom, left : images.shape[3] - right]
    if not inner[0].numel():
        return [False] * len(SIDES)
    edges = (inner[:, :, 0], inner[:, :, -1], inner[:, :, :, 0], inner[:, :, :, -1])
    filled = [(edge != value).any(1).float().mean(1) for edge, value in zip(edges, values, strict=True)]
    return [bool(share.median() >= FILLED) for share in filled]


def _framed(images: Tensor, lines: Lines, values: Lines) -> int:
    """How many pictures have all of these lines."""
    height, width = images.shape[2:]
    top, bottom, left, right = lines
    parts = (images[:, :, :top], images[:, :, height - bottom :], images[..., :left], images[..., width - right :])
    whole = [(part == value).flatten(1).all(1) for part, value in zip(parts, values, strict=True)]
    return int(torch.stack(whole).all(0).sum())


def bars(train: ImageSet) -> Iterator[Remark]:
    """Some pictures were padded to the common shape, on one side or more, and the others fill it or have other bars."""
    exact, noisy = (by_chunks(partial(_look, noise=noise), train.images) for noise in (0, NOISE))
    looks = torch.where(exact.any(1, keepdim=True), exact, noisy)
    margins, colours = looks[:, :4], looks[:, 4:]
    barred = margins.any(1)
    colour = colours[barred].median(0).values if bool(barred.any()) else colours[0]
    alike = barred & ((colours - colour).abs() <= NOISE).all(1)
    if 2 * int(alike.sum()) <= int(barred.sum()):
        return
    others = ~alike & by_chunks(lambda x: _surrounded(x, colour) < 1 - FILLED, train.images)
    share = share_of(alike)
    if share < BARRED or _unusual(margins * alike[:, None], alike | others) < BARRED:
        return
    if share_of(alike | others) < PHOTOS:
        return
    yield Remark(
        "bars",
        True,
        f"{int(alike.sum()):,} of {len(train):,} pictures ({percent(share)}, threshold {percent(BARRED)}) have bars "
        "of one colour along their edges where others have none or other ones: they were padded to the common shape",
        "use data.fit=crop instead of pad, or cut the bars off the files",
        share,
        named(train, alike.nonzero()[:, 0]),
    )


def _surrounded(images: Tensor, colour: Tensor) -> Tensor:
    """Share of the outermost pixels that have a colour [C]: float32 [n]."""
    return ((ring(images).long() - colour[:, None]).abs() <= NOISE).all(1).float().mean(1)


def _unusual(margins: Tensor, judged: Tensor) -> float:
    """Share of pictures, among all, whose margins [n, 4] are not the commonest of those that are judged, bool [n]."""
    times = Counter(map(tuple, margins[judged].tolist()))
    return (times.total() - max(times.values())) / len(judged)


def _look(images: Tensor, noise: int) -> Tensor:
    """The thickness of bars at each of `SIDES` and their colour, all 0 where there are none: int64 [n, 4 + C].

    A bar is flat but for so many levels of noise, and what lies behind it is farther from its colour.
    """
    found = torch.zeros(len(images), 4 + images.shape[1], dtype=torch.long)
    margins, colours = _flat_margins(images.short(), noise)
    rows = (margins.any(1) & ~blank(images)).nonzero()[:, 0]
    if not len(rows):
        return found
    margins, colours, there = margins[rows], colours[rows].long(), margins[rows] > 0
    colour = colours[torch.arange(len(rows)), there.long().argmax(1)]  # of the first side that has a bar
    one_colour = (((colours - colour[:, None]).abs() <= noise).all(2) | ~there).all(1)
    inked = ((images[rows].short() - colour[:, :, None, None].short()).abs() > noise).any(1)
    filled = (_fill(inked, margins) >= FILLED) | ~there
    barred = one_colour & filled.all(1)
    found[rows] = torch.cat([margins, colour], dim=1) * barred[:, None]
    return found


def _flat_margins(images: Tensor, noise: int) -> tuple[Tensor, Tensor]:
    """Outer lines that are one colour but for noise, at each of `SIDES`: int64 [n, 4], and that colour: [n, 4, C]."""
    ends = [(images.amin(across), images.amax(across)) for across in (3, 2)]
    sides = [_flat(low, high, noise) for lines in ends for low, high in (lines, (lines[0].flip(2), lines[1].flip(2)))]
    return torch.stack([count for count, _ in sides], dim=1), torch.stack([colour for _, colour in sides], dim=1)


def _flat(low: Tensor, high: Tensor, noise: int) -> tuple[Tensor, Tensor]:
    """How many of the first lines span no more than the noise, and the middle of that span.

    low, high: int16 [n, C, L], the least and the greatest value of each line -> int64 [n], [n, C]
    """
    least, most = low.cummin(2).values, high.cummax(2).values
    count = _leading((most - least <= noise).all(1))
    last = (count - 1).clamp(min=0)[:, None, None].expand(-1, low.shape[1], 1)
    return count, ((least.gather(2, last) + most.gather(2, last)) // 2)[:, :, 0]


def _fill(inked: Tensor, margins: Tensor) -> Tensor:
    """Share of the lines right behind the margins that is inked, between the other margins: float32 [n, 4].

    inked: bool [n, H, W]; margins: int64 [n, 4]
    """
    n, height, width = inked.shape
    top, bottom, left, right = margins.unbind(1)
    picture = torch.arange(n)
    rows = [inked[picture, line.clamp(0, height - 1)].sum(1) for line in (top, height - 1 - bottom)]
    columns = [inked[picture, :, line.clamp(0, width - 1)].sum(1) for line in (left, width - 1 - right)]
    wide, high = (width - left - right).clamp(min=1), (height - top - bottom).clamp(min=1)
    return torch.stack([rows[0] / wide, rows[1] / wide, columns[0] / high, columns[1] / high], dim=1)
