"""What the tests of reliability share: sittings as real processes, reference runs, and what must be equal."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from ganarium.runs.checkpoint import read
from ganarium.runs.directory import Run

WORKSHOP = Path(__file__).with_name("workshop.py")
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "COLUMNS": "500"}
STEPS, KEPT = 200, 100
SMALL = (
    "generator.hidden=[16]",
    "discriminator.hidden=[16]",
    "generator.latent=8",
    "train.batch=16",
    f"train.steps={STEPS}",
    "record.log_every=20",
    "record.sample_every=50",
    "record.checkpoint_seconds=0.001",
    f"record.keep_every={KEPT}",
    "engine.device=cpu",
    "engine.threads=1",
    "engine.kernels=default",  # which is else chosen by what is faster at the moment
)
POINTS = ("data=points", "data.count=200", "data.size=16")
RECIPES = {
    "pictures": (
        *("dense-digits", *POINTS, *SMALL, "generator.dropout=0.2"),
        *("remedies.ema=true", "remedies.r1=true", "remedies.image_pool=true", "remedies.spectral_norm=true"),
    ),
    "labels": (
        *("dense-shapes", *POINTS, *SMALL, "game.conditional=true", "update.discriminator_steps=2"),
        *("optim.schedule=linear", "remedies.instance_noise=true", "remedies.gradient_clipping=true"),
    ),
    "plane": ("ring", *SMALL, "data.count=0", "record.sample_every=150", "remedies.image_pool=true"),
}


@dataclass
class Session:
    """One process that runs one command line."""

    pid: int
    out: Path
    _ask: Callable[..., Any]

    def wait(self) -> int:
        """Its exit status, negative when a signal killed it."""
        status: int = self._ask(do="wait", pid=self.pid, stopped=False)
        return status

    def wait_until_stopped(self) -> None:
        """Until it has stopped itself by SIGSTOP."""
        status = self._ask(do="wait", pid=self.pid, stopped=True)
        assert status is None, f"it ended with {status}: {self.stderr}"

    @property
    def stdout(self) -> str:
        return self.out.with_suffix(".out").read_text()

    @property
    def stderr(self) -> str:
        return self.out.with_suffix(".err").read_text()

    @property
    def memory(self) -> int:
        """The most memory that it held, in bytes, as it said itself: what its parent sees counts the parent's own."""
        (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", self.out.with_suffix(".status").read_text())
        return int(kilobytes) << 10

    @property
    def complaints(self) -> list[str]:
        """The lines with which ganarium refuses; nothing may look like a crash of Python's."""
        assert "Traceback" not in self.stderr, self.stderr
        return [line for line in self.stderr.splitlines() if line.startswith("ganarium: ")]


class Workshop:
    """Starts sittings, each a real process of its own."""

    def __init__(self, process: "subprocess.Popen[str]", outputs: Path) -> None:
        self._process, self._outputs, self._count = process, outputs, 0

    def start(
        self,
        *words: object,
        folder: Path,
        trap: Sequence[Any] = (),
        user: int = 0,
        cores: int = 0,
        status: bool = False,
    ) -> Session:
        """Begin a command line.

        trap: (place, n, signals), see workshop.py
        cores: how many the process takes the machine to have, if not 0
        status: whether it writes down the memory that it held
        """
        self._count += 1
        out = self._outputs / str(self._count)
        pid = self._ask(
            do="start",
            words=[str(word) for word in words],
            folder=str(folder),
            stdout=f"{out}.out",
            stderr=f"{out}.err",
            trap=list(trap),
            user=user,
            cores=cores,
            status=f"{out}.status" if status else "",
        )
        return Session(pid, out, self._ask)

    def run(self, *words: object, folder: Path, **how: Any) -> tuple[int, Session]:
        """A command line from start to end: (exit status, the sitting)."""
        sitting = self.start(*words, folder=folder, **how)
        return sitting.wait(), sitting

    def _ask(self, **order: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """Real processes without the wait for imports."""
    with subprocess.Popen(
        [sys.executable, str(WORKSHOP)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        yield Workshop(process, tmp_path_factory.mktemp("outputs"))


@pytest.fixture(scope="session")
def reference(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """A run of each recipe that nothing disturbed; made once."""
    folder = tmp_path_factory.mktemp("references")

    def made(name: str) -> Run:
        if not (folder / name).exists():
            status, sitting = workshop.run("train", *RECIPES[name], "--out", name, folder=folder)
            assert status == 0, sitting.stderr
        return Run.open(folder / name)

    return made


@pytest.fixture(scope="session")
def words() -> dict[str, tuple[str, ...]]:
    """Recipes with their settings, by name."""
    return RECIPES


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """The variables of every process that trains."""
    return ENVIRONMENT


@pytest.fixture(scope="session")
def shell() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """The installed command itself."""

    def run(*words: object, folder: Path) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "ganarium", *map(str, words)]
        return subprocess.run(command, cwd=folder, env=ENVIRONMENT, text=True, capture_output=True, check=False)

    return run


@pytest.fixture(scope="session")
def same() -> Callable[[Run, Run], None]:
    """Assert that one run is the other bit for bit, in all that does not depend on the clock."""
    return _assert_same


def _assert_same(run: Run, reference: Run) -> None:
    assert run.checkpoint_steps()[-1] == STEPS
    for step in range(0, STEPS + 1, KEPT):
        mine, theirs = (read(one.path / "checkpoints" / f"step-{step:08d}.safetensors") for one in (run, reference))
        assert mine.tensors.keys() == theirs.tensors.keys()
        different = [name for name, tensor in theirs.tensors.items() if not _equal(mine.tensors[name], tensor)]
        assert different == []
        assert (mine.progress.step, mine.progress.span_steps) == (theirs.progress.step, theirs.progress.span_steps)
    assert _step_bound(run) == _step_bound(reference)
    assert _pictures(run) == _pictures(reference)
    assert list(run.path.rglob("*.part")) == []


def _equal(mine: torch.Tensor, theirs: torch.Tensor) -> bool:
    return mine.dtype == theirs.dtype and mine.shape == theirs.shape and _bytes(mine) == _bytes(theirs)


def _bytes(tensor: torch.Tensor) -> bytes:
    return tensor.reshape(-1).view(torch.uint8).numpy().tobytes()


def _step_bound(run: Run) -> list[tuple[str, dict[str, Any]]]:
    return [(line.event.kind, asdict(line.event)) for line in run.events() if line.event.step_bound]


def _pictures(run: Run) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (run.path / "samples").iterdir()}
