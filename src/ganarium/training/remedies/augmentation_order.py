"""Augmentations shared by several remedies, in the order of application."""

import torch
from torch import Tensor

from ganarium.config.remedies.augmentation import AugmentationConfig
from ganarium.core.random_streams import Draw, uniform
from ganarium.losses import augmentations
from ganarium.networks.base import Draws

NUMBERS = {"brightness": 1, "saturation": 1, "contrast": 1, "translation": 2, "cutout": 2}


def augmentation_draws(n: int) -> dict[str, Draw]:
    """Return the random draws for n images: the parameters of each augmentation, and whether to apply it."""
    numbers = {name: uniform(n) if count == 1 else uniform(n, count) for name, count in NUMBERS.items()}
    return numbers | {f"{name}?": uniform(n) for name in NUMBERS}


def apply_augmentations(
    x: Tensor, draws: Draws, settings: AugmentationConfig, share: Tensor | float, channels: int
) -> Tensor:
    """Apply each augmentation in the settings with probability `share`.

    Images packed into one input, with `channels` channels each, share the parameters but are augmented separately.
    """
    per_input = x.shape[1] // channels
    by = {name: _neutral_where_skipped(name, draws, share).repeat_interleave(per_input, 0) for name in NUMBERS}
    return _augment(x.reshape(-1, channels, *x.shape[2:]), by, settings).reshape(x.shape)


def _augment(x: Tensor, by: Draws, settings: AugmentationConfig) -> Tensor:
    """Apply all augmentations with the given random parameters."""
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
    """Return the parameters of one augmentation, neutral for images to which it is not applied."""
    numbers = draws[name]
    applied = (draws[f"{name}?"] < share).view(-1, *[1] * (numbers.dim() - 1))
    return torch.where(applied, numbers, augmentations.OUTSIDE if name == "cutout" else 0.5)
