"""How runs begin: new ones, and forks of old ones."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ganarium.core.config import Experiment
from ganarium.core.errors import EmptySplitError, SettingsError, UsageError
from ganarium.core.settings.base import DataSettings
from ganarium.core.settings.data import Stacked
from ganarium.core.settings.drawn import Drawn
from ganarium.core.text import listed
from ganarium.core.waiting import waiting, why_not_chosen
from ganarium.core.words import differences, experiment_from, plain
from ganarium.data.classes import MOST_NAMED, empty_classes
from ganarium.data.drawn.blocks import BLOCK, blank
from ganarium.data.sets import ImageSet, PairSet, PointSet, Source, Split
from ganarium.runs.checked import trained_checkpoint
from ganarium.runs.checkpoint import Checkpoint
from ganarium.runs.directory import Run, birth, fresh_path, refuse_taken
from ganarium.training.assemble import assemble, load_data
from ganarium.training.doubts import doubts
from ganarium.training.machine import resolve
from ganarium.training.seen import seen_by
from ganarium.training.settling import settle

KEPT_PARTS = ("data", "game", "generator", "discriminator")
HELD_OUT: tuple[Split, ...] = ("validation", "test")


def resolved(experiment: Experiment, *, by_trial: bool = True) -> tuple[Experiment, str]:
    """Decide what an experiment leaves open, and try whether its parts fit together; also why it was decided so.

    by_trial: whether also what takes trials to decide, which may be a minute; else it stays open, and pictures that
        would be drawn are not
    """
    horizon = experiment.train.horizon or experiment.train.steps
    train = experiment.train.model_copy(update={"horizon": horizon})
    settled = experiment.model_copy(update={"engine": resolve(experiment.engine), "train": train})
    for doubt in doubts(settled):
        logging.getLogger("ganarium").warning("%s", doubt)
    source = load_data(settled.data) if by_trial else _undrawn(settled.data)
    match = assemble(settled, source, torch.device("cpu"))
    engine, why = settle(settled, source, match, by_trial=by_trial)
    if engine.threads > 1:
        why = "; ".join(filter(None, [why, f"threads wait by {waiting()}"]))
        if late := why_not_chosen():
            logging.getLogger("ganarium").warning("engine.threads=%d: %s", engine.threads, late)
    return settled.model_copy(update={"engine": engine}), why


def _undrawn(settings: DataSettings) -> Source:
    """Return the training split; of drawn pictures only their shape, number and labels, which parts are checked by."""
    if not isinstance(settings, Drawn | Stacked):
        return load_data(settings)
    block = load_data(settings.model_copy(update={"count": min(BLOCK, settings.count)}))
    assert isinstance(block, ImageSet | PairSet)
    return blank(block, settings.count)


@dataclass(frozen=True)
class Planned:
    """A run of which nothing is written yet: its settings, all decided, the step it begins at, and what makes it."""

    experiment: Experiment
    step: int
    create: Callable[[], Run]


def planned(experiment: Experiment, out: Path | None = None, *, overwrite: bool = False) -> Planned:
    """Decide everything about a new run, and write nothing."""
    refuse_out(out, overwrite=overwrite)  # before anything that takes time
    settled, why = resolved(experiment)
    born = birth(_facts(settled), engine=why)

    def create() -> Run:
        return Run.create(out or fresh_path(settled.recipe or "run"), settled, born, overwrite=overwrite)

    return Planned(settled, 0, create)


def begin(experiment: Experiment, out: Path | None = None, *, overwrite: bool = False) -> Run:
    """Make the directory of a new run; nothing is trained yet."""
    return planned(experiment, out, overwrite=overwrite).create()


def refuse_out(out: Path | None, *, overwrite: bool) -> None:
    """Raise `UsageError` where a new run cannot lie, and for `overwrite` without a place that it could be about."""
    if out is not None:
        refuse_taken(out, overwrite=overwrite)
    elif overwrite:
        raise UsageError("--overwrite: a run without --out gets a new folder; add --out DIRECTORY, or leave it out")


def planned_fork(
    parent: Run, at: int, experiment: Experiment, out: Path | None = None, *, overwrite: bool = False
) -> Planned:
    """A new run that goes on from the parent's nearest kept checkpoint at or before a step, with changes.

    Raises `SettingsError` when a change alters the shape of a network.
    """
    if out is not None and out.resolve() == parent.path.resolve():
        raise UsageError(f"--out {out}: a fork does not overwrite its parent; choose another --out")
    refuse_out(out, overwrite=overwrite)
    settled, why, checkpoint = _grafted(parent, at, experiment)
    step = checkpoint.progress.step
    facts = _facts(settled)
    facts["untrained"] = tuple(name for name in facts["untrained"] if name in parent.birth.untrained)
    origin = birth(facts, engine=why, parent=parentage(parent, step))

    def create() -> Run:
        run = Run.create(out or fresh_path(f"{parent.path.name}-fork"), settled, origin, overwrite=overwrite)
        run.save_checkpoint(_inherited(parent.experiment, settled, checkpoint))
        return run

    return Planned(settled, step, create)


def fork(
    parent: Run, at: int, experiment: Experiment, out: Path | None = None, *, overwrite: bool = False
) -> tuple[Run, int]:
    """Make the directory of a fork, see `planned_fork`, and return the run and the step it goes on from."""
    plan = planned_fork(parent, at, experiment, out, overwrite=overwrite)
    return plan.create(), plan.step


def refuse_fork(parent: Run, at: int, experiment: Experiment) -> None:
    """Raise what `fork` would, and make nothing."""
    _grafted(parent, at, experiment)


def _grafted(parent: Run, at: int, experiment: Experiment) -> tuple[Experiment, str, Checkpoint]:
    """The resolved experiment, why its engine was chosen, and the checkpoint that it goes on from."""
    settled, why = resolved(_with_classes_of(parent, experiment))
    checkpoint = trained_checkpoint(parent, at)
    _refuse_other_shapes(experiment_from(checkpoint.settings, recorded=True), settled, checkpoint)
    _refuse_seen(parent, settled)
    step = checkpoint.progress.step
    if settled.train.steps is not None and settled.train.steps <= step:
        raise SettingsError(f"train.steps={settled.train.steps}: the fork begins at step {step}; give it more")
    return settled, why, checkpoint


def parentage(parent: Run, step: int) -> str:
    """What a fork says of where it comes from."""
    return f"{parent.path.name} at step {step}"


def _facts(experiment: Experiment) -> dict[str, Any]:
    source = load_data(experiment.data)
    return {
        "data_hash": source.hash,
        "shape": source.shape,
        "classes": source.classes,
        "untrained": empty_classes(source),
    }


def _with_classes_of(parent: Run, experiment: Experiment) -> Experiment:
    """The experiment of a fork, with the classes of its data in the order of the parent's, matched by name.

    Raises `SettingsError` where the data have a class that the parent does not know, unless the parent used no labels.
    """
    classes, known = load_data(experiment.data).classes, parent.birth.classes
    if classes == known or not (classes and known):
        return experiment
    now = f"the classes of data={experiment.data.kind} are {listed(classes, MOST_NAMED)}; in {parent} they were"
    if not parent.experiment.game.labelled:
        logging.getLogger("ganarium").warning(
            "%s %s: this does not matter, as the run used no labels", now, listed(known, MOST_NAMED)
        )
        return experiment
    unknown = [name for name in classes if name not in known]
    if unknown or "classes" not in type(experiment.data).model_fields:
        wrong = f"{listed(unknown, MOST_NAMED)} would be new" if unknown else "their order differs"
        raise SettingsError(
            f"{now} {listed(known, MOST_NAMED)}, and a fork matches classes by name: {wrong}. Rename them as they "
            "were, or train a new run"
        )
    return experiment.model_copy(update={"data": experiment.data.model_copy(update={"classes": known})})


def _refuse_other_shapes(old: Experiment, new: Experiment, checkpoint: Checkpoint) -> None:
    match = assemble(new, load_data(new.data), torch.device("cpu"))
    keys = [*differences(old, new)]
    named = ([key for key in keys if key.split(".")[0] in parts] for parts in (KEPT_PARTS, ("remedies",)))
    changed = next(filter(None, named), keys)
    for name, tensor in match.state().items():
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
    """Raise `SettingsError` when a fork's data would hold out pictures or points that its parent was trained on."""
    source = load_data(new.data)
    if source.hash == parent.birth.data_hash or not isinstance(source, ImageSet | PointSet) or not len(source):
        return
    what = "pictures" if isinstance(source, ImageSet) else "points"
    for split in HELD_OUT:
        try:
            seen = seen_by(parent, new.data, split)
        except EmptySplitError:
            continue
        if seen is None:
            logging.getLogger("ganarium").warning(
                "%s: its training %s are gone, so whether it was trained on %s %s of the fork cannot be checked",
                parent,
                what,
                split,
                what,
            )
        elif seen.leaks:
            changed = [f"{key}={value}" for key, (_, value) in differences(parent.experiment, new).items()]
            raise SettingsError(
                f"{', '.join(word for word in changed if word.startswith('data')) or 'data'}: {seen.count:,} of "
                f"{seen.of:,} {split} {what} were trained on by {parent}, so the fork's scores would reward "
                f"copying; train a new run with these data instead"
            )


def _inherited(old: Experiment, new: Experiment, checkpoint: Checkpoint) -> Checkpoint:
    """What a fork takes along: weights; moments unless the optimizer is another; the memory of remedies it keeps."""

    def kept(name: str) -> bool:
        owner, _, part = name.partition("/")
        if owner == "remedies":
            return part.partition("/")[0] in new.remedies
        return owner != "means" and (old.optim.kind == new.optim.kind or not part.startswith("moments."))

    progress = replace(checkpoint.progress, seconds=0.0, seq=0, phase=0, span_steps=0, settled=True)
    tensors = {name: tensor for name, tensor in checkpoint.tensors.items() if kept(name)}
    return Checkpoint(progress, tensors, plain(new))
