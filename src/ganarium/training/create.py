"""Creation of new runs and of forks of existing runs."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import torch

from ganarium.config.base import DataConfig
from ganarium.config.datasets import StackedConfig
from ganarium.config.entries import part_hashes
from ganarium.config.experiment import Experiment
from ganarium.config.layers import OwnGeneratorConfig
from ganarium.config.overrides import differences, experiment_from, plain
from ganarium.config.synthetic import SyntheticConfig
from ganarium.core.errors import EmptySplitError, SettingsError, UsageError
from ganarium.core.escape import listed
from ganarium.core.openmp import waiting, why_not_chosen
from ganarium.core.outputs import ANOTHER
from ganarium.data.class_matching import MOST_NAMED, empty_classes
from ganarium.data.datasets import ImageSet, PairSet, PointSet, Source, Split
from ganarium.data.load import load_data
from ganarium.data.own_augmentation import Augmented
from ganarium.data.synthetic.base import BLOCK, placeholder
from ganarium.networks.base import OUTPUT_RANGES, Generator
from ganarium.runs.checkpoint import Checkpoint
from ganarium.runs.directory import Run
from ganarium.runs.folders import create_run, fresh_path, refuse_taken
from ganarium.runs.provenance import current_provenance
from ganarium.runs.verified_checkpoint import trained_checkpoint
from ganarium.training.attached_observer import refuse_other
from ganarium.training.autotune import autotune
from ganarium.training.build import assemble
from ganarium.training.device import resolve, threads
from ganarium.training.given_parts import refuse_missing, refuse_stand_ins
from ganarium.training.held_out import seen_by
from ganarium.training.observers import recorded_observers
from ganarium.training.state import TrainingState
from ganarium.training.warnings import warnings_for

FIXED_PARTS = ("data", "game", "generator", "discriminator")
HELD_OUT: tuple[Split, ...] = ("validation", "test")


def resolved(experiment: Experiment, *, by_trial: bool = True) -> tuple[Experiment, str]:
    """Resolve and check an experiment; return it with all settings resolved, and the reasons for the choices.

    by_trial: whether to also resolve settings by benchmark, which may take a minute; otherwise they stay open, and
        synthetic and stacked images are not generated
    """
    settled, why, _ = _assembled(experiment, by_trial=by_trial)
    return settled, why


def _assembled(experiment: Experiment, *, by_trial: bool = True) -> tuple[Experiment, str, TrainingState]:
    """Return the results of `resolved` and the training state before step 0."""
    horizon = experiment.train.horizon or experiment.train.steps
    train = experiment.train.model_copy(update={"horizon": horizon})
    settled = experiment.model_copy(update={"engine": resolve(experiment.engine), "train": train})
    for observer in recorded_observers(settled):
        refuse_other(observer)
    for warning in warnings_for(settled):
        logging.getLogger("ganarium").warning("%s", warning)
    source = load_data(settled.data) if by_trial else _undrawn(settled.data)
    with threads(settled.engine.threads):
        state = assemble(settled, source, torch.device(settled.engine.device))
    if isinstance(state.feed, Augmented) and (beyond := state.feed.range_warning()):
        logging.getLogger("ganarium").warning("%s", beyond)
    settled = _with_measured_output(settled, state)
    engine, why = autotune(settled, source, state, by_trial=by_trial)
    if engine.threads > 1:
        why = "; ".join(filter(None, [why, f"wait policy of threads: {waiting()}"]))
        if late := why_not_chosen():
            logging.getLogger("ganarium").warning("engine.threads=%d: %s", engine.threads, late)
    return settled.model_copy(update={"engine": engine}), why, state


def _with_measured_output(experiment: Experiment, state: TrainingState) -> Experiment:
    """Return the experiment with the output range that was measured on a user's generator."""
    settings, generator = experiment.generator, cast(Generator, state.game.generator)
    if not isinstance(settings, OwnGeneratorConfig) or settings.output is not None:
        return experiment
    of_points = len(generator.subject.shape) == 1
    measured = next(name for name, limits in OUTPUT_RANGES.items() if limits == generator.output_range)
    output = "linear" if of_points else measured
    return experiment.model_copy(update={"generator": settings.model_copy(update={"output": output})})


