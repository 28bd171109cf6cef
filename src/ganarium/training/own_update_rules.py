"""Update rules that users register: subclasses of `UpdateRule`, with a check of the result of each step."""

from collections.abc import Callable, Mapping
from typing import final

from torch import Tensor

from ganarium.config.updates import UpdateConfig
from ganarium.core.errors import SettingsError, failures_as_settings_errors
from ganarium.losses.objectives import made_by
from ganarium.training.state import TrainingState
from ganarium.training.update_rules import StepResult, UpdateRule

LOSSES = ("discriminator", "generator")  # names of means that every step has


@final
class OwnUpdateRule(UpdateRule):
    """A user's update rule, with a check of its result."""

    def __init__(self, inner: UpdateRule) -> None:
        self.inner, self.batches = inner, inner.batches
        self.steady = "steady" in vars(type(inner)) and inner.steady  # only if its author says so

    def __call__(self, state: TrainingState, step: int) -> StepResult:
        """Run one update of both players."""
        name = type(self.inner).__name__
        with failures_as_settings_errors(f"{name}: step {step} failed"):
            result = self.inner(state, step)
        if not isinstance(result, StepResult):
            raise SettingsError(
                f"{name}: a step returned {type(result).__name__}; return self.finished(state, means, duels)"
            )
        _refuse_other_means(name, result.means)
        return result


def of_own_part(make: Callable[..., object], settings: UpdateConfig) -> OwnUpdateRule:
    """Return the update rule of a user's class, or function that returns one."""
    made = made_by(make, settings, "the update rule")
    if not isinstance(made, UpdateRule):
        raise SettingsError(f"an update rule is an instance of ganarium.UpdateRule; got {type(made).__name__}")
    if not isinstance(made.batches, int) or isinstance(made.batches, bool) or made.batches < 1:
        raise SettingsError(f"{type(made).__name__}.batches={made.batches!r}: must be a number of batches, 1 or more")
    return OwnUpdateRule(made)


def _refuse_other_means(rule: str, means: object) -> None:
    """Raise `SettingsError` unless the means of a step are 0-d tensors, among them the losses of both players."""
    given = means if isinstance(means, Mapping) else {}
    if missing := [name for name in LOSSES if name not in given]:
        raise SettingsError(
            f"{rule}: the means of a step lack {' and '.join(missing)}; combine the means of both updates: means |= "
            "self.update_generator(state, inputs)"
        )
    for name, mean in given.items():
        if not isinstance(mean, Tensor) or mean.dim():
            found = f"a tensor of shape {tuple(mean.shape)}" if isinstance(mean, Tensor) else type(mean).__name__
            raise SettingsError(f"{rule}: the mean {name!r} of a step is {found}; return a 0-d tensor")
