"""Optimizers that update all weights in one pass, with the learning rate as a 0-d tensor.

They call the functional forms of torch's optimizers and give the same weights bit for bit. The classes of `torch.optim`
would import `torch._dynamo` at the first step, which takes longer than importing the rest of torch.
"""

from collections.abc import Iterable, MutableMapping
from typing import Any, Protocol, final

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.rmsprop import rmsprop
from torch.optim.sgd import sgd

from ganarium.config.optimizers import AdamConfig, RmsPropConfig, SgdConfig


class Optimizer(Protocol):
    """Protocol of optimizers: the part of `torch.optim.Optimizer` that training uses.

    state: tensors of each weight by name, which a checkpoint saves
    """

    state: MutableMapping[Any, Any]

    def step(self) -> Any:
        """Update all weights that have a gradient."""

    def zero_grad(self) -> None:
        """Remove the gradients of all weights."""


class _WithState:
    """Weights with their optimizer state, which is created at the first update with a gradient."""

    def __init__(self, parameters: Iterable[Tensor], lr: Tensor) -> None:
        self.parameters, self.lr = list(parameters), lr
        self.state: dict[Tensor, dict[str, Tensor]] = {}

    def zero_grad(self) -> None:
        """Remove the gradients of all weights."""
        for parameter in self.parameters:
            parameter.grad = None

    def _learning(self) -> tuple[list[Tensor], list[Tensor]]:
        """Return the weights that have a gradient, and their gradients."""
        learning = [parameter for parameter in self.parameters if parameter.grad is not None]
        return learning, [parameter.grad for parameter in learning if parameter.grad is not None]

    def _moments(self, learning: Iterable[Tensor], counter_device: torch.device, *names: str) -> list[list[Tensor]]:
        """Return the named moments of each weight, followed by its number of updates; all start at 0."""
        for parameter in learning:
            if parameter not in self.state:
                updates = torch.zeros((), dtype=torch.float32, device=counter_device)
                moments = {name: torch.zeros_like(parameter, memory_format=torch.preserve_format) for name in names}
                self.state[parameter] = {"step": updates} | moments
        return [[self.state[parameter][name] for parameter in learning] for name in (*names, "step")]


@final
class Adam(_WithState):
    """Adam with bias correction (Kingma & Ba 2015, Algorithm 1)."""

    def __init__(self, settings: AdamConfig, parameters: Iterable[Tensor], lr: Tensor) -> None:
        super().__init__(parameters, lr)
        self.settings = settings

    @torch.no_grad()
    def step(self) -> None:
        """Update all weights that have a gradient."""
        learning, gradients = self._learning()
        means, squares, updates = self._moments(learning, self.lr.device, "exp_avg", "exp_avg_sq")
        adam(
            learning,
            gradients,
            means,
            squares,
            [],
            updates,
            fused=True,
            amsgrad=False,
            beta1=self.settings.beta1,
            beta2=self.settings.beta2,
            lr=self.lr,
            weight_decay=0.0,
            eps=self.settings.eps,
            maximize=False,
        )


@final
class Sgd(_WithState):
    """Gradient descent with momentum: v ← momentum·v + gradient, weight ← weight − lr·v."""

    def __init__(self, settings: SgdConfig, parameters: Iterable[Tensor], lr: Tensor) -> None:
        super().__init__(parameters, lr)
        self.settings = settings

    @torch.no_grad()
    def step(self) -> None:
        """Update all weights that have a gradient."""
        learning, gradients = self._learning()
        velocities = [self.state.get(parameter, {}).get("momentum_buffer") for parameter in learning]
        sgd(
            learning,
            gradients,
            velocities,
            fused=True,
            weight_decay=0.0,
            momentum=self.settings.momentum,
            lr=self.lr,  # type: ignore[arg-type]
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )
        for parameter, velocity in zip(learning, velocities, strict=True):
            if velocity is not None:
                self.state[parameter] = {"momentum_buffer": velocity}


@final
class RmsProp(_WithState):
    """RMSprop: mean ← decay·mean + (1 − decay)·gradient²; weight ← weight − lr·gradient / (√mean + eps)."""

    def __init__(self, settings: RmsPropConfig, parameters: Iterable[Tensor], lr: Tensor) -> None:
        super().__init__(parameters, lr)
        self.settings = settings

    @torch.no_grad()
    def step(self) -> None:
        """Update all weights that have a gradient."""
        learning, gradients = self._learning()
        squares, updates = self._moments(learning, self.lr.device, "square_avg")
        rmsprop(
            learning,
            gradients,
            squares,
            [],
            [],
            updates,
            capturable=self.lr.is_cuda,
            lr=self.lr,  # type: ignore[arg-type]
            alpha=self.settings.decay,
            eps=self.settings.eps,
            weight_decay=0.0,
            momentum=0.0,
            centered=False,
        )
