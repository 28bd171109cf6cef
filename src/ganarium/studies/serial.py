"""Training of the runs of a study in this process, for parts that other processes do not have."""

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence

from ganarium.config.entries import own_parts
from ganarium.config.given import GivenConfig
from ganarium.config.metrics import own_metrics
from ganarium.config.plugins import is_loaded_elsewhere
from ganarium.core.errors import GanariumError, brief
from ganarium.studies.process_pool import RunStatus
from ganarium.studies.study import Study, StudyFolder, StudyRun
from ganarium.studies.worker import perform


def local_parts(runs: Iterable[StudyRun]) -> list[str]:
    """Return the names of parts and metrics that only this process has: objects, and what a script registered."""
    names: dict[str, None] = {}
    for experiment in (run.experiment for run in runs):
        parts = [getattr(experiment, name) for name in type(experiment).model_fields] + [*experiment.remedies.values()]
        names |= {part.part: None for part in parts if isinstance(part, GivenConfig)}
        own = own_parts(experiment).values()
        names |= {entry.name: None for entry in own if entry.origin and not is_loaded_elsewhere(entry.origin)}
        names |= {metric.name: None for metric in own_metrics() if not is_loaded_elsewhere(metric.origin)}
    return [*names]


def train_serially(
    study: Study, runs: Sequence[StudyRun], folder: StudyFolder, should_stop: Callable[[], bool]
) -> Iterator[list[RunStatus]]:
    """Train all unfinished runs one after the other; yield the status of all runs at intervals and at the end."""
    statuses = {run.key: RunStatus(run, "done" if folder.result_path(run).exists() else "waiting") for run in runs}
    for run in [run for run in runs if statuses[run.key].state == "waiting"]:
        for status in _trained(study, run, folder, should_stop):
            statuses[run.key] = status
            yield [*statuses.values()]
    yield [*statuses.values()]


def _trained(study: Study, run: StudyRun, folder: StudyFolder, should_stop: Callable[[], bool]) -> Iterator[RunStatus]:
    """Train and score a run; yield its status at intervals and at the end, also if training fails."""
    if should_stop():
        yield RunStatus(run, "stopped")
        return
    yield RunStatus(run, "running")
    try:
        for step in perform(study, run, folder, should_stop):
            yield RunStatus(run, "running", step)
    except Exception as error:  # user code may raise anything
        log = folder.log_path(run)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(traceback.format_exc())
        yield RunStatus(run, "failed", reason=str(error) if isinstance(error, GanariumError) else brief(error))
    else:
        yield RunStatus(run, "done" if folder.result_path(run).exists() else "stopped")
