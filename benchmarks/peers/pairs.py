"""The plain training loop equivalent to an experiment: same networks, batch size and learning rate."""

from collections import deque
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from math import prod

import torch
from torch import nn

from benchmarks.peers import layers, residual
from benchmarks.peers.loops import Losses, Setting
from ganarium.config.experiment import Experiment
from ganarium.config.layers import LatentConfig, StagesConfig
from ganarium.config.networks import (
    ConvDiscriminatorConfig,
    ConvGeneratorConfig,
    DenseDiscriminatorConfig,
    DenseGeneratorConfig,
    ResidualDiscriminatorConfig,
    ResidualGeneratorConfig,
)
from ganarium.config.optimizers import AdamConfig
from ganarium.config.remedies.optimization import EmaConfig
from ganarium.config.remedies.regularization import R1Config, R2Config
from ganarium.data.batches import to_range
from ganarium.data.datasets import ImageSet
from ganarium.networks.feature_maps import channels
from ganarium.training.build import build_networks

COARSEST = 7  # maximum side of the coarsest feature map, in pixels
RANGES = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "linear": (-1.0, 1.0)}
Loop = Callable[[Setting], Iterator[Losses]]


@dataclass(frozen=True)
class Sizes:
    """Sizes of images and feature maps."""

    shape: tuple[int, ...]
    classes: int
    stages: int

    @property
    def coarsest(self) -> int:
        """Return the side of the coarsest feature map, in pixels."""
        return -(-self.shape[1] // (1 << self.stages))

    @property
    def margin(self) -> int:
        """Return the padding per side that makes an image 2^stages times as large as the coarsest map."""
        return ((self.coarsest << self.stages) - self.shape[1]) // 2


@dataclass(frozen=True)
class Peer:
    """A plain loop that can be advanced step by step."""

    setting: Setting
    steps: Iterator[Losses]

    def advance(self, n: int) -> None:
        """Run n steps."""
        deque(islice(self.steps, n), maxlen=0)


def peer_of(experiment: Experiment, source: ImageSet, loop: Loop) -> Peer:
    """Return the plain loop; raise `AssertionError` if its networks differ in the number of weights."""
    assert isinstance(experiment.generator, LatentConfig)
    assert isinstance(experiment.optim, AdamConfig)
    conditions = len(experiment.game.generator_classes(source.classes))
    generator, discriminator = pair_of(experiment, source.shape, len(source.classes), conditions)
    refuse_other_sizes(experiment, source, generator, discriminator)
    device = torch.device(experiment.engine.device)
    penalties = (experiment.remedies.get("r1"), experiment.remedies.get("r2"))
    ema = experiment.remedies.get("ema")
    setting = Setting(
        generator=generator.to(device),
        discriminator=discriminator.to(device),
        average=deepcopy(generator).to(device),
        images=to_range(source.images, RANGES[experiment.generator.output]),
        labels=source.labels if conditions else None,
        classes=conditions,
        batch=experiment.train.batch,
        latent=experiment.generator.latent,
        uniform=experiment.generator.noise == "uniform",
        lr=experiment.optim.lr,
        betas=(experiment.optim.beta1, experiment.optim.beta2),
        device=device,
        gammas=(_gamma(penalties[0]), _gamma(penalties[1])),
        decay=ema.decay if isinstance(ema, EmaConfig) else 0.0,
        horizon=max(1, experiment.horizon),
    )
    return Peer(setting, loop(setting))


def _gamma(penalty: object) -> float:
    return penalty.gamma if isinstance(penalty, R1Config | R2Config) else 0.0


def pair_of(
    experiment: Experiment, shape: tuple[int, ...], classes: int, conditions: int
) -> tuple[nn.Sequential, nn.Sequential]:
    """Return the generator and the discriminator that correspond to the experiment's network families."""
    return generator_of(experiment, shape, conditions), discriminator_of(experiment, shape, classes, conditions)


def generator_of(experiment: Experiment, shape: tuple[int, ...], conditions: int) -> nn.Sequential:
    """Return the generator; `conditions` classes are concatenated to its latent."""
    settings = experiment.generator
    if isinstance(settings, DenseGeneratorConfig):
        sizes = [settings.latent + conditions, *settings.hidden]
        return layers.dense_generator(sizes, _slope(settings.activation), shape)
    if isinstance(settings, ResidualGeneratorConfig):
        maps = Sizes(shape, conditions, halvings(settings, shape))
        widths = channels(settings, maps.stages + 1)
        return residual.residual_generator(settings.latent + conditions, widths[::-1], maps.coarsest, shape[0])
    assert isinstance(settings, ConvGeneratorConfig)
    maps = Sizes(shape, conditions, halvings(settings, shape))
    if settings.up == "nearest":
        return layers.upsampling_generator(settings.latent + conditions, settings.width, maps.coarsest, shape[0])
    widths = [*reversed(channels(settings, maps.stages)), shape[0]]
    return layers.strided_generator(settings.latent + conditions, widths, maps.coarsest, maps.margin)


def discriminator_of(experiment: Experiment, shape: tuple[int, ...], classes: int, conditions: int) -> nn.Sequential:
    """Return the discriminator; a dense network has `conditions` classes concatenated to its pixels."""
    settings = experiment.discriminator
    if isinstance(settings, DenseDiscriminatorConfig):
        sizes = [prod(shape) + conditions, *settings.hidden]
        return layers.dense_discriminator(sizes, _slope(settings.activation), settings.dropout)
    if isinstance(settings, ResidualDiscriminatorConfig):
        maps = Sizes(shape, 0, halvings(settings, shape))
        return residual.residual_discriminator(channels(settings, maps.stages + 1), maps.coarsest, shape[0])
    assert isinstance(settings, ConvDiscriminatorConfig)
    maps = Sizes(shape, 0, halvings(settings, shape))
    if experiment.game.predicts_classes:
        return layers.classifying_discriminator(
            shape[0], settings.width, maps.coarsest, settings.hidden[0], classes + 1
        )
    if settings.down == "max-pool":
        return layers.pooled_discriminator(settings.width, settings.kernel, settings.hidden[0], shape)
    return layers.strided_discriminator([shape[0], *channels(settings, maps.stages)], maps.coarsest, maps.margin)


def halvings(settings: StagesConfig, shape: tuple[int, ...]) -> int:
    """Return the number of stages: the setting if given, else the fewest that leave at most `COARSEST` pixels."""
    fitting = next(k for k in range(1, 9) if -(-shape[1] // 2**k) <= COARSEST)
    return settings.stages or fitting


def _slope(activation: str) -> float:
    return {"relu": 0.0, "leaky-relu": 0.2}[activation]


def refuse_other_sizes(experiment: Experiment, source: ImageSet, *networks: nn.Module) -> None:
    """Raise `AssertionError` unless corresponding networks have the same number of weights."""
    built = build_networks(experiment, source.shape, len(source.classes))
    ours = [count(built["generator"]), count(built["discriminator"])]
    theirs = [count(network) for network in networks]
    assert ours == theirs, f"numbers of weights differ: ganarium {ours}, plain loop {theirs}"


def count(network: nn.Module) -> int:
    """Return the number of trainable weights in a network."""
    return sum(parameter.numel() for parameter in network.parameters())
