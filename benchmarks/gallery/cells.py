"""Training of one cell of the gallery: an entry with one seed, as a small JSON file and a picture."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import torch

import ganarium
from benchmarks.gallery.entries import Entry
from benchmarks.speed.page import machine
from ganarium.api.sampling import inputs_for, load, load_translations, save_samples, save_translations
from ganarium.config.experiment import Experiment
from ganarium.config.overrides import plain
from ganarium.core.atomic import write_whole
from ganarium.core.errors import InputError
from ganarium.evaluation.score import Score, Scores
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.studies.study import settings_key

RESULTS = Path(__file__).parents[2] / "results"
SAMPLE_SEED = 0  # of the latents of every picture


@dataclass(frozen=True)
class Folders:
    """The places of the gallery's files.

    results: folder of everything that is published
    runs: folder of the runs
    """

    results: Path = RESULTS
    runs: Path = Path("runs") / "gallery"

    @property
    def page(self) -> Path:
        """Return the path of the page."""
        return self.results / "gallery.md"

    def cell(self, name: str, seed: int) -> Path:
        """Return the path of a cell's JSON file."""
        return self.results / "gallery" / f"{name}-seed{seed}.json"

    def cells(self, name: str) -> list[tuple[int, Path]]:
        """Return the seeds and paths of all JSON files of an entry, in the order of the seeds."""
        paths = self.cell(name, 0).parent.glob(f"{name}-seed*.json")
        return sorted((int(path.stem.rpartition("seed")[2]), path) for path in paths)

    def picture(self, name: str, seed: int) -> Path:
        """Return the path of a cell's picture."""
        return self.cell(name, seed).with_suffix(".png")

    def weights(self, name: str) -> Path:
        """Return the path of the weights of an entry's best seed."""
        return self.results / "weights" / f"{name}.safetensors"


@dataclass(frozen=True)
class Cell:
    """The result of an entry with one seed.

    values: the content of the JSON file
    """

    seed: int
    values: Mapping[str, Any]

    @property
    def scores(self) -> Scores:
        """Return the scores."""
        return Scores(map(Score.from_dict, self.values["scores"]))


def experiment_of(entry: Entry, seed: int, engine: Sequence[str] = ()) -> Experiment:
    """Return the experiment of an entry with one seed. Raises `UnknownNameError` if its recipe does not exist."""
    return ganarium.experiment(entry.recipe, *entry.words, *engine, f"seed={seed}")


def read_cell(path: Path, experiment: Experiment) -> Cell | None:
    """Read a cell; None if it is missing, or was trained with settings that the recipe no longer has.

    Raises `InputError` for a damaged file.
    """
    if not path.exists():
        return None
    try:
        values = json.loads(path.read_text())
        cell = Cell(values["seed"], values)
        current = values["key"] == settings_key(experiment)
        return cell if current and cell.scores else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError):
        raise InputError(f"{path}: the file is damaged; remove it to train again") from None


def train_cell(name: str, entry: Entry, seed: int, engine: Sequence[str], folders: Folders) -> tuple[Cell, Run]:
    """Train, or continue to train, an entry with one seed; score it and write its files."""
    experiment = experiment_of(entry, seed, engine)
    key = settings_key(experiment)
    run, processor = _trained(experiment, folders.runs / f"{name}-seed{seed}-{key}")
    scores = ganarium.evaluate(run, n=entry.n)
    folders.cell(name, seed).parent.mkdir(parents=True, exist_ok=True)
    _write_picture(run, folders.picture(name, seed), entry.shown)
    last = run.events()[-1]
    values = {
        "recipe": entry.recipe,
        "words": list(entry.words),
        "seed": seed,
        "key": key,
        "steps": last.event.step,
        "seconds": round(last.time, 1),
        "processor_seconds": None if processor is None else round(processor, 1),
        "machine": machine(run.experiment.engine.device),
        "torch": torch.__version__,
        "ganarium": run.provenance.ganarium,
        "engine": plain(run.experiment.engine),
        "command": " ".join(["python -m benchmarks.gallery", name, *engine, f"--seeds {seed}"]),
        "scores": [score.as_dict() for score in scores],
    }
    write_whole(folders.cell(name, seed), (json.dumps(values, indent=1, ensure_ascii=False) + "\n").encode())
    return Cell(seed, values), run


def _trained(experiment: Experiment, path: Path) -> tuple[Run, float | None]:
    """Train, or continue to train, and return the run and the processor time in seconds, if it is known."""
    existing = Run.open(path) if (path / EXPERIMENT).is_file() else None
    with _processor_time(path.with_suffix(".seconds"), continued=existing is not None) as spent:
        run = ganarium.train(experiment, out=path) if existing is None else ganarium.resume(existing)
    return run, spent()


@contextmanager
def _processor_time(record: Path, *, continued: bool) -> Iterator[Any]:
    """Measure the processor time of a block over all sessions; yield a function that returns it.

    record: file with the seconds of earlier sessions; if a session was killed before writing it, the time is unknown
    """
    earlier = float(record.read_text()) if continued and record.exists() else None if continued else 0.0
    record.unlink(missing_ok=True)
    start = process_time()

    def spent() -> float | None:
        return None if earlier is None else earlier + stop - start

    try:
        yield lambda: spent()
    finally:
        stop = process_time()
        if spent() is not None:
            record.parent.mkdir(parents=True, exist_ok=True)
            write_whole(record, str(spent()).encode())


def _write_picture(run: Run, path: Path, n: int) -> None:
    """Write what `ganarium sample` or `ganarium translate` writes for a run."""
    if run.experiment.game.translates:
        translations = load_translations(run)
        save_translations(translations, inputs_for(translations, None, n), path)
    else:
        save_samples(load(run), path, n, seed=SAMPLE_SEED)
