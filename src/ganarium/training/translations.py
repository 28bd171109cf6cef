"""A run's translators, ready to use: needs no data, but for batch norm under averaged weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from ganarium.core.config import Experiment
from ganarium.core.errors import UsageError
from ganarium.core.settings.base import DataSettings
from ganarium.core.settings.own import Array, Folder, OwnData
from ganarium.data.feed import blocks_of, to_range, to_unit
from ganarium.data.own.arrays import Pictures, image_set
from ganarium.data.sets import ImageSet, PairSet, random_rows
from ganarium.networks.base import Translator
from ganarium.runs.directory import At, Run, find_run, warn_of
from ganarium.training.assemble import game_class, load_data
from ganarium.training.defaults import torch_defaults
from ganarium.training.kept import Kept, Weights, networks_of

BLOCK = 64


class Translations:
    """Pictures of one domain turned into pictures of the other.

    shape: (C, H, W) of a picture
    weights: "raw", and "ema" when the run kept a moving average
    step: generator updates behind these weights
    ways: "there" from the first domain to the second, and "back" if the game learned it
    """

    def __init__(
        self, experiment: Experiment, shape: tuple[int, ...], tensors: Mapping[str, Tensor], step: int
    ) -> None:
        self.experiment, self.shape, self.step = experiment, shape, step
        names = dict(zip(("there", "back"), game_class(experiment).sides["generator"], strict=False))
        networks = networks_of(experiment, shape, 0, tensors, step, "generator")
        self._kept = {
            way: Kept(experiment, cast(Translator, networks[name]), "generator", name, tensors)
            for way, name in names.items()
        }

    @property
    def ways(self) -> tuple[str, ...]:
        """Which ways there are."""
        return tuple(self._kept)

    @property
    def weights(self) -> tuple[str, ...]:
        """The sets of weights that there are, the default first."""
        return self._kept["there"].sets

    @torch_defaults()
    @torch.no_grad()
    def translate(self, pictures: Pictures, *, back: bool = False, weights: Weights | None = None) -> Tensor:
        """Translate pictures, as `train` takes them, to float [n, C, H, W] in [0, 1].

        Raises `UsageError` for pictures of another shape, or for a way that this run did not learn.
        """
        if not isinstance(pictures, Tensor) or pictures.dtype != torch.uint8 or pictures.dim() != len(self.shape) + 1:
            pictures = image_set(pictures, name="pictures").images
        if tuple(pictures.shape[1:]) != self.shape or not len(pictures):
            raise UsageError(
                f"pictures of shape {tuple(pictures.shape)}: this run translates those of shape [n, "
                f"{', '.join(map(str, self.shape))}]"
            )
        if back and "back" not in self._kept:
            raise UsageError("this run translates one way only: game=cycle learns the way back too")
        kept = self._kept["back" if back else "there"]
        network = kept.use(weights)
        blocks = [
            network(to_range(block.to(kept.device), network.output_range)).cpu() for block in blocks_of(pictures, BLOCK)
        ]
        return to_unit(torch.cat(blocks), network.output_range)


@torch_defaults()
def load_translations(run: Run | Path | str, at: At = None) -> Translations:
    """The translators of a run, of its newest checkpoint or another, as `load` has it.

    Raises `UsageError` for a run that has none.
    """
    found = run if isinstance(run, Run) else find_run(str(run))
    if not found.experiment.game.translates:
        raise UsageError(f"{found}: game={found.experiment.game.kind} translates nothing; try ganarium sample")
    checkpoint, damaged = found.checkpoint(at)
    warn_of(damaged)
    return Translations(found.experiment, found.birth.shape, checkpoint.tensors, checkpoint.progress.step)


def pictures_for(
    translations: Translations, source: Path | None, n: int, *, back: bool = False, invert: bool = False
) -> Tensor:
    """Return at most n pictures uint8 [n, C, H, W] to translate, of files or of the test split of the run's data.

    Where there are more than n, n are chosen at random and keep their order.
    """
    if source is None:
        test = load_data(translations.experiment.data, "test")
        assert isinstance(test, PairSet)
        return _some(test.y if back else test.x, n)
    given = load_data(_as_trained(translations, source, invert=invert))
    if not isinstance(given, ImageSet):
        raise UsageError(f"{source} holds two domains for translation: name the folder of one")
    return _some(given.images, n)


def _as_trained(translations: Translations, source: Path, *, invert: bool) -> DataSettings:
    """Settings that decode files as the run's own data are decoded; `invert` exchanges black and white once more."""
    kind = Array if source.suffix.lower() in (".npz", ".npy") else Folder
    own = translations.experiment.data
    treatment = own.treatment if isinstance(own, OwnData) else {}
    channels, *sides = translations.shape
    values = {
        **treatment,
        kind.model_fields["kind"].default: str(source),
        "size": tuple(sides),
        "colour": "grey" if channels == 1 else "rgb",
        "labels": "none",
        "held_out": 0,
        "invert": invert != treatment.get("invert", False),
    }
    return kind.model_validate({name: value for name, value in values.items() if name in kind.model_fields})


def _some(pictures: Tensor, n: int) -> Tensor:
    return pictures[random_rows(len(pictures), min(n, len(pictures))).sort().values]
