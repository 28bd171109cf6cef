"""Convert pictures in memory (arrays, tensors, lists, Pillow images) to arrays."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from ganarium.config.files import LARGEST, SMALLEST
from ganarium.core.errors import InputError, brief
from ganarium.core.escape import listed
from ganarium.data.files.decode import more_frames
from ganarium.data.files.depth import colours_of, is_grey, plain

NUMBERS = ("I", "F")  # modes whose values have no agreed range
AS_THEY_ARE = ("1", "L", "RGB")
COMPOSITE = "Image.alpha_composite(Image.new('RGBA', x.size, 'white'), x.convert('RGBA')).convert('RGB')"


def numbers_of(images: Any, where: str) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Convert pictures in memory to an array for `to_pictures`, possibly sharing memory, and describe the conversion.

    Raises `InputError`, prefixed with `where`, when the pictures cannot be converted to one array.
    """
    given = [images] if isinstance(images, Image.Image) else images
    if isinstance(given, Sequence) and any(isinstance(one, Image.Image) for one in given):
        return _of_pillow(given, where)
    array = plain_array(given, where)
    separate = isinstance(given, list | tuple) and all(isinstance(one, np.ndarray | Tensor) for one in given)
    return (array[:, None] if separate and array.ndim == 3 else array), ()


def plain_array(values: Any, where: str) -> NDArray[Any]:
    """Convert values to a NumPy array, which may share their memory."""
    try:
        if isinstance(values, Tensor):
            kept = values.detach().cpu()
            return (kept.float() if kept.dtype == torch.bfloat16 else kept).numpy()
        return np.asarray(values)
    except (ValueError, TypeError, RuntimeError, OverflowError) as error:
        raise InputError(
            f"{where}: cannot become one array ({brief(error)}); give numbers, in rows of one shape"
        ) from None


def _of_pillow(images: Sequence[Any], where: str) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Return numbers [n, 1, H, W] of modes without an agreed range, else uint8 [n, C, H, W] in grey or sRGB."""
    if not all(isinstance(image, Image.Image) for image in images):
        raise InputError(f"{where}: Pillow's images and other things are mixed; give one kind")
    _refuse_sizes(images, where)
    said = tuple(_said(images))
    if all(image.mode in NUMBERS for image in images):
        return np.stack([np.asarray(image) for image in images])[:, None], said
    shown = [_shown(image, f"{where}, picture {i}") for i, image in enumerate(images)]
    mode = "L" if all(image.mode == "L" for image in shown) else "RGB"
    pixels = np.stack([np.asarray(image.convert(mode)) for image in shown])
    return (pixels[:, None] if mode == "L" else pixels.transpose(0, 3, 1, 2)), said


def _refuse_sizes(images: Sequence[Image.Image], where: str) -> None:
    sizes = sorted({(image.height, image.width) for image in images})
    if len(sizes) > 1:
        named = listed((f"{height}×{width}" for height, width in sizes), 3)
        raise InputError(f"{where}: the pictures have several sizes ({named}); resize them to one with x.resize")
    ((height, width),) = sizes
    if not (min(sizes[0]) >= SMALLEST and max(sizes[0]) <= LARGEST):
        raise InputError(
            f"{where}: the pictures are {height}×{width}, sides of {SMALLEST} to {LARGEST} pixels are read; "
            "resize them with x.resize"
        )


def _shown(image: Image.Image, where: str) -> Image.Image:
    """Return a picture of mode L or RGB with its orientation and colours applied; the given picture is not changed."""
    try:
        eight = plain(image)
        if "exif" in image.info:
            eight.info["exif"] = image.info["exif"]
        eight = ImageOps.exif_transpose(eight)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    except Exception as error:  # any exception of a codec means a faulty file
        raise InputError(f"{where}: cannot be read ({brief(error)})") from None
    if eight.mode != "RGBA":
        return eight
    if eight.getchannel("A").getextrema() != (255, 255):
        raise InputError(f"{where}: is transparent in places; put a ground behind it: {COMPOSITE}")
    return eight.convert("L" if is_grey(image) else "RGB")


def _said(images: Sequence[Image.Image]) -> Any:
    modes = Counter(image.mode for image in images if image.mode not in (*AS_THEY_ARE, *NUMBERS))
    if modes:
        yield f"Pillow's images of mode {listed(sorted(modes))} became grey or RGB as they look"
    profiles = [colours_of(image) for image in images]
    if converted := sum(profile.convert is not None for profile in profiles):
        yield f"{converted:,} pictures were converted to sRGB from their colour profiles"
    if ignored := [f"{profile.name} {profile.fault}" for profile in profiles if profile.fault]:
        yield f"{len(ignored):,} colour profiles were ignored: {listed(dict.fromkeys(ignored), 3)}"
    if frames := sum(map(more_frames, images)):
        yield f"{frames:,} images hold several frames or pages, of which the present one is read"
