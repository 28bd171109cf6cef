"""Describe the conversion of image files to a common size and mode, in messages and statistics."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod, sqrt

from ganarium.config.data_files import LARGEST, SMALLEST
from ganarium.core.escape import counted, listed, printable
from ganarium.data.datasets import Origin
from ganarium.data.files.decode import Header, Target

MOST_LISTED = 3  # profiles in a message
BARELY, SLIGHTLY = 0.005, 0.03  # area fractions: cropped without a message; accepted when a size is rounded
FRAMES = "only the first one is read; to use the others, save each as a separate file"


def conversion_origin(target: Target, headers: Sequence[Header]) -> Origin:
    """Summarize the headers of image files and the conversion, without listing file names."""
    return Origin(
        sizes=Counter(one.size for one in headers),
        modes=Counter(one.mode for one in headers),
        enlarged=enlarged(target, headers),
        cut_off=cut_off(target, headers),
        keeps_shape=same_shape(target, headers),
        frames=sum(one.frames for one in headers),
        ignored=Counter(printable(one.ignored) for one in headers if one.ignored),
        messages=tuple(conversion_messages(target, headers)),
    )


def conversion_messages(target: Target, headers: Sequence[Header]) -> Iterator[str]:
    """Yield messages that describe the conversion of the images."""
    yield from _of_size(target, headers)
    if transparent := sum(one.transparent for one in headers):
        yield f"transparent pixels of {counted(transparent, 'image')} are filled with {target.ground}"
    if target.grey and not all(one.grey for one in headers):
        yield "colours were converted to grey"
    if deep := sum(one.mode == "16-bit grey" for one in headers):
        yield f"scaled {counted(deep, 'image')} from 16 to 8 bits"
    if converted := Counter(one.profile for one in headers if one.profile):
        yield f"converted {counted(converted.total(), 'image')} to sRGB from {_counted(converted)}"
    if ignored := Counter(one.ignored for one in headers if one.ignored):
        yield f"ignored {counted(ignored.total(), 'colour profile')}: {_counted(ignored)}"
    if frames := sum(one.frames for one in headers):
        yield f"several frames or pages in {frames:,} of {counted(len(headers), 'file')}: {FRAMES}"
    if target.invert:
        yield "black and white were inverted"


def _of_size(target: Target, headers: Sequence[Header]) -> Iterator[str]:
    others = sum(one.size != target.size for one in headers)
    size = f"{target.size[0]}×{target.size[1]}"
    if not others:
        yield f"all {len(headers):,} images have {size} pixels and are not scaled"
        return
    how = "cropped to the centre" if target.fit == "crop" else f"padded with {target.ground}"
    smaller = enlarged(target, headers)
    also = f", {smaller:,} of them enlarged" if smaller else ""
    verb = "was" if others == 1 else "were"
    yield f"{others:,} of {len(headers):,} images {verb} not {size} and {verb} scaled and {how}{also}"
    if (share := cut_off(target, headers)) > BARELY:
        shape = same_shape(target, headers)
        ways = f"data.fit=pad or data.size={shape}" if shape else "data.fit=pad"
        yield f"{100 * share:.2g} % of the images' area was cropped; use {ways} to keep all of it"


def enlarged(target: Target, headers: Sequence[Header]) -> int:
    """Return the number of enlarged images: too small in one dimension if cropped, or in both if padded."""
    too_small = any if target.fit == "crop" else all
    return sum(too_small(own < side for own, side in zip(one.size, target.size, strict=True)) for one in headers)


def cut_off(target: Target, headers: Sequence[Header]) -> float:
    """Return the mean fraction of an image's area that is cropped."""
    if target.fit != "crop" or not headers:
        return 0.0
    return sum(_cropped_share(one.size, target.size) for one in headers) / len(headers)


def _cropped_share(own: tuple[int, int], wanted: tuple[int, int]) -> float:
    """Return the fraction of an image that is cropped when it is scaled until it covers the target size."""
    ratio = own[0] * wanted[1] / (own[1] * wanted[0])
    return 1 - min(ratio, 1 / ratio)


def same_shape(target: Target, headers: Sequence[Header]) -> str:
    """Return a size with about as many pixels that avoids cropping, such as "32x128"; "" if there is none."""
    if cut_off(target, headers) <= BARELY:
        return ""
    ((height, width), _) = Counter(one.size for one in headers).most_common(1)[0]
    scale = min(sqrt(prod(target.size) / (height * width)), LARGEST / max(height, width))
    size = round(scale * height), round(scale * width)
    keeps = min(size) >= SMALLEST and cut_off(replace(target, size=size), headers) <= SLIGHTLY
    return f"{size[0]}x{size[1]}" if keeps else ""


def _counted(names: Counter[str]) -> str:
    """Format counts, such as "Display P3 (40), Adobe RGB (2)"."""
    return listed((f"{printable(name)} ({count:,})" for name, count in names.most_common()), MOST_LISTED)
