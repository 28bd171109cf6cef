"""In-memory data sets of images, image pairs or points, with labels, ground truth and a content hash."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganarium.core.random_streams import Draw, Streams, permutation
from ganarium.data.finding import DataFinding

Split = Literal["train", "validation", "test"]


def random_rows(count: int, n: int) -> Tensor:
    """Choose n of `count` row indices at random, int64 [n]; every call returns the same indices.

    The indices for a smaller n are a prefix of those for a larger n. If n exceeds `count`, every row is chosen once
    before any row is repeated.
    """
    if not n:
        return torch.zeros(0, dtype=torch.int64)
    streams = Streams(0)
    rounds = [streams.at("data.subset", permutation(count), number) for number in range(-(-n // count))]
    return torch.cat(rounds)[:n]


@dataclass(frozen=True)
class Card:
    """The source and licence of a data set."""

    title: str
    authors: str
    licence: str
    text: str


@dataclass(frozen=True)
class Origin:
    """Properties of image files before conversion to a common size.

    names: path of each image within its folder, [n]
    sizes: number of files of each (height, width)
    modes: number of files of each pixel mode, such as "grey", "RGB", "palette", "16-bit grey"
    enlarged: number of files that are smaller than the resulting images
    cut_off: mean share of a file's area that is cropped
    keeps_shape: a size that avoids cropping, such as "32x128"; "" if no such size exists or nothing is cropped
    frames: number of files with several frames or pages, of which only the first is read
    ignored: number of ignored colour profiles, by name and reason
    hidden: share of transparent images that hardly differ from the background
    pixel_art: whether the files look like pixel art that was scaled by an integer factor with smooth edges
    shown_by: the background on which more transparent images are visible; "" if there is none
    unreadable: path of each unreadable file, mapped to the reason
    messages: conversions of the images and their reasons, one sentence each; recorded in a run
    findings: properties of the files that the data checks report; `messages` contains them as well
    unlabelled: the reason why there are no labels; "" if there are labels or the reason is unknown
    """

    names: tuple[str, ...] = ()
    sizes: Mapping[tuple[int, int], int] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)
    enlarged: int = 0
    cut_off: float = 0.0
    keeps_shape: str = ""
    frames: int = 0
    ignored: Mapping[str, int] = field(default_factory=dict)
    hidden: float = 0.0
    shown_by: str = ""
    pixel_art: bool = False
    unreadable: Mapping[str, str] = field(default_factory=dict)
    messages: tuple[str, ...] = ()
    findings: tuple[DataFinding, ...] = ()
    unlabelled: str = ""


@dataclass(frozen=True)
class ImageSet:
    """A set of images in memory.

    images: uint8 [n, C, H, W]; bright foreground on a dark background in the built-in sets except emoji
    labels: int64 [n] with values in {0, …, K − 1}, K = len(classes); None for unlabelled sets
    classes: the user's name for each label
    truth: ground truth of the images, in arrays of n rows
    origin: properties of the files, for images from user files
    """

    name: str
    images: Tensor
    labels: Tensor | None
    classes: tuple[str, ...]
    card: Card
    truth: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    origin: Origin | None = None

    def __len__(self) -> int:
        return len(self.images)

    def at(self, rows: Tensor) -> "ImageSet":
        """Return the subset with the given rows, int64 [m], in the given order."""
        places, origin = rows.numpy(), self.origin
        if origin is not None and origin.names:
            origin = replace(origin, names=tuple(origin.names[row] for row in rows.tolist()))
        return replace(
            self,
            images=self.images[rows],
            labels=None if self.labels is None else self.labels[rows],
            truth={name: values[places] for name, values in self.truth.items()},
            origin=origin,
        )

    def subset(self, n: int) -> "ImageSet":
        """Return n random images, or all images in random order if there are fewer than n; see `random_rows`."""
        return self.at(random_rows(len(self), min(n, len(self))))

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of an image, (C, H, W)."""
        return tuple(self.images.shape[1:])

    @cached_property
    def hash(self) -> str:
        """Return a hex digest of the images and labels, independent of how they were stored."""
        digest = sha256(repr(tuple(self.images.shape)).encode())
        digest.update(self.images.contiguous().numpy().data)
        if self.labels is not None:
            digest.update(self.labels.numpy().astype("<i8").data)
        return digest.hexdigest()


