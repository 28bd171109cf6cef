"""Samplers of runs for the page: found by their checkpoints, loaded in the worker, and kept while the files last."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING

from ganarium.core.errors import InputError
from ganarium.core.escape import command, listed
from ganarium.runs.directory import CHECKPOINTS, Run
from ganarium.web.details import open_run
from ganarium.web.errors import PageError
from ganarium.web.sample_files import checkpoint_steps
from ganarium.web.summaries import DamagedRunError, WatchedRun

if TYPE_CHECKING:
    from ganarium.training.latent_directions import Directions
    from ganarium.training.nearest_images import TrainingImages
    from ganarium.training.sampler import Sampler

MOST_KEPT = 3
LARGEST = 2 << 30  # bytes of a checkpoint that is loaded
MOST_NAMED = 12  # steps in a message


@dataclass(frozen=True)
class Place:
    """A checkpoint of a run and all that identifies it.

    step: None for the newest intact one
    identity: changes with the files that determine a sample
    """

    run: Run
    step: int | None
    steps: tuple[int, ...]
    identity: str


def placed(watched: WatchedRun, step: int | None) -> Place:
    """Return the checkpoint of a step, or the newest one. Raises `PageError` or `InputError` if there is none."""
    try:
        run = open_run(watched)
    except DamagedRunError as error:
        raise InputError(f"{watched.found.name}: {error}") from None
    if run.experiment.game.translates:
        raise PageError(
            409,
            "this run translates images, so it has no latents to play with; translate images with: "
            + command("translate", run, "IMAGES"),
        )
    steps = checkpoint_steps(run.path)
    if steps != run.checkpoint_steps():
        raise PageError(409, f"the folder {CHECKPOINTS} contains links or other things that are no files; remove them")
    if not steps:
        raise PageError(409, f"this run has no checkpoint yet; {_first_checkpoint(watched, run)}")
    if step is not None and step not in steps:
        raise PageError(
            404, f"there is no checkpoint of step {step:,}; kept steps: {listed(map(str, steps[-MOST_NAMED:]))}"
        )
    found = (run.path / CHECKPOINTS / f"step-{steps[-1] if step is None else step:08d}.safetensors").lstat()
    if found.st_size > LARGEST:
        raise PageError(409, f"the checkpoint has {found.st_size:,} bytes; the page loads at most {LARGEST:,}")
    parts = (str(run.path), watched.version, step or steps[-1], found.st_ino, found.st_size, found.st_mtime_ns)
    identity = sha256(repr((*parts, version("ganarium"))).encode("utf-8", "replace")).hexdigest()
    return Place(run, step, tuple(steps), identity)


def _first_checkpoint(watched: WatchedRun, run: Run) -> str:
    """Return what to do for a first checkpoint."""
    if watched.process is None:
        return f"to train it: {command('resume', run)}"
    return f"to save one now: {command('steer', run, 'save')}"


class Loaded:
    """A sampler, with what is computed from it when it is first needed."""

    def __init__(self, place: Place, sampler: Sampler) -> None:
        self.place, self.sampler = place, sampler

    @cached_property
    def directions(self) -> Directions:
        """Return the strongest latent directions."""
        from ganarium.training.latent_directions import strongest_directions

        return strongest_directions(self.sampler)


class Samplers:
    """The newest samplers, and the training images of one run; used by the worker's thread only."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Loaded] = OrderedDict()
        self._training: tuple[str, TrainingImages] | None = None

    def of(self, place: Place) -> Loaded:
        """Return the sampler of a checkpoint.

        Raises `PageError` for a damaged checkpoint, `GanariumError` if a part of the run is missing.
        """
        from ganarium.training.sampler import load

        if place.identity in self._kept:
            self._kept.move_to_end(place.identity)
            return self._kept[place.identity]
        sampler = load(place.run, place.step)
        if place.step is not None and sampler.step != place.step:
            raise PageError(
                409, f"the checkpoint of step {place.step:,} is damaged; choose step {sampler.step:,}, which is intact"
            )
        self._kept[place.identity] = Loaded(place, sampler)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return self._kept[place.identity]

    def training_images(self, run: Run) -> TrainingImages:
        """Return the training images of a run. Raises `GanariumError` if they are missing, or for points."""
        from ganarium.training.nearest_images import TrainingImages

        key = f"{run.path}/{run.provenance.identity}/{run.provenance.data_hash}"
        if self._training is None or self._training[0] != key:
            self._training = None
            self._training = key, TrainingImages(run)
        return self._training[1]
