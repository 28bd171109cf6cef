"""Translation of images with a run's networks; the data are needed only to recompute batch norm statistics."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from ganarium.config.experiment import Experiment
from ganarium.core.errors import UsageError
from ganarium.data.batches import blocks_of, to_range, to_unit
from ganarium.data.files.arrays import Pictures, image_set
from ganarium.networks.base import Translator
from ganarium.runs.directory import At, Run
from ganarium.runs.folders import find_run
from ganarium.runs.verified_checkpoint import checked_checkpoint, naming
from ganarium.training.build import game_class
from ganarium.training.fair_lock import COMPUTING
from ganarium.training.torch_defaults import torch_defaults
from ganarium.training.weights import SavedNetwork, Weights, networks_of

BLOCK = 64


class Translations:
    """Translator of images of one domain into images of the other.

    shape: (C, H, W) of an image
    weights: "raw", and "ema" if the run has a moving average
    step: number of steps that these weights were trained for
    ways: "there" from the first domain to the second, and "back" if the game learned that direction
    """

    def __init__(
        self, experiment: Experiment, shape: tuple[int, ...], tensors: Mapping[str, Tensor], step: int
    ) -> None:
        self.experiment, self.shape, self.step = experiment, shape, step
        names = dict(zip(("there", "back"), game_class(experiment).sides["generator"], strict=False))
        networks = networks_of(experiment, shape, 0, tensors, step, "generator")
        self._saved = {
            way: SavedNetwork(experiment, cast(Translator, networks[name]), "generator", name, tensors)
            for way, name in names.items()
        }

    @property
    def ways(self) -> tuple[str, ...]:
        """Return the available directions: "there", and "back" if that direction was learned."""
        return tuple(self._saved)

    @property
    def weights(self) -> tuple[str, ...]:
        """Return the available sets of weights, the default first."""
        return self._saved["there"].sets

    @torch_defaults()
    @torch.no_grad()
    def translate(self, pictures: Pictures, *, back: bool = False, weights: Weights | None = None) -> Tensor:
        """Translate images, in any form that `train` accepts, to float [n, C, H, W] in [0, 1].

        Raises `UsageError` for images of another shape, or for a direction that this run did not learn.
        """
        if not isinstance(pictures, Tensor) or pictures.dtype != torch.uint8 or pictures.dim() != len(self.shape) + 1:
            pictures = image_set(pictures, name="pictures").images
        if tuple(pictures.shape[1:]) != self.shape or not len(pictures):
            raise UsageError(
                f"pictures of shape {tuple(pictures.shape)}: this run translates images of shape [n, "
                f"{', '.join(map(str, self.shape))}]"
            )
        if back and "back" not in self._saved:
            raise UsageError("this run translates in one direction only; game=cycle learns both")
        saved = self._saved["back" if back else "there"]
        with COMPUTING.held():
            network = saved.use(weights)
            blocks = [
                network(to_range(block.to(saved.device), network.output_range)).cpu()
                for block in blocks_of(pictures, BLOCK)
            ]
        return to_unit(torch.cat(blocks), network.output_range)


@torch_defaults()
def load_translations(run: Run | Path | str, at: At = None) -> Translations:
    """Load the translators of a run from its newest or another checkpoint, chosen as in `load`.

    Raises `UsageError` for a run without translators.
    """
    found = run if isinstance(run, Run) else find_run(run)
    if not found.experiment.game.translates:
        raise UsageError(f"{found} does not translate images (game={found.experiment.game.kind}); use ganarium sample")
    checkpoint = checked_checkpoint(found, at)
    with naming(found):
        return Translations(found.experiment, found.provenance.shape, checkpoint.tensors, checkpoint.progress.step)
