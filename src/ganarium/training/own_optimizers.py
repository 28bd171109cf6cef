"""User-defined optimizers: any `torch.optim.Optimizer` whose state a checkpoint can contain."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from inspect import Parameter, signature
from typing import Any, final

import torch
from torch import Tensor

from ganarium.config.optimizers import OptimizerConfig
from ganarium.config.own_part import VARIADIC
from ganarium.core.errors import SettingsError, failures_as_settings_errors
from ganarium.losses.objectives import made_by
from ganarium.training.comparable_copies import comparable_copy

SET_BY_GANARIUM = ("params", "lr", "initial_lr")
NUMBERS: Mapping[str, type[Any]] = {"bool": bool, "int": int, "float": float}
OF_GROUP = "group|"  # start of the keys of values that an optimizer keeps for a whole group of weights
OF_TORCH = (  # attributes of torch's own optimizers that change without an effect on results
    "_need_device_dtype_check_for_fused",
    "_warned_capturable_if_run_uncaptured",
    "_opt_called",
)
MISSING = object()


@final
class OwnOptimizer:
    """A user's optimizer that follows the learning rate of training and whose state consists of tensors."""

    def __init__(self, inner: torch.optim.Optimizer, parameters: Sequence[Tensor], lr: Tensor, start: float) -> None:
        self.inner, self.parameters, self.lr = inner, parameters, lr
        self.ratios = [float(group["lr"]) / start for group in inner.param_groups]
        self.state: MutableMapping[Tensor, dict[str, Tensor]] = _State(inner, parameters)
        self._state_is_checked = False

    def zero_grad(self) -> None:
        """Remove the gradients of all weights."""
        for parameter in self.parameters:
            parameter.grad = None

    def step(self) -> None:
        """Update all weights that have a gradient, with the current learning rate.

        Raises `SettingsError` after the first update if the optimizer keeps what no checkpoint can hold.
        """
        for group, ratio in zip(self.inner.param_groups, self.ratios, strict=True):
            group["lr"] = ratio * float(self.lr)
        with failures_as_settings_errors(f"{type(self.inner).__name__}: its step failed"):
            self.inner.step()
        if not self._state_is_checked:
            for parameter in self.parameters:
                self.state.get(parameter)
            self._state_is_checked = True


