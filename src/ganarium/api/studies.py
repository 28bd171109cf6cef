"""Studies: variants of one experiment, trained with the same seeds, scored in the same way and compared."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Unpack

from ganarium.api.evaluation import network_of
from ganarium.api.lookup import RECIPES, Experiment, plan
from ganarium.api.training import Data, experiment
from ganarium.config.formatted_overrides import words_between
from ganarium.config.overrides import Settings, override, plain, read_toml
from ganarium.core.arguments import named, some_path, whole_number
from ganarium.core.atomic import write_whole
from ganarium.core.errors import GanariumError, RunError, UsageError
from ganarium.core.interrupts import caught_signals, deliver
from ganarium.core.outputs import refuse_blocked, refuse_file_name
from ganarium.core.stderr import say
from ganarium.data.datasets import Split
from ganarium.data.files.arrays import Labels
from ganarium.plotting.images import png
from ganarium.report.operation_progress import busy
from ganarium.report.study_progress import StudyProgress
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.runs.folders import HOME
from ganarium.studies.arguments import VariantSettings, grid_values, seed_list, variant_words
from ganarium.studies.compare import Comparison, compare
from ganarium.studies.process_pool import ProcessPool, RunStatus
from ganarium.studies.scoring_consistency import refuse_inconsistent
from ganarium.studies.serial import local_parts, train_serially
from ganarium.studies.study import (
    DEFINITION,
    Study,
    StudyFolder,
    StudyRun,
    read_study,
    refuse_incompatible,
    runs_of,
    study_from,
)
from ganarium.training.device import idle_cores, usable_cores
from ganarium.training.grids import picture_of_samples
from ganarium.training.loop import data_of
from ganarium.training.sampler import load
from ganarium.training.torch_defaults import torch_defaults
from ganarium.training.translator import load_translations

__all__ = ["StudyResult", "VariantSettings", "run_study_file", "study"]

EXTENDED = {"variants", "recipes", "grid", "seeds"}  # settings of an existing study that may be extended
Show = Callable[[Sequence[RunStatus]], None]


@torch_defaults()
def study(
    recipe: str | Path | Experiment,
    *words: str,
    variants: Mapping[str, VariantSettings] | None = None,
    grid: Mapping[str, Any] | None = None,
    seeds: int | Iterable[int] | None = None,
    steps: int | None = None,
    seconds: float | None = None,
    n: int | None = None,
    split: Split | None = None,
    features: Path | str | None = None,
    data: Data = None,
    labels: Labels | None = None,
    workers: int = 0,
    out: Path | str | None = None,
    **settings: Unpack[Settings],
) -> Comparison:
    """Train every variant with every seed, score all runs in the same way, and compare them.

    recipe: a recipe, an `Experiment`, the TOML file of an experiment or of a study, or the folder of a study
    words, settings, data, labels: settings of all runs, as in `train`
    variants: settings of each variant by its name, for example {"plain": [], "r1": {"remedies": {"r1": True}}}: a list
        of overrides, a dict of keyword settings, or an `Experiment`, whose settings all apply except the seed
    grid: values of settings, all combinations of which are trained, for example {"optim": {"lr": [1e-3, 1e-4]}}
    seeds: their number, or the seeds themselves; 0, 1 and 2 by default
    steps, seconds: length of each run; by default that of the recipe
    n, split: number of samples to score, 10,000 by default, and the held-out split, "test" by default
    features: an ONNX file that computes additional features, as in `evaluate`
    workers: number of runs trained in parallel, at most one per core; 0 for one per idle core
    out: folder of the study; by default named after the file, or a folder under runs/studies, named after the recipe
        and the settings of all runs

    The same call, or `ganarium study FOLDER` on the command line, continues an interrupted study, and trains only what
    is missing if variants or seeds are added. Runs with parts that only this process has, such as objects and
    functions defined in a notebook, are trained in this process, one after the other.

    Raises `UsageError` for invalid settings before anything is trained, and `RunError` if all runs fail.
    """
    if not isinstance(recipe, str | Path | Experiment):
        raise UsageError(f"{named('recipe', recipe)}: pass the name of a recipe, a TOML file or an Experiment")
    given = {"steps": steps, "seconds": seconds, "n": n, "split": split}
    values = _base(recipe, words, data, labels, settings) | {
        name: one for name, one in given.items() if one is not None
    }
    if features is not None:
        values["features"] = str(Path(features).absolute())
    if seeds is not None:
        values["seeds"] = seed_list(seeds)
    if grid is not None:
        values["grid"] = grid_values(grid)
    if variants is not None:
        values["variants"] = variant_words(variants, study_from(values, "study"))
    planned = study_from(values, "study")
    file = _study_file(recipe)
    default = _new_folder(planned) if file is None else _folder_of(file)
    folder = StudyFolder(default if out is None else some_path("out", out))
    with StudyProgress() as display:
        done = _run(planned, folder, whole_number("workers", workers, 0), display.show)
    if done.stopped:
        say(f"stopped and saved; to continue, repeat the call, or run: ganarium study {folder.path}")
        deliver(done.stopped)
    for line in done.failures:
        logging.getLogger("ganarium").warning("%s", line)
    if done.comparison is None:
        reason = done.failures[0] if done.failures else "its processes were stopped; repeat the call to continue"
        raise RunError(f"no run of the study has finished; {reason}")
    return done.comparison


@dataclass(frozen=True)
class StudyResult:
    """The result of a study.

    comparison: comparison of the finished runs, or None if no run has finished
    failed: status of each failed run, and the file that contains the full output of the run
    stopped: number of the signal that stopped the study early, or 0
    """

    comparison: Comparison | None
    failed: Sequence[tuple[RunStatus, Path]] = ()
    stopped: int = 0

    @property
    def failures(self) -> list[str]:
        """Return one line for each failed run."""
        return [f"failed: {one.run.name}: {one.reason} (full output in {log})" for one, log in self.failed]


@torch_defaults()
def run_study_file(
    file: Path, out: Path | None = None, *, workers: int = 0, show: Show = lambda _: None
) -> StudyResult:
    """Run or continue the study in a TOML file, or in the folder of a study; arguments as in `study`.

    show: called with the statuses of all runs whenever a status may have changed
    """
    return _run(read_study(file), StudyFolder(out or _folder_of(file)), workers, show)


def _run(planned: Study, folder: StudyFolder, workers: int, show: Show) -> StudyResult:
    refuse_file_name(folder.path)
    refuse_blocked(folder.path)
    if folder.path.is_file() or (folder.path / EXPERIMENT).is_file():
        raise UsageError(f"{folder.path} is a file or a run; choose another folder with out=… (--out)")
    runs = runs_of(planned)
    unfinished = [run for run in runs if not folder.result_path(run).exists()]
    if unfinished:
        network_of(planned.features)  # raises if the file cannot be read
    with busy("checking all variants"):
        refuse_inconsistent(runs, folder, planned.n, planned.split)
        refuse_incompatible(unfinished, planned.split)
    folder.write_definition(planned)
    statuses: Sequence[RunStatus] = ()
    with caught_signals() as caught:
        if local := local_parts(unfinished):
            logging.getLogger("ganarium").warning(
                "only this process has %s, so the runs are trained one after the other; to train several at once, "
                "register parts in a Python file and load it with ganarium.load_plugin",
                ", ".join(local),
            )
            training = train_serially(planned, runs, folder, lambda: bool(caught))
        else:
            training = _pool(workers).train(folder.path, runs, folder, lambda: bool(caught))
        for statuses in training:
            show(statuses)
    if caught:
        return StudyResult(None, stopped=caught[0])
    failed = [(status, folder.log_path(status.run)) for status in statuses if status.state == "failed"]
    return StudyResult(_compared(runs, folder), failed)


def _pool(workers: int) -> ProcessPool:
    if workers > usable_cores():
        logging.getLogger("ganarium").warning("workers=%d: reduced to the number of cores, %d", workers, usable_cores())
    return ProcessPool(min(workers, usable_cores()) or idle_cores())


def _compared(runs: Sequence[StudyRun], folder: StudyFolder) -> Comparison | None:
    """Compare the finished runs, and draw the samples of the first seed of each variant."""
    scored = {run.key: folder.scored_run(run) for run in runs}
    if not any(scored.values()):
        return None
    first = {run.variant: run for run in reversed(runs) if scored[run.key]}
    with busy("drawing samples"):
        drawn = {
            name: _draw(first[name], folder)
            for name in dict.fromkeys(run.variant for run in runs if run.variant in first)
        }
    table = compare([one for one in scored.values() if one])
    return replace(table, pictures={name: str(path) for name, path in drawn.items() if path})


def _draw(run: StudyRun, folder: StudyFolder) -> Path | None:
    """Draw a grid of a run's samples, from the same latents and labels for all runs, unless it exists."""
    picture, path = folder.grid_path(run), folder.run_path(run)
    if picture.exists():
        return picture
    if not (path / EXPERIMENT).is_file():
        return None
    trained = Run.open(path)
    try:
        sampler = (load_translations if run.experiment.game.translates else load)(trained)
        image = png(picture_of_samples(sampler, data_of(trained)))
    except GanariumError as error:
        logging.getLogger("ganarium").warning("%s: its samples cannot be drawn: %s", path, error)
        return None
    picture.parent.mkdir(exist_ok=True)
    write_whole(picture, image)
    return picture


