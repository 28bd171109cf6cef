"""Scoring of samples and runs against held-out data."""

from collections.abc import Iterable
from pathlib import Path
from typing import cast, get_args

from ganarium.api.lookup import Run, open_run, refuse_run_options, run_at
from ganarium.core.arguments import MOST_SAMPLES, named, one_of, some_path, whole_number
from ganarium.core.errors import UsageError
from ganarium.data.datasets import Split
from ganarium.data.files.arrays import Pictures
from ganarium.data.files.detect import resolve_data
from ganarium.evaluation.evaluate import SAMPLES, evaluate_run, evaluate_samples
from ganarium.evaluation.features.onnx_file import NetworkFile, read_network
from ganarium.evaluation.read_samples import read_samples
from ganarium.evaluation.recorded_scores import keep_scores, recorded_scores
from ganarium.evaluation.reference import load_reference, reference_for, refuse_ignored_split
from ganarium.evaluation.score import Score, Scores
from ganarium.report.operation_progress import busy
from ganarium.runs.directory import At
from ganarium.training.fair_lock import COMPUTING
from ganarium.training.torch_defaults import torch_defaults
from ganarium.training.weights import Weights

__all__ = ["Score", "Scores", "evaluate", "network_of", "scores_of"]


@torch_defaults()
@COMPUTING.held()
def evaluate(
    samples: Run | Path | str | Pictures,
    *,
    against: str | Path | None = None,
    words: Iterable[str] = (),
    n: int | None = None,
    split: Split = "test",
    controls: bool = False,
    features: NetworkFile | Path | str | None = None,
    at: At = None,
    weights: Weights | None = None,
) -> Scores:
    """Score samples against held-out real samples, and include the scores of real samples for comparison.

    samples: a run, a file or folder of images or points, or images in memory
    against: name or path of the reference data; by default the data of the run
    words: settings of `against`, for example "data.size=32". Unless overridden, reference files are decoded like the
        data of the run (`ground`, `invert`, `fit`, …), and files of samples like the reference data
    n: number of samples to generate from a run, 10,000 by default
    split: "test" for reporting, "validation" for model selection
    at: checkpoint of a run: a step or "best"; by default the newest
    controls: whether to also score degraded samples (noisy, lacking a class, copied, …); slow the first time
    features: an ONNX file that maps images, float32 [n, C, H, W] in [0, 1], to additional features [n, d]

    The result is iterable and indexed by name, as in `evaluate(run)["recall"]` (see `Scores`).

    Scores of the newest checkpoint against the run's own data are stored in the run, for `compare` and `write_report`.
    Registered metrics are scored as well (`ganarium.register.metric`). Translations are scored against the true
    translations. If the discriminator learns classes, the classification error is also scored. Raises `InputError` if
    the data have no held-out samples, if the run was trained on some of the held-out images or if the shapes differ,
    and `RunError` if the data of the run have changed.
    """
    one_of("split", split, get_args(Split))
    if samples is None:
        raise UsageError("samples=None: pass a run, a file or folder of samples, or images in memory")
    if not isinstance(against, str | Path | None):
        raise UsageError(f"{named('against', against)}: pass the name or the path of a data set")
    said, network = list(words), network_of(features)
    n = None if n is None else whole_number("n", n, 1, MOST_SAMPLES)
    run = _run_of(samples)
    what = str(run or samples) if run or isinstance(samples, str | Path) else "an array"
    if run is None:
        if against is None:
            raise UsageError(f'{what} is not a run; pass the reference data, for example against="mnist"')
        refuse_run_options(what, {"n=": n, "at=": at, "weights=": weights})
        own = Path(samples) if isinstance(samples, str) else cast(Path | Pictures, samples)
        with busy(f"scoring {what}"):
            reference = load_reference(resolve_data(against, said), split, features=network)
            refuse_ignored_split(reference, split)
            return Scores(evaluate_samples(read_samples(own, reference), reference, controls=controls))
    if said and against is None:
        raise UsageError(
            f"{said[0]!r}: changes the reference data, but a run is scored against its own data by default; leave the "
            "setting out, or pass against=DATA"
        )
    with busy(f"scoring {what}"):
        data = None if against is None else resolve_data(against, said, like=run.experiment.data)
        reference = reference_for(run, split, data, features=network)
        n = SAMPLES if n is None else n
        scores = evaluate_run(run, reference, n=n, at=at, weights=weights, controls=controls)
        if against is None and at is None and weights is None:
            keep_scores(run, reference, n, split, scores, network)
        return Scores(scores)


@torch_defaults()
@COMPUTING.held()
def scores_of(
    run: Run | Path | str,
    *,
    n: int = 10_000,
    split: Split = "test",
    features: NetworkFile | Path | str | None = None,
) -> Scores:
    """Return the scores of the newest checkpoint of a run; compute only scores that are not stored in the run."""
    one_of("split", split, get_args(Split))
    found, n = open_run(run), whole_number("n", n, 1, MOST_SAMPLES)
    with busy(f"scoring {found}"):
        return Scores(recorded_scores(found, n, split, network_of(features)))


def network_of(features: NetworkFile | Path | str | None) -> NetworkFile | None:
    """Return the network of an ONNX file; read the file if a path is given."""
    return features if isinstance(features, NetworkFile | None) else read_network(some_path("features", features))


def _run_of(samples: Run | Path | str | Pictures) -> Run | None:
    if isinstance(samples, Run):
        return samples
    return run_at(samples) if isinstance(samples, str | Path) else None
