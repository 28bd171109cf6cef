"""Training, resuming and forking of runs."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypedDict, Unpack, cast

from torch.utils.data import Dataset

from ganarium.api.lookup import Experiment, Run, open_run, plan
from ganarium.config.base import Config, DataConfig
from ganarium.config.data_files import MappedConfig
from ganarium.config.given import call_with_parts, given_parts
from ganarium.config.overrides import Settings, data_settings, override
from ganarium.core.arguments import refuse_uncallable, some_path, whole_number
from ganarium.core.atomic import part_of
from ganarium.core.errors import UsageError
from ganarium.core.interrupts import deliver
from ganarium.data.datasets import ImageSet, PointSet
from ganarium.data.export import arrays, npz_bytes
from ganarium.data.files.arrays import Labels, Pictures
from ganarium.data.files.detect import overrides_for_data, refuse_other_data
from ganarium.data.given_data import LargeImages, given_data, points_of
from ganarium.data.items import Transform
from ganarium.report.follow_training import OnLine, follow
from ganarium.report.operation_progress import busy
from ganarium.runs.events import stop_reason
from ganarium.runs.folders import ARRAY_FOLDER, keep_array
from ganarium.training import create
from ganarium.training.create import Planned
from ganarium.training.given_observers import divided, observer_objects
from ganarium.training.given_parts import provided, refuse_missing, with_given_parts
from ganarium.training.observers import Observer
from ganarium.training.resume_overrides import budget, continued
from ganarium.training.torch_defaults import torch_defaults

BUDGET = ("train.steps=", "train.seconds=")


class GivenParts(TypedDict, total=False):
    """Parts passed from Python."""

    generator: Any
    discriminator: Any
    objective: Any
    augment: Callable[[Any], Any]
    remedies: Mapping[str, Any]
    observers: Iterable[Observer] | None


Data = str | Path | Pictures | Dataset[Any] | Iterable[Any] | Mapping[str, Any] | DataConfig | None


@torch_defaults()
def train(
    recipe: str | Path | Experiment,
    *words: str,
    data: Data = None,
    labels: Labels | None = None,
    transform: Transform | None = None,
    steps: int | None = None,
    out: Path | str | None = None,
    overwrite: bool = False,
    on_line: OnLine | None = None,
    **settings: Unpack[Settings],
) -> Run:
    """Train a recipe, a TOML file or an `Experiment` to completion and return the run.

    words: settings as on the command line, for example "optim.lr=1e-3"
    data: a name listed by `ganarium data list`, a path, settings of a data set, or data from Python, which are saved
        under runs/data, so that the run can be resumed:
        - images, uint8 or float in [0, 1] or [−1, 1], as [n, H, W], [n, C, H, W], [n, H, W, C] or, for square grey
          images, [n, side²], or Pillow images of equal size
        - points [n, d] with d ≤ 64
        - a map-style data set of x or (x, y), each a Pillow image, array or tensor, read once, item by item
        - an iterable of batches x or (x, y), such as a `DataLoader`, read once, to its end
        - a pair (x, y) of one of these and integer labels y [n]
    labels: optional integers [n] for images from Python; each distinct number is a class, named after the number
    transform: function applied once to each x of `data` from Python, for example to resize images
    steps: total number of generator updates, instead of the recipe's budget
    out: directory of the run; by default a new directory under ./runs
    on_line: called with each line of the log, instead of progress on stderr
    settings: the same settings as keywords, for example optim={"lr": 1e-3}, objective="hinge" or
        remedies={"r1": {"gamma": 0.1}, "ema": True}; `augment` is called at each step with a batch of real images,
        float [n, C, H, W] in [0, 1], or points [n, d], and returns an augmented batch of the same shape, drawing random
        numbers only from torch's generator; `observers` is a list of instances of `ganarium.Observer` and of
        names of registered observers, or a dict of registered observers, for example {"csv": True}

    If training is interrupted, for example in a notebook cell or by an exception in `on_line`, the run is saved first.

    >>> import ganarium, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> run = ganarium.train("ring", train={"batch": 32}, data={"count": 100}, steps=5, out=f"{folder}/ring")
    >>> ganarium.load(run).sample(4, seed=1).shape
    torch.Size([4, 2])
    """
    refuse_uncallable("on_line", on_line)
    observers, tables = divided(settings)
    planned = experiment(
        recipe, *words, data=data, labels=labels, transform=transform, steps=steps, **cast(Settings, tables)
    )
    return finished(prepare_training(planned, out=out, overwrite=overwrite).create, on_line, observers=observers)


def experiment(
    recipe: str | Path | Experiment,
    *words: str,
    data: Data = None,
    labels: Labels | None = None,
    transform: Transform | None = None,
    steps: int | None = None,
    **settings: Unpack[Settings],
) -> Experiment:
    """Return the experiment that `train` would train, without training it; arguments as in `train`.

    >>> import ganarium
    >>> ganarium.experiment("digits", optim={"lr": 1e-3}).optim.lr
    0.001
    """
    if data is None and labels is not None:
        raise UsageError("labels=…: apply only to images in memory; pass the images as data=…")
    observers, tables = divided(settings)
    if observers:
        raise UsageError("observers=…: an experiment has no objects; pass them to ganarium.train")
    given, tables = _settings_of(data, labels, transform, words), with_given_parts(tables, words)
    if isinstance(data, Mapping | Config):
        tables["data"] = _with_stored_points(data)
    if given:
        refuse_other_data(given, words)
    return plan(recipe, [*given, *words, *_length(words, steps)], tables)


def _length(words: Sequence[str], steps: int | None) -> list[str]:
    """Return overrides that set the number of steps, if given; raise `UsageError` if `words` set it, too."""
    if steps is None:
        return []
    if other := [word for word in words if word.startswith(BUDGET)]:
        raise UsageError(f"{other[0]}: steps={steps} also sets the length of training; leave out one of the two")
    return budget(steps)


@torch_defaults()
def resume(
    run: Run | Path | str,
    *words: str,
    steps: int | None = None,
    on_line: OnLine | None = None,
    **parts: Unpack[GivenParts],
) -> Run:
    """Resume a run exactly where it stopped and train it to completion.

    words: new location of data that have moved, for example "data.folder=NEW", also saved if the run is finished; and
        observers that the run records, for example "observers.csv=true"
    steps: new total number of steps; the lengths of schedules do not change
    parts: parts that were passed from Python when the run was created: generator, discriminator, objective, augment,
        and remedies by name; a part that differs is used with a warning, and for this call only if this process has
        the recorded part; and `observers`, a list of instances of `ganarium.Observer`
    """
    refuse_uncallable("on_line", on_line)
    found = open_run(run)
    observers = observer_objects(parts.pop("observers", None))
    with provided(found, parts):
        resumption = prepare_resumption(found, *words, steps=steps)
        return resumption.run if resumption.complete else finished(lambda: resumption.run, on_line, observers=observers)


@torch_defaults()
def fork(
    run: Run | Path | str,
    at: int,
    *words: str,
    steps: int | None = None,
    out: Path | str | None = None,
    overwrite: bool = False,
    on_line: OnLine | None = None,
    **settings: Unpack[Settings],
) -> Run:
    """Train a new run, with changed settings, from the last available checkpoint at or before step `at`.

    steps: total number of steps of the new run, which include those before `at`

    Pass observers that are objects again, as in `train`.
    """
    refuse_uncallable("on_line", on_line)
    observers, tables = divided(settings)
    plan = prepare_fork(run, at, *words, steps=steps, out=out, overwrite=overwrite, **cast(Settings, tables))
    return finished(plan.create, on_line, observers=observers)


@torch_defaults()
def prepare_training(experiment: Experiment, *, out: Path | str | None = None, overwrite: bool = False) -> Planned:
    """Resolve and validate the settings of a new run without writing files."""
    with busy("preparing"):
        return create.planned(experiment, None if out is None else some_path("out", out), overwrite=overwrite)


@torch_defaults()
def resolve(experiment: Experiment, *, out: Path | str | None = None, overwrite: bool = False) -> Experiment:
    """Return the validated settings with which a new run would be trained, except those chosen by a benchmark."""
    create.refuse_out(None if out is None else some_path("out", out), overwrite=overwrite)
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
    found = open_run(run)
    refuse_missing(found, found.experiment)
    with busy("loading data"):
        found = continued(found, words, steps)
    return Resumption(found, bool(words) and steps is None and stop_reason(found.events()) == "finished")


@torch_defaults()
def prepare_fork(
    run: Run | Path | str,
    at: int,
    *words: str,
    steps: int | None = None,
    out: Path | str | None = None,
    overwrite: bool = False,
    **settings: Unpack[Settings],
) -> Planned:
    """Resolve and validate the settings of a fork without writing files; arguments as in `fork`."""
    parent, at = open_run(run), whole_number("at", at, 0)
    changed = override(parent.experiment, [*words, *_length(words, steps)], with_given_parts(settings, words))
    folder = None if out is None else some_path("out", out)
    with provided(parent), busy("preparing"):
        return create.planned_fork(parent, at, changed, folder, overwrite=overwrite)


def finished(
    create_run: Callable[[], Run],
    on_line: OnLine | None = None,
    resume_command: Callable[[Run], str] = lambda run: call_with_parts("resume", run, given_parts(run.experiment)),
    observers: Sequence[Observer] = (),
) -> Run:
    """Train a run to completion and return the run; if a signal stops training, save the run and deliver the signal."""
    followed = follow(create_run, resume_command, on_line, observers)
    if followed.stopped:
        deliver(followed.stopped)
    return followed.run


def _settings_of(
    data: Data, labels: Labels | None, transform: Transform | None, words: Collection[str] = ()
) -> list[str]:
    """Return the settings that select the data, after saving data from Python.

    words: overrides; `data.held_out` determines the order of large images on disk
    """
    by_settings = data is None or isinstance(data, Mapping | Config)
    if transform is not None and (by_settings or isinstance(data, str | Path)):
        raise UsageError("transform=…: applies only to data from Python; pass a data set or arrays as data=…")
    if by_settings:
        return []
    if isinstance(data, str | Path):
        return overrides_for_data(data, labels)
    scratch = part_of(ARRAY_FOLDER / "samples.npy")
    try:
        with busy("reading data"):
            found = given_data(data, labels, transform, "data", scratch)
            if isinstance(found, LargeImages):
                held_out = [word for word in words if word.startswith("data.held_out=")]
                settings = data_settings([f"data.mapped={ARRAY_FOLDER}", *held_out])
                assert isinstance(settings, MappedConfig)
                return [f"data.mapped={found.write(ARRAY_FOLDER, settings.held_out)}"]
            return [store_data(found)]
    finally:
        scratch.unlink(missing_ok=True)


def _with_stored_points(data: Mapping[str, Any] | Config) -> Mapping[str, Any] | Config:
    """Return the settings of a data set after saving an array in memory that is given as `coordinates`."""
    if not isinstance(data, Mapping):
        return data
    stored = {
        name: store_data(points_of(data[name])).partition("=")[2]
        for name in ("coordinates", "points")
        if data.get(name) is not None and not isinstance(data[name], str | Path)
    }
    return {**data, **stored}


def store_data(source: ImageSet | PointSet) -> str:
    """Save images or points under runs/data, so that runs can be resumed, and return the setting that selects them."""
    plain = source.classes == tuple(map(str, range(len(source.classes))))
    name = source.hash if plain else sha256(repr((source.hash, source.classes)).encode()).hexdigest()
    kind = "coordinates" if isinstance(source, PointSet) else "array"
    return f"data.{kind}={keep_array(name, npz_bytes(arrays(source)))}"
