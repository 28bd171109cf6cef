"""What the remedies that change pictures have in common: which changes there are, in which order."""

from torch import Tensor

from ganarium.core.settings.views import Augmenting
from ganarium.core.streams import Draw, uniform
from ganarium.maths import augment
from ganarium.networks.base import Draws

NUMBERS = {"brightness": 1, "saturation": 1, "contrast": 1, "translation": 2, "cutout": 2}


def numbers_for(n: int) -> dict[str, Draw]:
    """What each change needs for n pictures."""
    return {name: uniform(n) if count == 1 else uniform(n, count) for name, count in NUMBERS.items()}


def augmented(x: Tensor, by: Draws, settings: Augmenting) -> Tensor:
    """Pictures after every change that the settings ask for, by the numbers drawn for each."""
    if settings.brightness:
        x = augment.brightened(x, by["brightness"], settings.brightness)
    if settings.saturation and x.shape[1] > 1:
        x = augment.saturated(x, by["saturation"], settings.saturation)
    if settings.contrast:
        x = augment.contrasted(x, by["contrast"], settings.contrast)
    if settings.translation:
        x = augment.translated(x, by["translation"], settings.translation)
    return augment.cut_out(x, by["cutout"], settings.cutout) if settings.cutout else x
