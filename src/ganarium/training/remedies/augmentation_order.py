"""The augmentations shared by the remedies that change pictures, and their order."""

import torch
from torch import Tensor

from ganarium.config.remedies.augmentation import AugmentationConfig
from ganarium.core.random_streams import Draw, uniform
from ganarium.losses import augmentations
from ganarium.networks.base import Draws

NUMBERS = {"brightness": 1, "saturation": 1, "contrast": 1, "translation": 2, "cutout": 2}


def numbers_for(n: int) -> dict[str, Draw]:
    """Return the draws of each augmentation for n pictures, and of whether it is applied."""
    numbers = {name: uniform(n) if count == 1 else uniform(n, count) for name, count in NUMBERS.items()}
    return numbers | {f"{name}?": uniform(n) for name in NUMBERS}


def augmented(x: Tensor, draws: Draws, settings: AugmentationConfig, share: Tensor | float, channels: int) -> Tensor:
    """Apply each augmentation in the settings with probability `share`.

    Pictures packed into one, with `channels` channels each, get the same changes, computed from their own colours.
    """
    together = x.shape[1] // channels
    by = {name: _some(name, draws, share).repeat_interleave(together, 0) for name in NUMBERS}
    return _changed(x.reshape(-1, channels, *x.shape[2:]), by, settings).reshape(x.shape)


def _changed(x: Tensor, by: Draws, settings: AugmentationConfig) -> Tensor:
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


def _some(name: str, draws: Draws, share: Tensor | float) -> Tensor:
    """Return the numbers of one augmentation, neutral ones for the pictures that it skips."""
    numbers = draws[name]
    happens = (draws[f"{name}?"] < share).view(-1, *[1] * (numbers.dim() - 1))
    return torch.where(happens, numbers, augmentations.OUTSIDE if name == "cutout" else 0.5)
