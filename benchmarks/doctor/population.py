"""Train the population of test runs: python -m benchmarks.doctor.population [WORDS...] [--fresh] [--part I/N]

Trains every member whose name contains one of the words, with snapshots, and writes its log and the independent
measurements to results/doctor/population/NAME.json.gz. Existing files are skipped.
"""

import argparse
import gzip
import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import numpy as np
import torch

from benchmarks.doctor.hidden import Wandering, hidden
from benchmarks.doctor.members import FRESH_SEEDS, LENGTHS, Member, members
from ganarium.api.lookup import plan
from ganarium.config.datasets import MnistConfig
from ganarium.config.overrides import override
from ganarium.core.atomic import write_whole
from ganarium.core.errors import DivergedError
from ganarium.data.mnist import load as load_mnist
from ganarium.diagnosis.monitor import monitor_for
from ganarium.runs.directory import Run
from ganarium.runs.events import KINDS, Finding, Layers, Line, Snapshot, Span, Stopped, stop_reason
from ganarium.training import create
from ganarium.training.loop import data_of, fit
from ganarium.training.resume_overrides import budget

HOME = Path(__file__).parents[2] / "results" / "doctor" / "population"
KEPT = (Span, Layers, Snapshot, Finding, Stopped)
DIGITS = 5
LONGER = 1.5  # factor by which runs are extended, to determine whether they would have improved


@dataclass(frozen=True)
class Case:
    """A member, the lines of its log, and the independent measurements at its end and after further training."""

    name: str
    family: str
    way: str
    variant: str
    words: tuple[str, ...]
    seed: int
    lines: list[dict[str, Any]]
    hidden: dict[str, float]
    later: dict[str, float]
    steps: int = 0  # number of steps of a short run; 0 for a run of full length


def train(member: Member, folder: Path) -> Case:
    """Train one member of the population from the start."""
    experiment = plan(member.recipe, [*member.settings, *_faulty(member.fault, folder)])
    run = create.begin(experiment, folder / "run")
    wandering, looks = Wandering(), monitor_for(experiment)
    assert looks is not None
    with suppress(DivergedError):
        for _ in fit(run, [looks, wandering]):
            pass
    source, lines = data_of(run), run.events()
    whole = stop_reason(lines) == "finished"
    numbers = hidden(run, source) | wandering.numbers(source) if whole else {}
    short = member.steps if member.seed in LENGTHS else 0
    trained_on = whole and member.way in ("sound", "cut-short") and not short and member.seed not in FRESH_SEEDS
    later = _later(run) if trained_on else {}
    kept = [_slim(line) for line in lines if isinstance(line.event, KEPT)]
    return Case(
        member.name, member.family, member.way, member.variant, member.words, member.seed, kept, numbers, later, short
    )


def _later(run: Run) -> dict[str, float]:
    steps = round(LONGER * (run.experiment.train.steps or 0))
    run.rewrite(override(run.experiment, budget(steps)))
    with suppress(DivergedError):
        for _ in fit(run):
            pass
        return hidden(run, data_of(run))
    return {}


def _slim(line: Line) -> dict[str, Any]:
    return {"kind": line.event.kind, **{name: _short(value) for name, value in asdict(line.event).items()}}


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    return [_short(each) for each in value] if isinstance(value, list) else value


def _faulty(fault: str, folder: Path) -> list[str]:
    """Write a file of digits with the given fault, and return the settings that select it as data."""
    if not fault:
        return []
    digits = load_mnist(MnistConfig(count=4_000), "train")
    assert digits.labels is not None
    images, labels = digits.images.numpy().copy(), digits.labels.numpy().copy()
    match fault:
        case "one-label":  # as if the loader had lost the labels
            labels[:] = 0
        case "copies":  # nearly all images are the same
            images[200:] = images[0]
            labels[200:] = labels[0]
        case "one-class":
            images, labels = images[labels == 1], labels[labels == 1]
        case "dark":  # divided by 255 twice
            images = (images // 200).astype(np.uint8)
    np.savez(folder / "faulty.npz", images=images, labels=labels)
    return [f"data.array={folder / 'faulty.npz'}"]


def path_of(name: str) -> Path:
    """Return the path of a case's file."""
    return HOME / f"{name}.json.gz"


def keep(case: Case) -> None:
    """Write a case to its file; equal cases give identical bytes."""
    path_of(case.name).parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(case), separators=(",", ":"))
    write_whole(path_of(case.name), gzip.compress(text.encode(), mtime=0))


def read_case(path: Path) -> Case:
    """Read a case from its file."""
    return Case(**json.loads(gzip.decompress(path.read_bytes())))


def lines_of(case: Case) -> list[Line]:
    """Return the recorded log lines of a case."""
    events = [
        KINDS[line["kind"]](**{name: value for name, value in line.items() if name != "kind"}) for line in case.lines
    ]
    return [Line(event, seq, phase=0, time=0.0) for seq, event in enumerate(events)]


def main() -> None:
    """Train the members of the population that have no file yet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="train only members whose name contains one of these words")
    parser.add_argument("--fresh", action="store_true", help="train only runs reserved for after the rules were frozen")
    parser.add_argument("--part", default="1/1", help="train part I of N, for parallel processes")
    asked = parser.parse_args()
    part, parts = map(int, asked.part.split("/"))
    torch.set_num_threads(1)
    chosen = [one for one in members() if any(word in one.name for word in asked.words or [""])]
    chosen = [one for one in chosen if one.is_fresh or not asked.fresh]
    mine = chosen[part - 1 :: parts]
    for number, member in enumerate(mine, 1):
        if not path_of(member.name).exists():
            began = monotonic()
            with TemporaryDirectory() as folder:
                keep(train(member, Path(folder)))
            print(f"{member.name}: {monotonic() - began:.0f} s, {number} of {len(mine)}", flush=True)


if __name__ == "__main__":
    main()
