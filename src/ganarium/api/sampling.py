"""Generation of samples, interpolations and translations from trained runs, in memory or as files."""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganarium.api.lookup import Run
from ganarium.core.outputs import format_of, write_file, write_folder
from ganarium.data.batches import to_bytes
from ganarium.data.export import compressed_npz, csv_of_points, label_arrays
from ganarium.data.files.folder_or_zip import TRUTH
from ganarium.plotting.images import animation, grid, png, to_image
from ganarium.training.grids import picture_beside_real, picture_of_points
from ganarium.training.loop import data_of
from ganarium.training.sampler import Sampler, load
from ganarium.training.translation_inputs import Inputs, inputs_for
from ganarium.training.translator import Translations, load_translations
from ganarium.training.weights import Weights

__all__ = [
    "Sampler",
    "Translations",
    "inputs_for",
    "load",
    "load_translations",
    "save_interpolation",
    "save_samples",
    "save_translations",
]

SAMPLE_FORMATS = ("png", "npz")
POINT_FORMATS = (*SAMPLE_FORMATS, "csv")
FRAME_SIDE = 280  # width and height of an animation frame, in pixels


def save_samples(
    sampler: Sampler,
    out: Path,
    n: int,
    *,
    seed: int = 0,
    labels: str | None = None,
    truncation: float | None = None,
    weights: Weights | None = None,
    invert: bool = False,
    real: Run | None = None,
) -> list[str]:
    """Generate samples and write a grid, an npz or CSV file, or a folder of images; return the paths.

    invert: whether to exchange black and white
    real: the run of the sampler, to show real samples next to the generated samples
    """
    samples, numbers = (
        sampler.sample(n, seed=seed, labels=labels, truncation=truncation, weights=weights),
        sampler.labels(n, labels),
    )
    if real is not None:
        alike = numbers if real.experiment.game.labelled else None  # InfoGAN codes are not classes of the data
        return _write(out, png(picture_beside_real(samples, alike, data_of(real))))
    if len(sampler.shape) > 1:
        return _save_images(1 - samples if invert else samples, out, label_arrays(numbers, sampler.classes))
    match format_of(out, POINT_FORMATS):
        case "npz":
            return _write(out, compressed_npz({"points": samples.numpy()}))
        case "csv":
            return _write(out, csv_of_points(samples))
        case _:
            return _write(out, png(picture_of_points(samples)))


def save_interpolation(
    sampler: Sampler,
    out: Path,
    seeds: Sequence[int],
    frames: int,
    *,
    labels: Sequence[str] = (),
    weights: Weights | None = None,
) -> int:
    """Write an interpolation between seeds as an animation or a PNG strip; return the number of frames."""
    images = to_bytes(sampler.interpolate_seeds(seeds, frames, labels=labels, weights=weights)).numpy()
    kind = format_of(out, ("gif", "webp", "png"))
    if kind == "png":
        write_file(out, png(grid(images, columns=frames)))
    else:
        write_file(out, animation([grid(image[None], 1, FRAME_SIDE) for image in images], kind.upper()))
    return len(images)


def save_translations(
    translations: Translations, inputs: Inputs, out: Path, *, back: bool = False, weights: Weights | None = None
) -> list[str]:
    """Translate images and write a grid of pairs, an npz file or a folder; return the paths of the files."""
    images = translations.translate(inputs.pictures, back=back, weights=weights)
    kind = format_of(out, SAMPLE_FORMATS, folder=True)
    if kind == "png":
        pairs = torch.stack([inputs.pictures, to_bytes(images)], 1).flatten(0, 1)
        return _save_images(pairs / 255, out, columns=8)
    names = {"names": np.array(inputs.names)} if inputs.names and kind else {}
    return _save_images(images, out, names, names=inputs.names)


def _save_images(
    images: Tensor,
    out: Path,
    arrays: Mapping[str, Any] = MappingProxyType({}),
    columns: int | None = None,
    names: Sequence[str] = (),
) -> list[str]:
    """Write images as a grid, an npz file with additional arrays, or a folder of named or numbered PNG files."""
    pixels = to_bytes(images).numpy()
    kind = format_of(out, SAMPLE_FORMATS, folder=True)
    if kind == "png":
        return _write(out, png(grid(pixels, columns)))
    if kind == "npz":
        return _write(out, compressed_npz({"images": pixels, **arrays}))
    names = names or [f"{i}.png" for i in range(len(pixels))]
    files = ((name, png(to_image(image))) for name, image in zip(names, pixels, strict=True))
    truth = [(TRUTH, compressed_npz(arrays))] if arrays else []
    return [*map(str, write_folder(out, chain(files, truth)))]


def _write(out: Path, data: bytes) -> list[str]:
    write_file(out, data)
    return [str(out)]
