"""Training, resuming and forking of runs."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ganarium.api.lookup import Experiment, Run, open_run, plan
from ganarium.config.overrides import override
from ganarium.core.arguments import whole_number
from ganarium.core.errors import UsageError
from ganarium.core.interrupts import deliver
from ganarium.data.export import arrays, npz_bytes
from ganarium.data.files.arrays import Labels, Pictures, image_set
from ganarium.data.files.detect import overrides_for_data, refuse_other_data
from ganarium.report.follow_training import OnLine, follow
from ganarium.report.operation_progress import busy
from ganarium.runs.events import stop_reason
from ganarium.runs.folders import keep_array
from ganarium.training import create
from ganarium.training.create import Planned
from ganarium.training.resume_overrides import budget, continued
from ganarium.training.torch_defaults import torch_defaults

BUDGET = ("train.steps=", "train.seconds=")


@torch_defaults()
def train(
    recipe: str | Experiment,
    *words: str,
    data: str | Path | Pictures | None = None,
    labels: Labels | None = None,
    steps: int | None = None,
    out: Path | str | None = None,
    overwrite: bool = False,
    on_line: OnLine | None = None,
) -> Run:
    """Train a recipe, a TOML file or an `Experiment` to completion and return the run.

    words: settings as on the command line, for example "optim.lr=1e-3"
    data: a name listed by `ganarium data list`, a path, or images in memory: uint8 or float in [0, 1] or [−1, 1], as
        [n, H, W], [n, C, H, W], [n, H, W, C] or, for square grey images, [n, side²], or Pillow images of equal size;
        images in memory are saved under runs/data, so that the run can be resumed
    labels: optional integers [n] for images in memory; each distinct number is a class, named after the number
    steps: total number of generator updates, instead of the recipe's budget
    out: directory of the run; by default a new directory under ./runs
    on_line: called with each line of the log, instead of progress on stderr

    If training is interrupted, for example in a notebook cell or by an exception in `on_line`, the run is saved first.

    >>> import ganarium, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> run = ganarium.train("ring", "train.batch=32", "data.count=100", steps=5, out=f"{folder}/ring")
    >>> ganarium.load(run).sample(4, seed=1).shape
    torch.Size([4, 2])
    """
    if data is None and labels is not None:
        raise UsageError("labels=…: apply only to images in memory; pass the images as data=…")
    given = _settings_of(data, labels)
    if given:
        refuse_other_data(given, words)
    if steps is not None and (other := [word for word in words if word.startswith(BUDGET)]):
        raise UsageError(f"{other[0]}: steps={steps} also sets the length of training; leave out one of the two")
    experiment = plan(recipe, [*given, *words, *([] if steps is None else budget(steps))])
    return finished(prepare_training(experiment, out=out, overwrite=overwrite).create, on_line)


@torch_defaults()
def resume(run: Run | Path | str, *words: str, steps: int | None = None, on_line: OnLine | None = None) -> Run:
    """Resume a run exactly where it stopped and train it to completion.

    words: new location of data that have moved, for example "data.folder=NEW"; also saved if the run is finished
    steps: new total number of steps; the lengths of schedules do not change
    """
    resumption = prepare_resumption(run, *words, steps=steps)
    return resumption.run if resumption.complete else finished(lambda: resumption.run, on_line)


@torch_defaults()
def fork(
    run: Run | Path | str,
    at: int,
    *words: str,
    out: Path | str | None = None,
    overwrite: bool = False,
    on_line: OnLine | None = None,
) -> Run:
    """Train a new run, with changed settings, from the last available checkpoint at or before step `at`."""
    return finished(prepare_fork(run, at, *words, out=out, overwrite=overwrite).create, on_line)


@torch_defaults()
def prepare_training(experiment: Experiment, *, out: Path | str | None = None, overwrite: bool = False) -> Planned:
    """Resolve and validate the settings of a new run without writing files."""
    with busy("preparing"):
        return create.planned(experiment, None if out is None else Path(out), overwrite=overwrite)


@torch_defaults()
def resolve(experiment: Experiment, *, out: Path | str | None = None, overwrite: bool = False) -> Experiment:
    """Return the validated settings with which a new run would be trained, except those chosen by a benchmark."""
    create.refuse_out(None if out is None else Path(out), overwrite=overwrite)
    with busy("preparing"):
        return create.resolved(experiment, by_trial=False)[0]


@dataclass(frozen=True)
class Resumption:
    """Run to resume, with changes already saved; `complete` means that no steps are left to train."""

    run: Run
    complete: bool


@torch_defaults()
def prepare_resumption(run: Run | Path | str, *words: str, steps: int | None = None) -> Resumption:
    """Save the new data location and number of steps of a run; arguments as in `resume`."""
    with busy("loading data"):
        found = continued(open_run(run), words, steps)
    return Resumption(found, bool(words) and steps is None and stop_reason(found.events()) == "finished")


@torch_defaults()
def prepare_fork(
    run: Run | Path | str, at: int, *words: str, out: Path | str | None = None, overwrite: bool = False
) -> Planned:
    """Resolve and validate the settings of a fork without writing files; arguments as in `fork`."""
    parent, at = open_run(run), whole_number("at", at, 0)
    experiment = override(parent.experiment, words)
    with busy("preparing"):
        return create.planned_fork(parent, at, experiment, None if out is None else Path(out), overwrite=overwrite)


def finished(
    create_run: Callable[[], Run],
    on_line: OnLine | None = None,
    resume_command: Callable[[Run], str] = lambda run: f"ganarium.resume({str(run)!r})",
) -> Run:
    """Train a run to completion and return the run; if a signal stops training, save the run and deliver the signal."""
    followed = follow(create_run, resume_command, on_line)
    if followed.stopped:
        deliver(followed.stopped)
    return followed.run


def _settings_of(data: str | Path | Pictures | None, labels: Labels | None) -> list[str]:
    """Return the settings that select the data, after saving images in memory."""
    if data is None:
        return []
    return overrides_for_data(data, labels) if isinstance(data, str | Path) else store_images(data, labels)


def store_images(data: Pictures, labels: Labels | None) -> list[str]:
    """Save images under runs/data, so that runs can be resumed, and return the settings that select the file."""
    source = image_set(data, labels)
    plain = source.classes == tuple(map(str, range(len(source.classes))))
    name = source.hash if plain else sha256(repr((source.hash, source.classes)).encode()).hexdigest()
    return [f"data.array={keep_array(name, npz_bytes(arrays(source)))}"]
