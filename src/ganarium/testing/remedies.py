"""Properties of a remedy: a technique that improves training."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor

from ganarium.config.experiment import Experiment
from ganarium.config.given import is_table
from ganarium.config.remedies import REMEDIES
from ganarium.core.arguments import named
from ganarium.core.errors import UsageError
from ganarium.testing.properties import registered_name, require, unregistered_name
from ganarium.testing.training import (
    changed_by_interruption,
    changed_by_repetition,
    different,
    engine_after,
    engine_on,
    not_finite,
    random_source,
    same,
    small,
    some,
    start_differs,
    without_remedies,
)
from ganarium.training.given_parts import with_given_parts
from ganarium.training.remedies.base import Remedy

STEPS = 5
PLAIN = small("game.conditional=false")
SOURCE = random_source((1, 16, 16), classes=3)
RULES = ("alternating", "simultaneous")
OF_TRAINING = ("channels", "scale", "steady")  # attributes of a remedy that training sets
ORDINARY = (bool, int, float, str, list, tuple, dict, set)


def check_remedy(remedy: Any, *, neutral: Any = None, **settings: Any) -> None:
    """Check that a remedy has the properties that training relies on, by training tiny networks.

    remedy: registered name, subclass of `ganarium.Remedy`, function that returns a remedy, or a remedy
    neutral: settings with which it changes nothing, for example {"weight": 0.0}, or a remedy with such settings; by
        default, as registered
    settings: settings of a registered remedy, or arguments of a class or function

    The remedy changes training or has a state; with neutral settings, it changes nothing; with any settings, it leaves
    initial weights, batches and latents unchanged; a run that is interrupted and restored into new objects is the same
    bit for bit, and so are two runs with the same seed; its terms and its state are finite.

    Raises `CheckError` with one line for each property that the remedy lacks.

    >>> check_remedy("r1")
    """
    name = registered_name(REMEDIES, remedy)
    if name is None and is_table(remedy):
        raise UsageError(
            f"{named('remedy', remedy)}: pass a registered name, a remedy, or a class or function that returns one"
        )
    what = f"remedy {name!r}" if name else unregistered_name("remedy", remedy)
    experiments: list[Experiment] = []
    at_neutral: list[Experiment] = []

    def build() -> Iterator[str]:
        experiments.append(_with(name, remedy, settings))
        engine_on(experiments[0], SOURCE)
        declared = REMEDIES[name].neutral if name and neutral is None else neutral
        if isinstance(declared, Mapping):
            at_neutral.append(_with(name, remedy, {**settings, **declared}))
        elif declared is not None:
            at_neutral.append(_with(None, declared, {}))
        yield from ()

    require(what, {"can be built": build})
    [experiment] = experiments
    require(
        what,
        {
            "finite": lambda: _finite(experiment),
            "effect": lambda: _effect(experiment),
            "neutrality": lambda: _neutrality(at_neutral),
            "same start": lambda: _same_start(experiment),
            "same seed, same run": lambda: _repeatable(experiment),
            "exact resumption": lambda: _resumption(experiment),
        },
    )


@cache
def _without_any(steps: int) -> Mapping[str, Tensor]:
    """Return the tensors after training without any remedy."""
    return engine_after(PLAIN, SOURCE, steps).state.tensors()


def _with(name: str | None, part: Any, settings: Mapping[str, Any]) -> Experiment:
    """Return the experiment with a registered remedy, or with one that is passed as an object."""
    if name:
        return PLAIN.replace(remedies={name: dict(settings) or True})
    if isinstance(part, Remedy) and settings:
        raise UsageError(
            f"settings {', '.join(settings)} have no effect on an existing remedy; pass its class, or other remedies, "
            f"as in neutral={type(part).__name__}(…)"
        )
    made = part(**settings) if callable(part) else part
    return PLAIN.replace(**with_given_parts({"remedies": {"checked": made}}))


def _finite(experiment: Experiment) -> Iterator[str]:
    broken = not_finite(experiment, SOURCE, 2 * STEPS)
    if broken:
        yield f"not finite after {2 * STEPS} steps: {some(broken)}; look for divisions by 0 and roots of 0"


def _effect(experiment: Experiment) -> Iterator[str]:
    tensors = engine_after(experiment, SOURCE, 2 * STEPS).state.tensors()
    if same(tensors, _without_any(2 * STEPS)):
        yield f"{2 * STEPS} steps are the same with and without it; check it with settings at which it acts"


def _neutrality(at_neutral: list[Experiment]) -> Iterator[str]:
    for experiment in at_neutral:
        with_it = engine_after(experiment, SOURCE, STEPS).state.tensors()
        if found := [*different(without_remedies(with_it), _without_any(STEPS))]:
            yield (
                f"with neutral settings, {STEPS} steps of training differ from those without it: {some(found)}; where "
                "it has no effect, return the same tensor, or None"
            )


def _same_start(experiment: Experiment) -> Iterator[str]:
    found = [*start_differs(engine_on(PLAIN, SOURCE), engine_on(experiment, SOURCE))]
    if found:
        yield (
            f"it changes the start of a run: {some(found)}; change weights only after an update, and images only in "
            "augment or fakes"
        )


def _repeatable(experiment: Experiment) -> Iterator[str]:
    if changed_by_repetition(experiment, SOURCE, STEPS):
        yield (
            "two runs with the same seed differ; draw random numbers with torch's default generator or request them in "
            "draws(), not with Python, NumPy or a generator of its own, and keep nothing in class attributes"
        )


def _resumption(experiment: Experiment) -> Iterator[str]:
    for rule in RULES:
        if changed_by_interruption(experiment.replace(update=rule), SOURCE, STEPS):
            before, after = (
                engine.state.remedies for engine in (engine_on(experiment, SOURCE), engine_after(experiment, SOURCE, 3))
            )
            lost = [name for key in after for name in _unsaved(before[key], after[key])]
            hint = f" (attributes that changed and are not in it: {', '.join(lost)})" if lost else ""
            yield (
                f"a run that is interrupted after {STEPS} steps and resumed is not the same bit for bit: state() must "
                f"return every value that changes{hint}, as tensors that exist after prepare() and change in place"
            )
            return


def _unsaved(before: Remedy, after: Remedy) -> Iterator[str]:
    """Yield the attributes that training changed and that are not part of the state."""
    saved = {tensor.data_ptr() for tensor in after.state().values()}
    for name, value in vars(after).items():
        if name in OF_TRAINING or (isinstance(value, Tensor) and value.data_ptr() in saved):
            continue
        earlier = vars(before).get(name)
        if isinstance(value, Tensor):
            changed = not isinstance(earlier, Tensor) or not torch.equal(earlier, value)
        else:
            changed = isinstance(value, ORDINARY) and repr(earlier) != repr(value)
        if changed:
            yield name