class _State(MutableMapping[Tensor, dict[str, Tensor]]):
    """The state of an optimizer as tensors: numbers are stored as 0-d tensors whose names contain their types.

    The first weight of a group also stores the numbers of the group that have changed since the optimizer was built,
    such as counters. Reading it raises `SettingsError` if anything else of the optimizer has changed.
    """

    def __init__(self, inner: torch.optim.Optimizer, parameters: Sequence[Tensor]) -> None:
        self._inner = inner
        self._weights = frozenset(map(id, parameters))
        self._saved = self._weights | {id(inner), id(inner.state), id(inner.param_groups)}
        self._attributes = self._contents(vars(inner))
        self._groups = {
            group["params"][0]: (group, self._contents(group)) for group in inner.param_groups if group["params"]
        }

    def __getitem__(self, weight: Tensor) -> dict[str, Tensor]:
        saved: dict[str, Tensor] = {}
        own = self._inner.state.get(weight, {})
        if not isinstance(own, Mapping):
            raise self._refusal(f"{type(own).__name__} as the state of a weight")
        for key, value in own.items():
            if value is not None:
                saved |= self._as_tensor(key, value)
        if weight in self._groups:
            group, first = self._groups[weight]
            for key in self._changed(first, group):
                if not isinstance(group[key], int | float):
                    raise self._refusal(f"{type(group[key]).__name__} as {key!r} of a group")
                saved |= self._as_tensor(f"{OF_GROUP}{key}", group[key])
            self._refuse_unsaved()
        if not saved:
            raise KeyError(weight)
        return saved

    def __setitem__(self, weight: Tensor, saved: dict[str, Tensor]) -> None:
        own = {}
        for name, tensor in saved.items():
            key, _, kind = name.removeprefix(OF_GROUP).partition("|")
            value = NUMBERS[kind](tensor.item()) if kind else tensor
            if name.startswith(OF_GROUP):
                self._groups[weight][0][key] = value
            else:
                own[key] = value.cpu() if key == "step" and self._counts_on_cpu() else value
        if own:
            self._inner.state[weight] = own

    def __delitem__(self, weight: Tensor) -> None:
        del self._inner.state[weight]

    def __iter__(self) -> Iterator[Tensor]:
        return iter({**self._inner.state, **self._groups})

    def __len__(self) -> int:
        return len({**self._inner.state, **self._groups})

    def _counts_on_cpu(self) -> bool:
        """Return whether the numbers of updates are on the CPU, as for torch's optimizers without `capturable`."""
        return not any(group.get("capturable") or group.get("fused") for group in self._inner.param_groups)

    def _as_tensor(self, key: str, value: Any) -> dict[str, Tensor]:
        if isinstance(value, Tensor):
            return {key: value}
        kind = next((name for name, numbers in NUMBERS.items() if isinstance(value, numbers)), "")
        if not kind:
            raise self._refusal(f"{type(value).__name__} as {key!r} of a weight")
        return {f"{key}|{kind}": torch.tensor(value, dtype=torch.float64 if kind == "float" else torch.int64)}

    def _refuse_unsaved(self) -> None:
        """Raise `SettingsError` if an attribute has changed, or if the state has a key that is not a weight."""
        for name in self._changed(self._attributes, vars(self._inner)):
            kept = vars(self._inner)[name]
            raise self._refusal(f"{type(kept).__name__} as its attribute {name!r}")
        for key, kept in self._inner.state.items():
            if id(key) not in self._weights and not (isinstance(kept, Mapping) and not kept):
                named = "a tensor" if isinstance(key, Tensor) else repr(key)
                raise self._refusal(f"{named} in its state beside the weights")

    def _refusal(self, kept: str) -> SettingsError:
        return SettingsError(
            f"{type(self._inner).__name__} keeps {kept}, which no checkpoint can hold: keep what changes as tensors or "
            "numbers in self.state[weight], or as numbers in a group"
        )

    def _contents(self, values: Mapping[str, Any]) -> dict[str, object]:
        """Return a copy of the values that can be compared, except for those that ganarium and torch change."""
        names = [name for name in values if name not in (*SET_BY_GANARIUM, *OF_TORCH)]
        return {name: comparable_copy(values[name], self._saved) for name in names}

    def _changed(self, before: Mapping[str, object], values: Mapping[str, Any]) -> list[str]:
        """Return the names of the values that differ from an earlier copy."""
        now = self._contents(values)
        return [name for name, value in now.items() if before.get(name, MISSING) != value]


def of_own_part(
    make: Callable[..., object], settings: OptimizerConfig, parameters: Sequence[Tensor], lr: Tensor, start: float
) -> OwnOptimizer:
    """Return the optimizer of a user's function or class.

    lr: current learning rate, which training changes; `start` is its value at step 0
    """

    def build(config: object) -> object:
        return make(config, parameters=parameters, params=parameters, lr=start)

    made = made_by(build, settings, f"optim={settings.kind}")
    if not isinstance(made, torch.optim.Optimizer):
        raise SettingsError(f"optim={settings.kind}: returned {type(made).__name__}; return a torch.optim.Optimizer")
    name = type(made).__name__
    arguments = [each for each in signature(made.step).parameters.values() if each.kind not in VARIADIC]
    if needed := [each.name for each in arguments if each.default is Parameter.empty]:
        raise SettingsError(
            f"optim={settings.kind}: {name}.step needs {', '.join(needed)}; use an optimizer whose step has no "
            "arguments, which excludes those that need a closure"
        )
    if any("lr" not in group for group in made.param_groups):
        raise SettingsError(
            f'optim={settings.kind}: the groups of {name} have no learning rate; pass it as a default, {{"lr": lr}}, '
            'and scale updates by group["lr"], which follows optim.schedule'
        )
    updated = {id(weight) for group in made.param_groups for weight in group["params"]}
    if updated - {*map(id, parameters)}:
        raise SettingsError(f"optim={settings.kind}: updates tensors that are not weights; pass it only parameters")
    missing = len([weight for weight in parameters if id(weight) not in updated])
    if missing:
        raise SettingsError(
            f"optim={settings.kind}: updates {len(parameters) - missing} of {len(parameters)} weights; pass all "
            "parameters to it"
        )
    return OwnOptimizer(made, parameters, lr, start)
