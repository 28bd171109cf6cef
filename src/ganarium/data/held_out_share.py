"""The share of a data set that must be held out for scores."""

from ganarium.config.base import DataConfig
from ganarium.core.errors import EmptySplitError
from ganarium.data.datasets import Split
from ganarium.data.load import load_data

FEWEST = 60  # minimum number of generated and of real samples, because standard errors split them into groups
SHARES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)  # held-out shares that a message may suggest


def sufficient_share(settings: DataConfig, split: Split = "test") -> float | None:
    """Return the smallest of some values of `data.held_out` that holds out enough samples for scores, if there is one.

    Raises `InputError` if the data cannot be read.
    """
    if "held_out" not in type(settings).model_fields:
        return None
    changed = ((share, settings.model_copy(update={"held_out": share})) for share in SHARES)
    return next((share for share, each in changed if held_out_count(each, split) >= FEWEST), None)


def held_out_count(settings: DataConfig, split: Split = "test") -> int:
    """Return the number of samples in a held-out split, 0 if it is empty."""
    try:
        return len(load_data(settings, split))
    except EmptySplitError:
        return 0
