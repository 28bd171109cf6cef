"""Generated samples, and the real samples that they are scored against."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from ganarium.config.base import DataConfig
from ganarium.core.random_streams import Streams, permutation
from ganarium.data.datasets import ImageSet, PairSet, PointSet, Source, Split
from ganarium.evaluation.features.base import Extractor, Reading
from ganarium.evaluation.features.cache import kept_tensors, reading_of
from ganarium.metrics.neighbours import nearest

USUAL = "usual"
VERSION = 2  # of the cached distances


@dataclass(frozen=True)
class Made:
    """Generated pictures uint8 [n, C, H, W] or points float32 [n, d], and the requested classes, int64 [n], if any."""

    samples: Tensor
    asked: Tensor | None = None

    def __len__(self) -> int:
        return len(self.samples)


@dataclass(frozen=True)
class Translated:
    """Translations uint8 [n, C, H, W] of the n held-out pictures of `Answers.ways`, by direction."""

    ways: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(next(iter(self.ways.values())))


@dataclass(frozen=True)
class Real:
    """Real pictures: the training set of a generator, and a held-out split.

    split: which split `held_out` is: "validation" for model selection, "test" for reporting
    quick: use fast measures only, for model selection during training
    beside: additional extractors supplied by the user
    settings: the settings of the data; None for pictures in memory
    """

    train: ImageSet
    held_out: ImageSet
    split: Split
    quick: bool = False
    beside: tuple[Extractor, ...] = ()
    settings: DataConfig | None = None

    @property
    def against(self) -> str:
        """Return the name of the reference data; scores are comparable only if it agrees."""
        return named(self.held_out, self.split)


@dataclass(frozen=True)
class RealPoints:
    """Points supplied by the user: the training set of a generator, and a held-out split.

    split, quick, settings: as in `Real`
    """

    train: PointSet
    held_out: PointSet
    split: Split
    quick: bool = False
    settings: DataConfig | None = None

    @property
    def against(self) -> str:
        """Return the name of the reference data; scores are comparable only if it agrees."""
        return named(self.held_out, self.split)


@dataclass(frozen=True)
class Answers:
    """Held-out pairs for a translator, with the exact answers."""

    held_out: PairSet
    split: Split

    def ways(self, n: int) -> Mapping[str, tuple[Tensor, Tensor]]:
        """Return n random pictures to translate and their exact translations, by direction.

        "there" is from the first domain to the second, "back" the reverse.
        """
        pairs = self.held_out.subset(n)
        assert pairs.x_as_y is not None
        assert pairs.y_as_x is not None
        return {"there": (pairs.x, pairs.x_as_y), "back": (pairs.y, pairs.y_as_x)}

    @property
    def against(self) -> str:
        """Return the name of the reference data; scores are comparable only if it agrees."""
        return named(self.held_out, self.split)


Samples = Made | Translated
Standard = Real | RealPoints | PointSet | Answers  # reference data for scoring samples


def named(held_out: Source, split: str) -> str:
    """Return the name of the reference data; scores are comparable only if it agrees."""
    return f"{held_out.name}/{split}/{held_out.hash[:8]}"


@dataclass(frozen=True)
class Sides:
    """An extractor's output for generated pictures, for held-out real ones, and for the training pictures.

    usual: returns the distance of each held-out picture to its nearest training picture, float64 [n]
    some: returns the output for n training pictures, chosen at random as by `ImageSet.subset`
    cached: returns the named tensor, computed from the held-out pictures alone, from a cache if there is one
    """

    real: Reading
    fake: Reading
    train: Callable[[], Reading]
    usual: Callable[[], Tensor]
    some: Callable[[int], Reading]
    cached: Callable[[str, Callable[[], Tensor]], Tensor] = lambda _, make: make()


def sides_of(extractor: Extractor, made: Made, real: Real, *, whole: bool) -> Sides:
    """Return all sides; those that depend on the training pictures are computed on demand.

    whole: whether a measure will need all training pictures; if not, `some` reads only those it returns
    """
    held_out, name = reading_of(extractor, real.held_out), f"{extractor.name}-{real.held_out.hash[:16]}"

    def train() -> Reading:
        return reading_of(extractor, real.train)

    def some(n: int) -> Reading:
        return train().subset(n) if whole else reading_of(extractor, real.train.subset(n))

    def find() -> dict[str, Tensor]:
        return {USUAL: nearest(train().features, held_out.features)[0]}

    def usual() -> Tensor:
        return kept_tensors(f"{name}-from-{real.train.hash[:16]}-v{VERSION}", find)[USUAL]

    def cached(what: str, make: Callable[[], Tensor]) -> Tensor:
        return kept_tensors(f"{name}-{what}-v{VERSION}", lambda: {what: make()})[what]

    return Sides(held_out, extractor.read(made.samples), train, usual, some, cached)


def order(n: int, name: str) -> Tensor:
    """Return a fixed random permutation of n rows."""
    return Streams(0).at(f"judgement.{name}", permutation(n), 0)


def shuffled(rows: Tensor, name: str) -> Tensor:
    """Return the rows in a fixed random order, for errors that are estimated over blocks of them."""
    return rows[order(len(rows), name)]
