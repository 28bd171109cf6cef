"""Context managers for torch's settings, so that the settings of a caller or an observer do not affect results."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch


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


@contextmanager
def settings_kept() -> Iterator[None]:
    """Restore the settings that code inside the block may change: default type, gradients and number of threads."""
    dtype, gradients, threads = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(gradients)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
