"""Properties of an optimizer, and of an update rule."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from ganarium.config.experiment import Experiment
from ganarium.config.optimizers import OPTIMIZERS
from ganarium.config.registry import Registry
from ganarium.config.updates import UPDATES
from ganarium.core.errors import UsageError
from ganarium.testing.properties import Property, registered_name, require
from ganarium.testing.training import (
    changed_by_interruption,
    changed_by_repetition,
    different,
    engine_after,
    engine_on,
    not_finite,
    random_source,
    small,
    some,
)

STEPS = 5
SOURCE = random_source((1, 16, 16))


def check_optimizer(optimizer: str | Callable[..., Any], **settings: Any) -> None:
    """Check that a registered optimizer has the properties that training relies on.

    optimizer: registered name, or the registered function or class
    settings: its settings

    It moves the weights of both players, follows the schedule of the learning rate, keeps weights finite, and gives the
    same run for the same seed, also if the run is interrupted and its state restored into new objects.

    Raises `CheckError` with one line for each property that the optimizer lacks.

    >>> check_optimizer("adam", beta1=0.0)
    """
    lost = "keep what changes as tensors or numbers in self.state[weight], or as numbers in a group"
    _check(OPTIMIZERS, "optim", optimizer, settings, lost, {"schedule": _follows_schedule})


def check_update(update: str | Callable[..., Any], **settings: Any) -> None:
    """Check that a registered update rule has the properties that training relies on.

    update: registered name, or the registered function or class
    settings: its settings

    It moves the weights of both players, keeps weights finite, returns the same means at every step, and gives the same
    run for the same seed, also if the run is interrupted and continued by a new object.

    Raises `CheckError` with one line for each property that the update rule lacks.

    >>> check_update("alternating", discriminator_steps=2)
    """
    _check(UPDATES, "update", update, settings, "an update rule keeps nothing between steps; derive it from `step`", {})


def _check(
    registry: Registry[Any],
    setting: str,
    part: str | Callable[..., Any],
    settings: dict[str, Any],
    lost: str,
    more: dict[str, Callable[[Experiment], Iterator[str]]],
) -> None:
    name = registered_name(registry, part)
    if name is None:
        decorator = f"@ganarium.register.{registry.noun.split()[0]}"
        raise UsageError(f'register the {registry.noun} first: {decorator}("my-name")')
    what = f"{registry.noun} {name!r}"
    built: list[Experiment] = []

    def build() -> Iterator[str]:
        built.append(small("game.conditional=false", **{setting: {"kind": name, **settings}}))
        engine_after(built[0], SOURCE, STEPS)
        yield from ()

    require(what, {"can be built": build})
    [experiment] = built
    properties: dict[str, Property] = {
        "finite": lambda: _finite(experiment),
        "both players move": lambda: _moves(experiment),
        **{name: partial(find, experiment) for name, find in more.items()},
        "same seed, same run": lambda: _repeatable(experiment),
        "exact resumption": lambda: _resumption(experiment, lost),
    }
    require(what, properties)


def _finite(experiment: Experiment) -> Iterator[str]:
    if found := not_finite(experiment, SOURCE, 2 * STEPS):
        yield f"not finite after {2 * STEPS} steps: {some(found)}; look for divisions by 0 and roots of 0"


def _moves(experiment: Experiment) -> Iterator[str]:
    before, after = (engine_after(experiment, SOURCE, steps).state.tensors() for steps in (0, STEPS))
    moved = {name.split("/")[0] for name in different(before, after) if "/weights." in name}
    for side in ("discriminator", "generator"):
        if side not in moved:
            yield f"the weights of the {side} are the same after {STEPS} steps; update both players in place"


def _follows_schedule(experiment: Experiment) -> Iterator[str]:
    engine = engine_on(experiment.replace(optim={"schedule": "linear"}, train={"horizon": 2}), SOURCE)
    engine.advance(2)
    before = {name: tensor.clone() for name, tensor in engine.state.tensors().items() if "/weights." in name}
    engine.advance(1)
    after = {name: tensor for name, tensor in engine.state.tensors().items() if "/weights." in name}
    if found := [*different(before, after)]:
        yield (
            f"at the end of a schedule, where the learning rate is 0, weights still move: {some(found)}; use "
            'group["lr"] at every step, and scale everything by it'
        )


def _repeatable(experiment: Experiment) -> Iterator[str]:
    if found := changed_by_repetition(experiment, SOURCE, STEPS):
        yield (
            f"two runs with the same seed differ in {some(found)}; draw random numbers with torch's default generator, "
            "not with Python, NumPy or a generator of its own"
        )


def _resumption(experiment: Experiment, lost: str) -> Iterator[str]:
    if found := changed_by_interruption(experiment, SOURCE, STEPS):
        yield f"a run that is interrupted after {STEPS} steps and resumed differs in {some(found)}; {lost}"
