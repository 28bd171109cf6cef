"""Checks of the properties of picture files before they were brought to a common size."""

from collections import Counter
from collections.abc import Iterator, Mapping

from ganarium.core.escape import listed
from ganarium.data.checks.finding import MOST_EXAMPLES, Remark, chunks, percent
from ganarium.data.datasets import ImageSet, Split

MOST_KINDS = 4  # sizes or modes in a sentence
CUT, HALF = 0.1, 0.5  # cropped shares of the files' area: notable (a 3:2 photo loses 33 %), grave


def unreadable(train: ImageSet, others: Mapping[Split, ImageSet]) -> Iterator[Remark]:
    """Yield a remark if files of any split could not be read, with the reason for each."""
    origins = [pictures.origin for pictures in (train, *others.values()) if pictures.origin]
    broken = {name: reason for origin in origins for name, reason in origin.unreadable.items()}
    if broken:
        rest = "; --json has all of them, each with its reason" if len(broken) > MOST_EXAMPLES else ""
        reasons = "; ".join(f"{reason} ({count})" for reason, count in Counter(broken.values()).most_common(3))
        yield Remark(
            "unreadable",
            True,
            f"{_files(len(broken))} cannot be read (none should be broken): {reasons}{rest}",
            "replace or delete them, or leave them out with data.unreadable=skip",
            float(len(broken)),
            tuple(broken)[:MOST_EXAMPLES],
            broken,
        )


def noted(train: ImageSet, others: Mapping[Split, ImageSet]) -> Iterator[Remark]:
    """Yield the notes taken while files were read: links, ignored files, unused labels."""
    origins = [pictures.origin for pictures in (train, *others.values()) if pictures.origin]
    for note in dict.fromkeys(note for origin in origins for note in origin.notes):
        yield Remark(note.name, note.grave, note.text, note.advice, note.value, note.examples)


def mixed_sizes(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if files have more than one size or are smaller than the resulting pictures."""
    sizes = train.origin.sizes if train.origin else {}
    height, width = train.shape[1:]
    enlarged = train.origin.enlarged if train.origin else 0
    if len(sizes) < 2 and not enlarged:
        return
    named = {f"{high}×{wide}": count for (high, wide), count in sizes.items()}
    larger = f"; {enlarged:,} are smaller than {height}×{width} and were enlarged" if enlarged else ""
    yield Remark(
        "mixed-sizes",
        False,
        f"sizes of the files, best is one: {_shares(named)}{larger}",
        "look at them, choose data.fit=crop or pad, and a data.size no larger than most files: what was enlarged is "
        "blurred, and blur is what will be learned",
        float(len(sizes)),
    )


def cut_off(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if scaling to the common size crops much of the files; grave from half of their area."""
    share = train.origin.cut_off if train.origin else 0.0
    if train.origin and share >= CUT:
        shape = f" or data.size={train.origin.keeps_shape}" if train.origin.keeps_shape else ""
        yield Remark(
            "cut-off",
            share >= HALF,
            f"{percent(share)} of the files' area is cut off to make pictures of {train.shape[1]}×{train.shape[2]} "
            f"(threshold {percent(CUT)}; grave from {percent(HALF)})",
            f"data.fit=pad{shape} keeps all of each picture",
            share,
        )


def frames(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if there are animations or files of several pages, of which only one picture is read."""
    count = train.origin.frames if train.origin else 0
    if count:
        yield Remark(
            "frames",
            False,
            f"{_files(count)} hold several frames or pages, of which the first alone is read (best is none)",
            "to use the other frames, save each as a file of its own, as with ImageSequence of Pillow or ffmpeg",
            float(count),
        )


def profiles(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if colour profiles are damaged or do not match the colour type of the pictures."""
    ignored = train.origin.ignored if train.origin else {}
    if ignored:
        yield Remark(
            "profiles",
            False,
            f"the colour profiles of {_files(sum(ignored.values()))} are ignored (none should be): "
            f"{listed((f'{name} ({count:,})' for name, count in ignored.items()), MOST_KINDS)}",
            "look at the colours of these pictures; open the files in an image editor and save them again as sRGB",
            float(sum(ignored.values())),
        )


def pixel_art(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if files are pixel art that was scaled by a whole number with blurred edges."""
    if train.origin and train.origin.pixel_art:
        yield Remark(
            "pixel-art",
            False,
            "the files look like pixel art, of few colours or in blocks of equal pixels, and were scaled by a whole "
            f"number to {train.shape[1]}×{train.shape[2]} with smooth edges (best is none)",
            "use data.resample=nearest, which keeps their edges and colours",
            1.0,
        )


def mixed_modes(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if files have more than one pixel mode."""
    modes = train.origin.modes if train.origin else {}
    if len(modes) > 1:
        yield Remark(
            "mixed-modes",
            False,
            f"files have {len(modes)} kinds of pixel (best is one): {_shares(modes)}",
            "look at some of each kind; data.colour=grey or rgb makes all alike, data.ground is what lies behind "
            "transparent ones",
            float(len(modes)),
        )


def grey_as_colour(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if pictures have three identical channels."""
    if train.origin is None or train.shape[0] != 3:
        return
    if all(bool((some[:, :1] == some).all()) for some in chunks(train.images)):
        yield Remark(
            "grey-as-colour",
            False,
            f"all {len(train):,} pictures are stored in colour and hold only greys (threshold: every one)",
            "use data.colour=grey: a third of the numbers, and no false colours in what is generated",
            1.0,
        )


def _files(count: int) -> str:
    return f"{count:,} file{'s' if count > 1 else ''}"


def _shares(counts: Mapping[str, int]) -> str:
    """Return counts and shares, such as "900 64×64 (90 %), 100 32×32 (10 %)"."""
    whole, ranked = sum(counts.values()), Counter(counts).most_common()
    return listed((f"{count:,} {name} ({percent(count / whole)})" for name, count in ranked), MOST_KINDS)
