"""Features computed by a user-supplied network in an ONNX file.

The file must contain the whole network, so that the hash in the extractor's name identifies the network. The network
runs in onnxruntime, which is imported only when a network is loaded.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from ganarium.core.errors import InputError, UsageError, brief
from ganarium.core.escape import listed
from ganarium.core.random_streams import Streams, uniform
from ganarium.data.safe_io import opened, read_at_most
from ganarium.evaluation.features.base import BATCH, Extractor, ExtractorOutput, in_batches

MOST_BYTES = 2 << 30  # also the limit of a single ONNX file
LONGEST_STEM = 24  # characters
AT_ONCE = 32  # images per batch; user-supplied networks may be large
WIDEST = 4_096  # features, d; computing distances takes O(d³) time
TRIAL = 3  # number of images
STEADY = 1e-2  # largest change of a feature when images are processed one at a time, relative to the largest feature
SILENT = 4  # log level of onnxruntime; its errors are reported by this module
FLOAT = "tensor(float)"
RESIZE = "images are never resized; export the network with dynamic height and width, or include the resizing in it"


@dataclass(frozen=True)
class NetworkFile:
    """An ONNX file, read once and used both for the hash in its name and for inference.

    name: the file's stem in letters, digits and dashes, then the first 8 hex digits of the file's sha256
    """

    path: Path
    name: str
    content: bytes = field(repr=False)


def read_network(path: Path) -> NetworkFile:
    """Read an ONNX file and derive the extractor's name, without onnxruntime.

    Raises `InputError` if the path is not a file, or the file is empty or larger than `MOST_BYTES`.
    """
    with opened(path) as file:
        if os.fstat(file.fileno()).st_size > MOST_BYTES:
            raise InputError(f"{path}: the file is larger than {MOST_BYTES:,} bytes; use a smaller network")
        content = bytes(read_at_most(file, MOST_BYTES))
    if not content:
        raise InputError(f"{path}: the file is empty; export the network again")
    stem = re.sub(r"[^a-z0-9]+", "-", path.stem.lower())[:LONGEST_STEM].strip("-") or "features"
    return NetworkFile(path, f"{stem}-{sha256(content).hexdigest()[:8]}", content)


@final
class FileFeatures(Extractor):
    """Features from the first output of an ONNX network, computed with as many threads as torch uses.

    The input is float32 [n, C, H, W] in [0, 1], never resized; greyscale images are repeated if the network
    expects three channels. The output is [n, d], or [n, d, h, w], which is averaged over h and w.
    """

    def __init__(self, file: NetworkFile, shape: tuple[int, ...]) -> None:
        """Load the network and test it on a few random images.

        shape: (C, H, W) of the images
        Raises `UsageError` if onnxruntime is missing. Raises `InputError` if the file is not a network, if its input or
        output is not supported, or if the features of an image depend on the rest of the batch or are random.
        """
        self.name, self.shape, self._path = file.name, shape, file.path
        self._session = _session(file)
        self._input, sides = _input(file.path, self._session.get_inputs())
        self._at_once, self._channels = _fitted(file.path, sides, shape)
        self._output = self._session.get_outputs()[0].name
        self._refuse_nondeterministic()

    def extract(self, images: Tensor, batch: int = BATCH) -> ExtractorOutput:
        """Extract features of uint8 [n, C, H, W] images. Raises `InputError` for other input or non-finite features."""
        self.refuse_unsupported(images)
        (features,) = in_batches(images, min(batch, self._at_once), self._run)
        return ExtractorOutput(features)

    def _run(self, images: Tensor) -> tuple[Tensor]:
        """Return the features [n, d] of images [n, C, H, W]."""
        pictures = (images.float() / 255).expand(-1, self._channels, -1, -1).contiguous()
        try:
            (output,) = self._session.run([self._output], {self._input: pictures.numpy()})
        except Exception as error:  # onnxruntime's exceptions have no common base class
            raise InputError(
                f"{self._path}: the network fails on images {list(pictures.shape)} ({_message(error)}); {RESIZE}"
            ) from None
        if not _are_features(output, len(images)):
            shape = list(output.shape) if isinstance(output, np.ndarray) else "not an array"
            raise InputError(
                f"{self._path}: the first output for images {list(pictures.shape)} is {shape}; features must be floats "
                f"[n, d] or [n, d, h, w] with d up to {WIDEST:,}: export the network up to a layer of that shape"
            )
        features = torch.from_numpy(output).double()
        features = (features if features.ndim == 2 else features.mean((2, 3))).float()
        if not features.isfinite().all():
            raise InputError(
                f"{self._path}: the network returned features that are not finite; check that it expects float32 "
                "images in [0, 1]"
            )
        return (features,)

    def _refuse_nondeterministic(self) -> None:
        noise = Streams(0).at("judgement.trial", uniform(TRIAL, *self.shape, high=256), 0).byte()
        together, alone = self.extract(noise).features, self.extract(noise, 1).features
        if not torch.allclose(together, alone, rtol=0, atol=STEADY * float(together.abs().max())):
            raise InputError(
                f"{self._path}: the features of an image depend on the rest of the batch, or are random; call "
                "network.eval() before exporting the network"
            )


def _session(file: NetworkFile) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise UsageError(
            f"{file.path}: features from an ONNX file need onnxruntime; run pip install 'ganarium[features]'"
        ) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
    options.log_severity_level = SILENT
    options.add_session_config_entry("session.load_model_format", "ONNX")
    # the hash does not cover external weights, so onnxruntime may search for them only in an empty folder
    with TemporaryDirectory() as nothing:
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", nothing)
        try:
            return onnxruntime.InferenceSession(file.content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's exceptions have no common base class
            raise InputError(
                f"{file.path}: onnxruntime cannot load it ({_message(error)}); export it as a single file, with "
                "torch.onnx.export(…, external_data=False)"
            ) from None


def _input(path: Path, inputs: Sequence[Any]) -> tuple[str, list[int | None]]:
    """Return the name and the four dimensions of the only input; None for a dynamic dimension."""
    if len(inputs) != 1:
        names = listed(each.name for each in inputs) or "none"
        raise InputError(
            f"{path}: the network has {len(inputs)} inputs ({names}); export a network with images as its only input"
        )
    declared = [side if isinstance(side, int) and side > 0 else None for side in inputs[0].shape] or [None] * 4
    if inputs[0].type != FLOAT or len(declared) != 4:
        raise InputError(
            f"{path}: the network's input is {_written(declared)} of {inputs[0].type}; export the network for images "
            f"as {FLOAT} [n, C, H, W] in [0, 1]"
        )
    return inputs[0].name, declared


def _fitted(path: Path, sides: Sequence[int | None], shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the batch size and the number of channels for a network with these input dimensions."""
    at_once, channels, *places = sides
    if at_once not in (None, 1):
        raise InputError(
            f"{path}: the batch size is fixed at {at_once}; export the network with a dynamic batch size or size 1"
        )
    fits = channels in (None, shape[0]) or (channels == 3 and shape[0] == 1)
    if not fits or any(side not in (None, own) for side, own in zip(places, shape[1:], strict=True)):
        raise InputError(
            f"{path}: the network expects images {_written(sides)}, not {_written([None, *shape])}; {RESIZE}"
        )
    return at_once or AT_ONCE, channels or shape[0]


def _written(sides: Sequence[int | None]) -> str:
    return f"[{', '.join('any' if side is None else str(side) for side in sides)}]"


def _are_features(output: Any, n: int) -> bool:
    return (
        isinstance(output, np.ndarray)
        and output.dtype.kind == "f"
        and output.ndim in (2, 4)
        and len(output) == n
        and 0 < output.shape[1] <= WIDEST
    )


def _message(error: Exception) -> str:
    """Return the error's message without onnxruntime's leading codes."""
    return brief(ValueError(re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", str(error))))
