"""The recommended recipe for a data set, with an estimate of its training time on this machine."""

from collections.abc import Iterable
from dataclasses import replace

from ganarium.config.overrides import override
from ganarium.core.errors import UsageError
from ganarium.data.datasets import PairSet, Source
from ganarium.recipes import find_recipe
from ganarium.training.forecast import forecast
from ganarium.training.recommendation import Recommended, recommended


def recommended_for(source: Source, own: Iterable[str]) -> Recommended:
    """Return the recommended recipe for loaded data, and time about a second of its steps.

    own: the settings that select the data
    """
    if isinstance(source, PairSet):
        raise UsageError("pairs of pictures are for translation: begin with the recipe pix2pix or cyclegan")
    chosen = recommended(source)
    words = (*own, *chosen.words)
    expected = forecast(override(find_recipe(chosen.recipe).experiment(), words), source)
    return replace(chosen, words=words, forecast=expected)
