"""Checks for borders that reveal real images: constant values, and padding bars in only some images."""

from collections import Counter
from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from ganarium.data.checks.background import ring
from ganarium.data.checks.brightness import blank
from ganarium.data.checks.helpers import by_chunks, example_names, percent, share_of
from ganarium.data.datasets import ImageSet
from ganarium.data.finding import DataFinding

STRAYS = 0.01  # share of images that may lack the border of the others
THICK = 0.25  # share of a side, at both ends; above it, less than half of the image is left
FILLED = 0.75  # minimum share of the outline of padded content that differs from the padding
PHOTOS = 0.8  # minimum share of images that are padded or lack the bars' colour; below it, this is a background
BARRED = 0.01  # minimum share of images whose bars differ from those of the rest
NOISE = 6  # levels that the values of one bar may span: JPEG noise of ±3

SIDES = ("top", "bottom", "left", "right")

Lines = tuple[int, ...]


def exact_frame(images: Tensor) -> tuple[Lines, Lines]:
    """Return the width of the constant border at each of `SIDES`, and its value, 0 or 255.

    The width is the number of outer lines that have only this value in 99 % of the images.
    """
    each = torch.stack([by_chunks(partial(_exact_margins, value=value), images) for value in (0, 255)])
    allowed = each.sort(1).values[:, int(STRAYS * len(images))]  # [2, 4]
    lines, which = allowed.max(0)
    return tuple(lines.tolist()), tuple((which * 255).tolist())


def _exact_margins(images: Tensor, value: int) -> Tensor:
    """Count the outer lines of each image, at each of `SIDES`, that contain only `value`: int64 [n, 4]."""
    differs = (images != value).any(1)
    rows, columns = differs.any(2), differs.any(1)
    return torch.stack([_leading(~lines) for lines in (rows, rows.flip(1), columns, columns.flip(1))], dim=1)


def _leading(flags: Tensor) -> Tensor:
    """Count the true values before the first false value: bool [n, L] -> int64 [n]."""
    return flags.long().cumprod(1).sum(1)


def constant_border(train: ImageSet) -> Iterator[DataFinding]:
    """Report borders of exactly 0 or 255 in nearly all images.

    The finding is severe if less than half of a side remains. Lines count only if they are on all sides or if the
    content fills the adjacent line. The empty margin of a digit, which varies between digits and is sometimes missing,
    is background and not a border.
    """
    empty = blank(train.images)
    images = train.images[~empty] if bool(empty.any()) else train.images
    if not len(images):
        return
    constant, values = exact_frame(images)
    lines = _frame_of(images, constant, values)
    if not any(lines):
        return
    thickness = _thickness(lines, images)
    framed = _framed(images, lines, values)
    widths = ", ".join(f"{count} at the {side}" for count, side in zip(lines, SIDES, strict=True) if count)
    yield DataFinding(
        "border",
        thickness > THICK,
        f"the outermost lines of pixels are exactly 0 or 255 in {framed:,} of {len(images):,} images ({widths}; should "
        f"be none, severe above {percent(THICK)} of a side at both ends); a generator cannot reproduce exact values",
        "crop the files, or use remedies.instance_noise=true, which hides exact values",
        thickness,
    )


def _frame_of(images: Tensor, lines: Lines, values: Lines) -> Lines:
    """Return the number of lines at each of `SIDES` that form a border.

    All lines count if they surround the content or leave less than half of a side. Otherwise, they count only at sides
    where the content fills the adjacent line.
    """
    if all(lines) or _thickness(lines, images) > THICK:
        return lines
    return tuple(count * flush for count, flush in zip(lines, _flush(images, lines, values), strict=True))


def _thickness(lines: Lines, images: Tensor) -> float:
    """Return the smaller of two opposite border widths relative to the image, maximized over both axes."""
    height, width = images.shape[2:]
    return max(min(lines[:2]) / height, min(lines[2:]) / width)


def _flush(images: Tensor, lines: Lines, values: Lines) -> list[bool]:
    """Return a flag for each of `SIDES`: True if the content of a typical image fills the line next to the border."""
    top, bottom, left, right = lines
    inner = images[:, :, top : images.shape[2] - bottom, left : images.shape[3] - right]
    if not inner[0].numel():
        return [False] * len(SIDES)
    edges = (inner[:, :, 0], inner[:, :, -1], inner[:, :, :, 0], inner[:, :, :, -1])
    filled = [(edge != value).any(1).float().mean(1) for edge, value in zip(edges, values, strict=True)]
    return [bool(share.median() >= FILLED) for share in filled]


