"""Grids, PNG files and animations of images; arrays are uint8 [n, C, H, W] with C = 1 or 3."""

from collections.abc import Iterable
from io import BytesIO
from math import ceil, prod, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GAP = 2
GROUND = 96
SMALLEST_SIDE = 640
MOST_PIXELS = 25_000_000  # of a file that is loaded

Bytes = NDArray[np.uint8]


def grid(images: Bytes, columns: int | None = None, smallest_side: int = SMALLEST_SIDE) -> Image.Image:
    """Arrange images row by row, enlarged by the largest integer factor for which the grid fits `smallest_side`."""
    n, channels, height, width = images.shape
    columns = columns or ceil(sqrt(n))
    rows = ceil(n / columns)
    sheet = np.full((rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, channels), GROUND, np.uint8)
    for i, image in enumerate(images):
        row, column = divmod(i, columns)
        top, left = GAP + row * (height + GAP), GAP + column * (width + GAP)
        sheet[top : top + height, left : left + width] = image.transpose(1, 2, 0)
    picture = to_image(sheet.transpose(2, 0, 1))
    scale = max(1, smallest_side // max(picture.size))
    return picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)


def side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    """Join two images with a white strip between them; the shorter image is centred vertically."""
    strip = max(left.width, right.width) // 20
    height = max(left.height, right.height)
    sheet = Image.new("RGB", (left.width + strip + right.width, height), "white")
    sheet.paste(left, (0, (height - left.height) // 2))
    sheet.paste(right, (left.width + strip, (height - right.height) // 2))
    return sheet


def to_image(image: Bytes) -> Image.Image:
    """Convert one array [C, H, W] to an image."""
    return Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0))


def png(image: Image.Image) -> bytes:
    """Encode an image as a PNG file."""
    return _encode(image, "PNG")


def load_png(path: Path) -> Image.Image | None:
    """Load a PNG file of at most 25 million pixels; return None if it is missing or damaged."""
    try:
        if not path.is_file():
            return None
        with Image.open(path, formats=["PNG"]) as image:
            if prod(image.size) > MOST_PIXELS:
                return None
            image.load()
            return image
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def animation(frames: Iterable[Image.Image], format_: str, milliseconds: int = 60) -> bytes:
    """Encode frames as a looping animation; `format_` is GIF or WEBP."""
    first, *others = frames
    options: dict[str, Any] = {"lossless": True} if format_ == "WEBP" else {"disposal": 1}
    return _encode(first, format_, save_all=True, append_images=others, duration=milliseconds, loop=0, **options)


def _encode(image: Image.Image, format_: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()
