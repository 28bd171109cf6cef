"""Lookup of recipes, settings and runs by name, without importing torch."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ganarium.config.experiment import Experiment
from ganarium.config.overrides import NOTHING, experiment_from, override, read_toml
from ganarium.config.plugins import load_installed
from ganarium.core.arguments import named
from ganarium.core.errors import GanariumError, InputError, UnknownNameError, UsageError
from ganarium.recipes import RECIPES, find_recipe
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.runs.folders import find_run, run_names
from ganarium.runs.provenance import pop_provenance

__all__ = [
    "RECIPES",
    "Experiment",
    "GanariumError",
    "Run",
    "UsageError",
    "experiment_named",
    "open_run",
    "plan",
    "refuse_run_options",
    "run_at",
]


def plan(
    recipe: str | Path | Experiment, words: Iterable[str] = (), settings: Mapping[str, Any] = NOTHING
) -> Experiment:
    """Return the experiment of a recipe, a TOML file or an `Experiment`, with overrides applied (see `override`).

    Raises `UsageError` or a subclass, with a one-line message that names the wrong setting and the nearest valid one.
    """
    load_installed()
    if isinstance(recipe, Experiment):
        return override(recipe, words, settings)
    if not isinstance(recipe, str | Path):
        raise UsageError(f"{named('recipe', recipe)}: pass the name of a recipe, a TOML file or an Experiment")
    name = str(recipe)
    if name.lower().endswith(".toml"):
        values = read_toml(Path(name))
        of_a_run = pop_provenance(values) is not None
        return override(experiment_from(values, name, recorded=of_a_run), words, settings)
    return override(find_recipe(name).experiment(), words, settings)


def open_run(run: Run | Path | str) -> Run:
    """Return the run at a path, or under ./runs with a name or unique name prefix; return a `Run` unchanged."""
    load_installed()
    return run if isinstance(run, Run) else find_run(run)


def run_at(samples: Path | str) -> Run | None:
    """Return the run with a name or path, or None for a file or folder that is not a run.

    Raises `InputError` for a file that does not exist.
    """
    path = Path(samples)
    if path.suffix and not path.exists():
        raise InputError(f"{path}: the file does not exist; check the path")
    return None if path.exists() and not (path / EXPERIMENT).is_file() else find_run(samples)


def refuse_run_options(what: str, options: Mapping[str, object]) -> None:
    """Raise `UsageError` if an option is given that applies only to runs.

    options: values by option as the user writes it, for example {"n=": 100} or {"-n ": 100}; None if not given
    """
    for name, value in options.items():
        if value is not None:
            raise UsageError(f"{name}{value}: applies only to runs, but {what} is not a run; omit this option")


def experiment_named(name: str) -> tuple[Experiment, Run | None]:
    """Return the experiment of a recipe and None, or the experiment of a run and the run."""
    if name in RECIPES:
        return RECIPES[name].experiment(), None
    try:
        run = find_run(name)
    except UnknownNameError:
        raise UnknownNameError("recipe or run", name, [*RECIPES, *run_names(like=name)]) from None
    return run.experiment, run
