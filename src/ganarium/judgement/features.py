"""Frozen networks that read pictures: the features and labels on which scores rest."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

import torch
from safetensors.torch import load
from torch import Tensor

from ganarium.core.errors import InputError, UnknownNameError
from ganarium.networks.classifier import Classifier

SHAPE = (1, 28, 28)


@dataclass(frozen=True)
class Reading:
    """What an extractor sees in n pictures, in their order, on the CPU.

    features: float32 [n, d]
    probabilities: float32 [n, K], one row a picture, summing to 1
    labels: int64 [n], the likeliest class of each
    """

    features: Tensor
    probabilities: Tensor
    labels: Tensor


@dataclass(frozen=True)
class Extractor:
    """A frozen network on one device; its name ends in the first 8 hex digits of its weight file's sha256."""

    name: str
    net: Classifier
    device: torch.device
    dtype: torch.dtype = torch.float32

    def read(self, images: Tensor, batch: int = 500) -> Reading:
        """Read uint8 [n, 1, 28, 28] pictures, each by itself: `batch` bounds memory and nothing else."""
        if images.dtype != torch.uint8 or images.ndim != 4 or tuple(images.shape[1:]) != SHAPE:
            raise InputError(
                f"pictures of shape {tuple(images.shape)} and type {images.dtype}: "
                f"{self.name} reads uint8 pictures [n, 1, 28, 28] with 0 for the ground and 255 for the ink"
            )
        parts = [self._read(part) for part in torch.split(images, batch)]
        features, logits = (torch.cat(column).float().cpu() for column in zip(*parts, strict=True))
        return Reading(features, logits.softmax(1), logits.argmax(1))

    @torch.no_grad()
    def _read(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.net.features(images.to(self.device, self.dtype) / 255)
        return features, self.net.classify(features)


@cache
def load_extractor(name: str = "mnist", device: str = "cpu") -> Extractor:
    """The extractor of that name, such as "mnist-1a2b3c4d"; "mnist" alone is whichever is shipped.

    Two features compare only when their extractors' full names agree.
    """
    data = (files("ganarium.judgement") / "weights" / "mnist.safetensors").read_bytes()
    full_name = f"mnist-{sha256(data).hexdigest()[:8]}"
    if name not in ("mnist", full_name):
        raise UnknownNameError("extractor", name, ["mnist", full_name])
    # a graphics card may round its float32 products to 10 bits (TF32): float64 keeps devices in agreement
    dtype = torch.float32 if torch.device(device).type == "cpu" else torch.float64
    net = Classifier()
    net.load_state_dict(load(data))
    net.eval().requires_grad_(False).to(device, dtype)
    return Extractor(full_name, net, torch.device(device), dtype)
