"""The engine: runs many steps at a time without synchronizing with the device in between."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn, Self

import torch
from torch import Tensor

from ganarium.config.entries import own_parts
from ganarium.config.experiment import Experiment
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import key, seeded
from ganarium.training.capture import RecordedStep, can_record
from ganarium.training.device import arithmetic
from ganarium.training.one_player import frozen, frozen_sides
from ganarium.training.player import Player, Side
from ganarium.training.schedules import set_levels, set_rates
from ganarium.training.state import TrainingState
from ganarium.training.update_rules import StepResult, UpdateRule

RECORD_AFTER = 200  # steps of one process before recording, which takes as long as about 100 steps


@dataclass
class Means:
    """Running means of named 0-d tensors, kept on the device until they are read."""

    names: tuple[str, ...] = ()
    total: Tensor = field(default_factory=lambda: torch.zeros(0))
    steps: int = 0

    def add(self, values: dict[str, Tensor]) -> None:
        """Add the values of one step."""
        names = tuple(sorted(values))
        row = torch.stack([values[name] for name in names])
        self.total = self.total + row if self.steps else row
        self.names, self.steps = names, self.steps + 1

    def read(self) -> dict[str, float]:
        """Return the means by name; this waits for the device."""
        return dict(zip(self.names, (self.total / max(1, self.steps)).tolist(), strict=True))

    def state(self) -> dict[str, Tensor]:
        """Return the sums over the current logging interval by name."""
        return dict(zip(self.names, self.total.unbind(), strict=True))

    @classmethod
    def restored(cls, state: Mapping[str, Tensor], steps: int) -> Self:
        """Return means restored from the sums in a checkpoint."""
        names = tuple(sorted(state))
        return cls(names, torch.stack([state[name] for name in names]), steps) if steps else cls()


class Engine:
    """Executor of training steps: calls the update rule at first, and later runs its recorded operations.

    Both give the same results bit for bit. Compiled steps do not; compilation is therefore done at the first step.
    Steps that update only one player always call the update rule.
    """

    def __init__(self, experiment: Experiment, state: TrainingState, rule: UpdateRule, step: int = 0) -> None:
        self.state, self.rule, self.step = state, rule, step
        self.follow(experiment)
        self._has_own_parts = bool(own_parts(experiment)) or experiment.augment is not None
        self.means = Means()
        self.last: StepResult | None = None
        self.before: Mapping[Side, list[Tensor]] = {}
        self._execute: Callable[[int], StepResult] = partial(rule, state)
        self._record_at = step + RECORD_AFTER if can_record(state, rule) else None
        self._compiles = experiment.engine.compile == "yes"

    def follow(self, experiment: Experiment) -> None:
        """Use the experiment from the next step on; it may differ in the steps that update only one player."""
        self.experiment, self._frozen_at = experiment, frozen_sides(experiment.train)

    def advance(self, n: int) -> None:
        """Run n steps without waiting for the device; save a copy of the weights before the last step."""
        with arithmetic(self.experiment.engine):
            for left in reversed(range(n)):
                if not left:
                    self.before = {side: _copies(player) for side, player in self.state.players.items()}
                self._step()

    def _step(self) -> None:
        self._follow_schedules()
        side = self._frozen_at.get(self.step)
        if side is None:
            self._prepare()
        names = self.last.means.keys() if self.last else {*self.means.names}
        with self._randomness():
            self.last = self._execute(self.step) if side is None else self._without(side)
        if names and self.last.means.keys() != names:
            self._refuse_other_means(self.last.means.keys() ^ names)
        self.means.add(self.last.means)
        self.step += 1

    def _prepare(self) -> None:
        """Compile or record the step that updates both players, if it is time."""
        if self._compiles:
            self._execute = RecordedStep.compiled(self.state, self.rule)
            self._compiles, self._record_at = False, None
        elif self._record_at is not None and self.step >= self._record_at:
            self.record()

    def _without(self, side: Side) -> StepResult:
        """Run a step that leaves one player unchanged."""
        with frozen(self.state.players[side]):
            return self.rule(self.state, self.step)

    def record(self) -> None:
        """Record the operations of one step and replay them from then on, bypassing the Python code of the rule."""
        self._record_at = None
        with arithmetic(self.experiment.engine):
            self._execute = RecordedStep(self.state, self.rule)

    def _randomness(self) -> AbstractContextManager[None]:
        """Return a context that seeds torch's generator by the step, for users' parts that draw from it."""
        return seeded(key(self.experiment.seed, "torch", self.step)) if self._has_own_parts else nullcontext()

    def _refuse_other_means(self, names: Iterable[str]) -> NoReturn:
        raise SettingsError(
            f"update={self.experiment.update.kind}: the means of step {self.step} and of the step before differ in "
            f"{', '.join(sorted(names))}; return the same means, and in remedies the same loss terms, at every step"
        )

    def _follow_schedules(self) -> None:
        if self.experiment.optim.scheduled or self.last is None:
            set_rates(self.experiment, self.state.players, self.step)
        set_levels(self.experiment, self.state.remedies, self.step)


def _copies(player: Player) -> list[Tensor]:
    return [weight.detach().clone() for weight in player.parameters]
