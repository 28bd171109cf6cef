"""User-defined optimizers: any `torch.optim.Optimizer` whose state a checkpoint can contain."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from typing import Any, final

import torch
from torch import Tensor

from ganarium.config.optimizers import OptimizerConfig
from ganarium.core.errors import SettingsError, failure
from ganarium.losses.objectives import made_by

SET_BY_GANARIUM = ("params", "lr", "initial_lr")
NUMBERS: Mapping[str, type[Any]] = {"bool": bool, "int": int, "float": float}
OF_GROUP = "group|"  # start of the keys of values that an optimizer keeps for a whole group of weights


@final
class OwnOptimizer:
    """A user's optimizer that follows the learning rate of training and whose state consists of tensors."""

    def __init__(self, inner: torch.optim.Optimizer, parameters: Sequence[Tensor], lr: Tensor, start: float) -> None:
        self.inner, self.parameters, self.lr = inner, parameters, lr
        self.ratios = [float(group["lr"]) / start for group in inner.param_groups]
        self.state: MutableMapping[Tensor, dict[str, Tensor]] = _State(inner)

    def zero_grad(self) -> None:
        """Remove the gradients of all weights."""
        for parameter in self.parameters:
            parameter.grad = None

    def step(self) -> None:
        """Update all weights that have a gradient, with the current learning rate."""
        for group, ratio in zip(self.inner.param_groups, self.ratios, strict=True):
            group["lr"] = ratio * float(self.lr)
        try:
            self.inner.step()
        except TypeError as error:
            raise SettingsError(
                f"{type(self.inner).__name__}: its step failed: {failure(error)}; use an optimizer whose step "
                "needs no closure"
            ) from error


class _State(MutableMapping[Tensor, dict[str, Tensor]]):
    """The state of an optimizer as tensors: numbers are stored as 0-d tensors whose names contain their types.

    The first weight of a group also stores the numbers of the group that have changed since the optimizer was built,
    such as counters.
    """

    def __init__(self, inner: torch.optim.Optimizer) -> None:
        self._inner = inner
        self._groups = {group["params"][0]: (group, dict(group)) for group in inner.param_groups if group["params"]}

    def __getitem__(self, weight: Tensor) -> dict[str, Tensor]:
        saved: dict[str, Tensor] = {}
        for key, value in self._inner.state.get(weight, {}).items():
            if value is not None:
                saved |= _as_tensor(key, value)
        group, first = self._groups.get(weight, ({}, {}))
        for key, value in group.items():
            if key not in SET_BY_GANARIUM and isinstance(value, int | float) and value != first.get(key):
                saved |= _as_tensor(f"{OF_GROUP}{key}", value)
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


def _as_tensor(key: str, value: Any) -> dict[str, Tensor]:
    if isinstance(value, Tensor):
        return {key: value}
    kind = type(value).__name__
    if kind not in NUMBERS:
        raise SettingsError(
            f"the optimizer keeps {kind} as {key!r} of a weight, which cannot be saved in a checkpoint; keep "
            "tensors or numbers"
        )
    return {f"{key}|{kind}": torch.tensor(value, dtype=torch.float64 if kind == "float" else torch.int64)}


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
    updated = {id(weight) for group in made.param_groups for weight in group["params"]}
    missing = len([weight for weight in parameters if id(weight) not in updated])
    if missing:
        raise SettingsError(
            f"optim={settings.kind}: updates {len(parameters) - missing} of {len(parameters)} weights; pass all "
            "parameters to it"
        )
    return OwnOptimizer(made, parameters, lr, start)
