"""What is judged, and the real samples that it is judged by."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from ganarium.core.streams import Streams, permutation
from ganarium.data.sets import ImageSet, PairSet, PointSet, Source, Split
from ganarium.judgement.features.base import Extractor, Reading
from ganarium.judgement.features.kept import reading_of


@dataclass(frozen=True)
class Made:
    """Generated pictures uint8 [n, C, H, W] or points float32 [n, d], and the classes asked for, int64 [n], if any."""

    samples: Tensor
    asked: Tensor | None = None

    def __len__(self) -> int:
        return len(self.samples)


@dataclass(frozen=True)
class Real:
    """Real pictures: those that a generator learned from, and a split that it never saw.

    split: what `held_out` is: "validation" to choose by, "test" to report
    quick: only measures that take a moment are asked for, to choose by during training
    controls: names of spoilt pictures whose numbers are asked for beside each score
    beside: extractors of the user's own, that read beside those of the data
    """

    train: ImageSet
    held_out: ImageSet
    split: Split
    quick: bool = False
    controls: tuple[str, ...] = ()
    beside: tuple[Extractor, ...] = ()

    @property
    def against(self) -> str:
        """The name under which scores by the held-out split compare."""
        return named(self.held_out, self.split)


@dataclass(frozen=True)
class Answers:
    """Pairs that a translator never saw, with the exact answers."""

    held_out: PairSet
    split: Split

    @property
    def against(self) -> str:
        """The name under which scores by these pairs compare."""
        return named(self.held_out, self.split)


Standard = Real | PointSet | Answers  # what samples are judged by


def named(held_out: Source, split: str) -> str:
    """The name of what scores are taken by: only scores by the same compare."""
    return f"{held_out.name}/{split}/{held_out.hash[:8]}"


@dataclass(frozen=True)
class Sides:
    """What an extractor saw in generated pictures, in real ones that were held out, and in those of the training."""

    real: Reading
    fake: Reading
    train: Callable[[], Reading]


def sides_of(extractor: Extractor, made: Made, real: Real) -> Sides:
    """All three; the training pictures are read when a measure asks for them."""
    return Sides(
        reading_of(extractor, real.held_out), extractor.read(made.samples), lambda: reading_of(extractor, real.train)
    )


def order(n: int, name: str) -> Tensor:
    """A fixed random order of n rows."""
    return Streams(0).at(f"judgement.{name}", permutation(n), 0)


def shuffled(rows: Tensor, name: str) -> Tensor:
    """Rows in a fixed random order, for errors that are taken over blocks of them."""
    return rows[order(len(rows), name)]
