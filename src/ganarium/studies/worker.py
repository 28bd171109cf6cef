"""Worker process that trains one run of a study: `python -m ganarium.studies.worker STUDY.toml KEY FOLDER PARENT`.

The process trains or resumes the run, scores it, and writes the JSON file of its result. It saves and stops on request,
and when the parent process has ended.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

from ganarium.config.experiment import ONE_PLAYER
from ganarium.config.metrics import metric_names
from ganarium.config.overrides import plain
from ganarium.config.plugins import load_inherited, load_installed
from ganarium.core.errors import GanariumError, RunBusyError, RunError
from ganarium.core.interrupts import caught_signals
from ganarium.diagnosis.diagnose import diagnose
from ganarium.evaluation.baselines import VERSION
from ganarium.evaluation.evaluate import evaluate_run
from ganarium.evaluation.features.onnx_file import read_network
from ganarium.evaluation.reference import reference_for
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.runs.events import Span, stop_reason
from ganarium.studies.default_observers import observers_of
from ganarium.studies.process_pool import STOPPED
from ganarium.studies.study import Study, StudyFolder, StudyRun, read_study, runs_of
from ganarium.training import create
from ganarium.training.device import threads
from ganarium.training.loop import fit

PATIENCE = 60.0  # seconds to wait for another process to release a run


def perform(study: Study, planned: StudyRun, folder: StudyFolder, should_stop: Callable[[], bool]) -> Iterator[int]:
    """Train and score one run, and write its result, unless it is stopped; yield the current step at intervals."""
    features = None if study.features is None else read_network(Path(study.features))
    run = _run(folder.run_path(planned), planned)
    with threads(run.experiment.engine.threads):
        reference = reference_for(run, study.split, features=features)  # raises before training if it cannot be scored
    if stop_reason(run.events()) != "finished":
        yield from _train(run, should_stop)
    lines = run.events()
    if should_stop() or stop_reason(lines) != "finished":
        return
    trained, intended = run.experiment.train, planned.experiment.train
    if any(getattr(trained, name) != getattr(intended, name) for name in ONE_PLAYER):
        raise RunError(
            f"{run}: updates of one player were added by steering, so the run does not have the settings of the study; "
            "delete it, and the study trains it again"
        )
    spans = [line.event for line in lines if isinstance(line.event, Span)]
    with threads(run.experiment.engine.threads):
        scores = evaluate_run(run, reference, n=study.n)
    folder.write_result(
        planned,
        {
            "treatment": planned.variant,
            "seed": planned.experiment.seed,
            "key": planned.key,
            "n": study.n,
            "split": study.split,
            "measures": VERSION,
            "metrics": metric_names(),
            "steps": lines[-1].event.step,
            "seconds": round(lines[-1].time, 1),
            "ganarium": run.provenance.ganarium,
            "torch": run.provenance.torch,
            "machine": run.provenance.machine,
            "trained_on": run.provenance.data_hash,
            "parts": run.provenance.parts,
            "losses": {side: spans[-1].means[side] for side in ("generator", "discriminator")},
            "findings": [finding.label for finding in diagnose(lines, run.provenance.classes).findings],
            "engine": plain(run.experiment.engine),
            "settings": plain(planned.experiment),
            "scores": [score.as_dict() for score in scores],
        },
    )


def _run(path: Path, planned: StudyRun) -> Run:
    if (path / EXPERIMENT).is_file():
        return Run.open(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return create.begin(planned.experiment, path)


def _train(run: Run, should_stop: Callable[[], bool]) -> Iterator[int]:
    """Train the run as soon as no other process is training it; yield the step of each line of its log."""
    until = monotonic() + PATIENCE
    while True:
        try:
            with closing(fit(run, observers_of(run), should_stop)) as lines:
                yield from (line.event.step for line in lines)
        except RunBusyError:
            if monotonic() > until or should_stop():
                raise
            sleep(0.2)
        else:
            return


def main(file: str, key: str, folder: str, parent: str) -> int:
    """Train and score one run; return 0 if finished, STOPPED if interrupted, or 1 with a message on stderr."""
    with caught_signals() as caught:
        try:
            load_installed()
            load_inherited()
            study = read_study(Path(file))
            (planned,) = (run for run in runs_of(study) if run.key == key)
            home = StudyFolder(Path(folder))
            for _ in perform(study, planned, home, lambda: bool(caught) or os.getppid() != int(parent)):
                pass
        except KeyboardInterrupt:
            return STOPPED
        except GanariumError as error:
            print(f"ganarium: {error}", file=sys.stderr)
            return 1
    return 0 if home.result_path(planned).exists() else STOPPED


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