def _undrawn(settings: DataConfig) -> Source:
    """Return the training split for compatibility checks, with placeholders for synthetic and stacked images."""
    if not isinstance(settings, SyntheticConfig | StackedConfig):
        return load_data(settings)
    block = load_data(settings.model_copy(update={"count": min(BLOCK, settings.count)}))
    assert isinstance(block, ImageSet | PairSet)
    return placeholder(block, settings.count)


@dataclass(frozen=True)
class Planned:
    """A run that is not yet written: its resolved settings, its first step, and the function that creates it."""

    experiment: Experiment
    step: int
    create: Callable[[], Run]


def planned(experiment: Experiment, out: Path | None = None, *, overwrite: bool = False) -> Planned:
    """Resolve the settings of a new run without writing anything."""
    refuse_out(out, overwrite=overwrite)  # before anything slow
    refuse_stand_ins(experiment)
    settled, why, state = _assembled(experiment)
    provenance = current_provenance(_facts(settled), engine=why)

    def create() -> Run:
        run = create_run(out or fresh_path(settled.recipe or "run"), settled, provenance, overwrite=overwrite)
        run.prepared = state
        return run

    return Planned(settled, 0, create)


def begin(experiment: Experiment, out: Path | None = None, *, overwrite: bool = False) -> Run:
    """Create the directory of a new run, without training it."""
    return planned(experiment, out, overwrite=overwrite).create()


def refuse_out(out: Path | None, *, overwrite: bool) -> None:
    """Raise `UsageError` if a new run cannot be written to `out`, or for `overwrite` without `out`."""
    if out is not None:
        refuse_taken(out, overwrite=overwrite)
    elif overwrite:
        raise UsageError(
            "a run without a named folder gets a new one, so there is nothing to overwrite; name the folder (--out, or "
            "out= in Python)"
        )


def planned_fork(
    parent: Run, at: int, experiment: Experiment, out: Path | None = None, *, overwrite: bool = False
) -> Planned:
    """Plan a run that continues, with changed settings, from its parent's last checkpoint at or before a step.

    Raises `SettingsError` if a change alters the shape of a network.
    """
    if out is not None and out.resolve() == parent.path.resolve():
        raise UsageError(f"{out}: a fork does not overwrite its parent; {ANOTHER}")
    refuse_out(out, overwrite=overwrite)
    settled, why, checkpoint = _resolved_fork(parent, at, experiment)
    step = checkpoint.progress.step
    facts = _facts(settled)
    facts["untrained"] = tuple(name for name in facts["untrained"] if name in parent.provenance.untrained)
    origin = current_provenance(facts, engine=why, parent=parentage(parent, step))

    def create() -> Run:
        run = create_run(out or fresh_path(f"{parent.path.name}-fork"), settled, origin, overwrite=overwrite)
        run.save_checkpoint(_inherited(parent.experiment, settled, checkpoint))
        return run

    return Planned(settled, step, create)


def fork(
    parent: Run, at: int, experiment: Experiment, out: Path | None = None, *, overwrite: bool = False
) -> tuple[Run, int]:
    """Create the directory of a fork (see `planned_fork`); return the run and the step it continues from."""
    plan = planned_fork(parent, at, experiment, out, overwrite=overwrite)
    return plan.create(), plan.step


def refuse_fork(parent: Run, at: int, experiment: Experiment) -> None:
    """Raise the error that `fork` would raise, without creating anything."""
    _resolved_fork(parent, at, experiment)


def _resolved_fork(parent: Run, at: int, experiment: Experiment) -> tuple[Experiment, str, Checkpoint]:
    """Return the resolved experiment, the reasons for its engine settings, and its initial checkpoint."""
    refuse_missing(parent, experiment)
    settled, why, state = _assembled(_with_classes_of(parent, experiment))
    checkpoint = trained_checkpoint(parent, at)
    _refuse_other_shapes(experiment_from(checkpoint.settings, recorded=True), settled, state, checkpoint)
    _refuse_seen(parent, settled)
    step = checkpoint.progress.step
    if settled.train.steps is not None and settled.train.steps <= step:
        raise SettingsError(f"train.steps={settled.train.steps}: must be above {step}, where the fork begins")
    return settled, why, checkpoint


