"""Checkpoints: one safetensors file each, with the progress and a checksum in the JSON header."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ganarium.core.atomic import write_whole
from ganarium.core.errors import CheckpointError, NewerFormatError, brief

FORMAT = 1


@dataclass(frozen=True)
class Progress:
    """The progress of a run: completed steps, training time and position in the log.

    step: completed steps
    seconds: training time
    seq: number of the next line of the log
    phase: index of the current phase, as in the log
    span_steps: steps in the current span
    settled: whether the log is complete up to this step; otherwise a resumed run adds the missing events
    """

    step: int
    seconds: float
    seq: int
    phase: int
    span_steps: int
    settled: bool = True


_PROGRESS = TypeAdapter(Progress)
_SETTINGS = TypeAdapter(dict[str, Any])


@dataclass(frozen=True)
class Checkpoint:
    """The complete state of a run at one step, and the settings that produced it.

    tensors: named after their owners, as in generator/…, remedies/…, means/…
    """

    progress: Progress
    tensors: Mapping[str, Tensor]
    settings: Mapping[str, Any] = field(default_factory=dict)


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint atomically."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.tensors.items()}
    progress, settings = asdict(checkpoint.progress), dict(checkpoint.settings)
    head = {"format": str(FORMAT), "progress": json.dumps(progress), "settings": json.dumps(settings)}
    write_whole(path, save(tensors, head | {"sha256": _checksum(head, tensors)}))


def read(path: Path) -> Checkpoint:
    """Read and verify a checkpoint.

    Raises `CheckpointError` if the file is truncated or altered, `NewerFormatError` if a newer ganarium wrote it.
    """
    try:
        with safe_open(path, framework="pt") as file:
            head: dict[str, str] = file.metadata() or {}
            written = int(head["format"])
            if written > FORMAT:
                raise NewerFormatError(
                    f"{path} has format {written}, but this version reads formats up to {FORMAT}; "
                    "install a newer version of ganarium"
                )
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
            progress = _PROGRESS.validate_json(head["progress"])
            settings = _SETTINGS.validate_json(head["settings"])
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} is damaged ({brief(error)})") from None
    expected = head.pop("sha256", "")
    if _checksum(head, tensors) != expected:
        raise CheckpointError(f"{path} is damaged (its checksum does not match)")
    return Checkpoint(progress, tensors, settings)


def _checksum(head: Mapping[str, str], tensors: Mapping[str, Tensor]) -> str:
    digest = sha256(json.dumps(dict(sorted(head.items()))).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names start with a prefix, and remove the prefix from the names."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
