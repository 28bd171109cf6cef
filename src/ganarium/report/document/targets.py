"""Subjects of a report: runs, studies and folders of runs, such as trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ganarium.core.arguments import named
from ganarium.core.errors import InputError, UsageError
from ganarium.evaluation.recorded_scores import StoredScores
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.runs.folders import find_run
from ganarium.studies.study import DEFINITION, Study, StudyFolder, StudyRun, read_study, runs_of
from ganarium.studies.trial import BASELINE, FORMER_BASELINE

MOST_RUNS = 500


@dataclass(frozen=True)
class StudyTarget:
    """A study, its folder and its runs."""

    path: Path
    study: Study
    folder: StudyFolder
    runs: Sequence[StudyRun]

    def opened(self) -> list[tuple[StudyRun, Run]]:
        """Return the runs that exist, with their directories."""
        paths = [(run, self.folder.run_path(run)) for run in self.runs]
        return [(run, Run.open(path)) for run, path in paths if (path / EXPERIMENT).is_file()]

    def scores(self, run: StudyRun) -> StoredScores | None:
        """Return the scores with which the study compares a run; None if it is unfinished or its file is damaged."""
        try:
            scored = self.folder.scored_run(run)
        except InputError:
            return None
        if scored is None or not scored.scores:
            return None
        step = max(Run.open(self.folder.run_path(run)).checkpoint_steps(), default=0)
        return StoredScores(step, self.study.split, self.study.n, tuple(scored.scores.values()))


@dataclass(frozen=True)
class TrialTarget:
    """The forks of a trial, the baseline first."""

    path: Path
    forks: Sequence[Run]


@dataclass(frozen=True)
class Targets:
    """All targets of a report, each kind in the order in which they were given."""

    runs: Sequence[Run]
    trials: Sequence[TrialTarget]
    studies: Sequence[StudyTarget]

    def all_runs(self) -> list[Run]:
        """Return every run of every target."""
        forks = [fork for trial in self.trials for fork in trial.forks]
        return [*self.runs, *forks, *(run for study in self.studies for _, run in study.opened())]


def targets_of(given: Sequence[Run | Path | str]) -> Targets:
    """Find runs by path or name, studies by their folder, and trials and other folders of runs.

    Raises `UsageError` or a subclass if one of them is none of these.
    """
    runs: list[Run] = []
    trials: list[TrialTarget] = []
    studies: list[StudyTarget] = []
    for each in given:
        if isinstance(each, Run):
            runs.append(each)
            continue
        if not isinstance(each, Path | str):
            raise UsageError(f"{named('runs', each)}: pass runs, their paths, or the folder of a study")
        path = Path(each)
        if path.is_dir() and not (path / EXPERIMENT).is_file():
            _add_folder(path, runs, trials, studies)
        else:
            runs.append(find_run(each))
    if not (runs or trials or studies):
        raise UsageError("nothing to report: pass a run, several runs, or the folder of a study")
    runs = list({run.path: run for run in runs}.values())
    found = Targets(runs, trials, studies)
    if (count := len(found.all_runs())) > MOST_RUNS:
        raise UsageError(f"{count:,} runs are too many for one report: pass at most {MOST_RUNS:,}")
    return found


def _add_folder(path: Path, runs: list[Run], trials: list[TrialTarget], studies: list[StudyTarget]) -> None:
    if (path / DEFINITION).is_file():
        study = read_study(path)
        target = StudyTarget(path, study, StudyFolder(path), runs_of(study))
        if not target.opened():
            raise InputError(f"{path}: no run of the study was trained yet; train them: ganarium study {path}")
        studies.append(target)
        return
    found = [Run.open(each.parent) for each in sorted(path.glob(f"*/{EXPERIMENT}"))]
    if not found:
        raise InputError(f"{path} is neither a run, nor a study, nor a folder of runs; check the path")
    baselines = [run for run in found if run.path.name in (BASELINE, FORMER_BASELINE)]
    if baselines and all(run.provenance.parent for run in found):
        trials.append(TrialTarget(path, [*baselines[:1], *(run for run in found if run not in baselines[:1])]))
    else:
        runs.extend(found)
