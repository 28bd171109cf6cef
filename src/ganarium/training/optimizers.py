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
    """Adam with bias correction (Kingma & Ba 2015, Algorithm 1), also with a β₂ that changes with the step.

    The running mean of squares v ← β₂·v + (1 − β₂)·g² starts at 0, so v is a sum of squared gradients whose weights add
    up to less than 1. The correction divides v by the sum of these weights, which is 1 − β₂ᵗ after t steps with a
    constant β₂, and 1 − Π β₂ in general. With a changing β₂ the sum follows the same recursion as v, with g² = 1.

    beta2: current β₂, 0-d, if it has a schedule; None if it is constant
    """

    def __init__(self, settings: AdamConfig, parameters: Iterable[Tensor], lr: Tensor) -> None:
        super().__init__(parameters, lr)
        self.settings = settings
        self.beta2 = None if settings.beta2_final is None else torch.full_like(lr, settings.beta2)

    @torch.no_grad()
    def step(self) -> None:
        """Update all weights that have a gradient."""
        learning, gradients = self._learning()
        means, squares, updates = self._moments(learning, self.lr.device, "exp_avg", "exp_avg_sq")
        if self.beta2 is not None:
            for weight, gradient in zip(learning, gradients, strict=True):
                self._update(weight, gradient, self.beta2)
            return
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

    def _update(self, weight: Tensor, gradient: Tensor, beta2: Tensor) -> None:
        """Update one weight; the state of a run whose β₂ was constant lacks the sum of the weights of squares."""
        state, beta1 = self.state[weight], self.settings.beta1
        mean, square, updates = state["exp_avg"], state["exp_avg_sq"], state["step"]
        total = state.setdefault("square_weight", 1 - self.settings.beta2**updates)
        updates.add_(1)
        mean.lerp_(gradient, 1 - beta1)
        square.lerp_(gradient.square(), 1 - beta2)
        total.add_((1 - beta2) * (1 - total))
        root = (square / total).sqrt() + self.settings.eps
        weight.sub_(self.lr / (1 - beta1**updates) * mean / root)


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
