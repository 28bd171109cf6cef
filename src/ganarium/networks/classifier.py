"""A small classifier of 28×28 grey digits, used to evaluate generated digits and never to train a GAN.

The network takes about 6 million multiply-adds per image and has 0.2 million weights. The kernel sizes and the early
downsampling make it cheap on one CPU core, where the channels-last memory format doubles the speed.
"""

from typing import cast, final

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

WIDTH = 64  # features, d
CLASSES = 10


@final
class Classifier(nn.Module):
    """Four convolutions (28 → 14 → 7 → 5 pixels), a linear layer to d = 64 features and another to 10 logits.

    Without `normed`, as in the shipped weights, no layer depends on other samples. `normed` adds a batch norm after
    each layer but the last, for training only; `folded` merges the batch norms into the layers.
    """

    def __init__(self, *, normed: bool = False) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            *_block(nn.Conv2d(1, 32, 5, stride=2, padding=2), normed),
            *_block(nn.Conv2d(32, 48, 3, padding=1), normed),
            nn.MaxPool2d(2),
            *_block(nn.Conv2d(48, 64, 3, padding=1), normed),
            *_block(nn.Conv2d(64, 64, 3), normed),
            nn.Flatten(),
            *_block(nn.Linear(64 * 5 * 5, WIDTH), normed),
        )
        self.head = nn.Linear(WIDTH, CLASSES)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks this form

    def features(self, x: Tensor) -> Tensor:
        """Map [n, 1, 28, 28] with values in [0, 1] to non-negative features [n, 64]."""
        return cast(Tensor, self.trunk(x.contiguous(memory_format=torch.channels_last)))

    def classify(self, features: Tensor) -> Tensor:
        """Map features [n, 64] to logits [n, 10]."""
        return cast(Tensor, self.head(features))

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, 1, 28, 28] with values in [0, 1] to logits [n, 10]."""
        return self.classify(self.features(x))

    def folded(self) -> "Classifier":
        """Return an equivalent classifier in `eval` mode, with the batch norms merged into the layers."""
        layers = list(self.trunk)
        fused = [_fuse(layer, after) for layer, after in zip(layers, [*layers[1:], None], strict=True)]
        plain = Classifier()
        kept = (layer for layer in fused if not isinstance(layer, nn.BatchNorm2d | nn.BatchNorm1d))
        for mine, theirs in zip(plain.trunk, kept, strict=True):
            mine.load_state_dict(theirs.state_dict())
        plain.head.load_state_dict(self.head.state_dict())
        return plain.eval()


def _block(layer: nn.Conv2d | nn.Linear, normed: bool) -> list[nn.Module]:
    if not normed:
        return [layer, nn.ReLU()]
    norm = nn.BatchNorm2d if isinstance(layer, nn.Conv2d) else nn.BatchNorm1d
    return [layer, norm(layer.weight.shape[0]), nn.ReLU()]


def _fuse(layer: nn.Module, following: nn.Module | None) -> nn.Module:
    was_training = layer.training
    try:
        if isinstance(layer, nn.Conv2d) and isinstance(following, nn.BatchNorm2d):
            return fuse_conv_bn_eval(layer.eval(), following.eval())
        if isinstance(layer, nn.Linear) and isinstance(following, nn.BatchNorm1d):
            return fuse_linear_bn_eval(layer.eval(), following.eval())
        return layer
    finally:
        layer.train(was_training)
        if following is not None:
            following.train(was_training)
