"""The Python interface of ganarium, which the command line also calls."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import cast

from ganarium.config.experiment import Experiment
from ganarium.config.files import PictureFilesConfig
from ganarium.config.overrides import data_words, experiment_from, override, read_toml
from ganarium.core.arguments import MOST_SAMPLES, whole_number
from ganarium.core.atomic import write_whole
from ganarium.core.errors import DivergedError, EmptySplitError, InputError, UsageError
from ganarium.core.interrupts import deliver
from ganarium.core.outputs import refuse_blocked, refuse_file_name
from ganarium.data.checks import all_checks
from ganarium.data.checks.all_checks import Remark
from ganarium.data.datasets import ImageSet, PairSet, Split
from ganarium.data.export import arrays, stored
from ganarium.data.files.arrays import Labels, Pictures, image_set
from ganarium.data.files.detect import refuse_other_data
from ganarium.data.files.resolve import named, settings_of
from ganarium.data.load import load_data
from ganarium.diagnosis.diagnose import Diagnosis, diagnose_run
from ganarium.evaluation.evaluate import SAMPLES, evaluate_run, evaluate_samples
from ganarium.evaluation.features.onnx_file import NetworkFile, read_network
from ganarium.evaluation.read_samples import read_samples
from ganarium.evaluation.recorded_scores import recorded_scores
from ganarium.evaluation.reference import load_reference, reference_for, refuse_ignored_split
from ganarium.evaluation.scores import Score
from ganarium.plotting.figures import panels
from ganarium.plotting.pictures import png
from ganarium.recipes import find_recipe
from ganarium.report.busy import busy
from ganarium.report.follow import OnLine, attend
from ganarium.report.recommend import recommended_for
from ganarium.runs.directory import EXPERIMENT, At, Run, find_run, keep_array
from ganarium.runs.events import ended
from ganarium.runs.provenance import pop_provenance
from ganarium.studies import trial as trials
from ganarium.studies.compare import Comparison, ScoredRun, group_names
from ganarium.studies.compare import compare as compare_runs
from ganarium.studies.trial import Trial
from ganarium.training import create
from ganarium.training.fair_lock import COMPUTING
from ganarium.training.grids import picture_of_samples
from ganarium.training.loop import data_of
from ganarium.training.recommendation import Recommended
from ganarium.training.resume import budget, continued
from ganarium.training.sampler import Sampler, load
from ganarium.training.torch_defaults import torch_defaults
from ganarium.training.translator import Translations, load_translations
from ganarium.training.weights import Weights

HELD_OUT: tuple[Split, ...] = ("validation", "test")
BUDGET = ("train.steps=", "train.seconds=")


def plan(recipe: str | Experiment, words: Iterable[str] = ()) -> Experiment:
    """Return the experiment of a recipe, a TOML file or an `Experiment`, with `a.b=c` overrides applied.

    Raises `UsageError` or a subclass, with a one-line message that names the wrong setting and the nearest valid one.
    """
    if isinstance(recipe, Experiment):
        return override(recipe, words)
    if recipe.lower().endswith(".toml"):
        values = read_toml(Path(recipe))
        of_a_run = pop_provenance(values) is not None
        return override(experiment_from(values, recipe, recorded=of_a_run), words)
    return override(find_recipe(recipe).experiment(), words)


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
    """Train a recipe, a TOML file or an `Experiment` to its end and return the run.

    words: settings as on the command line, for example "optim.lr=1e-3"
    data: a name of `ganarium data list`, a path, or pictures in memory: uint8 or float in [0, 1] or [−1, 1], as
        [n, H, W], [n, C, H, W], [n, H, W, C] or, for square grey pictures, [n, side²], or Pillow images of one size;
        pictures in memory are saved under runs/data, so that the run can be resumed
    labels: integers [n] for pictures in memory, or none; each distinct number is a class of that name
    steps: total number of generator updates, instead of the recipe's budget
    out: directory of the run; a new one under ./runs by default
    on_line: called with each line of the log, instead of progress on stderr

    If training is interrupted, for example in a notebook cell or by an exception in `on_line`, the run is saved first.

    >>> import ganarium, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> run = ganarium.train("ring", "train.batch=32", "data.count=100", steps=5, out=f"{folder}/ring")
    >>> ganarium.load(run).sample(4, seed=1).shape
    torch.Size([4, 2])
    """
    if data is None and labels is not None:
        raise UsageError("labels=…: they belong to pictures in memory; give those as data=…")
    given = [] if data is None else named(data, labels) if isinstance(data, str | Path) else kept(data, labels)
    if given:
        refuse_other_data(given, words)
    if steps is not None and (other := [word for word in words if word.startswith(BUDGET)]):
        raise UsageError(f"{other[0]}: steps={steps} says how long as well; leave one out")
    experiment = plan(recipe, [*given, *words, *([] if steps is None else budget(steps))])
    with busy("preparing"):
        planned = create.planned(experiment, None if out is None else Path(out), overwrite=overwrite)
    return _attended(planned.create, on_line)


@torch_defaults()
def resume(run: Run | Path | str, *words: str, steps: int | None = None, on_line: OnLine | None = None) -> Run:
    """Resume a run exactly where it stopped and train it to its end.

    words: the new location of moved data, for example "data.folder=NEW"; also recorded in a finished run
    steps: new total number of steps; schedules keep their horizon
    """
    found = continued(_run(run), words, steps)
    if words and steps is None and ended(found.events()) == "finished":
        return found
    return _attended(lambda: found, on_line)


@torch_defaults()
def fork(
    run: Run | Path | str,
    at: int,
    *words: str,
    out: Path | str | None = None,
    overwrite: bool = False,
    on_line: OnLine | None = None,
) -> Run:
    """Train a new run, with changed settings, from the nearest kept checkpoint at or before step `at`."""
    parent, at = _run(run), whole_number("at", at, 0)
    experiment = override(parent.experiment, words)
    planned = create.planned_fork(parent, at, experiment, None if out is None else Path(out), overwrite=overwrite)
    return _attended(planned.create, on_line)


@torch_defaults()
@COMPUTING.held()
def evaluate(
    made: Run | Path | str | Pictures,
    *,
    against: str | Path | None = None,
    words: Iterable[str] = (),
    n: int | None = None,
    split: Split = "test",
    controls: bool = False,
    features: NetworkFile | Path | str | None = None,
    at: At = None,
    weights: Weights | None = None,
) -> list[Score]:
    """Score samples against held-out real ones; each score comes with the score of real samples.

    made: a run, or a file or folder of pictures or points, or pictures in memory
    against: name or path of the reference data; for a run, its own data by default
    words: settings of `against`, for example "data.size=32". Unless overridden, files are decoded like the run's own
        data (ground, invert, fit, …), and given pictures like the reference data
    n: number of samples drawn from a run, 10,000 by default
    split: "test" for reporting, "validation" for model selection
    at: checkpoint of a run: a step, "best", or the newest by default
    controls: whether to also score degraded samples (noisy, lacking a class, copied, …); slow the first time
    features: an ONNX file that maps pictures, float32 [n, C, H, W] in [0, 1], to additional features [n, d]

    For a translation run, translations are scored against the exact answers; for a run whose discriminator learns
    classes, its classification error is also scored. Raises `InputError` for data without held-out samples, for
    held-out pictures that the run was trained on and for samples of another shape, and `RunError` for a run whose own
    data have changed.
    """
    said, network = list(words), _network(features)
    n = None if n is None else whole_number("n", n, 1, MOST_SAMPLES)
    run = _run_of(made)
    if run is None:
        what = str(made) if isinstance(made, str | Path) else "an array"
        if against is None:
            raise UsageError(f"{what} is not a run: say what it is judged by, as --against mnist")
        for name, value in {"n": n, "at": at, "weights": weights}.items():
            if value is not None:
                raise UsageError(f"{name} {value}: is of samples of a run, and {what} is not one; leave it out")
        reference = load_reference(settings_of(against, said), split, features=network)
        refuse_ignored_split(reference, split)
        samples = Path(made) if isinstance(made, str) else cast(Path | Pictures, made)
        return evaluate_samples(read_samples(samples, reference), reference, controls=controls)
    if said and against is None:
        raise UsageError(
            f"{said[0]!r}: settings belong to the data of --against, and a run is scored by its own data as they are; "
            "leave it out, or add --against DATA"
        )
    data = None if against is None else settings_of(against, said, like=run.experiment.data)
    reference = reference_for(run, split, data, features=network)
    return evaluate_run(run, reference, n=SAMPLES if n is None else n, at=at, weights=weights, controls=controls)


@torch_defaults()
@COMPUTING.held()
def scores_of(
    run: Run | Path | str,
    *,
    n: int = 10_000,
    split: Split = "test",
    features: NetworkFile | Path | str | None = None,
) -> list[Score]:
    """Return the scores of a run's newest checkpoint, computed once per reference data and stored in the run."""
    found, n = _run(run), whole_number("n", n, 1, MOST_SAMPLES)
    with busy(f"scoring {found}"):
        return recorded_scores(found, n, split, _network(features))


