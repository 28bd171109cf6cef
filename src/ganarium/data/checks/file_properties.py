"""Checks of image files before conversion: sizes, pixel formats, frames, colour profiles, unreadable files."""

from collections import Counter
from collections.abc import Iterator, Mapping

from ganarium.core.escape import listed
from ganarium.data.checks.helpers import MOST_EXAMPLES, chunks, percent
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.finding import DataFinding

MOST_LISTED = 4  # sizes, modes or profiles in a message
CUT, HALF = 0.1, 0.5  # cropped shares of the files' area: notable (a 3:2 photo loses 33 %), severe


def unreadable(train: ImageSet, others: Mapping[Split, ImageSet]) -> Iterator[DataFinding]:
    """Report files of any split that could not be read, with the reason for each."""
    origins = [pictures.origin for pictures in (train, *others.values()) if pictures.origin]
    broken = {name: reason for origin in origins for name, reason in origin.unreadable.items()}
    if broken:
        rest = "; --json lists all of them with their reasons" if len(broken) > MOST_EXAMPLES else ""
        reasons = "; ".join(f"{reason} ({count})" for reason, count in Counter(broken.values()).most_common(3))
        yield DataFinding(
            "unreadable",
            True,
            f"{_files(len(broken))} cannot be read (should be none): {reasons}{rest}",
            "replace or delete them, or skip them with data.unreadable=skip",
            float(len(broken)),
            tuple(broken)[:MOST_EXAMPLES],
            broken,
        )


def layout_findings(train: ImageSet, others: Mapping[Split, ImageSet]) -> Iterator[DataFinding]:
    """Yield the findings recorded while reading the files, such as links, ignored files and unused labels."""
    origins = [pictures.origin for pictures in (train, *others.values()) if pictures.origin]
    yield from dict.fromkeys(finding for origin in origins for finding in origin.findings)


def mixed_sizes(train: ImageSet) -> Iterator[DataFinding]:
    """Report files that differ in size or are smaller than the resulting images."""
    sizes = train.origin.sizes if train.origin else {}
    height, width = train.shape[1:]
    enlarged = train.origin.enlarged if train.origin else 0
    if len(sizes) < 2 and not enlarged:
        return
    named = {f"{high}×{wide}": count for (high, wide), count in sizes.items()}
    scaled = f"; {enlarged:,} are smaller than {height}×{width} and were enlarged" if enlarged else ""
    yield DataFinding(
        "mixed-sizes",
        False,
        f"the files have several sizes (should be one): {_shares(named)}{scaled}",
        "choose data.fit=crop or pad, and a data.size that is not larger than most files: enlarged images are "
        "blurred, and the generator learns the blur",
        float(len(sizes)),
    )


def cut_off(train: ImageSet) -> Iterator[DataFinding]:
    """Report that much of the files' area is cropped; severe if half of the area is lost."""
    share = train.origin.cut_off if train.origin else 0.0
    if train.origin and share >= CUT:
        shape = f" or data.size={train.origin.keeps_shape}" if train.origin.keeps_shape else ""
        yield DataFinding(
            "cut-off",
            share >= HALF,
            f"{percent(share)} of the files' area is cropped to obtain images of {train.shape[1]}×{train.shape[2]} "
            f"(threshold {percent(CUT)}; severe from {percent(HALF)})",
            f"use data.fit=pad{shape} to keep the whole images",
            share,
        )


def multiple_frames(train: ImageSet) -> Iterator[DataFinding]:
    """Report animations and multi-page files, of which only the first image is read."""
    count = train.origin.frames if train.origin else 0
    if count:
        yield DataFinding(
            "frames",
            False,
            f"only the first of several frames or pages is read from {_files(count)} (should be none)",
            "to use the other frames, save each as a separate file, for example with Pillow's ImageSequence or ffmpeg",
            float(count),
        )


def ignored_profiles(train: ImageSet) -> Iterator[DataFinding]:
    """Report colour profiles that are damaged or do not match the colour type of the images."""
    ignored = train.origin.ignored if train.origin else {}
    if ignored:
        yield DataFinding(
            "profiles",
            False,
            f"the colour profiles of {_files(sum(ignored.values()))} are ignored (should be none): "
            f"{listed((f'{name} ({count:,})' for name, count in ignored.items()), MOST_LISTED)}",
            "check the colours of these images; open the files in an image editor and save them again as sRGB",
            float(sum(ignored.values())),
        )


def pixel_art(train: ImageSet) -> Iterator[DataFinding]:
    """Report pixel art that was scaled by an integer factor with blurred edges."""
    if train.origin and train.origin.pixel_art:
        yield DataFinding(
            "pixel-art",
            False,
            "the files look like pixel art (few colours, or blocks of equal pixels), and smooth interpolation by an "
            f"integer factor to {train.shape[1]}×{train.shape[2]} blurs their edges",
            "use data.resample=nearest, which keeps the edges and colours",
            1.0,
        )


def mixed_modes(train: ImageSet) -> Iterator[DataFinding]:
    """Report files with different pixel formats."""
    modes = train.origin.modes if train.origin else {}
    if len(modes) > 1:
        yield DataFinding(
            "mixed-modes",
            False,
            f"the files have {len(modes)} pixel formats (should be one): {_shares(modes)}",
            "inspect some files of each format; data.colour=grey or rgb converts all files to one format, and "
            "data.ground sets the background of transparent images",
            float(len(modes)),
        )


def grey_as_colour(train: ImageSet) -> Iterator[DataFinding]:
    """Report colour images with three identical channels."""
    if train.origin is None or train.shape[0] != 3:
        return
    if all(bool((some[:, :1] == some).all()) for some in chunks(train.images)):
        yield DataFinding(
            "grey-as-colour",
            False,
            f"all {len(train):,} images are stored in colour but contain only shades of grey (threshold: 100 %)",
            "use data.colour=grey, which needs a third of the values and avoids false colours in generated images",
            1.0,
        )


def _files(count: int) -> str:
    return f"{count:,} file{'s' if count > 1 else ''}"


def _shares(counts: Mapping[str, int]) -> str:
    """Format counts and shares, as in "900 64×64 (90 %), 100 32×32 (10 %)"."""
    whole, ranked = sum(counts.values()), Counter(counts).most_common()
    return listed((f"{count:,} {name} ({percent(count / whole)})" for name, count in ranked), MOST_LISTED)
