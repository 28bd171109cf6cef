"""A run's discriminator as a classifier, for the games in which it learns classes."""

from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from ganarium.core.errors import UsageError
from ganarium.data.feed import blocks_of, to_range
from ganarium.data.sets import ImageSet
from ganarium.networks.base import Discriminator, Generator
from ganarium.runs.directory import At, Run, find_run, warn_of
from ganarium.training.assemble import build_networks, game_class, load_data
from ganarium.training.kept import Kept

BLOCK = 256
SETTLING = 2_048  # training pictures, chosen at random, whose statistics batch norm reads by


class Reader:
    """Tells the classes of pictures uint8 [n, C, H, W].

    classes: what a user calls each class
    """

    def __init__(self, run: Run, at: At = None) -> None:
        checkpoint, damaged = run.checkpoint(at)
        warn_of(damaged)
        birth = run.birth
        self.classes = birth.classes
        self._game = game_class(run.experiment)
        networks = build_networks(run.experiment, birth.shape, len(birth.classes))
        self._range = cast(Generator, networks["generator"]).output_range
        discriminator = cast(Discriminator, networks["discriminator"])
        kept = Kept(discriminator, "discriminator", "discriminator", checkpoint.tensors)
        self._device, self._network = kept.device, kept.use()
        training = load_data(run.experiment.data)
        assert isinstance(training, ImageSet)
        self._settle(training.subset(SETTLING).images)

    @torch.no_grad()
    def read(self, pictures: Tensor) -> Tensor:
        """Class numbers int64 [n]."""
        blocks = [self._network(self._placed(block)) for block in blocks_of(pictures, BLOCK)]
        return torch.cat([self._game.class_logits(answers).argmax(1) for answers in blocks]).cpu()

    @torch.no_grad()
    def _settle(self, pictures: Tensor) -> None:
        """Let batch norm know real pictures alone: in training its running statistics mix them with generated ones."""
        layers = [layer for layer in self._network.modules() if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d)]
        for layer in layers:
            layer.momentum = 1.0
        if layers:
            self._network.train()(self._placed(pictures))
            self._network.eval()

    def _placed(self, pictures: Tensor) -> Tensor:
        return to_range(pictures.to(self._device), self._range)


def load_reader(run: Run | Path | str, at: At = None) -> Reader:
    """The discriminator of a run's newest checkpoint, or of another, as a classifier.

    Raises `UsageError` for games in which it learns no classes.
    """
    found = run if isinstance(run, Run) else find_run(str(run))
    if not found.experiment.game.reads_classes:
        raise UsageError(
            f"{found.path}: game={found.experiment.game.kind} teaches its discriminator no classes; "
            "game=k-plus-one and game=auxiliary do"
        )
    return Reader(found, at)
