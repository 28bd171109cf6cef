"""Selection of the device, threads, kernels and precision."""

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import torch

from ganarium.config.experiment import EngineConfig, Kernels, Precision
from ganarium.core.errors import SettingsError
from ganarium.core.escape import counted
from ganarium.core.random_streams import Streams, normal
from ganarium.training.fair_lock import COMPUTING

SAMPLE_SECONDS = 0.3
CPU = (torch.backends.mkldnn.matmul, torch.backends.mkldnn.conv)  # type: ignore[attr-defined]
CUDA = (torch.backends.cuda.matmul, torch.backends.cudnn.conv)  # type: ignore[attr-defined]
SIDE, ROUNDING = 256, 1e-5  # size and tolerance of the product that tests for exactness
AMPERE = (8, 0)  # the first compute capability with tf32 products


def resolve(settings: EngineConfig) -> EngineConfig:
    """Resolve automatic settings once, before step 0, and limit threads to the number of cores.

    Raises `SettingsError` if the requested device is not available.
    """
    device = device_of(settings)
    return EngineConfig(
        device=device,
        threads=_threads(settings.threads),
        kernels=_kernels(settings.kernels, device),
        precision=_precision(settings.precision, device),
        compile=settings.compile,
    )


def device_of(settings: EngineConfig) -> str:
    """Return the device to use. Raises `SettingsError` if the device or a required compiler is not available."""
    device = settings.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise SettingsError(
            f"engine.device={device}: no CUDA device found; use engine.device=cpu; to continue a CUDA run, fork it"
        )
    number = int(device.partition(":")[2] or 0)
    if device.startswith("cuda") and number >= torch.cuda.device_count():
        found = counted(torch.cuda.device_count(), "CUDA device")
        raise SettingsError(f"engine.device={device}: only {found} found, numbered from cuda:0")
    if settings.compile == "yes" and not can_compile():
        raise SettingsError("engine.compile=yes: no C++ compiler was found; install g++, or use engine.compile=no")
    return device


def _threads(requested: int) -> int:
    if requested > usable_cores():
        logging.getLogger("ganarium").warning(
            "engine.threads=%d: more threads than cores are never faster; using %d", requested, usable_cores()
        )
    return min(requested, usable_cores()) or idle_cores()


def _kernels(requested: Kernels, device: str) -> Kernels:
    if device.startswith("cuda"):
        if requested == "onednn":
            raise SettingsError(f"engine.kernels=onednn: not available on {device}; use engine.kernels=default")
        return "default"
    return requested


def _precision(requested: Precision, device: str) -> Precision:
    if requested == "auto":
        return "tf32" if device.startswith("cuda") and torch.cuda.get_device_capability(device) >= AMPERE else "fp32"
    if requested == "tf32" and not device.startswith("cuda"):
        raise SettingsError(f"engine.precision=tf32: not available on {device}; use bf16 or fp32")
    return requested


@contextmanager
def arithmetic(settings: EngineConfig) -> Iterator[None]:
    """Use the given precision and kernels, then restore the previous state; "auto" means fp32, default kernels.

    torch uses oneDNN's own products only if rounding of their factors is allowed; `exact_onednn` tests whether they
    round.
    """
    cuda = settings.device.startswith("cuda")
    requested = "tf32" if settings.precision == "tf32" else "bf16" if settings.kernels == "onednn" else "ieee"
    kernels = CUDA if cuda else CPU
    before = [kernel.fp32_precision for kernel in kernels]
    for kernel in kernels:
        kernel.fp32_precision = requested
    try:
        # no cache: it would outlive the weights it was computed from
        with torch.autocast(
            "cuda" if cuda else "cpu", torch.bfloat16, settings.precision == "bf16", cache_enabled=False
        ):
            yield
    finally:
        for kernel, was in zip(kernels, before, strict=True):
            kernel.fp32_precision = was


def exact_onednn() -> bool:
    """Return whether oneDNN's matrix products have fp32 precision on this processor even if bf16 is allowed."""
    rows = Streams(0).at("engine.exact", normal(SIDE, SIDE), 0)
    with arithmetic(EngineConfig(device="cpu", kernels="onednn")):
        product = rows @ rows
    return bool((product - rows.double() @ rows.double()).abs().max() < ROUNDING * SIDE**0.5)


def can_compile() -> bool:
    """Return whether a C++ compiler is installed."""
    return shutil.which(os.environ.get("CXX", "g++")) is not None


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def idle_cores() -> int:
    """Return the number of idle cores, at least 1: with a busy process running, two threads are slower than one."""
    return max(1, round(usable_cores() * (1 - psutil.cpu_percent(SAMPLE_SECONDS) / 100)))


@contextmanager
def threads(count: int | None) -> Iterator[None]:
    """Compute with `count` threads (None: torch's number) while no other thread computes, then restore the number."""
    with COMPUTING.held():
        before = torch.get_num_threads()
        torch.set_num_threads(count or before)
        try:
            yield
        finally:
            torch.set_num_threads(before)
