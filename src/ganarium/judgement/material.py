"""What is judged, and the real samples that it is judged by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from ganarium.core.settings.base import DataSettings
from ganarium.core.streams import Streams, permutation
from ganarium.data.sets import ImageSet, PairSet, PointSet, Source, Split
from ganarium.judgement.features.base import Extractor, Reading
from ganarium.judgement.features.kept import kept_tensors, reading_of
from ganarium.metrics.neighbours import nearest

USUAL = "usual"
VERSION = 2  # of the distances that are kept


@dataclass(frozen=True)
class Made:
    """Generated pictures uint8 [n, C, H, W] or points float32 [n, d], and the classes asked for, int64 [n], if any."""

    samples: Tensor
    asked: Tensor | None = None

    def __len__(self) -> int:
        return len(self.samples)


@dataclass(frozen=True)
class Translated:
    """Translations uint8 [n, C, H, W] of n held-out pictures, those of `Answers.ways`, by the way."""

    ways: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(next(iter(self.ways.values())))


@dataclass(frozen=True)
class Real:
    """Real pictures: those that a generator learned from, and a split that it never saw.

    split: what `held_out` is: "validation" to choose by, "test" to report
    quick: only measures that take a moment are asked for, to choose by during training
    beside: extractors of the user's own, that read beside those of the data
    settings: where these pictures come from; None for pictures in memory
    """

    train: ImageSet
    held_out: ImageSet
    split: Split
    quick: bool = False
    beside: tuple[Extractor, ...] = ()
    settings: DataSettings | None = None

    @property
    def against(self) -> str:
        """The name under which scores by the held-out split compare."""
        return named(self.held_out, self.split)


@dataclass(frozen=True)
class RealPoints:
    """Points of a user's own: those that a generator learned from, and a split that it never saw.

    split, quick, settings: as of `Real`
    """

    train: PointSet
    held_out: PointSet
    split: Split
    quick: bool = False
    settings: DataSettings | None = None

    @property
    def against(self) -> str:
        """The name under which scores by the held-out split compare."""
        return named(self.held_out, self.split)


@dataclass(frozen=True)
class Answers:
    """Pairs that a translator never saw, with the exact answers."""

    held_out: PairSet
    split: Split

    def ways(self, n: int) -> Mapping[str, tuple[Tensor, Tensor]]:
        """Return n pictures to translate, chosen at random, and the right translations, by the way.

        "there" is from the first domain to the second, "back" the reverse.
        """
        pairs = self.held_out.subset(n)
        assert pairs.x_as_y is not None
        assert pairs.y_as_x is not None
        return {"there": (pairs.x, pairs.x_as_y), "back": (pairs.y, pairs.y_as_x)}

    @property
    def against(self) -> str:
        """The name under which scores by these pairs compare."""
        return named(self.held_out, self.split)


Samples = Made | Translated
Standard = Real | RealPoints | PointSet | Answers  # what samples are judged by


def named(held_out: Source, split: str) -> str:
    """The name of what scores are taken by: only scores by the same compare."""
    return f"{held_out.name}/{split}/{held_out.hash[:8]}"


@dataclass(frozen=True)
class Sides:
    """What an extractor saw in generated pictures, in real ones that were held out, and in those of the training.

    usual: the distance of each held-out picture to its nearest training one, float64 [n]
    some: what it saw in so many training pictures, chosen at random as by `ImageSet.subset`
    cached: return the tensor of that name, computed from the held-out pictures alone, from a cache if there is one
    """

    real: Reading
    fake: Reading
    train: Callable[[], Reading]
    usual: Callable[[], Tensor]
    some: Callable[[int], Reading]
    cached: Callable[[str, Callable[[], Tensor]], Tensor] = lambda _, make: make()


def sides_of(extractor: Extractor, made: Made, real: Real, *, whole: bool) -> Sides:
    """Read generated and held-out pictures; training pictures are read when a measure asks for them.

    whole: whether a measure will ask for all training pictures; if none will, `some` reads only those it returns
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
    """A fixed random order of n rows."""
    return Streams(0).at(f"judgement.{name}", permutation(n), 0)


def shuffled(rows: Tensor, name: str) -> Tensor:
    """Rows in a fixed random order, for errors that are taken over blocks of them."""
    return rows[order(len(rows), name)]