@torch_defaults()
def compare(
    runs: Iterable[Run | Path | str],
    *,
    n: int = 10_000,
    split: Split = "test",
    features: NetworkFile | Path | str | None = None,
) -> Comparison:
    """Compare runs; runs that differ only in their seed form one group, and groups are paired by seed.

    features: an ONNX file for additional features, as in `evaluate`

    Raises `UsageError` for runs whose scores are not comparable.
    """
    network = _network(features)
    found = [_run(run) for run in runs]
    groups = group_names(run.experiment for run in found)
    scored = ({score.name: score for score in scores_of(run, n=n, split=split, features=network)} for run in found)
    trained = [
        ScoredRun(group, run.experiment.seed, scores) for group, run, scores in zip(groups, found, scored, strict=True)
    ]
    return compare_runs(trained)


@torch_defaults()
def diagnose(run: Run | Path | str) -> Diagnosis:
    """Diagnose a finished, running or crashed run from its log."""
    return diagnose_run(_run(run))


@torch_defaults()
def trial(
    run: Run | Path | str,
    *remedies: str,
    at: int | None = None,
    steps: int | None = None,
    out: Path | str | None = None,
    on_line: OnLine | None = None,
) -> Trial:
    """Fork a run at one checkpoint, unchanged and with each remedy, train all forks alike and report which helped.

    remedies: names or settings, joined by `+` if tried together; by default those that the diagnosis suggests first
    at: step to fork at; by default before the first grave finding, else the newest checkpoint
    steps: training steps of each fork; by default up to the current step of the run, and at least six monitoring
        intervals
    out: folder of the forks; next to the run by default. Existing forks are resumed
    """
    parent = _run(run)
    if out is not None:
        refuse_file_name(Path(out))
        refuse_blocked(Path(out))
    data_of(parent)  # raises if the data changed: forks on other data would not show the effect of a remedy
    diagnosis = diagnose(parent)
    chosen, length = trials.fork_point(parent, diagnosis, at, steps)
    home = trials.trial_folder(parent, chosen) if out is None else Path(out).absolute()
    tried = trials.fork_variants(parent, trials.variants_for(remedies, parent, diagnosis), chosen, length, home)
    for _, fork_of in tried:
        if not trials.is_finished(fork_of):
            with suppress(DivergedError):
                _attended(partial(_run, fork_of), on_line, lambda _: "the same trial")
    maker = load_translations if parent.experiment.game.translates else load
    pictures = {each.name: picture_of_samples(maker(made), data_of(made)) for each, made in tried}
    write_whole(home / trials.PICTURE, png(panels(pictures)))
    return Trial(str(parent.path), chosen, length, str(home / trials.PICTURE), tuple(trials.outcomes(tried)))


