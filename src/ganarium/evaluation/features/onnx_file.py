"""Features by a network of the user's own: what an ONNX file makes of pictures, each by itself.

The whole of the network lies in the one file, so that its name says which network it is. Nothing of it is run but what
onnxruntime computes, which is loaded when a file is read by.
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
from ganarium.evaluation.features.base import BATCH, Extractor, Reading, in_batches

MOST_BYTES = 2 << 30  # which is also the most that ONNX keeps in one file
LONGEST_STEM = 24  # letters
AT_ONCE = 32  # pictures: networks of others are large
WIDEST = 4_096  # features, d: distances take d³
TRIAL = 3  # pictures
STEADY = 1e-2  # of the largest feature: what reading apart may change
SILENT = 4  # onnxruntime's own log: its errors are told by us
FLOAT = "tensor(float)"
RESIZE = "nothing is resized here: export the network with free sides, or with its resizing inside"


@dataclass(frozen=True)
class NetworkFile:
    """An ONNX file as it was read, once for its name and for what it computes.

    name: its stem in letters, digits and dashes, then the first 8 hex digits of its content's sha256
    """

    path: Path
    name: str
    content: bytes = field(repr=False)


def read_network(path: Path) -> NetworkFile:
    """A file's content under its name; onnxruntime is not needed for that.

    Raises `InputError` for what is no file, empty, or of more than `MOST_BYTES`.
    """
    with opened(path) as file:
        if os.fstat(file.fileno()).st_size > MOST_BYTES:
            raise InputError(f"{path}: has more than {MOST_BYTES:,} bytes; features need a smaller network")
        content = bytes(read_at_most(file, MOST_BYTES))
    if not content:
        raise InputError(f"{path}: is empty; write the network again")
    stem = re.sub(r"[^a-z0-9]+", "-", path.stem.lower())[:LONGEST_STEM].strip("-") or "features"
    return NetworkFile(path, f"{stem}-{sha256(content).hexdigest()[:8]}", content)


@final
class FileFeatures(Extractor):
    """The first output of a file's network for pictures of one shape, on as many threads as torch has.

    It is given float32 [n, C, H, W] in [0, 1], never resized; grey pictures three times over where it wants three
    channels. What it makes is [n, d], or [n, d, h, w] of which the mean over places is taken.
    """

    def __init__(self, file: NetworkFile, shape: tuple[int, ...]) -> None:
        """Open the network and try it on a few pictures.

        shape: (C, H, W) of the pictures
        Raises `UsageError` where onnxruntime is missing, `InputError` for a file that is no network, or one whose input
        or output is another, or whose features of a picture depend on its neighbours or on chance.
        """
        self.name, self.shape, self._path = file.name, shape, file.path
        self._session = _session(file)
        self._input, sides = _input(file.path, self._session.get_inputs())
        self._at_once, self._channels = _fitted(file.path, sides, shape)
        self._output = self._session.get_outputs()[0].name
        self._refuse_unsteady()

    def read(self, images: Tensor, batch: int = BATCH) -> Reading:
        """Read uint8 [n, C, H, W] pictures. Raises `InputError` for others, and for features that are not finite."""
        self.refuse_others(images)
        (features,) = in_batches(images, min(batch, self._at_once), self._seen)
        return Reading(features)

    def _seen(self, images: Tensor) -> tuple[Tensor]:
        """[n, C, H, W] -> [n, d]"""
        pictures = (images.float() / 255).expand(-1, self._channels, -1, -1).contiguous()
        try:
            (output,) = self._session.run([self._output], {self._input: pictures.numpy()})
        except Exception as error:  # onnxruntime's have no ancestor of their own
            raise InputError(
                f"{self._path}: does not read pictures {list(pictures.shape)} ({_said(error)}); {RESIZE}"
            ) from None
        if not _are_features(output, len(images)):
            shape = list(output.shape) if isinstance(output, np.ndarray) else "no numbers"
            raise InputError(
                f"{self._path}: its first output for pictures {list(pictures.shape)} is {shape}; features are floating "
                f"[n, d] or [n, d, h, w] with d up to {WIDEST:,}: export the network up to such a layer"
            )
        features = torch.from_numpy(output).double()
        features = (features if features.ndim == 2 else features.mean((2, 3))).float()
        if not features.isfinite().all():
            raise InputError(
                f"{self._path}: features that are not finite; the network is given float32 pictures from 0 to 1, "
                "is that what it was made for?"
            )
        return (features,)

    def _refuse_unsteady(self) -> None:
        noise = Streams(0).at("judgement.trial", uniform(TRIAL, *self.shape, high=256), 0).byte()
        together, alone = self.read(noise).features, self.read(noise, 1).features
        if not torch.allclose(together, alone, rtol=0, atol=STEADY * float(together.abs().max())):
            raise InputError(
                f"{self._path}: its features of a picture depend on the pictures beside it, or on chance; call "
                "network.eval() before exporting it"
            )


def _session(file: NetworkFile) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise UsageError(
            f"{file.path}: features from a file need onnxruntime: pip install 'ganarium[features]'"
        ) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
    options.log_severity_level = SILENT
    options.add_session_config_entry("session.load_model_format", "ONNX")
    # weights in other files, of which the name would know nothing, are looked for where nothing is
    with TemporaryDirectory() as nothing:
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", nothing)
        try:
            return onnxruntime.InferenceSession(file.content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's have no ancestor of their own
            raise InputError(
                f"{file.path}: is no network that onnxruntime can read ({_said(error)}); write it again as one whole "
                "file, with torch.onnx.export(…, external_data=False)"
            ) from None


def _input(path: Path, inputs: Sequence[Any]) -> tuple[str, list[int | None]]:
    """The name and four sides of the one input; None for a free side."""
    if len(inputs) != 1:
        names = listed(each.name for each in inputs) or "none"
        raise InputError(f"{path}: has {len(inputs)} inputs ({names}); export a network that is given pictures alone")
    declared = [side if isinstance(side, int) and side > 0 else None for side in inputs[0].shape] or [None] * 4
    if inputs[0].type != FLOAT or len(declared) != 4:
        raise InputError(
            f"{path}: is given {_written(declared)} of {inputs[0].type}; pictures come as {FLOAT} [n, C, H, W] from 0 "
            "to 1: export the network for those"
        )
    return inputs[0].name, declared


def _fitted(path: Path, sides: Sequence[int | None], shape: tuple[int, ...]) -> tuple[int, int]:
    """How many pictures at once, and of how many channels, a network with such sides is given."""
    at_once, channels, *places = sides
    if at_once not in (None, 1):
        raise InputError(f"{path}: reads {at_once} pictures at once; export it with a free first side, or with 1")
    fits = channels in (None, shape[0]) or (channels == 3 and shape[0] == 1)
    if not fits or any(side not in (None, own) for side, own in zip(places, shape[1:], strict=True)):
        raise InputError(f"{path}: reads pictures {_written(sides)}, these are {_written([None, *shape])}; {RESIZE}")
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


def _said(error: Exception) -> str:
    """Without the codes that onnxruntime begins with."""
    return brief(ValueError(re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", str(error))))
