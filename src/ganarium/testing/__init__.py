"""Checks of your own parts: the properties that ganarium's own tests require of every registered part.

    from ganarium.testing import check_remedy
    check_remedy(Drift(0.1), neutral=Drift(0.0))

Each check takes a registered name or the part itself. It raises `CheckError`, an `AssertionError` whose message lists
every property that fails, with the fix. `pytest --ganarium` checks all registered parts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ganarium.testing.datasets import check_dataset
    from ganarium.testing.metrics import check_metric
    from ganarium.testing.networks import check_discriminator, check_generator
    from ganarium.testing.objectives import check_objective
    from ganarium.testing.properties import CheckError
    from ganarium.testing.remedies import check_remedy
    from ganarium.testing.updates import check_optimizer, check_update

MODULES = {
    "CheckError": "properties",
    "check_dataset": "datasets",
    "check_discriminator": "networks",
    "check_generator": "networks",
    "check_metric": "metrics",
    "check_objective": "objectives",
    "check_optimizer": "updates",
    "check_remedy": "remedies",
    "check_update": "updates",
}
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


def __getattr__(name: str) -> Any:
    if name not in MODULES:
        raise AttributeError(f"module 'ganarium.testing' has no attribute {name!r}")
    return getattr(import_module(f"ganarium.testing.{MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