def _run_of(made: Run | Path | str | Pictures) -> Run | None:
    """Return the run that `made` names; None for pictures in memory and for a file or folder that is not a run."""
    if isinstance(made, Run):
        return made
    if not isinstance(made, str | Path):
        return None
    path = Path(made)
    if path.suffix and not path.exists():
        raise InputError(f"{path}: there is no such file")
    return None if path.exists() and not (path / EXPERIMENT).is_file() else find_run(str(made))


@torch_defaults()
def check(data: str | Path | Pictures, *words: str, labels: Labels | None = None) -> list[Remark]:
    """Check data for faults that are often mistaken for GAN failures.

    data: a name of `ganarium data list`, a path, or pictures as in `train`
    words: settings of data given by name or path, for example "data.size=64"
    labels: integers [n] for pictures in memory, or none; each distinct number is a class of that name
    """
    if not isinstance(data, str | Path):
        _refuse_words(words)
        return all_checks.check(image_set(data, labels), {})
    return all_checks.check(*splits_of(data, *words, labels=labels))


@torch_defaults()
def recommend(data: str | Path | Pictures, *words: str, labels: Labels | None = None) -> Recommended:
    """Return the recommended recipe for data, with its training time estimated from about a second of steps.

    data: a name of `ganarium data list`, a path, or pictures as in `train`
    words: settings of data given by name or path, for example "data.size=64"

    Pass `words` of the result to `train` after the recipe; pass pictures in memory as `data=` again.
    """
    if isinstance(data, str | Path):
        own = (*named(data, labels), *data_words(words))
        return recommended_for(load_data(settings_of(data, words, labels)), own)
    _refuse_words(words)
    return recommended_for(image_set(data, labels), ())


