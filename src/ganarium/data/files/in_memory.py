"""Convert images in memory (arrays, tensors, lists, Pillow images) to NumPy arrays."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from ganarium.config.data_files import LARGEST, SMALLEST
from ganarium.core.errors import InputError, brief
from ganarium.core.escape import counted, listed
from ganarium.data.files.bit_depth import colours_of, is_grey, to_srgb_8_bits
from ganarium.data.files.decode import more_frames

UNDEFINED_RANGE = ("I", "F")  # Pillow modes
UNCONVERTED = ("1", "L", "RGB")
COMPOSITE = "Image.alpha_composite(Image.new('RGBA', x.size, 'white'), x.convert('RGBA')).convert('RGB')"


def array_of_images(images: Any, where: str) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Convert images in memory to an array for `to_pictures`, possibly sharing memory, and describe the conversion.

    Raises `InputError`, prefixed with `where`, when the images cannot be converted to one array.
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
            tensor = values.detach().cpu()
            return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
        return np.asarray(values)
    except (ValueError, TypeError, RuntimeError, OverflowError) as error:
        raise InputError(
            f"{where}: cannot be converted to an array ({brief(error)}); pass numbers in rows of equal shape"
        ) from None


def _of_pillow(images: Sequence[Any], where: str) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Convert Pillow images to uint8 [n, C, H, W] in grey or sRGB, or to unscaled [n, 1, H, W] for modes I and F."""
    if not all(isinstance(image, Image.Image) for image in images):
        raise InputError(f"{where}: contains Pillow images and other objects; pass only Pillow images, or an array")
    _refuse_sizes(images, where)
    messages = tuple(_conversion_messages(images))
    if all(image.mode in UNDEFINED_RANGE for image in images):
        return np.stack([np.asarray(image) for image in images])[:, None], messages
    shown = [_upright_srgb(image, f"{where}, image {i}") for i, image in enumerate(images)]
    mode = "L" if all(image.mode == "L" for image in shown) else "RGB"
    pixels = np.stack([np.asarray(image.convert(mode)) for image in shown])
    return (pixels[:, None] if mode == "L" else pixels.transpose(0, 3, 1, 2)), messages


def _refuse_sizes(images: Sequence[Image.Image], where: str) -> None:
    sizes = sorted({(image.height, image.width) for image in images})
    if len(sizes) > 1:
        named = listed((f"{height}×{width}" for height, width in sizes), 3)
        raise InputError(f"{where}: the images have different sizes ({named}); resize them with x.resize")
    ((height, width),) = sizes
    if not (min(sizes[0]) >= SMALLEST and max(sizes[0]) <= LARGEST):
        raise InputError(
            f"{where}: the images are {height}×{width}; height and width must be {SMALLEST} to {LARGEST} pixels; "
            "resize them with x.resize"
        )


def _upright_srgb(image: Image.Image, where: str) -> Image.Image:
    """Return an upright sRGB copy of an image, in mode L or RGB."""
    try:
        eight = to_srgb_8_bits(image)
        if "exif" in image.info:
            eight.info["exif"] = image.info["exif"]
        eight = ImageOps.exif_transpose(eight)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    except Exception as error:  # any exception of a codec means a faulty file
        raise InputError(f"{where}: the image cannot be read ({brief(error)}); replace the image") from None
    if eight.mode != "RGBA":
        return eight
    if eight.getchannel("A").getextrema() != (255, 255):
        raise InputError(f"{where}: the image has transparent pixels; composite it onto a background: {COMPOSITE}")
    return eight.convert("L" if is_grey(image) else "RGB")


def _conversion_messages(images: Sequence[Image.Image]) -> Any:
    modes = Counter(image.mode for image in images if image.mode not in (*UNCONVERTED, *UNDEFINED_RANGE))
    if modes:
        yield f"Pillow images of mode {listed(sorted(modes))} were converted to grey or RGB"
    profiles = [colours_of(image) for image in images]
    if converted := sum(profile.convert is not None for profile in profiles):
        yield f"converted {counted(converted, 'image')} to sRGB from embedded colour profiles"
    if ignored := [f"{profile.name} {profile.fault}" for profile in profiles if profile.fault]:
        yield f"ignored {counted(len(ignored), 'colour profile')}: {listed(dict.fromkeys(ignored), 3)}"
    if frames := sum(map(more_frames, images)):
        yield f"several frames or pages in {counted(frames, 'image')}: only the current one is read"
