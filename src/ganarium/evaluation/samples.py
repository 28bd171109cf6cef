"""Generated samples, and the real samples that they are scored against."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from ganarium.config.base import DataConfig
from ganarium.data.datasets import ImageSet, PairSet, PointSet, Source, Split
from ganarium.evaluation.features.base import Extractor, ExtractorOutput
from ganarium.evaluation.features.cache import cached_features, cached_tensors
from ganarium.metrics.nearest_neighbours import nearest
from ganarium.metrics.validation import fixed_order

HELD_OUT_DISTANCES = "usual"  # name of a cached tensor
VERSION = 2  # of the cached distances


@dataclass(frozen=True)
class Generated:
    """Generated images uint8 [n, C, H, W] or points float32 [n, d], and the requested classes, int64 [n], if any.

    codes: int64 [n], the value of the categorical code of each sample, if the generator learned classes without labels
    """

    samples: Tensor
    requested: Tensor | None = None
    codes: Tensor | None = None

    def __len__(self) -> int:
        return len(self.samples)


@dataclass(frozen=True)
class Translated:
    """Translations uint8 [n, C, H, W] of the n held-out images of `PairReference.directions`, by direction."""

    directions: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(next(iter(self.directions.values())))


@dataclass(frozen=True)
class ImageReference:
    """Real images: the training set of a generator, and a held-out split.

    split: name of the held-out split: "validation" for model selection, "test" for reporting
    quick: use fast measures only, for model selection during training
    extra_extractors: additional extractors supplied by the user
    settings: the settings of the data; None for images in memory
    """

    train: ImageSet
    held_out: ImageSet
    split: Split
    quick: bool = False
    extra_extractors: tuple[Extractor, ...] = ()
    settings: DataConfig | None = None

    @property
    def against(self) -> str:
        """Return the name of the reference data; only scores with equal names are comparable."""
        return reference_name(self.held_out, self.split)


@dataclass(frozen=True)
class PointReference:
    """Points supplied by the user: the training set of a generator, and a held-out split.

    split, quick, settings: as in `ImageReference`
    """

    train: PointSet
    held_out: PointSet
    split: Split
    quick: bool = False
    settings: DataConfig | None = None

    @property
    def against(self) -> str:
        """Return the name of the reference data; only scores with equal names are comparable."""
        return reference_name(self.held_out, self.split)


@dataclass(frozen=True)
class PairReference:
    """Held-out pairs for a translator, with the exact translations."""

    held_out: PairSet
    split: Split

    def directions(self, n: int) -> Mapping[str, tuple[Tensor, Tensor]]:
        """Return n random images to translate and their exact translations, by direction.

        "there" is from the first domain to the second, "back" the reverse.
        """
        pairs = self.held_out.subset(n)
        assert pairs.x_as_y is not None
        assert pairs.y_as_x is not None
        return {"there": (pairs.x, pairs.x_as_y), "back": (pairs.y, pairs.y_as_x)}

    @property
    def against(self) -> str:
        """Return the name of the reference data; only scores with equal names are comparable."""
        return reference_name(self.held_out, self.split)


Samples = Generated | Translated
Reference = ImageReference | PointReference | PointSet | PairReference  # a `PointSet` stands for its true distribution


def reference_name(held_out: Source, split: str) -> str:
    """Return the name of the reference data; only scores with equal names are comparable."""
    return f"{held_out.name}/{split}/{held_out.hash[:8]}"


@dataclass(frozen=True)
class FeatureSets:
    """An extractor's output for the generated, held-out and training images.

    held_out_distances: returns the distance of each held-out image to its nearest training image, float64 [n]
    train_subset: returns the output for n training images, chosen at random as by `ImageSet.subset`
    cached: returns a named tensor that depends on the held-out images only, from a cache if there is one
    """

    real: ExtractorOutput
    fake: ExtractorOutput
    train: Callable[[], ExtractorOutput]
    held_out_distances: Callable[[], Tensor]
    train_subset: Callable[[int], ExtractorOutput]
    cached: Callable[[str, Callable[[], Tensor]], Tensor] = lambda _, compute: compute()


def extract_features(
    extractor: Extractor, generated: Generated, reference: ImageReference, *, whole: bool
) -> FeatureSets:
    """Return the features of generated and held-out images; those of training images are computed on demand.

    whole: whether a measure will need all training images; if not, `train_subset` extracts only those it returns
    """
    held_out = cached_features(extractor, reference.held_out)
    name = f"{extractor.name}-{reference.held_out.hash[:16]}"

    def train() -> ExtractorOutput:
        return cached_features(extractor, reference.train)

    def train_subset(n: int) -> ExtractorOutput:
        return train().subset(n) if whole else cached_features(extractor, reference.train.subset(n))

    def compute_distances() -> dict[str, Tensor]:
        return {HELD_OUT_DISTANCES: nearest(train().features, held_out.features)[0]}

    def held_out_distances() -> Tensor:
        key = f"{name}-from-{reference.train.hash[:16]}-v{VERSION}"
        return cached_tensors(key, compute_distances)[HELD_OUT_DISTANCES]

    def cached(what: str, compute: Callable[[], Tensor]) -> Tensor:
        return cached_tensors(f"{name}-{what}-v{VERSION}", lambda: {what: compute()})[what]

    fake = extractor.extract(generated.samples)
    return FeatureSets(held_out, fake, train, held_out_distances, train_subset, cached)


def shuffled(rows: Tensor, name: str) -> Tensor:
    """Return the rows in a fixed random order, for errors that are estimated over blocks of rows."""
    return rows[fixed_order(len(rows), name)]
