"""Classification of images by a run's discriminator, for games in which it learns to predict classes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from ganarium.config.experiment import Experiment
from ganarium.core.errors import UsageError
from ganarium.data.batches import blocks_of, to_range
from ganarium.data.datasets import ImageSet, Source
from ganarium.networks.base import OUTPUT_RANGES, Discriminator
from ganarium.networks.heads import Head
from ganarium.runs.directory import At, Run
from ganarium.runs.folders import find_run
from ganarium.runs.verified_checkpoint import checked_checkpoint, naming
from ganarium.training.build import game_class
from ganarium.training.loop import data_of
from ganarium.training.weights import has_statistics, networks_of, recompute_statistics

BLOCK = 256
STATISTICS_SAMPLES = 2_048  # randomly chosen training images for recomputing the statistics of batch norm


class ClassReader:
    """Image classifier that uses the discriminator of a run.

    classes: names of the classes
    data: function that loads the training images; called only to recompute the statistics of batch norm
    """

    def __init__(
        self,
        experiment: Experiment,
        shape: tuple[int, ...],
        classes: tuple[str, ...],
        tensors: Mapping[str, Tensor],
        step: int,
        data: Callable[[], Source],
    ) -> None:
        self.classes = classes
        self._game = game_class(experiment)
        self._range = OUTPUT_RANGES[experiment.generator.output]
        networks = networks_of(experiment, shape, len(classes), tensors, step, "discriminator")
        self._network = cast(Discriminator, networks["discriminator"])
        self._device = next(self._network.parameters()).device
        across = any(isinstance(layer, Head) and layer.crosses_samples for layer in self._network.modules())
        self._whole = experiment.train.batch if across else None
        self._recompute_statistics(data)

    @torch.no_grad()
    def read(self, pictures: Tensor) -> Tensor:
        """Return the predicted class numbers, int64 [n], of uint8 images [n, C, H, W].

        A network with a layer that combines samples receives full batches of its training batch size; the last batch
        is padded with images from the beginning.
        """
        n, size = len(pictures), self._whole or BLOCK
        if self._whole:
            pictures = pictures[torch.arange(-(-n // size) * size) % n]
        blocks = [self._network(self._placed(block)) for block in blocks_of(pictures, size)]
        return torch.cat([self._game.class_logits(answers).argmax(1) for answers in blocks])[:n].cpu()

    def _recompute_statistics(self, data: Callable[[], Source]) -> None:
        """Recompute batch norm statistics from real images; those of training include generated images."""
        if has_statistics(self._network):
            training = data()
            assert isinstance(training, ImageSet)
            some = self._placed(training.subset(STATISTICS_SAMPLES).images)
            recompute_statistics(self._network, self._network.features, [(some,)])

    def _placed(self, pictures: Tensor) -> Tensor:
        return to_range(pictures.to(self._device), self._range)


def load_class_reader(run: Run | Path | str, at: At = None) -> ClassReader:
    """Load the discriminator of a run as a classifier, from its newest or another checkpoint.

    Raises `UsageError` for games in which the discriminator does not learn classes.
    """
    found = run if isinstance(run, Run) else find_run(run)
    if not found.experiment.game.predicts_classes:
        raise UsageError(
            f"{found}: the discriminator does not learn classes (game={found.experiment.game.kind}); "
            "use game=k-plus-one or game=auxiliary"
        )
    checkpoint = checked_checkpoint(found, at)
    provenance = found.provenance
    with naming(found):
        return ClassReader(
            found.experiment,
            provenance.shape,
            provenance.classes,
            checkpoint.tensors,
            checkpoint.progress.step,
            lambda: data_of(found),
        )
