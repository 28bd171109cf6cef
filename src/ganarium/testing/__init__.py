"""Checks of your own parts: the properties that ganarium's own tests require of every registered part.

    from ganarium.testing import check_remedy
    check_remedy(Drift(0.1), neutral=Drift(0.0))

Each check takes a registered name or the part itself. It raises `CheckError`, an `AssertionError` whose message lists
every property that fails, with the fix. `pytest --ganarium` checks all registered parts.
"""

from typing import TYPE_CHECKING

from ganarium.core.lazy_import import lazy_names

if TYPE_CHECKING:
    from ganarium.testing.datasets import check_dataset
    from ganarium.testing.metrics import check_metric
    from ganarium.testing.networks import check_discriminator, check_generator
    from ganarium.testing.objectives import check_objective
    from ganarium.testing.properties import CheckError
    from ganarium.testing.remedies import check_remedy
    from ganarium.testing.updates import check_optimizer, check_update

__all__ = [
    "CheckError",
    "check_dataset",
    "check_discriminator",
    "check_generator",
    "check_metric",
    "check_objective",
    "check_optimizer",
    "check_remedy",
    "check_update",
]

MODULES = {
    "datasets": ("check_dataset",),
    "metrics": ("check_metric",),
    "networks": ("check_discriminator", "check_generator"),
    "objectives": ("check_objective",),
    "properties": ("CheckError",),
    "remedies": ("check_remedy",),
    "updates": ("check_optimizer", "check_update"),
}
__getattr__, __dir__ = lazy_names(__name__, MODULES)
