"""Context managers for torch's settings, so that the settings of a caller or an observer do not affect results."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from sys import float_info
from typing import Any

import torch

from ganarium.training.device import CPU, CUDA

PRECISION = "fp32_precision"  # of the products of one kernel


@contextmanager
def torch_defaults() -> Iterator[None]:
    """Use torch's defaults (float32, CPU, gradients, no autocast), then restore the caller's settings.

    Results are therefore the same bit for bit inside `torch.no_grad()`, `torch.inference_mode()`, `torch.autocast()`,
    `torch.device()`, and after `torch.set_default_dtype()` or `torch.set_default_device()`.
    """
    with ExitStack() as stack:
        dtype = torch.get_default_dtype()
        if dtype != torch.float32:
            torch.set_default_dtype(torch.float32)
            stack.callback(torch.set_default_dtype, dtype)
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        for device in ("cpu", "cuda"):
            if torch.is_autocast_enabled(device):
                stack.enter_context(torch.autocast(device, enabled=False))
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        yield


@dataclass(frozen=True)
class _Setting:
    """A setting of this process, as the function that reads it and the one that writes it."""

    read: Callable[[], Any]
    write: Callable[[Any], object]


@contextmanager
def settings_kept() -> Iterator[None]:
    """Restore torch's settings that code inside the block may change, such as the default type and device."""
    before = [(setting, setting.read()) for setting in SETTINGS]
    try:
        yield
    finally:
        for setting, value in before:
            if setting.read() != value:
                setting.write(value)


def _set_default_device(device: torch.device) -> None:
    torch.set_default_device(None if device.type == "cpu" else device)


def _determinism() -> tuple[bool, bool]:
    return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()


def _set_determinism(setting: tuple[bool, bool]) -> None:
    torch.use_deterministic_algorithms(setting[0], warn_only=setting[1])


def _matmul_precision() -> str | None:
    """Return the precision of products, or None if it was set for single kernels only."""
    try:
        return torch.get_float32_matmul_precision()
    except RuntimeError:
        return None


def _set_matmul_precision(precision: str | None) -> None:
    if precision is not None:
        torch.set_float32_matmul_precision(precision)


def _flushes_denormals() -> bool:
    """Return whether numbers near 0 are rounded to 0, which torch does not tell."""
    return float_info.min / 2 == 0.0


SETTINGS = (
    _Setting(torch.get_default_dtype, torch.set_default_dtype),
    _Setting(torch.get_default_device, _set_default_device),
    _Setting(torch.is_grad_enabled, torch.set_grad_enabled),
    _Setting(torch.get_num_threads, torch.set_num_threads),
    _Setting(_determinism, _set_determinism),
    _Setting(_matmul_precision, _set_matmul_precision),
    *(_Setting(partial(getattr, kernel, PRECISION), partial(setattr, kernel, PRECISION)) for kernel in (*CPU, *CUDA)),
    _Setting(_flushes_denormals, torch.set_flush_denormal),
)
