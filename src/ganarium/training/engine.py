"""How steps run: device and threads, many steps at a time, with no synchronization inside a span."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

import psutil
import torch
from torch import Tensor

from ganarium.core.config import Engine as EngineSettings
from ganarium.core.config import Experiment, Precision
from ganarium.core.errors import SettingsError
from ganarium.training.match import Match
from ganarium.training.optimizers import learning_rate
from ganarium.training.step import Stepped, UpdateRule, logits

LOOK_SECONDS = 0.3
FAST: Mapping[str, Precision] = {"cpu": "bf16", "cuda": "tf32"}
CPU = (torch.backends.mkldnn.matmul, torch.backends.mkldnn.conv)  # type: ignore[attr-defined]
CUDA = (torch.backends.cuda.matmul, torch.backends.cudnn.conv)  # type: ignore[attr-defined]
AMPERE = (8, 0)  # the first compute capability that multiplies tf32


def resolve(settings: EngineSettings) -> EngineSettings:
    """Decide what is left open, once, before step 0.

    Raises `SettingsError` when the device that was asked for is not there.
    """
    device = settings.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise SettingsError(
            f"engine.device={device}: no CUDA device is here; use engine.device=cpu (fork a run born with one)"
        )
    number = int(device.partition(":")[2] or 0)
    if device.startswith("cuda") and number >= torch.cuda.device_count():
        raise SettingsError(f"engine.device={device}: there are {torch.cuda.device_count()} CUDA devices, from cuda:0")
    return EngineSettings(
        device=device, threads=settings.threads or idle_cores(), precision=_precision(settings.precision, device)
    )


def _precision(asked: Precision, device: str) -> Precision:
    kind = device.partition(":")[0]
    if asked not in ("auto", "fp32", FAST[kind]):
        raise SettingsError(f"engine.precision={asked} is not for engine.device={kind}: use {FAST[kind]} or fp32")
    if asked != "auto":
        return asked
    if kind == "cuda":
        return "tf32" if torch.cuda.get_device_capability(device) >= AMPERE else "fp32"
    able = torch.cpu.get_capabilities()
    return "bf16" if able.get("avx512_bf16") or able.get("amx_bf16") else "fp32"


@contextmanager
def products(settings: EngineSettings) -> Iterator[None]:
    """Let products round their factors as the settings say, then do as before; what they leave open is fp32."""
    backends = CUDA if settings.device.startswith("cuda") else CPU
    before = [backend.fp32_precision for backend in backends]
    for backend in backends:
        backend.fp32_precision = settings.precision if settings.precision in FAST.values() else "ieee"
    try:
        yield
    finally:
        for backend, was in zip(backends, before, strict=True):
            backend.fp32_precision = was


def idle_cores() -> int:
    """Cores that nobody uses just now, at least one: two threads beside a busy process are slower than one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, round(cores * (1 - psutil.cpu_percent(LOOK_SECONDS) / 100)))


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with so many threads, then as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass
class Means:
    """Running means of named 0-d tensors, kept on the device until somebody reads them."""

    names: tuple[str, ...] = ()
    total: Tensor = field(default_factory=lambda: torch.zeros(0))
    steps: int = 0

    def add(self, values: dict[str, Tensor]) -> None:
        """Count one more step."""
        names = tuple(sorted(values))
        row = torch.stack([values[name] for name in names])
        self.total = self.total + row if self.steps else row
        self.names, self.steps = names, self.steps + 1

    def read(self) -> dict[str, float]:
        """The means; this waits for the device."""
        return dict(zip(self.names, (self.total / max(1, self.steps)).tolist(), strict=True))

    def state(self) -> dict[str, Tensor]:
        """The open sums by name."""
        return dict(zip(self.names, self.total.unbind(), strict=True))

    @classmethod
    def restored(cls, state: Mapping[str, Tensor], steps: int) -> Self:
        """Sums that were open at a checkpoint."""
        names = tuple(sorted(state))
        return cls(names, torch.stack([state[name] for name in names]), steps) if steps else cls()


class Engine:
    """Runs a match by its update rule."""

    def __init__(self, experiment: Experiment, match: Match, rule: UpdateRule, step: int = 0) -> None:
        self.experiment, self.match, self.rule, self.step = experiment, match, rule, step
        self.means = Means()
        self.last: Stepped | None = None

    def advance(self, n: int) -> None:
        """Make n steps; nothing in here waits for the device."""
        with products(self.experiment.engine):
            for _ in range(n):
                self._step()

    def _step(self) -> None:
        self._set_learning_rates()
        self.last = self.rule(self.match, self.step)
        real, fake = logits(self.last.duels)
        self.means.add(self.last.means | {"judged.real": real.sigmoid().mean(), "judged.fake": fake.sigmoid().mean()})
        self.step += 1

    def _set_learning_rates(self) -> None:
        settings = self.experiment.optim
        if settings.schedule != "constant" or self.last is None:
            for side, player in self.match.players.items():
                player.lr.fill_(learning_rate(settings, side, self.step, self.experiment.horizon))
