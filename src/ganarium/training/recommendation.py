"""Recommendation of a recipe from the size, channels, classes and number of images."""

from dataclasses import dataclass

from ganarium.data.datasets import ImageSet, PointSet, Source
from ganarium.training.forecast import Forecast

SMALL = 32  # largest side in pixels at which `digits` learns grey images in minutes
FEW, FEW_SMALL = 10_000, 1_000  # numbers of images below which augmentation helps: with `dcgan`, with `digits`
LEAST = 10  # minimum number of images per class for conditional training
LIGHT = ("generator.width=16", "discriminator.width=16", "optim.lr=5e-4", "train.steps=4000")
LARGE = 64  # side in pixels above which the batch size is 16 instead of 32


@dataclass(frozen=True)
class Recommended:
    """Recipe and settings for a data set, with reasons and, if measured, a forecast."""

    recipe: str
    words: tuple[str, ...]
    why: tuple[str, ...]
    forecast: Forecast | None = None


def recommended(source: Source) -> Recommended:
    """Return the recommended recipe and settings for a set of points or images."""
    if isinstance(source, PointSet):
        return Recommended("plane", (), ("points: small dense networks",))
    assert isinstance(source, ImageSet)
    channels, height, width = source.shape
    what = f"{'colour' if channels == 3 else 'grey'} images of {width}×{height}"
    classes = _usable_classes(source)
    conditional = f"game.conditional={'true' if classes else 'false'}"
    if channels == 1 and max(height, width) <= SMALL:
        few, recipe, words = FEW_SMALL, "digits", [conditional]
        why = [f"{what}: small convolutional networks with R1 train in minutes"]
    else:
        few, batch = FEW, f"train.batch={16 if max(height, width) > LARGE else 32}"
        recipe, words = "dcgan", [*LIGHT, batch, conditional]
        why = [f"{what}: convolutional networks at a quarter of the usual width"]
    if classes:
        why.append(f"{classes} classes: class-conditional training")
    if len(source) < few:
        words.append("remedies.diff_augment=true")
        why.append(f"{len(source):,} training images (fewer than {few:,}): augmentation against memorization")
    return Recommended(recipe, tuple(words), tuple(why))


def _usable_classes(source: ImageSet) -> int:
    """Return the number of classes; 0 if there are fewer than two or any class has too few images."""
    if source.labels is None or len(source.classes) < 2:
        return 0
    held = source.labels.bincount(minlength=len(source.classes))
    return len(source.classes) if int(held.min()) >= LEAST else 0