def _framed(images: Tensor, lines: Lines, values: Lines) -> int:
    """Count the images that have the complete border."""
    height, width = images.shape[2:]
    top, bottom, left, right = lines
    parts = (images[:, :, :top], images[:, :, height - bottom :], images[..., :left], images[..., width - right :])
    whole = [(part == value).flatten(1).all(1) for part, value in zip(parts, values, strict=True)]
    return int(torch.stack(whole).all(0).sum())


def padding_bars(train: ImageSet) -> Iterator[DataFinding]:
    """Report padding bars, on one or more sides, that only some images have.

    The other images fill the common shape or have different bars.
    """
    exact, noisy = (by_chunks(partial(_margins_and_colour, noise=noise), train.images) for noise in (0, NOISE))
    bars = torch.where(exact.any(1, keepdim=True), exact, noisy)
    margins, colours = bars[:, :4], bars[:, 4:]
    barred = margins.any(1)
    colour = colours[barred].median(0).values if bool(barred.any()) else colours[0]
    same_colour = barred & ((colours - colour).abs() <= NOISE).all(1)
    if 2 * int(same_colour.sum()) <= int(barred.sum()):
        return
    others = ~same_colour & by_chunks(lambda x: _surrounded(x, colour) < 1 - FILLED, train.images)
    share = share_of(same_colour)
    if share < BARRED or _unusual_share(margins * same_colour[:, None], same_colour | others) < BARRED:
        return
    if share_of(same_colour | others) < PHOTOS:
        return
    yield DataFinding(
        "bars",
        True,
        f"{int(same_colour.sum()):,} of {len(train):,} images ({percent(share)}, threshold {percent(BARRED)}) have "
        "bars of one colour along their edges, unlike the others, because they were padded to the common shape",
        "use data.fit=crop instead of pad, or crop the files",
        share,
        example_names(train, same_colour.nonzero()[:, 0]),
    )


def _surrounded(images: Tensor, colour: Tensor) -> Tensor:
    """Return the share of each image's outermost pixels that have the given colour [C]: float32 [n]."""
    return ((ring(images).long() - colour[:, None]).abs() <= NOISE).all(1).float().mean(1)


def _unusual_share(margins: Tensor, compared: Tensor) -> float:
    """Return the share of images whose margins differ from the most common margins.

    margins: int64 [n, 4]
    compared: bool [n], mask of the images that are compared
    """
    times = Counter(map(tuple, margins[compared].tolist()))
    return (times.total() - max(times.values())) / len(compared)


def _margins_and_colour(images: Tensor, noise: int) -> Tensor:
    """Return the widths of the bars at `SIDES` and their colour, or zeros if there are no bars: int64 [n, 4 + C].

    A bar is constant up to `noise` levels, and the adjacent content differs from the colour of the bar by more than
    `noise`.
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
    """Return the number of single-colour outer lines, up to noise, at each of `SIDES`, and their colour.

    The results are int64 [n, 4] and [n, 4, C].
    """
    ends = [(images.amin(across), images.amax(across)) for across in (3, 2)]
    sides = [_flat(low, high, noise) for lines in ends for low, high in (lines, (lines[0].flip(2), lines[1].flip(2)))]
    return torch.stack([count for count, _ in sides], dim=1), torch.stack([colour for _, colour in sides], dim=1)


def _flat(low: Tensor, high: Tensor, noise: int) -> tuple[Tensor, Tensor]:
    """Return the number of leading lines whose values span at most `noise` levels, and that span's middle.

    low, high: int16 [n, C, L], minimum and maximum of each line -> int64 [n], [n, C]
    """
    least, most = low.cummin(2).values, high.cummax(2).values
    count = _leading((most - least <= noise).all(1))
    last = (count - 1).clamp(min=0)[:, None, None].expand(-1, low.shape[1], 1)
    return count, ((least.gather(2, last) + most.gather(2, last)) // 2)[:, :, 0]


def _fill(content: Tensor, margins: Tensor) -> Tensor:
    """Return the share of content pixels in the line next to each margin: float32 [n, 4].

    Each line is measured between the margins at its two ends.

    content: bool [n, H, W]; margins: int64 [n, 4]
    """
    n, height, width = content.shape
    top, bottom, left, right = margins.unbind(1)
    picture = torch.arange(n)
    rows = [content[picture, line.clamp(0, height - 1)].sum(1) for line in (top, height - 1 - bottom)]
    columns = [content[picture, :, line.clamp(0, width - 1)].sum(1) for line in (left, width - 1 - right)]
    wide, high = (width - left - right).clamp(min=1), (height - top - bottom).clamp(min=1)
    return torch.stack([rows[0] / wide, rows[1] / wide, columns[0] / high, columns[1] / high], dim=1)
