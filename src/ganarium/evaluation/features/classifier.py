"""The shipped classifiers of digits and clothing, trained by `benchmarks/train_classifier.py`."""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import final

import torch
from safetensors.torch import load
from torch import Tensor

from ganarium.core.errors import UnknownNameError
from ganarium.evaluation.features.base import BATCH, Extractor, ExtractorOutput, in_batches
from ganarium.networks.classifier import Classifier

SHIPPED = ("mnist", "fashion")


@final
class FrozenClassifier(Extractor):
    """A frozen classifier on one device; its name ends in the first 8 hex digits of the sha256 of its weight file."""

    shape = (1, 28, 28)

    def __init__(self, name: str, net: Classifier, device: torch.device, dtype: torch.dtype = torch.float32) -> None:
        self.name, self.net, self.device, self.dtype = name, net, device, dtype

    def extract(self, images: Tensor, batch: int = BATCH) -> ExtractorOutput:
        """Extract features and probabilities of uint8 [n, 1, 28, 28] images."""
        self.refuse_unsupported(images)
        features, logits = in_batches(images, batch, self._forward)
        return ExtractorOutput(features, logits.softmax(1))

    def _forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.net.features(images.to(self.device, self.dtype) / 255)
        return features, self.net.classify(features)


@cache
def load_classifier(data: str = "mnist", device: str = "cpu") -> FrozenClassifier:
    """Load the shipped classifier for a data set: "mnist" or "fashion"."""
    if data not in SHIPPED:
        raise UnknownNameError("classifier", data, SHIPPED)
    weights = (files("ganarium.evaluation") / "weights" / f"{data}.safetensors").read_bytes()
    # GPUs may round float32 products to 10 bits (TF32); float64 keeps devices in agreement
    dtype = torch.float32 if torch.device(device).type == "cpu" else torch.float64
    net = Classifier()
    net.load_state_dict(load(weights))
    net.eval().requires_grad_(False).to(device, dtype)
    return FrozenClassifier(f"{data}-{sha256(weights).hexdigest()[:8]}", net, torch.device(device), dtype)
