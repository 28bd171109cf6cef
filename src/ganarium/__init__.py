"""ganarium: a laboratory for generative adversarial networks on small images and points in the plane.

    import ganarium
    run = ganarium.train("digits", steps=2000)
    images = ganarium.load(run).sample(64, seed=1)      # float tensor [64, 1, 28, 28] in [0, 1]

Names are imported on first use, so that `import ganarium` is fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ganarium import api
from ganarium.api import __all__
from ganarium.core.openmp import choose_waiting

if TYPE_CHECKING:
    from ganarium import config as config
    from ganarium import metrics as metrics
    from ganarium import testing as testing
    from ganarium import theory as theory
    from ganarium.api import *  # noqa: F403

MODULES = ("config", "metrics", "testing", "theory")  # public modules, which are also imported on first use

choose_waiting()


def __getattr__(name: str) -> Any:
    if name in MODULES:
        return import_module(f"ganarium.{name}")
    if name not in __all__:
        raise AttributeError(f"module 'ganarium' has no attribute {name!r}")
    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted([*__all__, *MODULES])
