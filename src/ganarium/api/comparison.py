"""Comparison of runs, and trials of remedies on a run."""

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import get_args

from ganarium.api.diagnosis import diagnose
from ganarium.api.evaluation import network_of, scores_of
from ganarium.api.lookup import Run, open_run
from ganarium.api.training import finished
from ganarium.core.arguments import named, one_of, refuse_uncallable, some_path
from ganarium.core.atomic import write_whole
from ganarium.core.errors import DivergedError, UsageError
from ganarium.core.outputs import refuse_blocked, refuse_file_name
from ganarium.data.datasets import Split
from ganarium.evaluation.features.onnx_file import NetworkFile
from ganarium.plotting.figures import panels
from ganarium.plotting.images import png
from ganarium.report.follow_training import OnLine
from ganarium.studies import trial as trials
from ganarium.studies.compare import Comparison, ScoredRun, group_names
from ganarium.studies.compare import compare as compare_runs
from ganarium.studies.trial import Trial
from ganarium.training.grids import picture_of_samples
from ganarium.training.loop import data_of
from ganarium.training.sampler import load
from ganarium.training.torch_defaults import torch_defaults
from ganarium.training.translator import load_translations

__all__ = ["Comparison", "Trial", "compare", "trial"]


@torch_defaults()
def compare(
    runs: Iterable[Run | Path | str],
    *,
    n: int = 10_000,
    split: Split = "test",
    features: NetworkFile | Path | str | None = None,
) -> Comparison:
    """Compare the scores of runs.

    Runs that differ only in their seed form one group; groups are compared in pairs of equal seeds.

    features: an ONNX file that computes additional features, as in `evaluate`

    Raises `UsageError` if the scores of the runs are not comparable.
    """
    if isinstance(runs, Run | Path | str) or not isinstance(runs, Iterable):
        raise UsageError(f"{named('runs', runs)}: pass a list of runs, for example ['runs/first', 'runs/second']")
    one_of("split", split, get_args(Split))
    network = network_of(features)
    opened = [open_run(run) for run in runs]
    groups = group_names(run.experiment for run in opened)
    scored = ({score.name: score for score in scores_of(run, n=n, split=split, features=network)} for run in opened)
    trained = [
        ScoredRun(group, run.experiment.seed, scores, str(run.path))
        for group, run, scores in zip(groups, opened, scored, strict=True)
    ]
    return compare_runs(trained)


@torch_defaults()
def trial(
    run: Run | Path | str,
    *remedies: str,
    at: int | None = None,
    steps: int | None = None,
    out: Path | str | None = None,
    on_line: OnLine | None = None,
) -> Trial:
    """Fork a run with and without each remedy, train all forks equally long and report which remedies helped.

    remedies: names or settings, joined by `+` to try them together; by default the first suggestions of the diagnosis
    at: step to fork at; by default a step before the first severe finding, or else the newest checkpoint
    steps: number of training steps of each fork; by default enough to reach the current step of the run, and at least
        six monitoring intervals
    out: folder of the forks, by default next to the run; existing forks are resumed
    """
    refuse_uncallable("on_line", on_line)
    parent = open_run(run)
    home = None if out is None else some_path("out", out)
    if home is not None:
        refuse_file_name(home)
        refuse_blocked(home)
    data_of(parent)  # raises if the data have changed, since the forks would then not show the effect of a remedy
    diagnosis = diagnose(parent)
    chosen, length = trials.fork_point(parent, diagnosis, at, steps)
    home = trials.trial_folder(parent, chosen) if home is None else home.absolute()
    tried = trials.fork_variants(parent, trials.variants_for(remedies, parent, diagnosis), chosen, length, home)
    for _, fork_of in tried:
        if not trials.is_finished(fork_of):
            with suppress(DivergedError):
                finished(partial(open_run, fork_of), on_line, lambda _: "repeat the same trial")
    load_from = load_translations if parent.experiment.game.translates else load
    images = {each.name: picture_of_samples(load_from(trained), data_of(trained)) for each, trained in tried}
    write_whole(home / trials.PICTURE, png(panels(images)))
    return Trial(str(parent.path), chosen, length, str(home / trials.PICTURE), tuple(trials.outcomes(tried)))
