"""What was done to the files of a set, in sentences and numbers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod, sqrt

from ganarium.config.files import LARGEST, SMALLEST
from ganarium.core.escape import listed, printable
from ganarium.data.datasets import Origin
from ganarium.data.files.decode import Header, Target

NAMED = 3  # profiles in a sentence
BARELY, SLIGHTLY = 0.005, 0.03  # shares of the area that may be cut off without a word, and by rounding a size
FRAMES = "their first frame or page alone is read; to use the others, save each as a file of its own"


def origin_of(target: Target, headers: Sequence[Header]) -> Origin:
    """Describe files by their headers and by what becomes of them; without their names."""
    return Origin(
        sizes=Counter(one.size for one in headers),
        modes=Counter(one.mode for one in headers),
        enlarged=enlarged(target, headers),
        cut_off=cut_off(target, headers),
        keeps_shape=same_shape(target, headers),
        frames=sum(one.frames for one in headers),
        ignored=Counter(printable(one.ignored) for one in headers if one.ignored),
        said=tuple(said_of(target, headers)),
    )


def said_of(target: Target, headers: Sequence[Header]) -> Iterator[str]:
    """What was done to the pictures, a sentence each."""
    yield from _of_size(target, headers)
    if transparent := sum(one.transparent for one in headers):
        yield f"{transparent:,} pictures may be transparent and lie on {target.ground}"
    if target.grey and not all(one.grey for one in headers):
        yield "colours became grey"
    if deep := sum(one.mode == "16-bit grey" for one in headers):
        yield f"{deep:,} pictures of 16 bits were scaled to 8"
    if converted := Counter(one.profile for one in headers if one.profile):
        yield f"{converted.total():,} pictures were converted to sRGB from {_counted(converted)}"
    if ignored := Counter(one.ignored for one in headers if one.ignored):
        yield f"{ignored.total():,} colour profiles were ignored: {_counted(ignored)}"
    if frames := sum(one.frames for one in headers):
        yield f"{frames:,} of {len(headers):,} files hold several frames or pages: {FRAMES}"
    if target.invert:
        yield "black and white were exchanged"


def _of_size(target: Target, headers: Sequence[Header]) -> Iterator[str]:
    others = sum(one.size != target.size for one in headers)
    size = f"{target.size[0]}×{target.size[1]}"
    if not others:
        yield f"all {len(headers):,} pictures have {size} pixels and stay as they are"
        return
    how = "cut to their middle" if target.fit == "crop" else f"padded with {target.ground}"
    smaller = enlarged(target, headers)
    also = f", {smaller:,} of them enlarged" if smaller else ""
    yield f"{others:,} of {len(headers):,} pictures had another size than {size}: scaled and {how}{also}"
    if (share := cut_off(target, headers)) > BARELY:
        shape = same_shape(target, headers)
        whole = f"data.fit=pad or data.size={shape} keeps" if shape else "data.fit=pad keeps"
        yield f"{100 * share:.2g} % of the pictures' area was cut off: {whole} all of it"


def enlarged(target: Target, headers: Sequence[Header]) -> int:
    """How many are too small: to be cut, on one side; to be padded, on both."""
    too_small = any if target.fit == "crop" else all
    return sum(too_small(own < side for own, side in zip(one.size, target.size, strict=True)) for one in headers)


def cut_off(target: Target, headers: Sequence[Header]) -> float:
    """The share of its area that a picture loses, mean over the pictures."""
    if target.fit != "crop" or not headers:
        return 0.0
    return sum(_lost(one.size, target.size) for one in headers) / len(headers)


def _lost(own: tuple[int, int], wanted: tuple[int, int]) -> float:
    """The share that is cut off when a picture is scaled until it covers the wanted size."""
    ratio = own[0] * wanted[1] / (own[1] * wanted[0])
    return 1 - min(ratio, 1 / ratio)


def same_shape(target: Target, headers: Sequence[Header]) -> str:
    """A size of as many pixels, as "32x128", for which hardly anything is cut off; "" when there is none."""
    if cut_off(target, headers) <= BARELY:
        return ""
    ((height, width), _) = Counter(one.size for one in headers).most_common(1)[0]
    scale = min(sqrt(prod(target.size) / (height * width)), LARGEST / max(height, width))
    size = round(scale * height), round(scale * width)
    keeps = min(size) >= SMALLEST and cut_off(replace(target, size=size), headers) <= SLIGHTLY
    return f"{size[0]}x{size[1]}" if keeps else ""


def _counted(names: Counter[str]) -> str:
    """ "Display P3 (40), Adobe RGB (2)"."""
    return listed((f"{printable(name)} ({count:,})" for name, count in names.most_common()), NAMED)
