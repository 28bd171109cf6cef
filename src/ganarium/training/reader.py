"""A run's discriminator as a classifier, for the games in which it learns classes."""

from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from ganarium.core.errors import UsageError
from ganarium.data.feed import blocks_of, to_range
from ganarium.networks.base import Discriminator, Generator
from ganarium.runs.directory import Run, find_run, warn_of
from ganarium.training.assemble import build_networks, game_class
from ganarium.training.kept import Kept

BLOCK = 256


class Reader:
    """Tells the classes of pictures uint8 [n, C, H, W].

    classes: what a user calls each class
    """

    def __init__(self, run: Run) -> None:
        checkpoint, damaged = run.checkpoint()
        warn_of(damaged)
        birth = run.birth
        self.classes = birth.classes
        self._game = game_class(run.experiment)
        networks = build_networks(run.experiment, birth.shape, len(birth.classes))
        self._range = cast(Generator, networks["generator"]).output_range
        discriminator = cast(Discriminator, networks["discriminator"])
        self._kept = Kept(discriminator, "discriminator", "discriminator", checkpoint.tensors)

    @torch.no_grad()
    def read(self, pictures: Tensor) -> Tensor:
        """Class numbers int64 [n]."""
        network = self._kept.use()
        blocks = [network(to_range(block.to(self._kept.device), self._range)) for block in blocks_of(pictures, BLOCK)]
        return torch.cat([self._game.class_logits(answers).argmax(1) for answers in blocks]).cpu()


def load_reader(run: Run | Path | str) -> Reader:
    """The discriminator of a run as a classifier. Raises `UsageError` for games in which it learns no classes."""
    found = run if isinstance(run, Run) else find_run(str(run))
    if not found.experiment.game.reads_classes:
        raise UsageError(
            f"{found.path}: game={found.experiment.game.kind} teaches its discriminator no classes; "
            "game=k-plus-one and game=auxiliary do"
        )
    return Reader(found)
