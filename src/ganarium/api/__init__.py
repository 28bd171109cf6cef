"""The public Python API, which the command line also uses.

The names in `__all__` are public; `ganarium` exports the same names. Each name is imported from its module on first
use, so that `import ganarium` and commands that do not need torch start fast.
"""

from typing import TYPE_CHECKING

from ganarium.core.lazy_import import lazy_names

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
        events,
        load_plugin,
        register,
    )
    from ganarium.api.report import write_report
    from ganarium.api.sampling import Sampler, Translations, load, load_translations
    from ganarium.api.steering import steer
    from ganarium.api.studies import study
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
    "events",
    "experiment",
    "fork",
    "load",
    "load_plugin",
    "load_translations",
    "plan",
    "recommend",
    "register",
    "resume",
    "steer",
    "study",
    "train",
    "trial",
    "write_report",
]

MODULES = {
    "comparison": ("Comparison", "Trial", "compare", "trial"),
    "data": ("Recommended", "DataFinding", "check", "recommend"),
    "diagnosis": ("Diagnosis", "diagnose"),
    "evaluation": ("Score", "Scores", "evaluate"),
    "lookup": ("Experiment", "GanariumError", "Run", "UsageError", "plan"),
    "parts": ("Duel", "Objective", "Observer", "Remedy", "Requires", "UpdateRule", "events", "load_plugin", "register"),
    "report": ("write_report",),
    "sampling": ("Sampler", "Translations", "load", "load_translations"),
    "steering": ("steer",),
    "studies": ("study",),
    "training": ("experiment", "fork", "resume", "train"),
}
__getattr__, __dir__ = lazy_names(__name__, MODULES)