def parentage(parent: Run, step: int) -> str:
    """Return the description of a fork's origin."""
    return f"{parent.path.name} at step {step}"


def _facts(experiment: Experiment) -> dict[str, Any]:
    source = load_data(experiment.data)
    return {
        "data_hash": source.hash,
        "shape": source.shape,
        "classes": source.classes,
        "untrained": empty_classes(source),
        "parts": part_hashes(experiment),
    }


def _with_classes_of(parent: Run, experiment: Experiment) -> Experiment:
    """Return the experiment of a fork with its classes matched by name and in the parent's order.

    Raises `SettingsError` if the data have a class that the parent lacks, unless the parent used no labels.
    """
    classes, known = load_data(experiment.data).classes, parent.provenance.classes
    if classes == known or not (classes and known):
        return experiment
    now = f"the classes of data={experiment.data.kind} are {listed(classes, MOST_NAMED)}; in {parent} they were"
    if not parent.experiment.game.labelled:
        logging.getLogger("ganarium").warning(
            "%s %s; this has no effect, because the run used no labels", now, listed(known, MOST_NAMED)
        )
        return experiment
    unknown = [name for name in classes if name not in known]
    if unknown or "classes" not in type(experiment.data).model_fields:
        wrong = f"{listed(unknown, MOST_NAMED)} would be new" if unknown else "their order differs"
        raise SettingsError(
            f"{now} {listed(known, MOST_NAMED)}, and a fork matches classes by name: {wrong}. Restore the "
            "class names, or train a new run"
        )
    return experiment.model_copy(update={"data": experiment.data.model_copy(update={"classes": known})})


def _refuse_other_shapes(old: Experiment, new: Experiment, state: TrainingState, checkpoint: Checkpoint) -> None:
    keys = [*differences(old, new)]
    named = ([key for key in keys if key.split(".")[0] in parts] for parts in (FIXED_PARTS, ("remedies",)))
    changed = next(filter(None, named), keys)
    for name, tensor in state.tensors().items():
        if ".weights." not in f".{name.replace('/', '.')}" or name.startswith("remedies/"):
            continue
        before = checkpoint.tensors.get(name)
        if before is None or before.shape != tensor.shape:
            was = "absent" if before is None else tuple(before.shape)
            raise SettingsError(
                f"{', '.join(changed)}: a fork keeps the shape of its networks ({name.partition('weights.')[2]} is "
                f"{was} in the run, {tuple(tensor.shape)} now); train a new run instead"
            )


def _refuse_seen(parent: Run, new: Experiment) -> None:
    """Raise `SettingsError` if a fork would hold out images or points that its parent was trained on."""
    source = load_data(new.data)
    if source.hash == parent.provenance.data_hash or not isinstance(source, ImageSet | PointSet) or not len(source):
        return
    what = "images" if isinstance(source, ImageSet) else "points"
    for split in HELD_OUT:
        try:
            seen = seen_by(parent, new.data, split)
        except EmptySplitError:
            continue
        if seen is None:
            logging.getLogger("ganarium").warning(
                "%s: the training %s are missing, so it is unknown whether the run was trained on %s %s of the fork",
                parent,
                what,
                split,
                what,
            )
        elif seen.leaks:
            changed = [f"{key}={value}" for key, (_, value) in differences(parent.experiment, new).items()]
            raise SettingsError(
                f"{', '.join(word for word in changed if word.startswith('data')) or 'data'}: {seen.count:,} of "
                f"{seen.of:,} {split} {what} were used to train {parent}, so the fork's scores would reward "
                f"copying; train a new run with these data instead"
            )


def _inherited(old: Experiment, new: Experiment, checkpoint: Checkpoint) -> Checkpoint:
    """Return the checkpoint of a fork: weights, moments if the optimizer is unchanged, states of retained remedies."""

    def kept(name: str) -> bool:
        owner, _, part = name.partition("/")
        if owner == "remedies":
            return part.partition("/")[0] in new.remedies
        return owner != "means" and (old.optim.kind == new.optim.kind or not part.startswith("moments."))

    progress = replace(checkpoint.progress, seconds=0.0, seq=0, phase=0, span_steps=0, settled=True)
    tensors = {name: tensor for name, tensor in checkpoint.tensors.items() if kept(name)}
    return Checkpoint(progress, tensors, plain(new))