@dataclass(frozen=True)
class PointLaw:
    """A distribution with known density, in the plane or on the line.

    draws: (n) -> the random draws needed for n points
    place: (draws) -> float32 [n, d] points
    log_density: float64 [n, d] -> float64 [n], natural logarithm
    modes: float64 [k, d], centres of the modes; empty for distributions without separate modes
    sigma: standard deviation of a mode; 0 without modes
    """

    dimensions: int
    draws: Callable[[int], Mapping[str, Draw]]
    place: Callable[[Mapping[str, Tensor]], Tensor]
    log_density: Callable[[Tensor], Tensor]
    modes: Tensor
    sigma: float


@dataclass(frozen=True)
class PointSet:
    """A set of points: either fixed, or endless with newly drawn points in every batch.

    law: the distribution of the points; None for points from user files, which are always fixed
    points: the points of a fixed set, float32 [n, d]; None for an endless set
    """

    name: str
    law: PointLaw | None
    points: Tensor | None
    card: Card
    labels: None = None
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return the number of fixed points; 0 for an endless set."""
        return 0 if self.points is None else len(self.points)

    @property
    def known_law(self) -> PointLaw:
        """Return the distribution of the points, which must be known."""
        assert self.law is not None
        return self.law

    @property
    def fixed(self) -> Tensor:
        """Return the points of a fixed set, float32 [n, d]."""
        assert self.points is not None
        return self.points

    def at(self, rows: Tensor) -> "PointSet":
        """Return the subset of the fixed points with the given rows, int64 [m], in the given order."""
        return replace(self, points=self.fixed[rows])

    def subset(self, n: int) -> "PointSet":
        """Return n random points of a fixed set, or all points in random order if there are fewer than n.

        For an endless set, every call returns the same n points.
        """
        if self.points is None:
            return replace(self, points=self.known_law.place(Streams(0).all_at("first", self.known_law.draws(n), 0)))
        return self.at(random_rows(len(self), min(n, len(self))))

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of a point, (d,)."""
        return (self.known_law.dimensions,) if self.points is None else tuple(self.points.shape[1:])

    @cached_property
    def hash(self) -> str:
        """Return a hex digest of the fixed points, or of the density at 1,000 given points for an endless set."""
        if self.points is not None:
            return sha256(self.points.contiguous().numpy().astype("<f4").data).hexdigest()
        line = torch.linspace(-4, 4, 1000, dtype=torch.float64)
        density = self.known_law.log_density(line[:, None].expand(-1, self.known_law.dimensions))
        return sha256(np.round(density.numpy(), 6).astype("<f8").data).hexdigest()


@dataclass(frozen=True)
class PairSet:
    """Two domains of images, x and y, and the exact translation of each image into the other domain, if known.

    x, y: uint8 [n, C, H, W] and [m, C, H, W]; in unpaired sets, row i of x and row i of y show different objects
    x_as_y, y_as_x: exact translations of x and y, uint8 [n, C, H, W]; equal to y and x in paired sets; None if unknown
    domains: the user's names for x and y
    paired: whether row i of both domains shows the same object
    truth: ground truth of the objects in x ("x.…") and y ("y.…"), in arrays of n rows
    origin: properties of the files, for images from user files
    """

    name: str
    x: Tensor
    y: Tensor
    x_as_y: Tensor | None
    y_as_x: Tensor | None
    domains: tuple[str, str]
    paired: bool
    card: Card
    truth: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    labels: None = None
    classes: tuple[str, ...] = ()
    origin: Origin | None = None

    def __len__(self) -> int:
        return len(self.x)

    def at(self, rows: Tensor) -> "PairSet":
        """Return the subset of both domains with the given rows, int64 [m], in the given order."""
        known: Mapping[str, Any] = {name: getattr(self, name) for name in ("x", "y", "x_as_y", "y_as_x")}
        pictures: dict[str, Any] = {name: images if images is None else images[rows] for name, images in known.items()}
        return replace(self, **pictures, truth={name: values[rows.numpy()] for name, values in self.truth.items()})

    def subset(self, n: int) -> "PairSet":
        """Return n random rows of both domains, or all rows in random order if there are fewer than n.

        Domains of different sizes, which have no known translations, are sampled independently.
        """
        if len(self.x) == len(self.y):
            return self.at(random_rows(len(self), min(n, len(self))))
        x, y = (images[random_rows(len(images), min(n, len(images)))] for images in (self.x, self.y))
        return replace(self, x=x, y=y)

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the shape of an image, (C, H, W)."""
        return tuple(self.x.shape[1:])

    @cached_property
    def hash(self) -> str:
        """Return a hex digest of the images of both domains, independent of how they were stored."""
        digest = sha256(repr(tuple(self.x.shape)).encode())
        for pictures in (self.x, self.y):
            digest.update(pictures.contiguous().numpy().data)
        return digest.hexdigest()


Source = ImageSet | PointSet | PairSet