def _refuse_words(words: Iterable[str]) -> None:
    if word := next(iter(words), None):
        raise UsageError(f"{word!r}: settings are for data with a name or a path; change the pictures instead")


@torch_defaults()
def splits_of(data: str | Path, *words: str, labels: Labels | None = None) -> tuple[ImageSet, dict[Split, ImageSet]]:
    """Return the train split and the other non-empty splits of a name or path; skip unreadable files."""
    settings = settings_of(data, words, labels)
    if isinstance(settings, PictureFilesConfig):  # unreadable files are reported as remarks
        settings = settings.model_copy(update={"unreadable": "skip"})
    train = load_data(settings)
    if isinstance(train, PairSet) and isinstance(settings, PictureFilesConfig):
        raise UsageError(f"{settings.place} holds two domains for translation: check the folders of each by itself")
    if not isinstance(train, ImageSet):
        raise UsageError(f"data={settings.kind}: only sets of pictures can be checked")
    others: dict[Split, ImageSet] = {}
    for split in HELD_OUT:
        with suppress(EmptySplitError):
            others[split] = cast(ImageSet, load_data(settings, split))
    return train, others


def kept(data: Pictures, labels: Labels | None) -> list[str]:
    """Save pictures where a resumed run finds them; return the settings that locate them."""
    source = image_set(data, labels)
    plain = source.classes == tuple(map(str, range(len(source.classes))))
    name = source.hash if plain else sha256(repr((source.hash, source.classes)).encode()).hexdigest()
    return [f"data.array={keep_array(name, stored(arrays(source)))}"]


def _attended(
    make: Callable[[], Run],
    on_line: OnLine | None,
    again: Callable[[Run], str] = lambda run: f"ganarium.resume({str(run)!r})",
) -> Run:
    trained = attend(make, again, on_line)
    if trained.stopped:
        deliver(trained.stopped)
    return trained.run


def _run(run: Run | Path | str) -> Run:
    return run if isinstance(run, Run) else find_run(str(run))


def _network(features: NetworkFile | Path | str | None) -> NetworkFile | None:
    return read_network(Path(features)) if isinstance(features, Path | str) else features


__all__ = [
    "Comparison",
    "Diagnosis",
    "Experiment",
    "Recommended",
    "Remark",
    "Run",
    "Sampler",
    "Score",
    "Translations",
    "Trial",
    "check",
    "compare",
    "diagnose",
    "evaluate",
    "fork",
    "load",
    "load_translations",
    "plan",
    "recommend",
    "resume",
    "train",
    "trial",
]
