"""The public Python API, which the command line also uses.

The names in `__all__` are public; `ganarium` exports the same names. Each name is imported from its module on first
use, so that `import ganarium` and commands that do not need torch start fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ganarium.api.comparison import Comparison, Trial, compare, trial
    from ganarium.api.data import DataFinding, Recommended, check, recommend
    from ganarium.api.diagnosis import Diagnosis, diagnose
    from ganarium.api.evaluation import Score, Scores, evaluate
    from ganarium.api.lookup import Experiment, GanariumError, Run, UsageError, plan
    from ganarium.api.parts import (
        Duel,
        Objective,
        Observer,
        Remedy,
        Requires,
        UpdateRule,
        load_plugin,
        register,
    )
    from ganarium.api.sampling import Sampler, Translations, load, load_translations
    from ganarium.api.training import experiment, fork, resume, train

__all__ = [
    "Comparison",
    "DataFinding",
    "Diagnosis",
    "Duel",
    "Experiment",
    "GanariumError",
    "Objective",
    "Observer",
    "Recommended",
    "Remedy",
    "Requires",
    "Run",
    "Sampler",
    "Score",
    "Scores",
    "Translations",
    "Trial",
    "UpdateRule",
    "UsageError",
    "check",
    "compare",
    "diagnose",
    "evaluate",
    "experiment",
    "fork",
    "load",
    "load_plugin",
    "load_translations",
    "plan",
    "recommend",
    "register",
    "resume",
    "train",
    "trial",
]

MODULES = {
    "comparison": ("Comparison", "Trial", "compare", "trial"),
    "data": ("Recommended", "DataFinding", "check", "recommend"),
    "diagnosis": ("Diagnosis", "diagnose"),
    "evaluation": ("Score", "Scores", "evaluate"),
    "lookup": ("Experiment", "GanariumError", "Run", "UsageError", "plan"),
    "parts": ("Duel", "Objective", "Observer", "Remedy", "Requires", "UpdateRule", "load_plugin", "register"),
    "sampling": ("Sampler", "Translations", "load", "load_translations"),
    "training": ("experiment", "fork", "resume", "train"),
}
_MODULE_OF = {name: module for module, names in MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'ganarium.api' has no attribute {name!r}")
    return getattr(import_module(f"ganarium.api.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
