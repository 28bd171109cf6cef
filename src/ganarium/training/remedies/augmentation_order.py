"""The augmentations that several remedies share, in the order in which they are applied."""

import torch
from torch import Tensor

from ganarium.config.remedies.augmentation import AugmentationConfig
from ganarium.core.random_streams import Draw, uniform
from ganarium.losses import augmentations
from ganarium.networks.base import Draws

NUMBERS = {"brightness": 1, "saturation": 1, "contrast": 1, "translation": 2, "cutout": 2}


def augmentation_draws(n: int) -> dict[str, Draw]:
    """Return the draws of each augmentation for n images, and of whether it is applied."""
    numbers = {name: uniform(n) if count == 1 else uniform(n, count) for name, count in NUMBERS.items()}
    return numbers | {f"{name}?": uniform(n) for name in NUMBERS}


def apply_augmentations(
    x: Tensor, draws: Draws, settings: AugmentationConfig, share: Tensor | float, channels: int
) -> Tensor:
    """Apply each augmentation in the settings with probability `share`.

    Images packed into one input, with `channels` channels each, get the same changes, computed from their own colours.
    """
    per_input = x.shape[1] // channels
    by = {name: _neutral_where_skipped(name, draws, share).repeat_interleave(per_input, 0) for name in NUMBERS}
    return _augment(x.reshape(-1, channels, *x.shape[2:]), by, settings).reshape(x.shape)


def _augment(x: Tensor, by: Draws, settings: AugmentationConfig) -> Tensor:
    """Apply all augmentations, controlled by the numbers drawn for each."""
    if settings.brightness:
        x = augmentations.brightened(x, by["brightness"], settings.brightness)
    if settings.saturation and x.shape[1] > 1:
        x = augmentations.saturated(x, by["saturation"], settings.saturation)
    if settings.contrast:
        x = augmentations.contrasted(x, by["contrast"], settings.contrast)
    if settings.translation:
        x = augmentations.translated(x, by["translation"], settings.translation, settings.law)
    return augmentations.cut_out(x, by["cutout"], settings.cutout, settings.law) if settings.cutout else x


def _neutral_where_skipped(name: str, draws: Draws, share: Tensor | float) -> Tensor:
    """Return the numbers of one augmentation, neutral ones for the images that it skips."""
    numbers = draws[name]
    applied = (draws[f"{name}?"] < share).view(-1, *[1] * (numbers.dim() - 1))
    return torch.where(applied, numbers, augmentations.OUTSIDE if name == "cutout" else 0.5)
