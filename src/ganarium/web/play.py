"""Samples, moved latents, corners, films and nearest training images as files; each is a function of its arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from ganarium.core.arguments import one_of
from ganarium.core.errors import UsageError
from ganarium.web.errors import PageError
from ganarium.web.play_samplers import Loaded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from ganarium.training.nearest_images import NearestImages, TrainingImages
    from ganarium.training.sampler import Sampler
    from ganarium.training.weights import Weights

MOST_SAMPLES, MOST_FRAMES = 256, 240
MOST_MOVES, FARTHEST = 10, 20.0  # directions, and standard deviations along one
FRAME_SIDE = 280  # pixels
CORNERS = 4
PNG, NPZ, GIF, JSON = "image/png", "application/zip", "image/gif", "application/json"
File = tuple[bytes, str]  # content and media type


@dataclass(frozen=True)
class Sample:
    """One sample of a run: number `index` of a seed, moved along the strongest directions."""

    seed: int
    index: int
    label: str | None
    truncation: float | None
    move: tuple[float, ...]
    weights: str | None


def about(loaded: Loaded) -> dict[str, Any]:
    """Return what a page must know to play with a run."""
    sampler, directions = loaded.sampler, loaded.directions
    return {
        "latent": sampler.generator.latent,
        "noise": sampler.generator.noise,
        "classes": list(sampler.trained),
        "conditional": bool(sampler.classes),
        "shape": list(sampler.shape),
        "points": len(sampler.shape) == 1,
        "weights": list(sampler.weights),
        "step": sampler.step,
        "steps": list(loaded.place.steps),
        "directions": len(directions.directions),
        "strengths": [float(f"{value:.4g}") for value in directions.strengths.tolist()],
        "from_first_layer": directions.from_first_layer,
    }


def samples(
    loaded: Loaded,
    n: int,
    seed: int,
    labels: Sequence[str],
    truncation: float | None,
    weights: str | None,
    columns: int | None,
    kind: str,
) -> File:
    """Return samples as a PNG grid, as an NPZ file with class numbers and names if there are any, or points as JSON."""
    from ganarium.data.batches import to_bytes
    from ganarium.data.export import compressed_npz, label_arrays
    from ganarium.plotting.images import grid, png
    from ganarium.training.grids import picture_of_points

    points = len(loaded.sampler.shape) == 1
    one_of("format", kind, ("png", "npz", "json") if points else ("png", "npz"))
    sampler, chosen = loaded.sampler, _labels(loaded.sampler, labels)
    values = sampler.sample(n, seed=seed, labels=chosen, truncation=truncation, weights=_weights(weights))
    if kind == "npz":
        named = label_arrays(sampler.labels(n, chosen), sampler.classes)
        content = {"points": values} if points else {"images": to_bytes(values)}
        return compressed_npz({name: array.numpy() for name, array in content.items()} | named), NPZ
    if kind == "json":
        return as_json({"values": values.tolist()})
    if points:
        return png(picture_of_points(values)), PNG
    return png(grid(_drawable(values), columns)), PNG


def one_sample(loaded: Loaded, sample: Sample, scale: int) -> File:
    """Return one sample as a PNG image enlarged `scale` times, or the coordinates of a point as JSON."""
    return _one(_values_of(loaded, sample), scale)


def corner(
    loaded: Loaded,
    seeds: Sequence[int],
    at: tuple[float, float],
    labels: Sequence[str],
    truncation: float | None,
    weights: str | None,
    scale: int,
) -> File:
    """Return the sample between four corners at (x, y) in [0, 1]²; classes, one or four, are mixed bilinearly."""
    import torch

    from ganarium.training.generator_inputs import spherical_between

    if len(seeds) != CORNERS:
        raise UsageError(f"seeds: give {CORNERS}, one for each corner, separated by commas")
    sampler, (x, y) = loaded.sampler, at
    latent = spherical_between(torch.cat([sampler.latents(1, seed, truncation) for seed in seeds]), x, y)
    chosen = _labels(sampler, labels)
    mixture = None
    if sampler.classes:
        ends = sampler.labels(CORNERS, sampler.trained[0] if chosen is None else chosen)
        assert ends is not None
        if (ends == ends[0]).all():
            mixture = ends[:1]
        else:
            shares = torch.tensor([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y])
            mixture = (shares @ torch.eye(len(sampler.classes))[ends])[None]
    elif chosen is not None:
        sampler.labels(1, chosen)  # raises the error for labels of an unconditional generator
    return _one(sampler.generate(latent[None], mixture, _weights(weights))[0], scale)


def film(
    loaded: Loaded,
    seeds: Sequence[int],
    frames: int,
    labels: Sequence[str],
    truncation: float | None,
    weights: str | None,
    kind: str,
) -> File:
    """Return an interpolation between seeds as an animated GIF or a PNG strip; coordinates as JSON for points."""
    from ganarium.plotting.images import animation, grid, png

    one_of("format", kind, ("gif", "png"))
    if (len(seeds) - 1) * frames + 1 > MOST_FRAMES:
        raise UsageError(f"frames: at most {MOST_FRAMES} in all; use fewer seeds or fewer frames for each step")
    chosen = _labels(loaded.sampler, labels)
    given = [chosen] if isinstance(chosen, str) else chosen
    values = loaded.sampler.interpolate_seeds(
        seeds, frames, labels=given, truncation=truncation, weights=_weights(weights)
    )
    if len(loaded.sampler.shape) == 1:
        return as_json({"values": values.tolist()})
    images = _drawable(values)
    if kind == "png":
        return png(grid(images, columns=frames)), PNG
    return animation([grid(image[None], 1, FRAME_SIDE) for image in images], "GIF"), GIF


def nearest(loaded: Loaded, sample: Sample, training: TrainingImages) -> tuple[NearestImages, dict[str, Any]]:
    """Return the training images nearest to a sample, and their distances beside that of held-out images."""
    found = training.nearest(_values_of(loaded, sample))
    labels = training.labels
    names = [training.classes[int(labels[row])] for row in found.rows] if labels is not None else []
    distances = [float(f"{value:.4g}") for value in found.distances.tolist()]
    typical = None if training.typical is None else float(f"{training.typical:.4g}")
    return found, {"distances": distances, "typical": typical, "rows": found.rows, "labels": names}


def strip(found: NearestImages, scale: int) -> File:
    """Return the nearest training images side by side as a PNG file."""
    from ganarium.plotting.images import png, to_image

    images = _drawable(found.images / 255)
    sheet = images.transpose(1, 2, 0, 3).reshape(images.shape[1], images.shape[2], -1)
    return png(_enlarged(to_image(sheet), scale)), PNG


def refuse_points(loaded: Loaded) -> None:
    """Raise `PageError` for a run on points, which has no training images."""
    if len(loaded.sampler.shape) == 1:
        raise PageError(409, "this run generates points; nearest training images exist only for runs on images")


def _values_of(loaded: Loaded, sample: Sample) -> Tensor:
    """Return one sample, computed in its place among samples 0 … index, so that it equals that of `sample` exactly."""
    sampler, n = loaded.sampler, sample.index + 1
    latents = sampler.latents(n, sample.seed, sample.truncation)
    if any(sample.move):
        latents[-1] = loaded.directions.moved(latents[-1], list(sample.move))
    labels = sampler.labels(n, sample.label)
    return sampler.generate(latents, labels, _weights(sample.weights))[-1]


def _one(values: Tensor, scale: int) -> File:
    from ganarium.plotting.images import png, to_image

    if values.dim() == 1:
        return as_json({"values": values.tolist()})
    return png(_enlarged(to_image(_drawable(values[None])[0]), scale)), PNG


def _drawable(images: Tensor) -> NDArray[np.uint8]:
    """Return images [n, C, H, W] in [0, 1] as bytes, with channels side by side unless they are grey or RGB."""
    from ganarium.data.batches import to_bytes

    if images.shape[1] not in (1, 3):
        images = images.transpose(1, 2).flatten(2)[:, None]
    pixels: NDArray[np.uint8] = to_bytes(images).numpy()
    return pixels


def as_json(values: Any) -> File:
    """Return values as a JSON answer."""
    from pydantic_core import to_json

    return to_json(values, inf_nan_mode="null"), JSON


def _enlarged(image: Any, scale: int) -> Any:
    from PIL import Image

    return image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)


def _weights(weights: str | None) -> Weights | None:
    return cast("Literal['ema', 'raw'] | None", weights or None)


def _labels(sampler: Sampler, labels: Sequence[str]) -> str | list[str] | None:
    """Return the classes that an address names: one, several separated by commas, or several arguments."""
    given = [label for label in labels if label]
    if len(given) == 1 and given[0] not in sampler.classes and "," in given[0]:
        given = given[0].split(",")
    return None if not given else given[0] if len(given) == 1 else given