def _study_file(recipe: str | Path | Experiment) -> Path | None:
    """Return the path of the TOML file or folder of a study; None for anything else."""
    if isinstance(recipe, Experiment) or str(recipe) in RECIPES:
        return None
    path = Path(recipe)
    is_study = path.is_dir() or (path.suffix.lower() == ".toml" and "generator" not in read_toml(path))
    return path if is_study else None


def _base(
    recipe: str | Path | Experiment, words: Sequence[str], data: Data, labels: Labels | None, settings: Settings
) -> dict[str, Any]:
    """Return the definition of a study with changed settings of all runs."""
    file = _study_file(recipe)
    if file is not None:
        defined = read_study(file)
        before = override(defined.base, defined.settings)
        added = words_between(before, experiment(before, *words, data=data, labels=labels, **settings))
        return plain(defined) | {"settings": [*defined.settings, *added]}
    start = recipe if isinstance(recipe, Experiment) else str(recipe)
    changed = experiment(start, *words, data=data, labels=labels, **settings)
    if isinstance(start, str) and start in RECIPES:
        return {"recipe": start, "settings": words_between(plan(start), changed)}
    return {"experiment": plain(changed)}


def _folder_of(file: Path) -> Path:
    """Return the folder of the study in a file: named after the file, unless it is the definition in a folder."""
    if file.is_dir():
        return file
    return file.parent if file.name == DEFINITION and (file.parent / "cells").is_dir() else file.with_suffix("")


def _new_folder(planned: Study) -> Path:
    """Return a folder under runs/studies whose name depends on the settings of all runs."""
    same = repr(planned.model_dump(mode="json", exclude=EXTENDED))
    name = planned.recipe or planned.base.recipe or "experiment"
    return HOME / "studies" / f"{name}-{sha256(same.encode()).hexdigest()[:6]}"
